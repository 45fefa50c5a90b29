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

Floats = npt.NDArray[np.float64]
Names = npt.NDArray[np.str_]
FEWEST_ADDERS = 30  # below it an interval says next to nothing
NORMAL = 1.96  # standard errors on either side of a 95% interval
CREDIT = np.array([product.group == "credit" for product in PRODUCTS])
SEXES = {"H": "women", "V": "men"}
AGES, AGE_NAMES = (18, 26, 36, 51, 66), ("under 18", "18-25", "26-35", "36-50", "51-65", "over 65")
TENURES, TENURE_NAMES = (1, 3, 10), ("under 1 year", "1-3 years", "3-10 years", "over 10 years")
UNKNOWN, TOO_FEW = "unknown", "too few add to judge"


def groupings(history: History, t: int) -> dict[str, Names]:
    """The group of each customer in each grouping, as known before target month `t`: str [n]."""
    past = history.until(t)
    last, profile, before = past.words[:, -1], past.profile, past.months[-1]
    return {
        "segment": np.array([name or UNKNOWN for name in SEGMENTS])[segment_codes(last)],
        "age": _banded(profile["age"].to_numpy(), AGES, AGE_NAMES),
        "sex": np.array([SEXES.get(str(sex), UNKNOWN) for sex in profile["sexo"].to_pylist()]),
        "tenure": _banded(_years(profile["fecha_alta"].to_numpy(zero_copy_only=False), before), TENURES, TENURE_NAMES),
        "activity": np.where((last & ACTIVE) != 0, "active", "inactive"),
        "residence": np.where(np.array(profile["indresi"].to_pylist()) == "N", "abroad", "in the country"),
    }


def snapshot_groupings(frame: pd.DataFrame) -> dict[str, Names]:
    """The same for the rows of a snapshot, raw or clean; a grouping whose column is missing is left out."""
    found: dict[str, Names] = {}
    for grouping, column, edges, names in (
        ("age", "age", AGES, AGE_NAMES),
        ("tenure", "antiguedad", tuple(12 * years for years in TENURES), TENURE_NAMES),
    ):
        if column in frame.columns:
            values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=np.float64)
            found[grouping] = np.where(np.isnan(values), UNKNOWN, _banded(values, edges, names))
    for grouping, column, groups in (
        ("sex", "sexo", SEXES),
        ("activity", "ind_actividad_cliente", {"1": "active", "0": "inactive"}),
        ("residence", "indresi", {"N": "abroad", "S": "in the country"}),
    ):
        if column in frame.columns:
            texts = frame[column].astype(str).str.strip().str.removesuffix(".0")
            found[grouping] = texts.map(groups).fillna(UNKNOWN).to_numpy(dtype=np.str_)
    return found


def _banded(values: npt.NDArray[np.generic], edges: tuple[int, ...], names: tuple[str, ...]) -> Names:
    return np.array(names)[np.searchsorted(edges, values, side="right")]


def _years(joined: npt.NDArray[np.generic], now: date) -> Floats:
    days = (np.datetime64(now) - joined.astype("datetime64[D]")).astype("timedelta64[D]").astype(np.float64)
    return days / 365.25


def quality(history: History, ranked: Ranked, added: Words, t: int) -> pd.DataFrame:
    """`by_group` of the lists of customers of `history` who are present in target month `t`."""
    rows = np.searchsorted(history.user_id, ranked.user_id)
    of_customer = {name: groups[rows] for name, groups in groupings(history, t).items()}
    return by_group(of_customer, ranked.items, ranked.scores, added)


def by_group(
    of_customer: dict[str, Names],
    items: metrics.Items,
    scores: npt.NDArray[np.float32],
    added: Words,
    popular: metrics.Items | None = None,
) -> pd.DataFrame:
    """A row per group: quality, calibration and exposure, each with a 95% interval.

    `of max` is MAP@7 as a share of its maximum, `low` to `high` its interval (`popularity`: the same of the
    lists `popular`). `expected / observed` is the sum of scores over additions. `shown in first 7` is the
    mean number of products shown, `credit in first 7` that of credit products, give or take `credit +-`;
    `full list` the share with seven products. `note` says in words which group is too small to judge (fewer
    than 30 customers add), and whose interval lies wholly below the whole bank's value.
    """
    each = metrics.average_precision(items, added, K)
    adds = (metrics.additions(added) > 0).astype(np.float64)
    baseline = None if popular is None else metrics.average_precision(popular, added, K)
    expected = expected_matrix(items, scores).sum(axis=1)
    observed = unpack(added).sum(axis=1).astype(np.float64)
    top = items[:, :K]
    listed = top >= 0
    credit = (CREDIT[np.maximum(top, 0)] & listed).sum(axis=1)
    whole = each.sum() / max(adds.sum(), 1.0)
    table = []
    for grouping, names in of_customer.items():
        for name in sorted(set(names)):
            there = names == name
            row = {
                "grouping": grouping,
                "group": str(name),
                "customers": int(there.sum()),
                "adders": int(adds[there].sum()),
                **dict.fromkeys(("of max", "low", "high"), np.nan),
                **({} if baseline is None else {"popularity": np.nan}),
                "expected additions": expected[there].sum(),
                "additions": int(observed[there].sum()),
                **dict.fromkeys(("expected / observed", "ratio low", "ratio high"), np.nan),
                "shown in first 7": listed[there].sum(axis=1).mean(),
                "credit in first 7": credit[there].mean(),
                "credit +-": NORMAL * credit[there].std() / np.sqrt(there.sum()),
                "full list": listed[there, -1].mean(),
                "note": TOO_FEW,
            }
            if row["adders"] >= FEWEST_ADDERS:
                found = ratio_interval(each[there], adds[there])
                below = found.high < whole
                row |= {"of max": found.value, "low": found.low, "high": found.high}
                row |= _calibration(expected[there], observed[there])
                row["note"] = f"served worse than the bank as a whole ({whole:.3f})" if below else ""
                if baseline is not None:
                    row["popularity"] = baseline[there].sum() / adds[there].sum()
            table.append(row)
    return pd.DataFrame(table)


def _calibration(expected: Floats, observed: Floats) -> dict[str, float]:
    """Sum of scores over additions, with the interval that chance in the additions of n customers leaves."""
    total, error = observed.sum(), NORMAL * observed.std() * np.sqrt(len(observed))
    names = ("expected / observed", "ratio low", "ratio high")
    bounds = (total, total + error, max(total - error, 1.0))
    return {name: float(expected.sum() / bound) for name, bound in zip(names, bounds, strict=True)}


def gaps(table: pd.DataFrame) -> list[str]:
    """The groups that are served worse than the bank, a sentence each."""
    worse = table[table["note"].str.startswith("served worse")]
    return [
        f"{row['grouping']} {row['group']}: {row['of max']:.3f} [{row['low']:.3f}, {row['high']:.3f}] of the"
        f" maximum, {row['adders']:,} customers who add; {row['note']}"
        for _, row in worse.iterrows()
    ]
