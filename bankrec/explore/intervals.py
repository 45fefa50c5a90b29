"""Intervals of shares: Wilson's, of independent customers, and one in which a customer's months count as one draw."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_Z = 1.959964  # of 95%


def wilson(part: npt.ArrayLike, whole: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Wilson's 95% interval of the shares of `part` in `whole` customers each: low and high; nan of nobody.

    >>> [round(float(end), 4) for end in wilson(3, 100)]
    [0.0103, 0.0845]
    """
    n = np.asarray(whole, dtype=np.float64)
    n = np.where(n > 0, n, np.nan)
    share = np.asarray(part, dtype=np.float64) / n
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * np.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)


def clustered(
    part: Floats, whole: Floats, part_squared: Floats, cross: Floats, whole_squared: Floats
) -> tuple[Floats, Floats]:
    """95% interval of the ratio part / whole of sums over customers, from the sums of their squares and products.

    A customer with many months counts as one draw, not as many (a ratio estimator, linearised). It is never narrower
    than Wilson's: with few customers the linear one is too sure.
    """
    ratio = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    variance = part_squared - 2 * ratio * cross + ratio**2 * whole_squared
    half = _Z * np.sqrt(np.maximum(variance, 0)) / np.where(whole > 0, whole, np.nan)
    low, high = wilson(part, whole)
    return np.maximum(np.minimum(ratio - half, low), 0), np.maximum(ratio + half, high)
