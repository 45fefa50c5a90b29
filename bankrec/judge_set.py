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
from bankrec.evaluation import K, by_product, by_rank, evaluate, format_metrics, lists_by
from bankrec.groupings import UNKNOWN, snapshot_groupings
from bankrec.groups import by_group, gaps, in_cells
from bankrec.metrics import hits
from bankrec.products import BIT, N_PRODUCTS, PRODUCT_COLUMNS
from bankrec.words import Words


@dataclass(frozen=True)
class Report:
    """What a set was worth in the month after its as-of month."""

    set_id: str
    as_of: str
    metrics: dict[str, float]
    products: pd.DataFrame
    ranks: pd.DataFrame
    groups: pd.DataFrame
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
            "\nby group (`of max`: MAP@7 as a share of its maximum; 95% intervals)",
            in_cells(self.groups).to_string(index=False),
            *(gaps(self.groups) or ["no group is served worse than the bank as a whole"]),
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
    status: npt.NDArray[np.str_]


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
    status = np.array(people["status"].to_pylist(), dtype=np.str_)
    return SetLists(user_id, items, scores, people["held"].to_numpy().astype(np.uint32), segment, status)


def popular_lists(folder: Path, held: Words) -> npt.NDArray[np.int8]:
    """The popularity baseline of a set: its `top_popular` for everybody, without what is held."""
    top = pq.read_table(folder / sets.POPULAR).to_pandas()
    top = top[top["segment"].isna()]
    rates = np.full(N_PRODUCTS, -1000.0)  # a product that is not listed comes last
    rates[[BIT[name] for name in top["item_id"]]] = -top["rank"].to_numpy(dtype=float)
    return lists_by(rates, held)


def judge_set(recs: Path, truth: Path) -> Report:
    """Judge the current set in `recs` by `truth`: a CSV or parquet file.

    With the columns `ncodpers, product` it lists what was added, and customers of the set who are not in
    it added nothing; with a column `added` too, it lists all pairs of the customers who are judged.
    With product columns it is the next month's snapshot, raw or clean: added is what is held then and not in
    the set, over customers present in both; groups by age, sex, tenure, activity and residence are those of
    its rows. Groups by segment and status are the set's.
    """
    folder = sets.current(recs)
    if folder is None:
        raise InputError(f"no set is in use in {recs}: publish one first")
    manifest, lists = sets.read_manifest(folder), read_lists(folder)
    frame = _read_truth(truth)
    if "product" in frame.columns:
        added, there, unknown = _from_pairs(frame, lists, truth)
        of_customer: dict[str, npt.NDArray[np.str_]] = {}
    elif "ind_cco_fin_ult1" in frame.columns:
        frame = _next_month(frame, truth, manifest["as_of"])
        added, there, unknown = _from_snapshot(frame, lists, truth)
        of_customer = _groupings(frame, lists, truth)
    else:
        raise InputError(f"{truth} has neither the columns ncodpers, product nor product flags")
    items, scores, held = lists.items[there], lists.scores[there], lists.held[there]
    popular = popular_lists(folder, held)
    found = evaluate(items, scores, added[there], held, popular)
    tables = by_product(items, scores, added[there]), by_rank(items, scores, added[there])
    names = {"segment": lists.segment, "status": lists.status, **of_customer}
    groups = by_group({name: of[there] for name, of in names.items()}, items, scores, added[there], popular)
    beside = beside_popularity(tables, popular, added[there])
    return Report(manifest["set_id"], manifest["as_of"], found, *beside, groups, unknown)


def beside_popularity(
    tables: tuple[pd.DataFrame, pd.DataFrame], popular: npt.NDArray[np.int8], added: Words
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables by product and by rank with what the popularity baseline would have found."""
    hit, top = hits(popular, added, K), popular[:, :K]
    products = tables[0].assign(
        **{"found by popularity": np.bincount(top[hit[:, : top.shape[1]]], minlength=N_PRODUCTS)}
    )
    shown = np.maximum((top >= 0).sum(axis=0), 1)
    return products, tables[1].assign(**{"share added, popularity": hit.sum(axis=0) / shown})


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


def _next_month(frame: pd.DataFrame, truth: Path, as_of: str) -> pd.DataFrame:
    """The rows of the first month after `as_of`, one a customer."""
    if MONTH in frame.columns:
        months = pd.to_datetime(frame[MONTH]).dt.date
        after = months > date.fromisoformat(as_of)
        if not after.any():
            raise InputError(f"{truth} has no month after the set's as-of month {as_of}")
        frame = frame[months == months[after].min()]
    return frame.drop_duplicates(CUSTOMER)


def _groupings(frame: pd.DataFrame, lists: SetLists, truth: Path) -> dict[str, npt.NDArray[np.str_]]:
    """Groups of the set's customers as the snapshot has them: str [n]."""
    rows, known = _rows(frame, lists, truth)
    found = {}
    for name, groups in snapshot_groupings(frame).items():
        aligned = np.full(len(lists.user_id), UNKNOWN, dtype=np.dtype("U32"))
        aligned[rows[known]] = groups[known]
        found[name] = aligned
    return found


def _from_snapshot(frame: pd.DataFrame, lists: SetLists, truth: Path) -> Found:
    rows, known = _rows(frame, lists, truth)
    now = np.zeros(len(lists.user_id), np.uint32)
    for bit, name in enumerate(PRODUCT_COLUMNS):
        flags = pd.to_numeric(frame[name], errors="coerce").fillna(0).to_numpy() > 0
        now[rows[known & flags]] |= np.uint32(1 << bit)
    there = np.zeros(len(lists.user_id), np.bool_)
    there[rows[known]] = True
    return now & ~lists.held, there, int((~known).sum())
