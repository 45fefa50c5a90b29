"""A published set against the month after it: what was recommended, what was added, by rank and product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from bankrec import sets
from bankrec.columns import CUSTOMER, MONTH
from bankrec.errors import InputError
from bankrec.evaluation import by_product, by_rank, evaluate, format_metrics
from bankrec.intervals import ratio_interval
from bankrec.metrics import additions, average_precision
from bankrec.products import BIT, N_PRODUCTS, PRODUCT_COLUMNS
from bankrec.words import Words

FEWEST_ADDERS = 30


@dataclass(frozen=True)
class Report:
    """What a set was worth in the month after its as-of month."""

    set_id: str
    as_of: str
    metrics: dict[str, float]
    products: pd.DataFrame
    ranks: pd.DataFrame
    segments: pd.DataFrame
    unknown_customers: int

    def text(self) -> str:
        """The report as text."""
        parts = [
            f"set {self.set_id}, as of {self.as_of}, against the month after",
            format_metrics(self.metrics),
        ]
        if self.unknown_customers:
            parts.append(f"{self.unknown_customers:,} customers of the truth are not in the set: left out")
        seen = self.products[(self.products["additions"] > 0) | (self.products["expected additions"] >= 1)]
        parts += [
            "\nby product (customers)",
            seen.sort_values("additions", ascending=False).to_string(float_format="%.3f"),
            "\nby rank",
            self.ranks.to_string(float_format="%.5f"),
            "\nby segment (MAP@7 as a share of its maximum, with its 95% interval)",
            self.segments.to_string(float_format="%.4f"),
        ]
        return "\n".join(parts)

    def realised(self) -> dict[str, Any]:
        """The few numbers that the service shows as gauges: `realised.json`."""
        year, month = (int(part) for part in self.as_of.split("-")[:2])
        after = date(year + month // 12, month % 12 + 1, 1)
        names = ("map_at_7", "map_at_7_maximum", "map_at_7_popularity", "forecast_error")
        return {
            "month": f"{after:%Y-%m}",
            "set_id": self.set_id,
            **{name: self.metrics[name] for name in names},
            "hit_rate": self.metrics["hit_rate_at_7"],
        }


@dataclass(frozen=True)
class SetLists:
    """The lists of a set as arrays, aligned by customer."""

    user_id: npt.NDArray[np.int64]
    items: npt.NDArray[np.int8]
    scores: npt.NDArray[np.float32]
    held: Words
    segment: npt.NDArray[np.str_]


def read_lists(folder: Path) -> SetLists:
    """Read `recommendations.parquet` and `customers.parquet` of the set in `folder`."""
    people = pq.read_table(folder / sets.CUSTOMERS)
    lists = pq.read_table(folder / sets.RECOMMENDATIONS)
    user_id = people["user_id"].to_numpy()
    item = lists["item_id"].combine_chunks()
    bits = np.array([BIT[name] for name in item.dictionary.to_pylist()], np.int8)
    rows = np.searchsorted(user_id, lists["user_id"].to_numpy())
    places = lists["rank"].to_numpy().astype(np.int64) - 1
    items = np.full((len(user_id), N_PRODUCTS), -1, np.int8)
    scores = np.zeros((len(user_id), N_PRODUCTS), np.float32)
    items[rows, places] = bits[item.indices.to_numpy()]
    scores[rows, places] = lists["score"].to_numpy()
    segment = np.array([name or "unknown" for name in people["segment"].to_pylist()], dtype=np.str_)
    return SetLists(user_id, items, scores, people["held"].to_numpy().astype(np.uint32), segment)


def popular_lists(folder: Path, held: Words) -> npt.NDArray[np.int8]:
    """The popularity baseline of a set: its `top_popular` for everybody, without what is held."""
    from bankrec.evaluation import lists_by

    top = pq.read_table(folder / sets.POPULAR).to_pandas()
    top = top[top["segment"].isna()]
    rates = np.full(N_PRODUCTS, -1000.0)  # a product that is not listed comes last
    rates[[BIT[name] for name in top["item_id"]]] = -top["rank"].to_numpy(dtype=float)
    return lists_by(rates, held)


def judge_set(recs: Path, truth: Path) -> Report:
    """Judge the current set in `recs` by `truth`: a CSV or parquet file.

    With the columns `ncodpers, product` it lists what was added, and customers of the set who are not in
    it added nothing; with a column `added` too, it lists all pairs of the customers who are judged.
    With product columns it is the next month's snapshot, raw or clean: added is what
    is held then and not in the set, over customers present in both.
    """
    folder = sets.current(recs)
    if folder is None:
        raise InputError(f"no set is in use in {recs}: publish one first")
    manifest, lists = sets.read_manifest(folder), read_lists(folder)
    frame = _read_truth(truth)
    if "product" in frame.columns:
        added, there, unknown = _from_pairs(frame, lists, truth)
    elif "ind_cco_fin_ult1" in frame.columns:
        added, there, unknown = _from_snapshot(frame, lists, truth, manifest["as_of"])
    else:
        raise InputError(f"{truth} has neither the columns ncodpers, product nor product flags")
    items, scores, held = lists.items[there], lists.scores[there], lists.held[there]
    found = evaluate(items, scores, added[there], held, popular_lists(folder, held))
    tables = by_product(items, scores, added[there]), by_rank(items, scores, added[there])
    segments = by_segment(items, scores, added[there], lists.segment[there])
    return Report(manifest["set_id"], manifest["as_of"], found, *tables, segments, unknown)


def by_segment(
    items: npt.NDArray[np.int8], scores: npt.NDArray[np.float32], added: Words, segment: npt.NDArray[np.str_]
) -> pd.DataFrame:
    """A row per segment: customers, adders, MAP@7 of its maximum with its interval, expected and observed.

    A segment in which fewer than 30 customers add has no quality: an interval would say next to nothing.
    """
    each, adds = average_precision(items, added), (added != 0).astype(np.float64)
    rows = {}
    for name in sorted(set(segment)):
        there = segment == name
        judged = adds[there].sum() >= FEWEST_ADDERS
        found = ratio_interval(each[there], adds[there] if judged else np.zeros(int(there.sum())))
        rows[str(name)] = {
            "customers": int(there.sum()),
            "adders": int(adds[there].sum()),
            "of max": found.value,
            "low": found.low,
            "high": found.high,
            "expected additions": float(scores[there].sum()),
            "additions": int(additions(added[there]).sum()),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("segment")


Found = tuple[Words, npt.NDArray[np.bool_], int]


def _read_truth(truth: Path) -> pd.DataFrame:
    try:
        if truth.suffix == ".parquet":
            frame = pd.read_parquet(truth)
        else:
            frame = pd.read_csv(truth, dtype=str, skipinitialspace=True)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{truth} can't be read: {error}") from error
    if CUSTOMER not in frame.columns:
        raise InputError(f"{truth} has no column {CUSTOMER}")
    return frame


def _rows(frame: pd.DataFrame, lists: SetLists, truth: Path) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    try:
        ids = pd.to_numeric(frame[CUSTOMER]).to_numpy(dtype=np.int64)
    except (ValueError, TypeError) as error:
        raise InputError(f"{truth}: {CUSTOMER} is not a whole number everywhere: {error}") from error
    rows = np.minimum(np.searchsorted(lists.user_id, ids), max(len(lists.user_id) - 1, 0))
    return rows, lists.user_id[rows] == ids


def _from_pairs(frame: pd.DataFrame, lists: SetLists, truth: Path) -> Found:
    if "added" in frame.columns:  # a simulated bank's truth has a row for every customer and product
        came = frame["added"].astype(str).str.lower().isin(("true", "1"))
        listed, in_set = _rows(frame, lists, truth)
        there = np.zeros(len(lists.user_id), np.bool_)
        there[listed[in_set]] = True
        found, _, unknown = _from_pairs(frame[came].drop(columns="added"), lists, truth)
        return found, there, unknown
    strange = sorted(set(frame["product"]) - set(PRODUCT_COLUMNS))
    if strange:
        raise InputError(f"{truth}: {strange[0]} is not a product")
    rows, known = _rows(frame, lists, truth)
    added = np.zeros(len(lists.user_id), np.uint32)
    bits = np.array([1 << BIT[name] for name in frame["product"]], np.uint32)
    np.bitwise_or.at(added, rows[known], bits[known])
    unknown = frame.loc[~known, CUSTOMER].nunique()
    return added & ~lists.held, np.ones(len(added), np.bool_), int(unknown)


def _from_snapshot(frame: pd.DataFrame, lists: SetLists, truth: Path, as_of: str) -> Found:
    if MONTH in frame.columns:
        months = pd.to_datetime(frame[MONTH]).dt.date
        after = months > date.fromisoformat(as_of)
        if not after.any():
            raise InputError(f"{truth} has no month after the set's as-of month {as_of}")
        frame = frame[months == months[after].min()]
    frame = frame.drop_duplicates(CUSTOMER)
    rows, known = _rows(frame, lists, truth)
    now = np.zeros(len(lists.user_id), np.uint32)
    for bit, name in enumerate(PRODUCT_COLUMNS):
        flags = pd.to_numeric(frame[name], errors="coerce").fillna(0).to_numpy() > 0
        now[rows[known & flags]] |= np.uint32(1 << bit)
    there = np.zeros(len(lists.user_id), np.bool_)
    there[rows[known]] = True
    return now & ~lists.held, there, int((~known).sum())
