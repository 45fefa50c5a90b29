"""Clean snapshots to histories: grouped by customer, a word per month and a short profile.

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

from bankrec.bank.columns import CUSTOMER, MONTH, PROFILE, USER_ID
from bankrec.bank.products import PRODUCT_COLUMNS
from bankrec.cleaning.months import check_no_gap
from bankrec.cleaning.preprocess import read_months
from bankrec.cleaning.typed_rows import ibis_type
from bankrec.config import Config
from bankrec.errors import InputError
from bankrec.history import BATCH, History, person_column, word_column
from bankrec.holdings import ACTIVE, PRESENT, RELATION_SHIFT, RELATIONS, SEGMENT_SHIFT, SEGMENTS, UNKNOWN
from bankrec.ingest.headers import check_clean_header
from bankrec.persons import DECEASED, PROVINCE_SHIFT, RESIDENCE_SHIFT, RESIDENCES
from bankrec.sampling import Purpose, sampled
from bankrec.storage.atomic import replacing, settled, write_table
from bankrec.storage.engine import connect, full_disk_told, parquet_files, read_parquet, write_parquet

HISTORIES_FILE = "histories.parquet"

_NO_INCOME = -1.0
GROUPED_AT_ONCE = 4_000_000  # customer-months: DuckDB keeps a state for each of their customers, about 0.8 GB in all
_WORD_BITS = 32
_BUCKET_BITS = 10  # ranges of customers are found in steps of 1,024 numbers


def word(clean: Any) -> Any:
    """The word of each clean row (`bankrec.holdings`), an int32."""
    parts = [clean[name].cast("int32") * (1 << bit) for bit, name in enumerate(PRODUCT_COLUMNS)]
    parts.append(ibis.literal(int(PRESENT), "int32"))
    parts.append(clean.flags_imputed.cast("int32") * int(UNKNOWN))
    parts.append((clean.ind_actividad_cliente == 1).cast("int32") * int(ACTIVE))
    parts.append(_code(clean.tiprel_1mes.replace("R", "P"), RELATIONS) * (1 << RELATION_SHIFT))
    parts.append(_code(clean.segmento, SEGMENTS) * (1 << SEGMENT_SHIFT))
    return sum(parts[1:], parts[0]).cast("int32")


def person(clean: Any) -> Any:
    """What each clean row states of the person (`bankrec.persons`), an int32."""
    residences = [(clean.indresi == value, code) for code, value in enumerate(RESIDENCES[:-1])]
    residence = ibis.cases((clean.indfall == "S", DECEASED), *residences, else_=len(RESIDENCES) - 1)
    parts = clean.age, clean.cod_prov.cast("int32") * (1 << PROVINCE_SHIFT), residence * (1 << RESIDENCE_SHIFT)
    return sum(part.cast("int32") for part in parts).cast("int32")


def _code(column: Any, values: Sequence[str]) -> Any:
    cases = [(column == value, index) for index, value in enumerate(values) if index]
    return ibis.cases(*cases, else_=0).cast("int32")


def histories(clean: Any, months: Sequence[date]) -> Any:
    """One row per customer of `clean` in `months` (consecutive snapshot dates, in order).

    Columns: `user_id`; by month an int32 word and an int32 of what is stated of the person, 0 where the customer
    is absent; `columns.PROFILE` as of the customer's first month (`renta` null where it was not known).
    """
    rows = clean.filter((clean[MONTH] >= _date(months[0])) & (clean[MONTH] <= _date(months[-1])))
    income = rows.renta_imputed.ifelse(_NO_INCOME, rows.renta)
    # Both in one number: half as many columns to group.
    both = word(rows).cast("int64") + person(rows).cast("int64") * (1 << _WORD_BITS)
    rows = rows.mutate(both=both, renta=income)
    at_month = {word_column(month): (rows[MONTH] == _date(month)).ifelse(rows.both, 0).max() for month in months}
    first = {name: rows[name].argmin(rows[MONTH]) for name in PROFILE}
    grouped = rows.group_by(CUSTOMER).agg(**at_month, **first)
    columns = {
        USER_ID: grouped[CUSTOMER],
        **{name: (grouped[name] & ((1 << _WORD_BITS) - 1)).cast("int32") for name in at_month},
        **{person_column(month): (grouped[word_column(month)] >> _WORD_BITS).cast("int32") for month in months},
        **{name: grouped[name].cast(ibis_type(kind)) for name, kind in PROFILE.items()},
    }
    columns["renta"] = grouped.renta.nullif(_NO_INCOME)
    return grouped.select(*(column.name(name) for name, column in columns.items())).order_by(USER_ID)


def _date(month: date) -> Any:
    return ibis.date(month.isoformat())


def months_of(data: Path) -> list[date]:
    """Snapshot dates of the clean snapshots in `data`, in order; a gap between months is an `InputError`."""
    if not settled(data).exists():
        raise InputError(f"{data} does not exist: make it with `python -m bankrec preprocess`")
    check_clean_header(data)
    try:
        with connect() as connection:
            months = read_months(connection, data)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{data} is not a file of clean snapshots: {' '.join(str(error).split())[:200]}") from error
    check_no_gap(months, str(data))
    return months


def ranges(clean: Any, at_most: int) -> list[Any]:
    """`clean` cut by ranges of the customer's number into tables of about `at_most` rows, in order.

    To group them one after the other takes as long as all at once, and memory no longer grows with the bank.
    """
    step = clean[CUSTOMER] >> _BUCKET_BITS
    counts = clean.group_by(step=step).agg(rows=clean.count()).order_by("step").to_pyarrow()
    steps, part = counts["step"].to_numpy(), (np.cumsum(counts["rows"].to_numpy()) - 1) // at_most
    firsts = [int(steps[place]) << _BUCKET_BITS for place in np.flatnonzero(np.diff(part, prepend=-1))]
    parts = []
    for first, after in pairwise([*firsts, None]):
        from_first = clean.filter(clean[CUSTOMER] >= first)
        parts.append(from_first if after is None else from_first.filter(clean[CUSTOMER] < after))
    return parts


def build_histories(data: Path, output: Path, *, as_of: date | None = None, engine: str = "duckdb") -> int:
    """Write the histories of the clean snapshots in `data`, up to `as_of`, to `output`; returns their number.

    The parquet file is sorted by `user_id`, so that batches of it stream in that order; so are the files
    of the folder that Spark writes, one after the other.
    """
    months = [month for month in months_of(data) if as_of is None or month <= as_of]
    if not months:
        raise InputError(f"{data} has no month up to {as_of}")
    with full_disk_told(output), connect(engine, spill=output.parent) as connection:
        clean = read_parquet(connection, data, engine)
        if engine == "spark":
            with replacing(output) as beside:
                write_parquet(connection, histories(clean, months), beside, engine)
        else:
            write_table(output, (histories(part, months).to_pyarrow() for part in ranges(clean, GROUPED_AT_ONCE)))
    return sum(pq.read_metadata(file).num_rows for file in parquet_files(output))


def read_histories(path: Path, batch: int = BATCH) -> Iterator[History]:
    """The histories that `build_histories` wrote, in batches of at most `batch` customers."""
    for file in parquet_files(path):
        for part in pq.ParquetFile(file).iter_batches(batch_size=batch):
            yield History.from_arrow(part)


def load_histories(path: Path, at_most: int = Config.customers) -> History:
    """Histories in memory, to learn from: about 100 bytes a customer for 17 months, and the profile.

    Of a bank with more than `at_most` customers a sample of about that size, by a hash of the customer.
    """
    files = parquet_files(path)
    share = at_most / max(sum(pq.read_metadata(file).num_rows for file in files), 1)
    batches = (rows for file in files for rows in pq.ParquetFile(file).iter_batches())
    if share < 1.0:
        batches = (
            rows.filter(pa.array(sampled(rows[USER_ID].to_numpy(), share, Purpose.HISTORIES))) for rows in batches
        )
    history = History.joined(map(History.from_arrow, batches))
    pa.default_memory_pool().release_unused()  # what was read along the way is as large as what is kept
    return history


def as_of_month(text: str | None, data: Path) -> date:
    """The as-of month of `data`: its last month, or the one named as YYYY-MM or YYYY-MM-DD."""
    months = months_of(data)
    if text is None:
        return months[-1]
    found = [month for month in months if text in (f"{month:%Y-%m}", month.isoformat())]
    if not found:
        raise InputError(f"--as-of {text}: {data} has the months {months[0]:%Y-%m} to {months[-1]:%Y-%m}")
    return found[0]
