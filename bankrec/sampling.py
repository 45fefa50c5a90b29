"""Samples of customers by a hash of their id: the same customers in every run, month and engine.

Each purpose has a salt of its own. With one hash for all, a sample of a sample would be the first sample again:
a customer with a small number for one purpose would have it for the other.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

import numpy as np
import numpy.typing as npt


class Purpose(StrEnum):
    """The purpose of a sample of customers; the value is the salt of the hash."""

    HISTORIES = "histories"  # to learn from, of a bank beyond `Config.customers`
    CALIBRATION = "calibration"
    FORECAST = "forecast"  # whose chances are made to add up to the forecast
    RANKER = "ranker"  # customers with an acquisition, of each target month
    ACTIVITY = "activity"  # all customers, of each target month
    FOLDS = "folds"  # who trains the additive model whose scores of the others the pair model learns from
    DRIFT = "drift"  # whose states are compared with those of earlier months


def sampled(user_id: npt.NDArray[np.int64], share: float, purpose: Purpose, month: int = 0) -> npt.NDArray[np.bool_]:
    """Which customers are in the sample of about `share` of all for `purpose` in target month `month`: bool [n]."""
    return sample_key(user_id, purpose, month) < share


def sample_key(user_id: npt.NDArray[np.int64], purpose: Purpose, month: int = 0) -> npt.NDArray[np.float64]:
    """A fixed number in [0, 1) for each customer, purpose and month (splitmix64 of the id and a salt)."""
    salt = hashlib.blake2b(f"{purpose} {month}".encode(), digest_size=8).digest()
    with np.errstate(over="ignore"):
        z = (user_id.astype(np.uint64) ^ np.uint64(int.from_bytes(salt, "little"))) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / float(1 << 53)
