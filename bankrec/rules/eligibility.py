"""Eligibility: a bank's own rules, conditions on columns of its customers, read from one TOML file.

    [[eligible]]
    name = "mortgage"
    reason = "a mortgage ends before the customer is 75"
    products = ["ind_hip_fin_ult1"]
    where.age = { min = 18, max = 55 }
    where.indresi = ["S"]

The products of an entry may be offered only to customers who meet all of its conditions, as of the
set's month. A range includes both ends. What is not known of a customer meets no condition: a customer
whom the set does not know, or of whom the caller gives segment or age alone, is offered none of the products
that ask for more. The version of a rule is made of its entry, so that it changes with it.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bankrec.bank.categories import CATEGORIES, LARGEST_CUSTOMER, OTHER, UNKNOWN
from bankrec.bank.products import BIT, N_PRODUCTS, PRODUCT_COLUMNS
from bankrec.errors import InputError, in_one_line
from bankrec.history import History, ages
from bankrec.holdings import ACTIVE, RELATION_SHIFT, RELATIONS, SEGMENTS, pack, segment_codes, unpack
from bankrec.persons import RESIDENCES, province, residence
from bankrec.ranked import Ranked
from bankrec.rules import suppression
from bankrec.rules.builtin import ORDER, RULES, Barred, Rule, taken_by_rule
from bankrec.rules.offerable import Offerable
from bankrec.tenure import tenure
from bankrec.text_files import read_utf8

Column = npt.NDArray[Any]
NAME = re.compile(r"[a-z][a-z0-9_]*")
TEXTS = ("sexo", "pais_residencia", "canal_entrada", "ind_empleado", "indresi", "indext", "tiprel_1mes", "segmento")
NUMBERS = ("age", "antiguedad", "cod_prov", "renta", "ind_actividad_cliente", *PRODUCT_COLUMNS)


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included.

    >>> Range(18, 55).holds(np.array([17.0, 18.0, 55.0, np.nan])).tolist()
    [False, True, True, False]
    """

    low: float
    high: float

    def holds(self, values: Column) -> npt.NDArray[np.bool_]:
        """Where `values` lie within; nowhere for nan."""
        found: npt.NDArray[np.bool_] = (values >= self.low) & (values <= self.high)
        return found


@dataclass(frozen=True)
class OneOf:
    """Any of some values.

    >>> OneOf(("S",)).holds(np.array(["S", "N", "UNKNOWN"])).tolist()
    [True, False, False]
    """

    values: tuple[Any, ...]

    def holds(self, values: Column) -> npt.NDArray[np.bool_]:
        """Where `values` are among them."""
        return np.isin(values, self.values)


@dataclass(frozen=True)
class Eligible:
    """One entry of the file: `products` (bits) are for customers who meet every condition of `where`."""

    products: tuple[int, ...]
    where: dict[str, Range | OneOf]

    def barred(self, batch: History, _: Offerable) -> Barred:
        """The products, for every customer who fails a condition: bool [n, 24].

        A mortgage (product 17) is for adults, the customer is 15:

        >>> from datetime import date
        >>> import pyarrow as pa
        >>> from bankrec.holdings import PRESENT
        >>> from bankrec.persons import pack as person
        >>> words, persons = np.array([[PRESENT]]), np.array([[person(15)]])
        >>> batch = History(np.array([1]), (date(2016, 5, 28),), words, persons, pa.table({}))
        >>> tables = Offerable(np.zeros(24, np.bool_), np.zeros(24, np.bool_))
        >>> np.flatnonzero(Eligible((17,), {"age": Range(18, 55)}).barred(batch, tables)).tolist()
        [17]
        """
        meets = np.ones(len(batch), dtype=np.bool_)
        for name, condition in self.where.items():
            meets &= condition.holds(column(batch, name))
        barred = np.zeros((len(batch), N_PRODUCTS), dtype=np.bool_)
        barred[:, self.products] = ~meets[:, None]
        return barred

    def barred_unknown(self, segment: str | None, _: Offerable, age: int | None = None) -> Barred:
        """The products, unless whoever is known by `segment` and `age` alone meets all conditions: bool [24]."""
        known: dict[str, Any] = {**dict.fromkeys(TEXTS, UNKNOWN), "segmento": segment or UNKNOWN}
        if age is not None:
            known["age"] = age
        meets = [condition.holds(np.array([known.get(name, np.nan)])).all() for name, condition in self.where.items()]
        barred = np.zeros(N_PRODUCTS, dtype=np.bool_)
        barred[list(self.products)] = not all(meets)
        return barred


def column(batch: History, name: str) -> Column:
    """Values of a raw column as of the last month, [n].

    What a history keeps by month is of that month: holdings, activity, relation, segment, age, residence and
    province. The rest of the profile is of the customer's first month.
    """
    last = batch.words[:, -1]
    if name in BIT:
        return unpack(last)[:, BIT[name]].astype(np.int64)
    found: dict[str, Callable[[], Column]] = {
        "age": lambda: ages(batch),
        "indresi": lambda: residence(batch.stated()),
        "cod_prov": lambda: province(batch.stated()),
        "antiguedad": lambda: tenure(batch),
        "ind_actividad_cliente": lambda: ((last & ACTIVE) != 0).astype(np.int64),
        "tiprel_1mes": lambda: np.array(RELATIONS)[(last >> np.uint32(RELATION_SHIFT)) & np.uint32(3)],
        "segmento": lambda: np.array([text or UNKNOWN for text in SEGMENTS])[segment_codes(last)],
    }
    if name in found:
        return found[name]()
    values = batch.profile[name]
    return np.array(values.to_pylist(), dtype=np.str_) if name in TEXTS else values.to_numpy().astype(np.float64)


def restricted(ranked: Ranked, history: History, tables: Offerable, own: tuple[Rule, ...]) -> Ranked:
    """The same lists without what the bank's `own` rules bar; `history` holds the customers of `ranked`."""
    if not own or not len(ranked.user_id):
        return ranked
    batch = history.of(ranked.user_id)
    listed = ranked.items >= 0
    place = np.maximum(ranked.items, 0).astype(np.int64)
    barred, removed = np.zeros((len(batch), N_PRODUCTS), dtype=np.bool_), dict(ranked.removed)
    for rule, by_rule in taken_by_rule(batch, tables, own):
        barred |= by_rule
        removed[rule.name] = int((listed & np.take_along_axis(by_rule, place, axis=1)).sum())
    taken = listed & np.take_along_axis(barred, place, axis=1)
    order = np.argsort(~listed | taken, axis=1, kind="stable")  # what stays moves up, in the same order
    left = np.arange(listed.shape[1]) < (listed & ~taken).sum(axis=1)[:, None]
    items = np.where(left, np.take_along_axis(ranked.items, order, axis=1), np.int8(-1))
    scores = np.where(left, np.take_along_axis(ranked.scores, order, axis=1), np.float32(0.0))
    status = np.where((ranked.status == "ok") & ~left[:, 0], "nothing_left", ranked.status)
    return replace(
        ranked, items=items, scores=scores, status=status, barred=ranked.barred | pack(barred), removed=removed
    )


def read_eligibility(path: Path | None) -> tuple[Rule, ...]:
    """The rules of the TOML file at `path`, in its order; none without a file.

    Whatever the file has that is not understood is an `InputError` that names the entry: columns,
    products and values that are not known, empty conditions, names that stand twice.
    """
    if path is None:
        return ()
    try:
        content = tomllib.loads(read_utf8(path))
    except (ValueError, RecursionError) as error:  # of numbers too long, of brackets too deep: no TOMLDecodeError
        if isinstance(error, InputError):
            raise
        remedy = "docs/eligibility.toml is an example"
        raise InputError(f"{path} is not TOML: {in_one_line(error)}; {remedy}") from error
    entries = content.get("eligible")
    if set(content) != {"eligible"} or not isinstance(entries, list) or not all(isinstance(x, dict) for x in entries):
        found = in_one_line(", ".join(content)) or "nothing"
        raise InputError(f"{path}: expected [[eligible]] entries and nothing else, found {found}")
    rules: list[Rule] = []
    for number, entry in enumerate(entries, start=1):
        place = f"{path}, entry {number}"
        rule = _rule(entry, place)
        if rule.name in {suppression.NAME, *(known.name for known in (*RULES, ORDER, *rules))}:
            raise InputError(f"{place}: there is a rule {rule.name} already")
        rules.append(rule)
    return tuple(rules)


def _rule(entry: dict[str, Any], place: str) -> Rule:
    keys = {"name", "reason", "products", "where"}
    if set(entry) != keys:
        if missing := sorted(keys - set(entry)):
            raise InputError(f"{place}: lacks {missing[0]}")
        raise InputError(f"{place}: {in_one_line(min(set(entry) - keys), 40)} is not known")
    name, reason, products, where = (entry[key] for key in ("name", "reason", "products", "where"))
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise InputError(f"{place}: name {_shown(name)} is not made of small letters, digits and _")
    place = f"{place} ({name})"
    if not isinstance(reason, str) or not reason.strip():
        raise InputError(f"{place}: reason is not a text")
    if not isinstance(products, list) or not products:
        raise InputError(f"{place}: products is not a list of products")
    if strange := [item for item in products if not isinstance(item, str) or item not in BIT]:
        raise InputError(f"{place}: {_shown(strange[0])} is not a product; products are {', '.join(PRODUCT_COLUMNS)}")
    if not isinstance(where, dict) or not where:
        raise InputError(f"{place}: where has no condition")
    conditions = {key: _condition(key, value, f"{place}, where.{in_one_line(key, 40)}") for key, value in where.items()}
    eligible = Eligible(tuple(BIT[item] for item in products), conditions)
    return Rule(name, reason, eligible.barred, eligible.barred_unknown, _version(entry))


def _version(entry: dict[str, Any]) -> str:
    """Eight digits of the SHA-256 of an entry."""
    return hashlib.sha256(json.dumps(entry, sort_keys=True, default=str).encode()).hexdigest()[:8]


def _condition(name: str, value: Any, place: str) -> Range | OneOf:
    if name not in (*TEXTS, *NUMBERS):
        raise InputError(f"{place}: not a column to set conditions on; columns are {', '.join((*TEXTS, *NUMBERS))}")
    kind: Any = str if name in TEXTS else (int, float)
    if isinstance(value, dict):
        ends = {key: value[key] for key in ("min", "max") if key in value}
        if name in TEXTS or set(value) != set(ends) or not ends or not all(_is(end, kind) for end in ends.values()):
            raise InputError(f"{place}: a range is {{ min = NUMBER, max = NUMBER }}, or one of both, of a number")
        low, high = float(ends.get("min", -np.inf)), float(ends.get("max", np.inf))
        if low > high:
            raise InputError(f"{place}: min {low:g} is above max {high:g}")
        return Range(low, high)
    if not isinstance(value, list) or not value or not all(_is(one, kind) for one in value):
        wanted = "texts" if name in TEXTS else "numbers"
        raise InputError(f"{place}: expected a list of {wanted}{'' if name in TEXTS else ', or a range'}")
    known = (*sorted(CATEGORIES[name]), UNKNOWN, OTHER) if name in CATEGORIES else value
    if name == "indresi":  # histories keep these alone
        known = RESIDENCES
    if strange := [one for one in value if one not in known]:
        raise InputError(f"{place}: {_shown(strange[0])} is not a value; values are {', '.join(known)}")
    return OneOf(tuple(value))


def _is(value: Any, kind: Any) -> bool:
    if kind is str:
        return isinstance(value, str)
    return isinstance(value, kind) and not isinstance(value, bool) and abs(value) <= LARGEST_CUSTOMER  # no nan


def _shown(value: Any) -> str:
    return in_one_line(repr(value), 60)
