"""Numbers and lists as texts: counts whole, shares with three digits, unknown ones as a dash."""

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
    """A share in percent with three digits at most, very small ones with one.

    >>> [percent(value) for value in (1.0, 0.35612, 0.03051, 0.0012, 0.000003, 0.0)]
    ['100%', '35.6%', '3.05%', '0.120%', '0.0003%', '0%']
    """
    if pd.isna(value):
        return UNKNOWN
    size = abs(100 * value)
    if size == 0:
        return "0%"
    decimals = 0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.9995 else 3
    return f"{100 * value:.{decimals}f}%" if size >= 0.0095 else f"{100 * value:.1g}%"


def times(value: Any) -> str:
    """How many times as much, with two or three digits.

    >>> times(0.177), times(2.4), times(36.3), times(1234.0)
    ('0.18', '2.4', '36', '1,234')
    """
    if pd.isna(value):
        return UNKNOWN
    return f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}" if abs(value) < 9.95 else f"{value:,.0f}"


def in_a_row(parts: Sequence[str]) -> str:
    """Names as a sentence lists them.

    >>> in_a_row(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
