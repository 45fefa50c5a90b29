"""Groupings: which customer belongs to which group, by what is known before the month that is evaluated."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from bankrec.bank.bands import Bands
from bankrec.bank.description import Bank, ProfileColumn, State
from bankrec.bank.spellings import MISSING_SPELLINGS
from bankrec.evaluation.truth_files import numbers
from bankrec.history import History, segment_codes, state, stated
from bankrec.tenure import months_since, tenure_in_years

Names = npt.NDArray[np.str_]
UNKNOWN = "unknown"


def reported(bank: Bank) -> tuple[list[ProfileColumn], list[State]]:
    """What customers are grouped by beside the segment: profile columns with bands or groups, flags of states."""
    columns = [column for column in bank.profile if column.groups or column.cut("report")]
    return columns, [one for one in bank.states if one.kind == "flag"]


def groupings(history: History, t: int) -> dict[str, Names]:
    """The group of each customer in each grouping, as known before target month `t`: str [n]."""
    past = history.until(t)
    columns, flags = reported(past.bank)
    by_grouping: dict[str, Names] = {}
    if past.bank.segment:
        called = [name or UNKNOWN for name in past.bank.segments]
        by_grouping[past.bank.segment.name] = np.array(called)[segment_codes(past)]
    by_grouping |= {column.name: _of_history(past, column) for column in columns}
    return by_grouping | {one.name: np.array(one.names)[state(past, one.name)] for one in flags}


def in_order_of_bands(table: pd.DataFrame, bank: Bank) -> pd.DataFrame:
    """The rows of `groups.by_group` with the bands of a column in the order of the bank, other groups as they are."""
    cuts = {column.name: column.cut("report") for column in reported(bank)[0]}
    places = {(name, band): place for name, bands in cuts.items() if bands for place, band in enumerate(bands.names)}
    grouping = pd.factorize(table["grouping"])[0]
    pairs = zip(table["grouping"], table["group"], strict=True)
    place = np.array([places.get(pair, len(places)) for pair in pairs])
    return table.iloc[np.lexsort((place, grouping))].reset_index(drop=True)


def _of_history(past: History, column: ProfileColumn) -> Names:
    bands = column.cut("report")
    if column.kind == "date" and bands is not None:
        # A history has the day of joining, so a band begins on that day of the month.
        return Bands(tuple(months / 12 for months in bands.edges), bands.names).named(tenure_in_years(past))
    if column.kind == "number" and bands is not None:
        values = stated(past, column.name) if column.by_month else past.profile[column.column].to_numpy()
        numbers = values.astype(np.float64)
        if column.by_month:
            numbers[numbers > (column.largest or 0)] = np.nan
        return _banded(numbers, bands)
    if not column.by_month:
        return _named(past.profile[column.column].to_pylist(), column.groups)
    values = (column.yes,) if column.kind == "flag" else column.values
    return np.array([UNKNOWN, *_named(list(values), column.groups)])[stated(past, column.name)]


def snapshot_groupings(frame: pd.DataFrame, bank: Bank, month: date) -> dict[str, Names]:
    """The same for the rows of a snapshot of `month`, raw or clean; a grouping whose column is missing is left out."""
    columns, flags = reported(bank)
    by_grouping: dict[str, Names] = {}
    for column in columns:
        bands = column.cut("report")
        if column.kind == "date" and bands is not None:
            months = _months(frame, column, month)
            if months is not None:
                by_grouping[column.name] = _banded(months, bands)
        elif column.column not in frame.columns:
            continue
        elif column.kind == "number" and bands is not None:
            by_grouping[column.name] = _banded(numbers(frame[column.column]), bands)
        else:
            by_grouping[column.name] = _texts(frame[column.column]).map(column.groups).fillna(UNKNOWN).to_numpy(np.str_)
    for one in flags:
        if one.column in frame.columns:
            texts = _texts(frame[one.column])
            yes = texts.isin([str(one.yes), *(["True"] if one.yes == 1 else [])])
            missing = frame[one.column].isna() | texts.isin(MISSING_SPELLINGS)
            by_grouping[one.name] = np.where(missing, UNKNOWN, np.array(one.names)[yes.to_numpy(np.int64)])
    return by_grouping


def _months(frame: pd.DataFrame, column: ProfileColumn, month: date) -> npt.NDArray[np.float64] | None:
    """Months as a customer: as the snapshot counts them, else from the date of joining to `month`."""
    if column.months_column and column.months_column in frame.columns:
        return numbers(frame[column.months_column])
    if column.column not in frame.columns:
        return None
    joined = pd.to_datetime(frame[column.column], errors="coerce")
    months = months_since(joined.to_numpy().astype("datetime64[D]"), month).astype(np.float64)
    return np.where(joined.isna(), np.nan, months)


def _banded(values: npt.NDArray[np.float64], bands: Bands) -> Names:
    return np.where(np.isnan(values), UNKNOWN, bands.named(values))


def _texts(column: pd.Series) -> pd.Series:
    return column.astype(str).str.strip().str.removesuffix(".0")


def _named(values: list[object], names: dict[str, str]) -> Names:
    return np.array([names.get(str(value), UNKNOWN) for value in values], dtype=np.str_)
