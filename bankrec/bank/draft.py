"""A first description of a bank, guessed from the columns of its snapshots: text with comments that say what to decide.

The draft is a complete and valid description; the user corrects it line by line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bankrec.errors import InputError

MOST_PRODUCTS = 48
# Values: up to FEW the draft names them all, up to MANY the commonest are kept, a column with more is no category.
FEW, MANY = 20, 1_000
_AGE = ("age", "edad", "idade", "alter", "eta", "years_old")
_JOINED = ("joined", "join", "since", "start", "alta", "open", "opened", "customer_since", "member_since")
_ID, _NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"), re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class ColumnValues:
    """What a column holds: `kind` by its type, number of rows, number of distinct values, the smallest and the largest.

    `values` are the commonest ones, as they are compared; `cuts` divide numbers into parts of equal size.
    """

    name: str
    kind: Literal["flag", "integer", "number", "text", "date", "other"]
    rows: int
    distinct: int
    least: Any = None
    largest: Any = None
    values: tuple[int | str, ...] = ()
    cuts: tuple[float, ...] = ()

    @property
    def zero_or_one(self) -> bool:
        """Whether it may be a product."""
        return self.kind == "flag" or (
            self.kind == "integer" and (self.least, self.largest) in ((0, 1), (0, 0), (1, 1))
        )


def customer_of(columns: Sequence[ColumnValues], named: str | None = None) -> str:
    """The customer's column: the integer with the most values, or the one that was named."""
    options = {
        column.name: column.distinct for column in columns if column.kind == "integer" and not column.zero_or_one
    }
    return _one_of(options, named, "--customer", "an integer column that distinguishes customers")


def month_of(columns: Sequence[ColumnValues], named: str | None = None) -> str:
    """The column of the snapshot date: the date with the fewest values, or the one that was named.

    A date whose name suggests the customer's joining comes last, and so does one that is null in all rows.
    """
    dates = [column for column in columns if column.kind == "date"]
    fewest = sorted(dates, key=lambda column: (column.rows == 0, _is_joining(column.name), column.distinct))
    options = {column.name: -place for place, column in enumerate(fewest)}
    return _one_of(options, named, "--month", "a column of dates, one a month")


def _is_joining(name: str) -> bool:
    return bool(set(_name(name).split("_")) & set(_JOINED))


def _one_of(options: dict[str, int], named: str | None, option: str, wanted: str) -> str:
    if named is not None and named not in options:
        raise InputError(f"{option} {named}: {wanted} is needed; the data has {', '.join(options) or 'none'}")
    if not options:
        raise InputError(f"{option}: {wanted} is needed, and the data has none")
    return named or max(options, key=lambda name: options[name])


def draft(name: str, columns: Sequence[ColumnValues], customer: str, month: str, schema: str) -> str:
    """The text of a description of the bank `name`; `schema` is the path of its JSON schema, relative to the file."""
    rest = [column for column in columns if column.name not in (customer, month)]
    flags = [column for column in rest if column.zero_or_one]
    products = [column for column in flags if _ID.fullmatch(column.name)]
    if len(products) < 2:
        raise InputError("fewer than two columns of 0 and 1, or of true and false: each product needs such a column")
    products = products[:MOST_PRODUCTS]
    others = [column for column in rest if column not in products]
    taken = {column.name for column in products}
    return "\n".join(
        [
            *_head(name, customer, month, schema),
            *(line for column in products for line in _product(column)),
            *_states(others),
            *_profile(others, taken),
        ]
    )


def _head(name: str, customer: str, month: str, schema: str) -> list[str]:
    return [
        f"#:schema {schema}",
        "# A first description, guessed from the columns of the data: go through it, then run",
        "#   python -m bankrec bank check --bank FILE --data PARQUET",
        "# docs/your_bank.md explains every entry.",
        f"name = {_toml(_name(name))} # short, in lowercase letters; it is in every set that is published",
        f"title = {_toml(name)} # the full name, for display",
        'currency = "EUR" # decide: three letters',
        'languages = ["en"] # decide: en and es are built in, others need their months and texts',
        f"customer = {_toml(customer)}",
        f"month = {_toml(month)}",
        "",
        "# Products: columns of 0 and 1, or of true and false. Decide for each:",
        "# - is it a product? A flag that is not one (uses the app, is active) goes below, to the states or profile;",
        "# - its name in each language, and its group: `credit` is reported by groups of customers;",
        "# - who may be offered it: until_age = 18, from_age = 18, not_for_minors_unless_seen = true (all three need a",
        '#   profile column with role = "age"), comes_with = "ID", never_offer = true.',
    ]


def _product(column: ColumnValues) -> list[str]:
    return [
        "[[products]]",
        f"id = {_toml(column.name)}",
        f"names = {{ en = {_toml(column.name.replace('_', ' ').capitalize())} }}",
        'group = "products"',
        "",
    ]


def _states(others: Sequence[ColumnValues]) -> list[str]:
    """States are not guessed: an example of one, commented out."""
    example = next((column for column in others if column.kind == "text" and 1 < column.distinct <= FEW), None)
    name, values = (example.name, example.values) if example else ("segment", ("A", "B"))
    return [
        "# States: monthly properties of the relation to the bank. Decide whether one of the columns below is one: the",
        "# segment that callers of the service may send, or the flag of active customers. It is then left out below.",
        "# [[states]]",
        f"# name = {_toml(_name(name))}",
        f"# column = {_toml(name)}",
        '# kind = "category"',
        f"# values = {_toml(list(values))}",
        "# segment = true",
        "",
    ]


def _profile(others: Sequence[ColumnValues], taken: set[str]) -> list[str]:
    lines = [
        "# Profile columns: what is known of a customer. Decide for each: do models use it (in_models = false: no),",
        "# is it personal (reported by groups, can be left out of models), may it be shown as a reason",
        '# (never_tell = true, or texts.NAME = { en = "... {value} ..." }), are the bands the usual ones?',
    ]
    roles: set[str] = set()
    for column in others:
        entry = _column(column, roles)
        if entry is None:
            lines += [f"# {_toml(column.name)} is left out: {_why_left_out(column)}", ""]
            continue
        feature = _free(_name(column.name), taken)
        taken.add(feature)
        lines += ["[[profile]]", f"name = {_toml(feature)}", f"column = {_toml(column.name)}", *entry, ""]
    return lines


def _column(column: ColumnValues, roles: set[str]) -> list[str] | None:
    """The entries of a profile column; None where it can't be one. `roles` are those given so far."""
    words = set(_name(column.name).split("_"))
    if column.zero_or_one:
        return ['kind = "flag"', f"yes = {_toml(1)}"]
    if column.kind in ("integer", "number") and words & set(_AGE) and "age" not in roles and _is_age(column):
        roles.add("age")
        ages = ['role = "age" # rules use it', "by_month = true", "largest = 120", "personal = true"]
        return ['kind = "number"', *ages, "bands = { edges = [18, 26, 36, 51, 66] }"]
    if column.kind == "date" and "joined" not in roles and _is_joining(column.name):
        roles.add("joined")
        names = '"under 1 year", "1-3 years", "3-10 years", "over 10 years"'
        edges = f"bands = {{ edges = [12, 36, 120], names = [{names}] }} # months as a customer"
        return ['kind = "date"', 'role = "joined" # decide: is it the date of joining?', edges]
    if column.kind in ("integer", "text") and 1 < len(column.values) <= FEW:
        return ['kind = "category"', f"values = {_toml(list(column.values))}"]
    if column.kind == "text" and 1 < column.distinct <= min(MANY, column.rows // 2):
        return ['kind = "category"', "commonest = 40 # of so many values the others count as one"]
    if column.kind in ("integer", "number") and column.cuts:
        return [
            'kind = "number"',
            f"bands = {{ edges = {_toml(list(column.cuts))} }} # decide: now a fifth each",
        ]
    return None


def _is_age(column: ColumnValues) -> bool:
    return column.least is not None and column.least >= 0 and column.largest <= 150


def _why_left_out(column: ColumnValues) -> str:
    if column.zero_or_one and not _ID.fullmatch(column.name):
        return "to be a product it needs a name of letters without accents, digits, _ . and -"
    if column.kind == "date":
        return 'a date can only be the date of joining, with role = "joined"'
    if column.kind == "other":
        return "it is neither a number, a text, a date nor a flag"
    if column.distinct <= 1:
        return "it has a single value, or none"
    return f"it has {column.distinct:,} different values, too many for a category"


def _name(text: str) -> str:
    """A name as descriptions have them: small letters, digits and _."""
    name = _NAME.sub("_", text.lower()).strip("_")[:60]
    return name if name[:1].isalpha() else f"c_{name}".rstrip("_")


def _free(name: str, taken: set[str]) -> str:
    from bankrec.bank.checks import RESERVED

    while name in taken or name in RESERVED:
        name += "_column"
    return name


def _toml(value: Any) -> str:
    """A text, number or list in TOML: as in JSON, except for one character that TOML must escape."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
