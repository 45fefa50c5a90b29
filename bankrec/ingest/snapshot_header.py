"""Checks the columns of clean snapshots against the description of a bank: names and types, before a row is read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pyarrow as pa
from pyarrow import types

from bankrec.bank.description import Bank, ProfileColumn, State
from bankrec.errors import InputError
from bankrec.ingest.parquet_header import parquet_files, schema_of
from bankrec.storage.atomic import settled


@dataclass(frozen=True)
class Kind:
    """A kind of column: a test of its Arrow type, the name of the kind, and the type that SQL casts it to."""

    holds: Callable[[pa.DataType], bool]
    called: str
    cast: str


def _any(*tests: Callable[[pa.DataType], bool]) -> Callable[[pa.DataType], bool]:
    return lambda kind: any(test(kind) for test in tests)


INTEGER = Kind(types.is_integer, "an integer", "BIGINT")
DATE = Kind(_any(types.is_date, types.is_timestamp), "a date or timestamp", "DATE")
ZERO_OR_ONE = Kind(_any(types.is_integer, types.is_boolean), "an integer or a boolean", "TINYINT")
NUMBER = Kind(_any(types.is_integer, types.is_floating, types.is_decimal), "a number", "DOUBLE")
TEXT = Kind(types.is_string, "text, as the values of the description", "VARCHAR")
CODE = Kind(types.is_integer, "an integer, as the values of the description", "INTEGER")
TEXT_OR_INTEGER = Kind(_any(types.is_string, types.is_integer), "text or an integer", "VARCHAR")


def _kind(column: State | ProfileColumn) -> Kind:
    """The kind of a state or profile column: values are compared as the description writes them."""
    if column.kind == "number":
        return NUMBER
    if column.kind == "date":
        return DATE
    if column.kind == "flag":
        return TEXT if isinstance(column.yes, str) else ZERO_OR_ONE
    if not column.values:
        return TEXT_OR_INTEGER
    return TEXT if isinstance(column.values[0], str) else CODE


def expected_columns(bank: Bank) -> dict[str, tuple[str, Kind]]:
    """Description and kind of each column of the bank's snapshots."""
    expected = {bank.customer: ("the customer", INTEGER), bank.month: ("the snapshot date", DATE)}
    expected |= dict.fromkeys(bank.ids, ("a product", ZERO_OR_ONE))
    expected |= {state.column: (f"state {state.name}", _kind(state)) for state in bank.states}
    expected |= {column.column: (f"profile column {column.name}", _kind(column)) for column in bank.profile}
    for column in bank.profile:
        if column.imputed:
            expected.setdefault(column.imputed, (f"imputed of {column.name}", ZERO_OR_ONE))
        if column.months_column:
            expected.setdefault(column.months_column, (f"months_column of {column.name}", INTEGER))
    if bank.holdings_unknown:
        expected.setdefault(bank.holdings_unknown, ("holdings_unknown", ZERO_OR_ONE))
    return expected


def snapshot_files(data: Path) -> list[Path]:
    """The parquet files of clean snapshots, at least one."""
    if not settled(data).exists():
        raise InputError(f"{data} does not exist: clean snapshots are a parquet file, or a folder of them")
    return parquet_files(data)


def is_of_another_bank(bank: Bank, file: Path, names: Collection[str]) -> str:
    """A sentence where a file has neither products nor customers of the bank, the usual mistake; else empty."""
    if {bank.customer, *bank.ids} & set(names):
        return ""
    sentence = (
        f"{file} has no column of {bank.name}: if it is of another bank, give the description of that bank, --bank FILE"
    )
    remedy = "; if it holds raw months, clean them: `python -m bankrec preprocess`" if bank.adapter else ""
    return sentence + remedy


def header_problems(bank: Bank, data: Path) -> list[str]:
    """The errors in the columns of the snapshots in `data`, a line each."""
    expected, problems = expected_columns(bank), list[str]()
    for file in snapshot_files(data):
        schema = schema_of(file)
        if other_bank := is_of_another_bank(bank, file, schema.names):
            return [other_bank]
        problems += _problems(file, schema, expected)
    return problems


def extra_columns(bank: Bank, data: Path) -> list[str]:
    """Columns of the first file of `data` that the description does not name."""
    expected = expected_columns(bank)
    return [name for name in schema_of(snapshot_files(data)[0]).names if name not in expected]


def _problems(file: Path, schema: pa.Schema, expected: dict[str, tuple[str, Kind]]) -> Iterator[str]:
    for name, (meaning, kind) in expected.items():
        if name not in schema.names:
            close = get_close_matches(name, set(schema.names) - set(expected), n=1, cutoff=0.8)
            remedy = f"is it {close[0]}?" if close else "add it, or remove it from the description"
            yield f"{file} has no column {name} ({meaning}): {remedy}"
        elif schema.names.count(name) > 1:
            yield f"{file} has two columns {name}: remove one of them"
        elif not kind.holds(schema.field(name).type):
            actual = schema.field(name).type
            yield f"{file}: {name} ({meaning}) must be {kind.called}, it is {actual}: write CAST({name} AS {kind.cast})"
