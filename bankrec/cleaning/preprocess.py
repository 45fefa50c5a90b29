"""Preprocessing: `bankrec.cleaning.clean` applied to files, with a report of what was changed.

The raw file is read once, into typed rows on disk; the values that fill missing ones are computed from these;
then the clean rows are written. Memory does not grow with the number of customers.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from functools import reduce
from itertools import pairwise
from operator import or_
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
from tqdm import tqdm

from bankrec.bank.files import santander
from bankrec.cleaning.clean import completed, doubled, fills, kept, one_per_month, province_incomes
from bankrec.cleaning.months import check_enough, check_no_gap, month_cautions, read_months
from bankrec.cleaning.readable import (
    check_columns,
    check_readable,
    clean_holders,
    doubtful,
    lost_by_all,
    most_frequent,
    typed_holders,
)
from bankrec.cleaning.report import Report, format_report, reported, tallied, unreadable_columns
from bankrec.cleaning.report_file import caution, read_report, save_report
from bankrec.cleaning.rules import ROW_DROPPED
from bankrec.cleaning.schema import check_clean
from bankrec.cleaning.typed_rows import typed, unreadable_texts
from bankrec.errors import InputError
from bankrec.ingest.headers import check_clean_header
from bankrec.ingest.raw_file import raw_months, read_raw
from bankrec.results import ACCEPTED
from bankrec.santander.columns import MONTH
from bankrec.storage.atomic import replacing, settled
from bankrec.storage.engine import (
    NotParsedError,
    connect,
    engine_errors,
    full_disk_reported,
    read_parquet,
    write_parquet,
    write_parquet_by,
)

__all__ = ["format_report", "preprocess"]

_STEPS = ("read and type", "count", "fill and write", "check")


def preprocess(
    input: Path,
    output: Path,
    *,
    append: bool = False,
    accept: Collection[str] = (),
    for_training: bool = False,
    engine: str = "duckdb",
) -> Report:
    """Clean the raw months in `input` into `output`, and return the report, which is also saved.

    `output` is one parquet file if its name ends in `.parquet`, else a folder with a file a month.
    With `append`, the months of `input` are added to those in `output`; a month that is there already is
    an `InputError`. The old `output` stays until the new one is complete.
    A product column whose values can't be read or that everybody loses at once is an `InputError` too
    (`bankrec.cleaning.readable`), unless it is among `accept`. With `for_training`, so are months that training can't
    use, before a row is cleaned; without it, the report says why training can't use them.
    """
    check_columns(accept)
    if append and not settled(output).exists():
        raise InputError(f"--append: {output} does not exist yet; run without --append first")
    if append:
        check_clean_header(output, santander())
    earlier = read_report(output) if append else None
    with (
        _clear_errors(input, output),
        tqdm(total=len(_STEPS), desc=_STEPS[0], unit="step", leave=False) as bar,
        _work_beside(output) as work,
        connect(engine, spill=output.parent) as connection,
    ):
        existing = read_months(connection, output, santander(), engine) if append else []
        incoming = raw_months(connection, input, work, engine)
        _check_months(incoming, existing, input, output, for_training)
        rows = _typed(connection, input, work, engine)
        _step(bar, 1)
        rows, tally, duplicates = _counted(rows)
        months = _months(tally, input)
        examples = _examples(connection, unreadable_columns(tally), input, work, engine)
        (work / "raw.csv").unlink(missing_ok=True)
        fill = _stored(connection, fills(rows), work / "fills.parquet", engine)
        report = reported(tally, duplicates, fill.to_pandas(), input.name, examples)
        holders = typed_holders(rows).to_pandas()
        if beside := _months_beside(months, existing):
            holders = pd.concat([holders, _holders_then(connection, output, beside, engine)], ignore_index=True)
        entries = doubtful(report, lost_by_all(holders, months))
        check_readable(entries, accept, input.name)
        report[ACCEPTED] = entries
        report["cautions"] = [*map(caution, entries), *month_cautions(sorted({*existing, *months}))]
        incomes = _stored(connection, province_incomes(rows), work / "incomes.parquet", engine)
        _step(bar, 2)
        fresh = work / "clean.parquet"
        clean = _stored(connection, completed(rows, fill, incomes), fresh, engine)
        _step(bar, 3)
        check_clean(clean, str(output))
        _put(connection, fresh, output, append=append, engine=engine)
        save_report(report, output, earlier)
        _step(bar, 4)
    return report


def _check_months(
    incoming: Sequence[date], existing: Sequence[date], input: Path, output: Path, for_training: bool
) -> None:
    """Raise an `InputError` where a month is in `existing` already or, with `for_training`, training can't use them."""
    if again := sorted({f"{month:%Y-%m}" for month in incoming} & {f"{month:%Y-%m}" for month in existing}):
        raise InputError(f"--append: {output} already has {', '.join(again)}: leave these months out of the input")
    if for_training:
        check_enough(incoming, str(input))
        check_no_gap(incoming, str(input))


def _holders_then(connection: Any, output: Path, months: Sequence[date], engine: str) -> pd.DataFrame:
    """`clean_holders` of `months` of the clean snapshots that are at `output` already."""
    before = read_parquet(connection, output, engine)
    before = before.filter(reduce(or_, (before[MONTH] == ibis.date(f"{day}") for day in months)))
    holders: pd.DataFrame = clean_holders(before).to_pandas()
    return holders


def _step(bar: Any, done: int) -> None:
    bar.update()
    if done < len(_STEPS):
        bar.set_description(_STEPS[done])


@contextmanager
def _work_beside(output: Path) -> Iterator[Path]:
    """A temporary folder on the disk of `output`, removed at the end."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".cleaning-", dir=output.parent) as folder:
        yield Path(folder)


@contextmanager
def _clear_errors(input: Path, output: Path) -> Iterator[None]:
    """Turn errors of the engine or the system into an `InputError` of one line."""
    try:
        with full_disk_reported(output):
            yield
    except OSError as error:
        raise InputError(f"could not write {output}: {error.strerror or error}") from error
    except engine_errors() as error:
        line = " ".join(str(error).split())
        raise InputError(f"{input} can't be read as raw months: {line[:300]}") from error


def _typed(connection: Any, input: Path, work: Path, engine: str) -> Any:
    """The raw file as typed rows on disk: parsed by the CSV reader if possible, else as text, value by value."""

    def stored(parsed: bool) -> Any:
        rows = typed(read_raw(connection, input, work, engine, parsed=parsed))
        return _stored(connection, rows, work / "typed.parquet", engine, compression="snappy")

    with suppress(NotParsedError):  # from DuckDB: a value is neither a number or date nor missing
        return stored(parsed=True)
    return stored(parsed=False)


def _stored(connection: Any, table: Any, path: Path, engine: str, *, compression: str = "zstd") -> Any:
    """A result that is computed once and stored on disk for later queries."""
    write_parquet(connection, table, path, engine, compression=compression)
    return read_parquet(connection, path, engine)


def _counted(rows: Any) -> tuple[Any, pd.DataFrame, dict[str, int]]:
    """One row per customer and month, the tally of what was noted, and the duplicates by month.

    Counting duplicates is cheap and usually finds none; rows are compared only if there are some.
    """
    tally = tallied(rows).to_pandas()
    good = kept(rows)
    dropped = tally[(tally["marks"] & ROW_DROPPED) != 0]
    before = tally.drop(dropped.index)
    if before.empty or not doubled(good, _dates(before)).to_pyarrow().as_py():
        return good, tally, {}
    single = one_per_month(good)
    after = tallied(single).to_pandas()
    gone = before.groupby(MONTH)["n"].sum() - after.groupby(MONTH)["n"].sum()
    duplicates = {str(pd.Timestamp(month).date()): int(n) for month, n in gone.items() if n}
    return single, pd.concat([dropped, after]), duplicates


def _dates(tally: pd.DataFrame) -> list[date]:
    return sorted({pd.Timestamp(month).date() for month in tally[MONTH]})


def _months(tally: pd.DataFrame, input: Path) -> list[date]:
    """The snapshot dates of the rows kept; two dates in one month are an `InputError`."""
    if tally.empty:
        raise InputError(f"{input} has a header and no rows: give a file with raw months")
    dates = _dates(tally[(tally["marks"] & ROW_DROPPED) == 0])
    if not dates:
        raise InputError(f"{input} has no row with a customer number and a snapshot date (YYYY-MM-DD)")
    if twice := [f"{one} and {two}" for one, two in pairwise(dates) if f"{one:%Y-%m}" == f"{two:%Y-%m}"]:
        raise InputError(f"{input} has two snapshot dates in one month, {', '.join(twice)}: keep one of them")
    return dates


def _examples(connection: Any, names: Sequence[str], input: Path, work: Path, engine: str) -> dict[str, list[str]]:
    """Values that can't be read, by column. Typed rows keep no text, so the raw file is read once more for these."""
    if not names:
        return {}
    texts = unreadable_texts(read_raw(connection, input, work, engine), names)
    return most_frequent(_stored(connection, texts, work / "unreadable.parquet", engine))


def _months_beside(months: Sequence[date], existing: Sequence[date]) -> list[date]:
    """The months of `existing` right before or right after one of `months`."""
    pairs = pairwise(sorted({*months, *existing}))
    return sorted({day for pair in pairs if set(pair) & set(months) for day in pair} & set(existing))


def _put(connection: Any, fresh: Path, output: Path, *, append: bool, engine: str) -> None:
    """Move the new rows to their place: the file, or the folder with a file a month."""
    with replacing(output) as beside:
        if output.suffix == ".parquet" and engine == "duckdb":
            if append:
                both = ibis.union(read_parquet(connection, output), read_parquet(connection, fresh))
                write_parquet(connection, both, beside)
            else:
                shutil.move(fresh, beside)
            return
        beside.mkdir()
        if append:
            shutil.copytree(output, beside, dirs_exist_ok=True)
        write_parquet_by(connection, read_parquet(connection, fresh, engine), MONTH, beside, engine)
