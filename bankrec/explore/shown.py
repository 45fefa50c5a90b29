"""Numbers as texts: counts whole, shares with three digits, unknown ones as a dash."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

UNKNOWN = "–"


def count(value: Any) -> str:
    """A count, whole.

    >>> count(197_707.0)
    '197,707'
    """
    return UNKNOWN if pd.isna(value) else f"{value:,.0f}"


def share(value: Any) -> str:
    """A share of 0 to 1 with three digits, five decimals at most.

    >>> share(0.35612), share(0.03051), share(0.0000012), share(1.0)
    ('0.356', '0.0305', '0.00000', '1.000')
    """
    if pd.isna(value):
        return UNKNOWN
    size = abs(value)
    decimals = 3 if size >= 0.1 or size == 0 else min(2 - math.floor(math.log10(size)), 5)
    return f"{value:.{decimals}f}"


def percent(value: Any) -> str:
    """A share in percent with three digits at most.

    >>> percent(0.35612), percent(0.03051), percent(0.0004), percent(1.0), percent(0.0)
    ('35.6%', '3.05%', '0.040%', '100%', '0%')
    """
    if pd.isna(value):
        return UNKNOWN
    size = abs(100 * value)
    if size == 0 or size >= 99.95:
        return f"{100 * value:.0f}%"
    return f"{100 * value:.{1 if size >= 9.995 else 2 if size >= 0.9995 else 3}f}%"


def times(value: Any) -> str:
    """How many times as much, with two or three digits.

    >>> times(0.177), times(2.4), times(36.3), times(1234.0)
    ('0.18', '2.4', '36', '1,234')
    """
    if pd.isna(value):
        return UNKNOWN
    return f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}" if abs(value) < 9.95 else f"{value:,.0f}"


def shown(table: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """The table as text: whole columns as counts, columns of shares (-1 to 1) as shares, others as multiples."""
    frame = table.to_frame() if isinstance(table, pd.Series) else table
    return pd.DataFrame({column: _column(frame[column]) for column in frame.columns}, index=frame.index, dtype=object)


def _column(values: pd.Series) -> list[str]:
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return [UNKNOWN if pd.isna(value) else str(value) for value in values]
    known = values.dropna()
    if pd.api.types.is_integer_dtype(values) or (
        len(known) and (known == known.round()).all() and known.abs().max() > 1
    ):
        return [count(value) for value in values]
    return [(share if len(known) and known.abs().max() <= 1 + 1e-9 else times)(value) for value in values]


def in_a_row(parts: Sequence[str]) -> str:
    """Names as a sentence lists them.

    >>> in_a_row(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
