"""Ranked lists as Arrow rows, one per customer, to send them from the workers of a cluster to the publisher."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pyarrow as pa

from bankrec.ranked import MOST_REASONS, Ranked, Reasons, Taken

_COUNTS, _REASONS, _CODES = "removed", "reasons", "codes"
_TAKEN, _RULES = "taken", "rules"
_AGE = "age_band"
# Types that Spark has too, which has no unsigned numbers.
SCHEMA = pa.schema(
    [
        ("user_id", pa.int64()),
        ("items", pa.binary()),
        ("scores", pa.binary()),
        ("held", pa.int64()),
        ("status", pa.string()),
        ("segment", pa.string()),
        ("barred", pa.int64()),
        (_COUNTS, pa.map_(pa.string(), pa.int64())),
        (_REASONS, pa.binary()),
        (_CODES, pa.list_(pa.string())),
        (_TAKEN, pa.binary()),
        (_RULES, pa.list_(pa.string())),
        (_AGE, pa.int8()),
    ]
)
_WORDS = ("held", "barred")
_NAMES = [field.name for field in fields(Ranked) if field.name not in (_COUNTS, _REASONS, _TAKEN, _AGE)]
_PLACE = np.dtype("<i2")
_LISTS: dict[str, Any] = {"items": np.int8, "scores": np.dtype("<f4")}  # [n, products], the bytes of a row in one value


def to_rows(ranked: Ranked) -> pa.RecordBatch:
    """A row per customer. The first row also has the counts by rule and the reason codes of the whole batch."""
    customers = len(ranked.user_id)
    columns: dict[str, Any] = {}
    for name in _NAMES:
        values, kind = getattr(ranked, name), SCHEMA.field(name).type
        if name in _LISTS:
            wide = np.ascontiguousarray(values, _LISTS[name])
            rows = pa.binary(wide.itemsize * wide.shape[1])
            columns[name] = pa.Array.from_buffers(rows, customers, [None, pa.py_buffer(wide)]).cast(kind)
        else:
            columns[name] = pa.array(values.view(np.int64) if name in _WORDS else values, kind)
    counts = [list(ranked.removed.items()), *[None] * (customers - 1)] if customers else []
    columns[_COUNTS] = pa.array(counts, SCHEMA.field(_COUNTS).type)
    columns |= _reason_columns(ranked) | _taken_columns(ranked)
    columns[_AGE] = pa.nulls(customers, pa.int8()) if ranked.age_band is None else pa.array(ranked.age_band, pa.int8())
    return pa.RecordBatch.from_arrays([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def from_rows(rows: pa.RecordBatch) -> Ranked:
    """The inverse of `to_rows`, for any number of its batches together."""
    columns: dict[str, Any] = {}
    for name in _NAMES:
        if name in _LISTS:
            joined = np.frombuffer(b"".join(rows[name].to_pylist()), _LISTS[name])
            columns[name] = joined.reshape(rows.num_rows, -1) if rows.num_rows else joined.reshape(0, 0)
        else:
            values = rows[name].to_numpy(zero_copy_only=False)
            columns[name] = values.view(np.uint64) if name in _WORDS else values
    removed: dict[str, int] = {}
    for counts in rows[_COUNTS].drop_null().to_pylist():
        for rule, count in counts:
            removed[rule] = removed.get(rule, 0) + count
    age = None if rows[_AGE].null_count else rows[_AGE].to_numpy()
    return Ranked(**columns, removed=removed, reasons=_read_reasons(rows), taken=_read_taken(rows), age_band=age)


def _reason_columns(ranked: Ranked) -> dict[str, pa.Array]:
    customers, made = len(ranked.user_id), ranked.reasons
    if made is None or not customers:
        return {name: pa.nulls(customers, SCHEMA.field(name).type) for name in (_REASONS, _CODES)}
    wide = np.ascontiguousarray(made.chosen, _PLACE)
    rows = pa.Array.from_buffers(pa.binary(wide[0].nbytes), customers, [None, pa.py_buffer(wide)])
    codes = pa.array([list(made.codes), *[None] * (customers - 1)], SCHEMA.field(_CODES).type)
    return {_REASONS: rows.cast(SCHEMA.field(_REASONS).type), _CODES: codes}


def _read_reasons(rows: pa.RecordBatch) -> Reasons | None:
    """The reasons of all batches in `rows`; the batches have the same codes, those of one as-of month."""
    codes = rows[_CODES].drop_null()
    if not len(codes):
        return None
    joined = np.frombuffer(b"".join(rows[_REASONS].to_pylist()), _PLACE)
    return Reasons(joined.reshape(rows.num_rows, -1, MOST_REASONS), tuple(codes[0].as_py()))


def _taken_columns(ranked: Ranked) -> dict[str, pa.Array]:
    customers, made = len(ranked.user_id), ranked.taken
    if made is None or not customers:
        return {name: pa.nulls(customers, SCHEMA.field(name).type) for name in (_TAKEN, _RULES)}
    wide = np.ascontiguousarray(made.words, np.dtype("<u8"))
    rows = pa.Array.from_buffers(pa.binary(wide[0].nbytes), customers, [None, pa.py_buffer(wide)])
    rules = pa.array([list(made.rules), *[None] * (customers - 1)], SCHEMA.field(_RULES).type)
    return {_TAKEN: rows.cast(SCHEMA.field(_TAKEN).type), _RULES: rules}


def _read_taken(rows: pa.RecordBatch) -> Taken | None:
    """The products that rules barred, of all batches in `rows`; the batches have the same rules, those of one set."""
    rules = rows[_RULES].drop_null()
    if not len(rules):
        return None
    names = tuple(rules[0].as_py())
    words = np.frombuffer(b"".join(rows[_TAKEN].to_pylist()), np.dtype("<u8"))
    return Taken(words.reshape(-1, len(names)), names)
