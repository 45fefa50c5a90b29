"""Samples of customers by a hash of their id: the same customers in every run, month and engine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def sample_key(user_id: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """A fixed number in [0, 1) for each customer (splitmix64), to sample by."""
    with np.errstate(over="ignore"):
        z = user_id.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    fraction: npt.NDArray[np.float64] = (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)
    return fraction
