"""Rows of the fidelity table: a real figure, ours, and a tolerance that includes the noise of a small bank."""

from __future__ import annotations

import numpy as np

Row = tuple[str, float, float, float]  # what, real, simulated, absolute tolerance
Rows = list[Row]
_MONTHS_A_CUSTOMER = 14  # rows of a customer repeat values that do not change: so many count as one


def count(what: str, real: float, simulated: float, scale: float, share: float, *, static: bool = False) -> Row:
    """A count of the whole bank beside one of ours, scaled up by 1 / `scale`.

    Tolerance: `share` of the real figure and four standard deviations. `static`: rows of values that do not change.
    """
    rows_of_one = _MONTHS_A_CUSTOMER if static else 1
    noise = 4 * np.sqrt(rows_of_one * max(real * scale, 1)) / scale
    return what, float(real), float(simulated) / scale, share * real + float(noise)


def month_name(month: int) -> str:
    """`2015-02` for 1."""
    return str(np.datetime64("2015-01") + month)
