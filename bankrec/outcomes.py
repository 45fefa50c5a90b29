"""What customers of a published set added in the month after it, read from a file of either form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.columns import CUSTOMER, MONTH
from bankrec.errors import InputError
from bankrec.groupings import UNKNOWN, Names, snapshot_groupings
from bankrec.products import BIT, PRODUCT_COLUMNS
from bankrec.set_lists import SetLists
from bankrec.words import Words


@dataclass(frozen=True)
class Outcomes:
    """Of the customers of a set: `added` uint32 [n], who is judged bool [n], their groups as the file has them.

    `unknown` counts customers of the file who are not in the set.
    """

    added: Words
    there: npt.NDArray[np.bool_]
    groups: dict[str, Names]
    unknown: int


def read_outcomes(truth: Path, lists: SetLists, as_of: str) -> Outcomes:
    """What the customers of `lists` added in the month after `as_of`, from a CSV or parquet file.

    With the columns `ncodpers, product` it lists what was added, and customers of the set who are not in
    it added nothing; with a column `added` too, it lists all pairs of the customers who are judged.
    With product columns it is the next month's snapshot, raw or clean: added is what is held then and not in
    the set, over customers present in both; groups by age, sex, tenure, activity, residence and nationality are as
    of `as_of`, as in training, for customers whose row of that month is in the file too, and else of the next month.
    """
    frame = _read_truth(truth)
    if "product" in frame.columns:
        added, there, unknown = _from_pairs(frame, lists, truth)
        return Outcomes(added, there, {}, unknown)
    if "ind_cco_fin_ult1" not in frame.columns:
        raise InputError(f"{truth} has neither the columns ncodpers, product nor product flags")
    after = _next_month(frame, truth, as_of)
    added, there, unknown = _from_snapshot(after, lists, truth)
    groups = _groupings(after, lists, truth)
    for name, known in _groupings(_month(frame, as_of), lists, truth).items():
        groups[name] = np.where(known == UNKNOWN, groups[name], known)
    return Outcomes(added, there, groups, unknown)


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


def _month(frame: pd.DataFrame, month: str) -> pd.DataFrame:
    """The rows of `month`, one a customer; none where the file has no months."""
    if MONTH not in frame.columns:
        return frame.iloc[:0]
    return frame[pd.to_datetime(frame[MONTH]).dt.date == date.fromisoformat(month)].drop_duplicates(CUSTOMER)


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
