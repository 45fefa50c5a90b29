"""Checks of the header of a data file, before its rows are read: column names and types, first and last month."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bankrec.bank.description import Bank
from bankrec.errors import InputError
from bankrec.ingest.parquet_header import parquet_files, schema_of
from bankrec.ingest.raw_file import csv_header
from bankrec.ingest.snapshot_header import header_problems, is_of_another_bank
from bankrec.santander.columns import CLEAN, RAW


def column_names(path: Path) -> list[str]:
    """Names of the columns of a CSV (also .gz, .zip), a parquet file, or the first parquet file of a folder."""
    if path.is_dir() or path.suffix == ".parquet":
        return list(_schema(parquet_files(path)[0]).names)
    return csv_header(path)


def check_clean_header(data: Path, bank: Bank) -> None:
    """Raise an `InputError` unless `data` is parquet with the columns of clean snapshots of `bank`, of their types.

    A file, or a folder of such files. For raw months, the usual mistake, the error gives the command that cleans them.
    """
    if not data.exists():
        remedy = ": make it with `python -m bankrec preprocess`" if bank.adapter else ""
        raise InputError(f"{data} does not exist{remedy}")
    if bank.adapter is None:
        if wrong := header_problems(bank, data):
            raise InputError(wrong[0])
        return
    if data.is_file() and data.suffix != ".parquet":
        _check_clean_names(data, csv_header(data))
    for file in parquet_files(data):
        schema = _schema(file)
        if other_bank := is_of_another_bank(bank, file, schema.names):
            raise InputError(other_bank)
        _check_clean_names(file, schema.names)
        for name, kind in CLEAN.items():
            if (actual := schema.field(name).type) != pa.type_for_alias(kind):
                raise InputError(f"{file}: {name} must be of type {kind}, it is {actual}")


def check_own_features(features: Path | None, bank: Bank) -> None:
    """Raise an `InputError` unless `features` is there where `bank` describes own features, with their columns."""
    if not bank.features:
        if features is not None:
            raise InputError(f"--features {features}: the description of {bank.name} has no features: add [[features]]")
        return
    names = [feature.name for feature in bank.features]
    if features is None:
        raise InputError(f"the description of {bank.name} names features ({', '.join(names)}): give --features PARQUET")
    if not features.exists():
        raise InputError(f"--features {features}: the file does not exist")
    for file in parquet_files(features):
        existing = _schema(file).names
        if missing := [name for name in (bank.customer, bank.month, *names) if name not in existing]:
            raise InputError(f"--features {file}: it does not have the columns {', '.join(missing)}")


def _check_clean_names(file: Path, names: Collection[str]) -> None:
    if set(RAW) <= set(names) and not set(CLEAN) <= set(names):
        command = f"python -m bankrec preprocess --input {file} --output CLEAN.parquet"
        raise InputError(f"{file} holds raw months, not clean snapshots: clean them with `{command}`")
    if missing := [name for name in CLEAN if name not in names]:
        few = f"{', '.join(missing[:3])}{f' and {len(missing) - 3} more' * (len(missing) > 3)}"
        raise InputError(
            f"{file} is not a file of clean snapshots, as `preprocess` writes them: it does not have {few}"
        )


def check_truth_header(truth: Path, bank: Bank) -> None:
    """Raise an `InputError` unless `truth` has the columns of acquired pairs, or those of a snapshot."""
    names = set(column_names(truth))
    if bank.customer not in names:
        raise InputError(f"{truth} has no column {bank.customer}: add the customer's number")
    if "product" in names:
        return
    missing = [name for name in bank.ids if name not in names]
    if len(missing) == bank.n:
        raise InputError(f"{truth} has neither the columns {bank.customer}, product nor product flags")
    if missing:
        raise InputError(f"{truth} does not have the product column{'s' * (len(missing) > 1)} {', '.join(missing)}")


def first_and_last(data: Path, bank: Bank) -> tuple[date, date] | None:
    """The first and the last snapshot date of clean snapshots, as the parquet footers state them.

    None where a footer states none: then only the rows themselves show it.
    """
    dates: list[date] = []
    for file in parquet_files(data):
        footer = pq.read_metadata(file)
        place = footer.schema.names.index(bank.month)
        for group in range(footer.num_row_groups):
            statistics = footer.row_group(group).column(place).statistics
            if statistics is None or not statistics.has_min_max:
                return None
            dates += [_day(statistics.min), _day(statistics.max)]
    return (min(dates), max(dates)) if dates else None


def _day(value: date) -> date:
    """The date of a date or a timestamp."""
    return value.date() if isinstance(value, datetime) else value


def _schema(file: Path) -> pa.Schema:
    try:
        return schema_of(file)
    except InputError as error:
        raise InputError(
            f"{file} is not a parquet file of clean snapshots: `python -m bankrec preprocess` makes one"
        ) from error
