"""Tables as text: counts whole, shares with three digits, unknown values as a dash."""

from __future__ import annotations

import pandas as pd

from bankrec.number_texts import UNKNOWN, count, share, times


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
