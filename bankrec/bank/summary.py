"""A summary of a description, as text to read."""

from __future__ import annotations

from collections.abc import Mapping

from bankrec.bank.checks import MOST_BITS, STATED_BITS
from bankrec.bank.description import Bank, Product, ProfileColumn, State


def summary(bank: Bank, held: Mapping[str, float] | None = None) -> str:
    """Lines of text: the bank, its products, states, profile columns and own features.

    `held` is the share of rows that hold each product, where snapshots were read.
    """
    lines = [
        f"{bank.title or bank.name} ({bank.name}): {bank.currency}, languages {', '.join(bank.languages)}",
        f"snapshots: customer {bank.customer}, month {bank.month}"
        + (f", raw format {bank.adapter}" if bank.adapter else ""),
        f"{bank.n} products:",
        *_table([_product(*named, held or {}) for named in zip(bank.products, bank.catalogue.names, strict=True)]),
        f"{len(bank.states) or 'no'} states of a month:",
        *_table([_state(state) for state in bank.states]),
        f"{len(bank.profile) or 'no'} profile columns:",
        *_table([_profile(column) for column in bank.profile]),
        f"{len(bank.features) or 'no'} own features:",
        *_table([[feature.name, feature.kind, _values(feature.values)] for feature in bank.features]),
    ]
    bits = bank.n + sum(field.bits for field in bank.state_fields.values())
    stated = sum(field.bits for field in bank.stated_fields.values())
    lines.append(
        f"bits by month: {bits} of {MOST_BITS} for products and states, {stated} of {STATED_BITS} for the rest"
    )
    return "\n".join(line.removesuffix(":") if line.startswith("no ") else line for line in lines)


def _product(product: Product, name: str, held: Mapping[str, float]) -> list[str]:
    roles = [
        f"from {product.from_age} years" if product.from_age else "",
        f"until {product.until_age} years" if product.until_age else "",
        f"comes with {product.comes_with}" if product.comes_with else "",
        "not for minors unless seen" if product.not_for_minors_unless_seen else "",
        "never offered" if product.never_offer else "",
    ]
    share = f"held in {held[product.id]:.1%} of the rows" if product.id in held else ""
    return [product.id, name, product.group, share, _joined(roles)]


def _state(state: State) -> list[str]:
    what = _values(state.values) if state.kind == "category" else f"{state.names[1]} where {state.yes!r}"
    roles = ["the segment of callers" if state.segment else "", "activity" if state.activity else ""]
    return [state.name, f"column {state.column}", state.kind, what, _joined(roles)]


def _profile(column: ProfileColumn) -> list[str]:
    what = f"yes where {column.yes!r}" if column.kind == "flag" else _values(column.values)
    notes = [
        f"role {column.role}" if column.role else "",
        f"the {column.commonest} commonest" if column.commonest else "",
        f"{len(bands)} bands" if (bands := column.cut("report")) else "",
        "by month" if column.by_month else "",
        "personal" if column.personal else "",
        "never null" if column.missing == "never" else "",
        "" if column.in_models else "not in models",
        "never shown" if column.never_tell else "shown as a reason" if column.texts else "",
    ]
    return [column.name, f"column {column.column}", column.kind, what, _joined(notes)]


def _values(values: tuple[int | str, ...], most: int = 6) -> str:
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return ", ".join(map(str, values[:most])) + more


def _joined(parts: list[str]) -> str:
    return ", ".join(part for part in parts if part)


def _table(rows: list[list[str]]) -> list[str]:
    """Rows as lines of text with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True) if width).rstrip()
        for row in rows
    ]
