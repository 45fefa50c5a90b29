"""Ibis expressions for spellings of missing, yes and no, and for lists of values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from bankrec.bank.spellings import MISSING_SPELLINGS, NO_SPELLINGS, YES_SPELLINGS


def given(text: Any) -> Any:
    """The text, null where it is a spelling of a missing value."""
    return among(text, MISSING_SPELLINGS).ifelse(None, text)


def says_yes(text: Any) -> Any:
    """Whether a text is a word for yes, in any case and padding: `bank.spellings.YES_SPELLINGS`."""
    return among(text.strip().upper(), YES_SPELLINGS)


def says_no(text: Any) -> Any:
    """Whether a text is a word for no: `bank.spellings.NO_SPELLINGS`."""
    return among(text.strip().upper(), NO_SPELLINGS)


def among(column: Any, values: Sequence[Any]) -> Any:
    """Whether a value is one of `values`; compared in parts, because DuckDB turns a longer list into a join."""
    parts = [values[start : start + 4] for start in range(0, len(values), 4)]
    return reduce(or_, (column.isin(part) for part in parts))
