"""Who is served how well: quality, exposure and calibration by group of customers, with intervals."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec import metrics
from bankrec.evaluation import K, expected_matrix
from bankrec.histories import History
from bankrec.intervals import ratio_interval
from bankrec.popularity import segment_codes
from bankrec.products import PRODUCTS
from bankrec.recommend import Ranked
from bankrec.words import ACTIVE, SEGMENTS, Words, unpack

FEWEST_ADDERS = 30  # below it an interval says next to nothing
CREDIT = np.array([product.group == "credit" for product in PRODUCTS])


def groupings(history: History, t: int) -> dict[str, npt.NDArray[np.str_]]:
    """The group of each customer in each grouping, as known before target month `t`: str [n]."""
    past = history.until(t)
    last, profile, before = past.words[:, -1], past.profile, past.months[-1]
    age = profile["age"].to_numpy()
    bands = np.array(["under 18", "18-25", "26-35", "36-50", "51-65", "over 65"])
    years = _tenure_years(profile["fecha_alta"].to_numpy(zero_copy_only=False), before)
    tenures = np.array(["under 1 year", "1-3 years", "3-10 years", "over 10 years"])
    sexes = {"H": "women", "V": "men"}
    return {
        "segment": np.array([name or "unknown" for name in SEGMENTS])[segment_codes(last)],
        "age": bands[np.searchsorted([18, 26, 36, 51, 66], age, side="right")],
        "sex": np.array([sexes.get(str(sex), "unknown") for sex in profile["sexo"].to_pylist()]),
        "tenure": tenures[np.searchsorted([1, 3, 10], years, side="right")],
        "activity": np.where((last & ACTIVE) != 0, "active", "inactive"),
        "residence": np.where(np.array(profile["indresi"].to_pylist()) == "N", "abroad", "in the country"),
    }


def _tenure_years(joined: npt.NDArray[np.generic], now: date) -> npt.NDArray[np.float64]:
    days = (np.datetime64(now) - joined.astype("datetime64[D]")).astype("timedelta64[D]").astype(np.float64)
    return days / 365.25


def quality(history: History, ranked: Ranked, added: Words, t: int) -> pd.DataFrame:
    """A row per group: customers, adders, MAP@7 of its maximum with its 95% interval, calibration, exposure.

    `ranked` and `added` are of customers of `history` who are present in target month `t`.
    `expected / observed` is the ratio of the sum of scores to additions; `credit in first 7` the mean
    number of credit products shown; `full list` the share with seven products. `note` says in words
    which group is too small to judge, and whose interval lies wholly below the whole bank's value.
    """
    rows = np.searchsorted(history.user_id, ranked.user_id)
    each = metrics.average_precision(ranked.items, added, K)
    adds = (metrics.additions(added) > 0).astype(np.float64)
    expected = expected_matrix(ranked.items, ranked.scores).sum(axis=1)
    observed = unpack(added).sum(axis=1)
    top = ranked.items[:, :K]
    credit = (CREDIT[np.maximum(top, 0)] & (top >= 0)).sum(axis=1)
    full = top[:, -1] >= 0
    whole = each.sum() / max(adds.sum(), 1.0)
    table = []
    for grouping, names in groupings(history, t).items():
        of_customer = names[rows]
        for name in sorted(set(of_customer)):
            there = of_customer == name
            row = {
                "grouping": grouping,
                "group": str(name),
                "customers": int(there.sum()),
                "adders": int(adds[there].sum()),
                "of max": np.nan,
                "low": np.nan,
                "high": np.nan,
                "expected / observed": expected[there].sum() / max(observed[there].sum(), 1),
                "credit in first 7": credit[there].mean(),
                "full list": full[there].mean(),
                "note": "too few add to judge",
            }
            if row["adders"] >= FEWEST_ADDERS:
                found = ratio_interval(each[there], adds[there])
                below = found.high < whole
                row |= {"of max": found.value, "low": found.low, "high": found.high}
                row["note"] = f"served worse than the bank as a whole ({whole:.3f})" if below else ""
            table.append(row)
    return pd.DataFrame(table)


def gaps(table: pd.DataFrame) -> list[str]:
    """The groups that are served worse than the bank, a sentence each."""
    worse = table[table["note"].str.startswith("served worse")]
    return [
        f"{row['grouping']} {row['group']}: {row['of max']:.3f} [{row['low']:.3f}, {row['high']:.3f}] of the"
        f" maximum, {row['adders']:,} customers who add; {row['note']}"
        for _, row in worse.iterrows()
    ]
