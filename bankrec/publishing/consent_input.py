"""Reading consent from a bank's export, CSV or parquet, with every value checked."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from bankrec.bank.columns import USER_ID
from bankrec.bank.spellings import LARGEST_CUSTOMER, NO_SPELLINGS, YES_SPELLINGS
from bankrec.errors import InputError, in_one_line
from bankrec.publishing.consent import ALLOWED, CHANNEL, CONSENT, MOST_CHANNELS, SCHEMA, SINCE

AHEAD = timedelta(days=1)  # since a time without a zone counts as UTC, but may be of any zone
_WANTED = {
    USER_ID: f"a whole number of 0 to {LARGEST_CUSTOMER}",
    CHANNEL: "1 to 32 letters, digits, spaces, or any of _ . -",
    ALLOWED: "true or false (1 or 0, yes or no)",
    SINCE: "a time, as 2024-05-28T09:30:00Z, at most a day ahead",
}
_NAME = r"^[\p{L}\p{N}][\p{L}\p{N}_. -]{0,31}$"
_ZONE = r":\d\d.*(Z|[+-]\d\d(:?\d\d)?)$"
_TIME = r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?)?)?$"


def check_consent_header(path: Path) -> None:
    """Raise an `InputError` where the file at `path` is neither CSV nor parquet, or a column is missing."""
    try:
        if path.suffix == ".parquet":
            names = pq.read_schema(path).names
        else:
            with path.open(encoding="utf-8-sig", newline="") as file:
                names = next(csv.reader(file), [])
    except (OSError, ValueError, csv.Error, pa.ArrowException) as error:
        raise InputError(f"{path} can't be read: {in_one_line(error)}") from error
    if missing := [name for name in SCHEMA.names if name not in names]:
        raise InputError(f"{path}: column {missing[0]} is missing; the columns are {', '.join(SCHEMA.names)}")


def read_consent(path: Path, now: datetime) -> pa.Table:
    """The rows of the file at `path`, all of them, in the columns of `SCHEMA`; other columns are left out.

    An invalid value is an `InputError` with its line (of a CSV) or row (of parquet). Times without a zone are UTC; a
    time more than a day after `now` is invalid.
    """
    check_consent_header(path)
    try:
        if path.suffix == ".parquet":
            table = pq.ParquetFile(path).read(SCHEMA.names)
        else:
            texts = pyarrow.csv.ConvertOptions(
                include_columns=SCHEMA.names, column_types=dict.fromkeys(SCHEMA.names, pa.string()),
                strings_can_be_null=False,
            )  # fmt: skip
            table = pyarrow.csv.read_csv(path, convert_options=texts)
    except (OSError, pa.ArrowException) as error:
        broken = "" if path.suffix == ".parquet" else _broken_line(path)
        raise InputError(f"{path}{broken} can't be read: {in_one_line(error)}") from error
    if not table.num_rows:
        raise InputError(f"{path} has no rows: no customer would have consent; export it again")
    return _checked(table, path, now)


def read_in_place(recs: Path) -> pa.Table | None:
    """The rows of `<recs>/consent.parquet`; None where there is no such file, an `InputError` if it can't be read."""
    path = recs / CONSENT
    if not path.exists():
        return None
    try:
        table = pq.ParquetFile(path, page_checksum_verification=True).read(SCHEMA.names)
        return table.cast(SCHEMA)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise InputError(f"{path} can't be read: {in_one_line(error)}") from error


def _checked(table: pa.Table, path: Path, now: datetime) -> pa.Table:
    latest = pa.scalar(now + AHEAD, SCHEMA.field(SINCE).type)
    readers: dict[str, Callable[[pa.Array], pa.Array]] = {
        USER_ID: _ids,
        CHANNEL: _channels,
        ALLOWED: _flags,
        SINCE: lambda column: _not_after(_times(column), latest),
    }
    columns = {}
    for name, read in readers.items():
        given = table[name].combine_chunks()
        columns[name] = values = read(given)
        if values.null_count:
            row = pc.index(pc.is_null(values), True).as_py()
            shown = in_one_line(repr(given[row].as_py()), 60)
            raise InputError(f"{path}, {_place(path, row)}: {name} is {shown}, not {_WANTED[name]}")
    _check_channels(columns[CHANNEL].unique().to_pylist(), path)
    return pa.table(columns, schema=SCHEMA)


def _check_channels(names: list[str], path: Path) -> None:
    if len(names) > MOST_CHANNELS:
        raise InputError(f"{path} has {len(names)} channels; at most {MOST_CHANNELS} can be distinguished")
    spelt: dict[str, str] = {}
    for name in names:
        if (other := spelt.setdefault(name.casefold(), name)) != name:
            raise InputError(f"{path} has the channels {other} and {name}: write one channel in one way")


def _place(path: Path, row: int) -> str:
    """Place in the file of a row, counted from 0; lines of a CSV, also blank or broken ones, are counted only here."""
    if path.suffix == ".parquet":
        return f"row {row + 1}"
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        numbers = (lines.line_num for fields in lines if fields)
        return f"line {next(number for at, number in enumerate(numbers) if at == row + 1)}"


def _broken_line(path: Path) -> str:
    """The first line of a CSV that has more or fewer values than its header."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        lines = csv.reader(file)
        wanted = len(next(lines, []))
        return next((f", line {lines.line_num}," for fields in lines if fields and len(fields) != wanted), "")


def _is_text(column: pa.Array) -> bool:
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def _only(column: pa.Array, good: pa.Array) -> pa.Array:
    """The values that are `good`, with null for the others."""
    return pc.if_else(good, column, pa.scalar(None, column.type))


def _ids(column: pa.Array) -> pa.Array:
    if _is_text(column):
        text = pc.utf8_trim_whitespace(column)
        numbers = _only(text, pc.match_substring_regex(text, r"^\d{1,16}$")).cast(pa.int64())
    elif pa.types.is_integer(column.type):
        numbers = _only(column, pc.less_equal(column, LARGEST_CUSTOMER)).cast(pa.int64())
    else:
        return pa.nulls(len(column), pa.int64())
    return _only(numbers, pc.and_(pc.greater_equal(numbers, 0), pc.less_equal(numbers, LARGEST_CUSTOMER)))


def _channels(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if not _is_text(column):
        return pa.nulls(len(column), pa.string())
    text = pc.utf8_trim_whitespace(column.cast(pa.string()))
    return _only(text, pc.match_substring_regex(text, _NAME))


def _flags(column: pa.Array) -> pa.Array:
    if pa.types.is_boolean(column.type):
        return column
    if not _is_text(column):
        return pa.nulls(len(column), pa.bool_())
    text = pc.utf8_upper(pc.utf8_trim_whitespace(column))
    yes = pc.is_in(text, pa.array([*YES_SPELLINGS, "1"]))
    no = pc.is_in(text, pa.array([*NO_SPELLINGS, "0"]))
    return _only(yes, pc.or_(yes, no))


def _times(column: pa.Array) -> pa.Array:
    kind = SCHEMA.field(SINCE).type
    if pa.types.is_date(column.type):
        return column.cast(pa.timestamp("us")).cast(kind)
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(kind)
    if not _is_text(column):
        return pa.nulls(len(column), kind)
    text = pc.utf8_trim_whitespace(column.cast(pa.string()))
    text = _only(text, pc.match_substring_regex(text, _TIME))
    zoned = pc.match_substring_regex(text, _ZONE)
    in_zone = _cast(_only(text, zoned), kind)
    in_utc = _cast(_only(text, pc.invert(zoned)), pa.timestamp("us")).cast(kind)
    return pc.coalesce(in_zone, in_utc)


def _cast(text: pa.Array, kind: pa.DataType) -> pa.Array:
    """Texts as times, with null for a day that does not exist, such as 2024-02-30."""
    try:
        return text.cast(kind)
    except pa.ArrowInvalid:
        distinct = text.dictionary_encode()
        times = [_one(one, kind) for one in distinct.dictionary]
        return pa.array(times, kind).take(distinct.indices)


def _one(text: pa.Scalar, kind: pa.DataType) -> datetime | None:
    try:
        time: datetime | None = text.cast(kind).as_py()
    except pa.ArrowInvalid:
        return None
    return time


def _not_after(times: pa.Array, latest: pa.Scalar) -> pa.Array:
    return _only(times, pc.less_equal(times, latest))
