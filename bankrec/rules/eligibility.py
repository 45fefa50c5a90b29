"""Eligibility: a bank's own rules, conditions on columns of its customers, read from one TOML file.

    [[eligible]]
    name = "mortgage"
    reason = "a mortgage ends before the customer is 75"
    products = ["ind_hip_fin_ult1"]
    where.age = { min = 18, max = 55 }
    where.indresi = ["S"]

The products of an entry may be offered only to customers who meet all of its conditions, as of the
set's month. A range includes both ends. An unknown value meets no condition: a customer who is not in the set, or
for whom the caller gives only segment or age, is offered no product with other conditions. The version of a rule is
a hash of its entry.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bankrec.bank.description import UNKNOWN, Bank, ProfileColumn
from bankrec.bank.spellings import LARGEST_CUSTOMER
from bankrec.errors import InputError, in_one_line
from bankrec.history import History, held, segment_codes, state, stated
from bankrec.holdings import pack
from bankrec.ranked import Ranked
from bankrec.rules import suppression
from bankrec.rules.builtin import ORDER, RULES, Barred, Rule, removed_by_rule
from bankrec.rules.offerable import Offerable
from bankrec.tenure import tenure
from bankrec.text_files import read_utf8

Column = npt.NDArray[Any]
NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Condition:
    """A column that conditions may use: whether it holds `texts`, and its `values` where they are declared."""

    texts: bool
    values: tuple[str, ...] = ()


def conditions(bank: Bank) -> dict[str, Condition]:
    """The columns that `where` may use: columns of the profile and of states, months as a customer, products.

    The flag of deceased customers is not among them, as nothing is offered to them.
    """
    columns = {_asked_as(column): _of_profile(column) for column in bank.profile if column.role != "deceased"}
    for one in bank.states:
        texts = one.kind == "category"
        columns[one.column] = Condition(texts, one.called if texts else ())
    return columns | dict.fromkeys(bank.ids, Condition(texts=False))


def _asked_as(column: ProfileColumn) -> str:
    return column.months_column or column.name if column.kind == "date" else column.column


def _of_profile(column: ProfileColumn) -> Condition:
    if column.kind == "flag":
        if not isinstance(column.yes, str):
            return Condition(texts=False)
        return Condition(texts=True, values=(column.yes,) if column.by_month else tuple(column.groups))
    numbers = not column.commonest and all(isinstance(value, int) for value in column.values)
    return Condition(texts=False) if numbers else Condition(texts=True, values=tuple(map(str, column.values)))


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included.

    >>> Range(18, 55).holds(np.array([17.0, 18.0, 55.0, np.nan])).tolist()
    [False, True, True, False]
    """

    low: float
    high: float

    def holds(self, values: Column) -> npt.NDArray[np.bool_]:
        """Whether each of `values` lies in the range; never for nan."""
        return (values >= self.low) & (values <= self.high)


@dataclass(frozen=True)
class OneOf:
    """Any of some values.

    >>> OneOf(("S",)).holds(np.array(["S", "N", "UNKNOWN"])).tolist()
    [True, False, False]
    """

    values: tuple[Any, ...]

    def holds(self, values: Column) -> npt.NDArray[np.bool_]:
        """Whether each of `values` is one of them."""
        return np.isin(values, self.values)


@dataclass(frozen=True)
class Eligible:
    """One entry of the file: `products` (bits) are for customers who meet every condition of `where`."""

    products: tuple[int, ...]
    where: dict[str, Range | OneOf]

    def barred(self, batch: History, _: Offerable) -> Barred:
        """The products of the entry for every customer who fails a condition: bool [n, products].

        A mortgage (product 14) is for adults, the customer is 15:

        >>> from datetime import date
        >>> import pyarrow as pa
        >>> from bankrec.bank.files import santander
        >>> from bankrec.holdings import PRESENT
        >>> words, persons = np.array([[PRESENT]]), np.array([[15]], np.uint16)
        >>> batch = History(santander(), np.array([1]), (date(2016, 5, 28),), words, persons, pa.table({}))
        >>> tables = Offerable(*np.zeros((3, 24), np.bool_))
        >>> np.flatnonzero(Eligible((14,), {"age": Range(18, 55)}).barred(batch, tables)).tolist()
        [14]
        """
        meets = np.ones(len(batch), dtype=np.bool_)
        for name, condition in self.where.items():
            meets &= condition.holds(values_of(batch, name))
        barred = np.zeros((len(batch), batch.bank.n), dtype=np.bool_)
        barred[:, self.products] = ~meets[:, None]
        return barred

    def barred_unknown(self, bank: Bank, segment: str | None, tables: Offerable, age: int | None = None) -> Barred:
        """The products of the entry, unless `segment` and `age` alone meet all conditions: bool [products]."""
        known: dict[str, Any] = {name: UNKNOWN for name, condition in conditions(bank).items() if condition.texts}
        if bank.segment:
            known[bank.segment.column] = segment or UNKNOWN
        column = bank.with_role("age")
        if age is not None and column is not None:
            known[column.column] = age
        meets = [condition.holds(np.array([known.get(name, np.nan)])).all() for name, condition in self.where.items()]
        barred = np.zeros(bank.n, dtype=np.bool_)
        barred[list(self.products)] = not all(meets)
        return barred


def values_of(batch: History, name: str) -> Column:
    """Values of a column, [n]: of the last month for states and profile columns stored by month.

    For other profile columns, those of the customer's first month.
    """
    bank = batch.bank
    if name in bank.bit:
        return held(batch)[:, bank.bit[name]].astype(np.int64)
    for one in bank.states:
        if name == one.column:
            codes = segment_codes(batch) if one.segment else state(batch, one.name)
            return np.array(one.called)[codes] if one.kind == "category" else codes
    column = next(one for one in bank.profile if name == _asked_as(one))
    if column.kind == "date":
        return tenure(batch)
    return _stated_values(batch, column) if column.by_month else _first_values(batch, column)


def _stated_values(batch: History, column: ProfileColumn) -> Column:
    codes = stated(batch, column.name)
    if column.kind == "number":  # unknown values have a code above the largest
        return np.where(codes > (column.largest or 0), np.nan, codes)
    if column.kind == "flag":
        return np.where(codes != 0, column.yes, UNKNOWN) if isinstance(column.yes, str) else codes
    if all(isinstance(value, int) for value in column.values):
        return np.array([np.nan, *column.values])[codes]
    return np.array([UNKNOWN, *map(str, column.values)])[codes]


def _first_values(batch: History, column: ProfileColumn) -> Column:
    values = batch.profile[column.column]
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return np.array([text or UNKNOWN for text in values.to_pylist()], dtype=np.str_)
    numbers: Column = values.to_numpy().astype(np.float64)
    return numbers


def restricted(ranked: Ranked, history: History, tables: Offerable, own: tuple[Rule, ...]) -> Ranked:
    """The same lists without what the bank's `own` rules bar; `history` holds the customers of `ranked`."""
    if not own or not len(ranked.user_id):
        return ranked
    batch = history.of(ranked.user_id)
    listed = ranked.items >= 0
    place = np.maximum(ranked.items, 0).astype(np.int64)
    barred, removed = np.zeros((len(batch), history.bank.n), dtype=np.bool_), dict(ranked.removed)
    for rule, by_rule in removed_by_rule(batch, tables, own):
        barred |= by_rule
        removed[rule.name] = int((listed & np.take_along_axis(by_rule, place, axis=1)).sum())
    gone = listed & np.take_along_axis(barred, place, axis=1)
    order = np.argsort(~listed | gone, axis=1, kind="stable")  # the remaining products move up in the same order
    left = np.arange(listed.shape[1]) < (listed & ~gone).sum(axis=1)[:, None]
    items = np.where(left, np.take_along_axis(ranked.items, order, axis=1), np.int8(-1))
    scores = np.where(left, np.take_along_axis(ranked.scores, order, axis=1), np.float32(0.0))
    status = np.where((ranked.status == "ok") & ~left[:, 0], "nothing_left", ranked.status)
    return replace(
        ranked, items=items, scores=scores, status=status, barred=ranked.barred | pack(barred), removed=removed
    )


def read_eligibility(path: Path | None, bank: Bank) -> tuple[Rule, ...]:
    """The rules of the TOML file at `path` for `bank`, in its order; none without a file.

    An entry that is not understood is an `InputError` that names it: unknown columns,
    products and values, empty conditions, repeated names.
    """
    if path is None:
        return ()
    try:
        content = tomllib.loads(read_utf8(path))
    except (ValueError, RecursionError) as error:  # too long numbers or too deep brackets raise no TOMLDecodeError
        if isinstance(error, InputError):
            raise
        remedy = "docs/eligibility.toml is an example"
        raise InputError(f"{path} is not TOML: {in_one_line(error)}; {remedy}") from error
    entries = content.get("eligible")
    if set(content) != {"eligible"} or not isinstance(entries, list) or not all(isinstance(x, dict) for x in entries):
        keys = in_one_line(", ".join(content)) or "nothing"
        raise InputError(f"{path}: expected [[eligible]] entries and nothing else, the file has {keys}")
    rules: list[Rule] = []
    for number, entry in enumerate(entries, start=1):
        place = f"{path}, entry {number}"
        rule = _rule(entry, place, bank)
        if rule.name in {suppression.NAME, *(known.name for known in (*RULES, ORDER, *rules))}:
            raise InputError(f"{place}: there is a rule {rule.name} already: choose another name")
        rules.append(rule)
    return tuple(rules)


def _rule(entry: dict[str, Any], place: str, bank: Bank) -> Rule:
    keys = {"name", "reason", "products", "where"}
    if set(entry) != keys:
        if missing := sorted(keys - set(entry)):
            raise InputError(f"{place}: {missing[0]} is missing")
        raise InputError(f"{place}: {in_one_line(min(set(entry) - keys), 40)} is not known")
    name, reason, products, where = (entry[key] for key in ("name", "reason", "products", "where"))
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise InputError(f"{place}: name {_shown(name)} is not made of small letters, digits and _")
    place = f"{place} ({name})"
    if not isinstance(reason, str) or not reason.strip():
        raise InputError(f"{place}: reason is not a text")
    if not isinstance(products, list) or not products:
        raise InputError(f"{place}: products is not a list of products")
    if strange := [item for item in products if not isinstance(item, str) or item not in bank.bit]:
        raise InputError(f"{place}: {_shown(strange[0])} is not a product; products are {', '.join(bank.ids)}")
    if not isinstance(where, dict) or not where:
        raise InputError(f"{place}: where has no condition")
    known = conditions(bank)
    asked = {
        key: _condition(known, key, value, f"{place}, where.{in_one_line(key, 40)}") for key, value in where.items()
    }
    eligible = Eligible(tuple(bank.bit[item] for item in products), asked)
    return Rule(name, reason, eligible.barred, partial(eligible.barred_unknown, bank), _version(entry))


def _version(entry: dict[str, Any]) -> str:
    """Eight digits of the SHA-256 of an entry."""
    return hashlib.sha256(json.dumps(entry, sort_keys=True, default=str).encode()).hexdigest()[:8]


def _condition(columns: dict[str, Condition], name: str, value: Any, place: str) -> Range | OneOf:
    if name not in columns:
        raise InputError(f"{place}: not a column to set conditions on; columns are {', '.join(columns)}")
    texts = columns[name].texts
    kind: Any = str if texts else (int, float)
    if isinstance(value, dict):
        ends = {key: value[key] for key in ("min", "max") if key in value}
        if texts or set(value) != set(ends) or not ends or not all(_is(end, kind) for end in ends.values()):
            raise InputError(f"{place}: a range is {{ min = NUMBER, max = NUMBER }}, or one of both, of a number")
        low, high = float(ends.get("min", -np.inf)), float(ends.get("max", np.inf))
        if low > high:
            raise InputError(f"{place}: min {low:g} is above max {high:g}")
        return Range(low, high)
    if not isinstance(value, list) or not value or not all(_is(one, kind) for one in value):
        raise InputError(f"{place}: expected a list of {'texts' if texts else 'numbers, or a range'}")
    values = columns[name].values
    if values and (strange := [one for one in value if one not in (*values, UNKNOWN)]):
        known = ", ".join(dict.fromkeys((*values, UNKNOWN)))
        raise InputError(f"{place}: {_shown(strange[0])} is not a value; values are {known}")
    return OneOf(tuple(value))


def _is(value: Any, kind: Any) -> bool:
    if kind is str:
        return isinstance(value, str)
    return isinstance(value, kind) and not isinstance(value, bool) and abs(value) <= LARGEST_CUSTOMER  # no nan


def _shown(value: Any) -> str:
    return in_one_line(repr(value), 60)
