"""What customers of a published set added in the month after it, from a file of acquisitions or a snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.bank.description import Bank
from bankrec.bank.spellings import LARGEST_CUSTOMER, MISSING_SPELLINGS, NO_SPELLINGS, UNREADABLE_LIMIT, YES_SPELLINGS
from bankrec.errors import InputError
from bankrec.evaluation.groupings import UNKNOWN, Names, snapshot_groupings
from bankrec.evaluation.truth_files import numbers, read_truth, refuse
from bankrec.holdings import Words
from bankrec.lookup import locate
from bankrec.publishing.reader import SetLists


@dataclass(frozen=True)
class Outcomes:
    """What the customers of a set `added`, uint64 [n], and their `groups` as the file has them.

    `there` bool [n]: the customers of whom it is known. `unknown` counts customers of the file who are not in the set.
    """

    added: Words
    there: npt.NDArray[np.bool_]
    groups: dict[str, Names]
    unknown: int


def read_outcomes(truth: Path, lists: SetLists, as_of: str) -> Outcomes:
    """What the customers of `lists` added in the month after `as_of`, from a CSV or parquet file.

    With the bank's column of customers and `product` it lists what was added, and customers of the set who are not in
    it added nothing; with a column `added` too, it lists all pairs of the customers who are evaluated.
    With product columns it is the next month's snapshot, raw or clean: added is what is held then and not in
    the set, over customers present in both; groups by what the bank reports are as of `as_of`, as in training, for
    customers whose row of that month is in the file too, and else of the next month.
    """
    bank = lists.bank
    frame = read_truth(truth, bank)
    if "product" in frame.columns:
        added, there, unknown = _from_pairs(frame, lists, truth)
        return Outcomes(added, there, {}, unknown)
    if not set(bank.ids) & set(frame.columns):
        raise InputError(f"{truth} has neither the columns {bank.customer} and product nor a column for each product")
    if missing := [name for name in bank.ids if name not in frame.columns]:
        raise InputError(
            f"{truth}: the product columns {', '.join(missing)} are missing: give a snapshot with all products"
        )
    then, after = _months(frame, truth, as_of, bank)
    added, there, unknown = _from_snapshot(after, lists, truth)
    if not there.any():
        raise InputError(f"{truth} contains none of the customers of the set: give a file of the same bank")
    month = date.fromisoformat(as_of)
    groups = _groupings(after, lists, truth, month)
    for name, known in _groupings(then, lists, truth, month).items():
        groups[name] = np.where(known == UNKNOWN, groups[name], known)
    return Outcomes(added, there, groups, unknown)


_YES_NO = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
KnownOutcomes = tuple[Words, npt.NDArray[np.bool_], int]


def _rows(frame: pd.DataFrame, lists: SetLists, truth: Path) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    customers = frame[lists.bank.customer]
    values = numbers(customers)
    good = (values >= 0) & (values <= LARGEST_CUSTOMER) & (values == np.floor(values))
    refuse(customers, ~good, truth, "a customer id, a whole number")
    return locate(lists.user_id, values.astype(np.int64))


def _from_pairs(frame: pd.DataFrame, lists: SetLists, truth: Path) -> KnownOutcomes:
    if "added" in frame.columns:  # a simulated bank's truth has a row for every customer and product
        texts = frame["added"].astype(str).str.strip().str.lower().map(_YES_NO)
        refuse(frame["added"], texts.isna().to_numpy(), truth, "true or false")
        observed = texts.astype(bool)
        listed, in_set = _rows(frame, lists, truth)
        there = np.zeros(len(lists.user_id), np.bool_)
        there[listed[in_set]] = True
        if not there.any():
            raise InputError(f"{truth} contains none of the customers of the set: give a file of the same bank")
        added, _, unknown = _from_pairs(frame[observed].drop(columns="added"), lists, truth)
        return added, there, unknown
    ids = lists.bank.ids
    products = pd.Index(ids).get_indexer(pd.Index(frame["product"]))
    refuse(frame["product"], products < 0, truth, f"a product, as {ids[0]}")
    rows, known = _rows(frame, lists, truth)
    added = np.zeros(len(lists.user_id), np.uint64)
    bits = np.uint64(1) << products.astype(np.uint64)
    np.bitwise_or.at(added, rows[known], bits[known])
    unknown = frame.loc[~known, lists.bank.customer].nunique()
    return added & ~lists.held, np.ones(len(added), np.bool_), int(unknown)


def _months(frame: pd.DataFrame, truth: Path, as_of: str, bank: Bank) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of the date `as_of` and those of the month after it, one a customer.

    In a file without months all rows are of the month after. An `InputError` names the first row without a date.
    """
    if bank.month not in frame.columns:
        return frame.iloc[:0], frame.drop_duplicates(bank.customer)
    day = date.fromisoformat(as_of)
    dates = pd.to_datetime(frame[bank.month], format="ISO8601", errors="coerce", utc=True)
    refuse(frame[bank.month], dates.isna().to_numpy(), truth, "a date as 2016-06-28")
    later = dates.dt.year * 12 + dates.dt.month - (day.year * 12 + day.month)
    if not (later == 1).any():
        raise InputError(f"{truth} has no rows of the month after the set's as-of month {as_of}")
    then = frame[(later == 0) & (dates.dt.day == day.day)]
    return then.drop_duplicates(bank.customer), frame[later == 1].drop_duplicates(bank.customer)


def _groupings(frame: pd.DataFrame, lists: SetLists, truth: Path, month: date) -> dict[str, npt.NDArray[np.str_]]:
    """Groups of the set's customers as the snapshot has them: str [n]."""
    rows, known = _rows(frame, lists, truth)
    by_grouping = {}
    for name, groups in snapshot_groupings(frame, lists.bank, month).items():
        aligned = np.full(len(lists.user_id), UNKNOWN, dtype=np.dtype("U32"))
        aligned[rows[known]] = groups[known]
        by_grouping[name] = aligned
    return by_grouping


def _from_snapshot(frame: pd.DataFrame, lists: SetLists, truth: Path) -> KnownOutcomes:
    rows, known = _rows(frame, lists, truth)
    now = np.zeros(len(lists.user_id), np.uint64)
    for bit, name in enumerate(lists.bank.ids):
        now[rows[known & _held(frame[name], truth)]] |= np.uint64(1 << bit)
    there = np.zeros(len(lists.user_id), np.bool_)
    there[rows[known]] = True
    return now & ~lists.held, there, int((~known).sum())


def _held(flags: pd.Series, truth: Path) -> npt.NDArray[np.bool_]:
    """Who holds a product by its raw or clean column: read as cleaning reads it, and refused as cleaning does."""
    number = pd.to_numeric(flags, errors="coerce")
    words = flags[~number.isin((0, 1)) & flags.notna()].astype("str").str.strip()
    words = words[~words.isin(MISSING_SPELLINGS)]
    yes = words.str.upper().isin(YES_SPELLINGS)
    unread = words[~yes & ~words.str.upper().isin(NO_SPELLINGS)]
    if len(unread) > UNREADABLE_LIMIT * len(flags):
        remedy = "0 or 1: clean the snapshot with `python -m bankrec preprocess` first"
        refuse(flags, flags.index.isin(unread.index), truth, remedy)
    read = number == 1
    read.loc[words.index[yes]] = True
    return read.to_numpy(dtype=np.bool_)
