"""Clean snapshots as a pandas frame: its expected columns, histories from it, and a frame from histories.

A row is a customer in a month, under the bank's own column names: product flags, states, profile and own features.
It is the input of the model outside of this pipeline, where there are no files of histories.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from bankrec.bank.bits import BitField
from bankrec.bank.description import Bank, ProfileColumn, State
from bankrec.cleaning.histories import histories
from bankrec.cleaning.months import check_no_gap
from bankrec.errors import InputError, in_one_line
from bankrec.history import History
from bankrec.holdings import PRESENT, UNKNOWN, unpack
from bankrec.ingest.snapshot_header import CODE, DATE, INTEGER, NUMBER, TEXT, TEXT_OR_INTEGER, ZERO_OR_ONE, Kind
from bankrec.ingest.snapshot_header import expected_columns as columns_of_files
from bankrec.storage.engine import connect

_TYPES = {
    INTEGER: pa.int64(),
    DATE: pa.date32(),
    ZERO_OR_ONE: pa.int8(),
    NUMBER: pa.float64(),
    TEXT: pa.string(),
}
_CALLED: dict[Kind, str] = {
    INTEGER: "long",
    DATE: "datetime",
    ZERO_OR_ONE: "long",
    NUMBER: "double",
    TEXT: "string",
    CODE: "long",
    TEXT_OR_INTEGER: "string",
}


def expected_columns(bank: Bank) -> dict[str, tuple[str, Kind]]:
    """Description and kind of each column of a frame: those of the files, and the bank's own features."""
    unused = {column.months_column for column in bank.profile}
    columns = {name: column for name, column in columns_of_files(bank).items() if name not in unused}
    for feature in bank.features:
        kind = TEXT_OR_INTEGER if feature.kind == "category" else NUMBER
        columns.setdefault(feature.name, ("the bank's own feature", kind))
    return columns


def column_types(bank: Bank) -> list[tuple[str, str]]:
    """The columns of clean snapshots and their types, in the names of an MLflow schema."""
    return [(name, _CALLED[kind]) for name, (_, kind) in expected_columns(bank).items()]


def optional_columns(bank: Bank) -> set[str]:
    """Columns that a frame may leave out: flags of guessed values, which then count as no."""
    return {name for name in (bank.holdings_unknown, *(column.imputed for column in bank.profile)) if name}


def expectation(bank: Bank) -> str:
    """The requirements on a frame, in one sentence."""
    return (
        f"expected: clean snapshots of {bank.name}, a row for each customer ({bank.customer}) and month"
        f" ({bank.month}), with 0 or 1 for each of its {bank.n} products"
        f" and the columns {', '.join(_beside_products(bank)) or 'no others'}"
    )


def _beside_products(bank: Bank) -> list[str]:
    needed = (name for name in expected_columns(bank) if name not in optional_columns(bank))
    return [name for name in needed if name not in {bank.customer, bank.month, *bank.ids}]


def history_of(frame: pd.DataFrame, bank: Bank) -> History:
    """The histories of the customers in `frame`, in order of their numbers; other columns are ignored.

    A column that is missing or can't be read, a customer twice in a month, and months that do not follow each other
    are an `InputError` that says what is expected.
    """
    clean = _typed(frame, bank)
    months = _months(clean, bank)
    with connect() as connection:
        rows = ibis.memtable(clean)
        table = connection.to_pyarrow(histories(rows, months, bank, rows if bank.features else None))
    return History.from_arrow(table, bank)


def _typed(frame: pd.DataFrame, bank: Bank) -> pa.Table:
    expected, left_out = expected_columns(bank), optional_columns(bank)
    missing = [name for name in expected if name not in frame.columns and name not in left_out]
    if missing or not len(frame):
        what = f"columns missing: {', '.join(missing)}" if missing else "there is no row"
        raise InputError(f"{what}; {expectation(bank)}")
    columns = {}
    for name, (meaning, kind) in expected.items():
        if name not in frame.columns:
            columns[name] = pa.repeat(False, len(frame))
            continue
        try:
            columns[name] = _column(frame[name], kind)
        except (pa.ArrowException, ValueError, TypeError) as error:
            raise InputError(
                f"column {name} ({meaning}) must be {kind.called}: {in_one_line(error)}; {expectation(bank)}"
            ) from error
        if kind is ZERO_OR_ONE and not pc.all(pc.is_in(columns[name], pa.array([0, 1, None], pa.int8()))).as_py():
            raise InputError(f"column {name} ({meaning}) has other values than 0 and 1; {expectation(bank)}")
        if name in left_out:
            columns[name] = pc.cast(columns[name], pa.bool_())
    return pa.table(columns)


def _column(values: pd.Series, kind: Kind) -> pa.Array:
    """The values in the type of a kind; a date may be a text such as 2016-05-28, a whole number may be a float."""
    if kind is DATE:
        return pa.array(pd.to_datetime(values, format="ISO8601").dt.date, pa.date32(), from_pandas=True)
    numeric = pd.api.types.is_numeric_dtype(values)
    wanted = _TYPES.get(kind, pa.int64() if numeric else pa.string())
    array = pa.array(values, from_pandas=True)
    if pa.types.is_string(wanted) and numeric:
        raise ValueError(f"it is {values.dtype}")
    return pc.cast(array, wanted)


def _months(clean: pa.Table, bank: Bank) -> list[date]:
    for name in (bank.customer, bank.month):
        if clean[name].null_count:
            raise InputError(f"column {name} has rows without a value; {expectation(bank)}")
    keys = clean.group_by([bank.customer, bank.month]).aggregate([([], "count_all")])
    twice = keys.filter(pc.greater(keys["count_all"], 1))
    if twice.num_rows:
        one = twice.slice(0, 1).to_pylist()[0]
        raise InputError(f"customer {one[bank.customer]} has several rows of {one[bank.month]}; {expectation(bank)}")
    months = sorted(pc.unique(clean[bank.month]).to_pylist())
    check_no_gap(months, "the input")
    return months


def frame_of(history: History) -> pd.DataFrame:
    """Snapshots that `history_of` turns into `history` again: a row for each customer and month of presence.

    Profile columns of which a history keeps the first month alone have that value in every month.
    """
    bank = history.bank
    rows, months = np.nonzero(history.words & PRESENT)
    words, persons = history.words[rows, months], history.persons[rows, months]
    columns: dict[str, Any] = {
        bank.customer: history.user_id[rows],
        bank.month: pd.to_datetime([history.months[month] for month in months]),
    }
    columns |= dict(_flags(words, bank))
    columns |= {state.column: _state_values(state, bank.state_fields[state.name], words) for state in bank.states}
    first = np.argmax((history.words & PRESENT) != 0, axis=1)[rows] == months
    for column in bank.profile:
        kept = _kept(history, column, rows) if column in bank.kept else None
        if column.by_month:
            stated = _stated_values(column, bank.stated_fields[column.name], persons)
            kept = stated if kept is None else stated.astype(object).where(~first, kept)
        columns[column.column] = kept
    columns |= {feature.name: _feature(history, feature, rows, months) for feature in bank.features}
    return pd.DataFrame(columns).infer_objects()


def _flags(words: npt.NDArray[np.uint64], bank: Bank) -> Iterator[tuple[str, Any]]:
    unknown = (words & UNKNOWN) != 0
    flags = unpack(words, bank.n)
    for bit, item in enumerate(bank.ids):
        held = pd.Series(flags[:, bit].astype(np.int64))
        yield item, held if bank.holdings_unknown or not unknown.any() else held.where(~unknown | flags[:, bit])
    if bank.holdings_unknown:
        yield bank.holdings_unknown, unknown.astype(np.int64)


def _state_values(state: State, field: BitField, words: npt.NDArray[np.uint64]) -> pd.Series:
    codes = field.of(words)
    return _yes_or_no(state.yes, codes) if state.kind == "flag" else _values(state.values, codes)


def _stated_values(column: ProfileColumn, field: BitField, persons: npt.NDArray[Any]) -> pd.Series:
    codes = field.of(persons.astype(np.uint64))
    if column.kind == "number":
        unknown = codes > (column.largest or 0)
        return pd.Series(np.where(unknown, np.nan, codes) if unknown.any() else codes)
    return _yes_or_no(column.yes, codes) if column.kind == "flag" else _values(column.values, codes)


def _yes_or_no(yes: int | str, codes: npt.NDArray[np.int64]) -> pd.Series:
    no: int | str = "" if isinstance(yes, str) else 1 - min(max(yes, 0), 1)
    return pd.Series(np.where(codes != 0, yes, no))


def _values(values: tuple[int | str, ...], codes: npt.NDArray[np.int64]) -> pd.Series:
    return pd.Series([values[code - 1] if code else None for code in codes])


def _kept(history: History, column: ProfileColumn, rows: npt.NDArray[np.int64]) -> pd.Series:
    values: pd.Series = history.profile[column.column].combine_chunks().take(pa.array(rows)).to_pandas()
    if column.kind in ("category", "flag"):
        values = values.where(values != (-1 if pd.api.types.is_numeric_dtype(values) else ""))
    return values


def _feature(history: History, feature: Any, rows: npt.NDArray[np.int64], months: npt.NDArray[np.int64]) -> pd.Series:
    values = history.own[feature.name][rows, months]
    return _values(feature.values, np.nan_to_num(values).astype(np.int64)) if feature.values else pd.Series(values)
