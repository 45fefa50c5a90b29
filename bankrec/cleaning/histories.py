"""Clean snapshots of any bank to histories: grouped by customer, a word per month and a short profile.

The expression runs on DuckDB and on Spark; the functions below it read and write the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bankrec.bank.columns import USER_ID
from bankrec.bank.description import Bank
from bankrec.cleaning.history_columns import first_value, own_value, stated, word
from bankrec.cleaning.months import check_no_gap, read_months
from bankrec.config import Config
from bankrec.errors import InputError
from bankrec.history import BATCH, History, own_column, person_column, word_column
from bankrec.ingest.headers import check_clean_header, check_own_features
from bankrec.sampling import Purpose, sampled
from bankrec.storage.atomic import replacing, settled, write_table
from bankrec.storage.engine import connect, full_disk_reported, parquet_files, read_parquet, write_parquet

HISTORIES_FILE = "histories.parquet"
Range = tuple[Any, int | None]  # of customer numbers: the first, and the one after the last

GROUPED_AT_ONCE = 4_000_000  # customer-months: DuckDB keeps a state for each of their customers, about 0.8 GB in all
_BUCKET_BITS = 10  # ranges of customers begin at multiples of 1,024


def histories(clean: Any, months: Sequence[date], bank: Bank, features: Any) -> Any:
    """One row per customer of `clean` in `months` (consecutive snapshot dates, in order).

    Columns: `user_id`; by month an int64 word and an int64 of the profile columns stored by month, 0 where the customer
    is absent; `Bank.kept` as of the customer's first month (nan or an empty text where unknown); by month the
    bank's own `features`, a table of customers and months, null where it has no row.
    """
    day = clean[bank.month].cast("date")
    rows = clean.filter((day >= _date(months[0])) & (day <= _date(months[-1])))
    day = rows[bank.month].cast("date")
    rows = rows.mutate(_word=word(rows, bank), _stated=stated(rows, bank), _day=day)
    columns = {}
    for month in months:
        here = rows._day == _date(month)
        columns[word_column(month)] = here.ifelse(rows._word, 0).max()
        columns[person_column(month)] = here.ifelse(rows._stated, 0).max()
    columns |= {column.column: first_value(rows, column, rows._day) for column in bank.kept}
    grouped = rows.group_by(bank.customer).agg(**columns)
    grouped = grouped.select(grouped[bank.customer].cast("int64").name(USER_ID), *columns)
    if features is not None:
        own = own_features(features, months, bank)
        grouped = grouped.left_join(own, USER_ID).select(grouped, *(name for name in own.columns if name != USER_ID))
    return grouped.order_by(USER_ID)


def own_features(features: Any, months: Sequence[date], bank: Bank) -> Any:
    """A row per customer of the bank's own features: `user_id`, and a column by feature and month."""
    day = features[bank.month].cast("date")
    number = day.year() * 12 + day.month()
    rows = features.mutate(
        _number=number, **{f"_{feature.name}": own_value(features, feature) for feature in bank.features}
    )
    columns = {
        own_column(feature.name, month): (rows._number == month.year * 12 + month.month)
        .ifelse(rows[f"_{feature.name}"], ibis.null("double"))
        .max()
        for feature in bank.features
        for month in months
    }
    grouped = rows.group_by(bank.customer).agg(**columns)
    return grouped.select(grouped[bank.customer].cast("int64").name(USER_ID), *columns)


def _date(month: date) -> Any:
    return ibis.date(month.isoformat())


def months_of(data: Path, bank: Bank) -> list[date]:
    """Snapshot dates of the clean snapshots in `data`, in order; a gap between months is an `InputError`."""
    if not settled(data).exists():
        raise InputError(f"{data} does not exist: make it with `python -m bankrec preprocess`")
    check_clean_header(data, bank)
    try:
        with connect() as connection:
            months = read_months(connection, data, bank)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{data} is not a file of clean snapshots: {' '.join(str(error).split())[:200]}") from error
    check_no_gap(months, str(data))
    return months


def ranges(clean: Any, at_most: int, customer: str) -> list[Range]:
    """Ranges of the customer's number with about `at_most` rows of `clean` each, in order.

    Grouping the ranges one after the other takes as long as all at once, and memory does not grow with the bank.
    """
    step = clean[customer] >> _BUCKET_BITS
    counts = clean.group_by(step=step).agg(rows=clean.count()).order_by("step").to_pyarrow()
    steps, part = counts["step"].to_numpy(), (np.cumsum(counts["rows"].to_numpy()) - 1) // at_most
    firsts = [int(steps[place]) << _BUCKET_BITS for place in np.flatnonzero(np.diff(part, prepend=-1))]
    return list(pairwise([*firsts, None]))


def within(table: Any, part: Range, customer: str) -> Any:
    """The rows of `table` whose customers are in a range."""
    first, after = part
    from_first = table.filter(table[customer] >= first)
    return from_first if after is None else from_first.filter(from_first[customer] < after)


def build_histories(
    data: Path,
    output: Path,
    bank: Bank,
    *,
    as_of: date | None = None,
    features: Path | None = None,
    engine: str = "duckdb",
) -> int:
    """Write the histories of the clean snapshots in `data`, up to `as_of`, to `output`; returns their number.

    `features` is the parquet of the bank's own features, where its description names any. The file written is sorted by
    `user_id`, so that batches of it stream in that order; so are the files of the folder that Spark writes.
    """
    months = [month for month in months_of(data, bank) if as_of is None or month <= as_of]
    if not months:
        raise InputError(f"{data} has no month up to {as_of}")
    check_own_features(features, bank)
    with full_disk_reported(output), connect(engine, spill=output.parent) as connection:
        clean = read_parquet(connection, data, engine)
        own = read_parquet(connection, features, engine) if features else None
        if own is not None:
            _check_one_a_month(own, bank, str(features))
        if engine == "spark":
            with replacing(output) as beside:
                write_parquet(connection, histories(clean, months, bank, own), beside, engine)
        else:
            parts = ranges(clean, GROUPED_AT_ONCE, bank.customer)
            write_table(output, (_part(clean, own, part, months, bank) for part in parts))
    return sum(pq.read_metadata(file).num_rows for file in parquet_files(output))


def _check_one_a_month(features: Any, bank: Bank, where: str) -> None:
    """Raise an `InputError` where a customer has several rows of own features in a calendar month."""
    day = features[bank.month].cast("date")
    rows = features.group_by(customer=features[bank.customer], year=day.year(), month=day.month()).agg(
        n=features.count()
    )
    repeated = rows.filter(rows.n > 1).order_by(["customer", "year", "month"]).limit(1).to_pyarrow().to_pylist()
    for one in repeated:
        place = f"customer {one['customer']} has {one['n']} rows in {one['year']}-{one['month']:02}"
        raise InputError(f"--features {where}: {place}: keep one row a customer and month")


def _part(clean: Any, own: Any, part: Range, months: Sequence[date], bank: Bank) -> pa.Table:
    features = within(own, part, bank.customer) if own is not None else None
    return histories(within(clean, part, bank.customer), months, bank, features).to_pyarrow()


def read_histories(path: Path, bank: Bank, batch: int = BATCH) -> Iterator[History]:
    """The histories that `build_histories` wrote, in batches of at most `batch` customers."""
    for file in parquet_files(path):
        for part in pq.ParquetFile(file).iter_batches(batch_size=batch):
            yield History.from_arrow(part, bank)


def load_histories(path: Path, bank: Bank, at_most: int = Config.customers) -> History:
    """Histories in memory, to learn from: about 170 bytes a customer for 17 months, and the profile.

    For a bank with more than `at_most` customers, a sample of about that size, by a hash of the customer number.
    """
    files = parquet_files(path)
    share = at_most / max(sum(pq.read_metadata(file).num_rows for file in files), 1)
    batches = (rows for file in files for rows in pq.ParquetFile(file).iter_batches())
    if share < 1.0:
        batches = (
            rows.filter(pa.array(sampled(rows[USER_ID].to_numpy(), share, Purpose.HISTORIES))) for rows in batches
        )
    history = History.joined(History.from_arrow(part, bank) for part in batches)
    pa.default_memory_pool().release_unused()  # buffers of the reading, as large as the result
    return history


def as_of_month(text: str | None, data: Path, bank: Bank) -> date:
    """The as-of month of `data`: its last month, or the one named as YYYY-MM or YYYY-MM-DD."""
    months = months_of(data, bank)
    if text is None:
        return months[-1]
    matches = [month for month in months if text in (f"{month:%Y-%m}", month.isoformat())]
    if not matches:
        raise InputError(f"--as-of {text}: {data} has the months {months[0]:%Y-%m} to {months[-1]:%Y-%m}")
    return matches[0]
