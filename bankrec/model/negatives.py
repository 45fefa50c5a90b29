"""The pairs that the pair model learns from: all that were acquired, and a sample of those that were not.

A pair that was not acquired is kept with a chance that grows with the additive model's share for the product, and its
weight is the inverse of that chance. So every sum over the pairs has the same expectation as without sampling (Horvitz
and Thompson 1952), and fewest pairs are kept where they are least informative.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from bankrec.config import RankerConfig

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def pair_weights(
    shares: Sequence[Floats], acquired: Sequence[Mask], free: Sequence[Mask], config: RankerConfig, seed: int
) -> list[Floats]:
    """Weights of the pairs of several months, about `RankerConfig.pairs` of them above 0: float64 [n, products] each.

    By month, [n, products]: `shares` of the additive model, float64; `acquired` and `free` (could be acquired), bool.
    A pair that is not `free` weighs 0.
    """
    others = [could & ~new for could, new in zip(free, acquired, strict=True)]
    about = np.concatenate([share[other] for share, other in zip(shares, others, strict=True)]) + config.least_share
    room = config.pairs - sum(int(new.sum()) for new in acquired)
    factor = _factor(about, max(room, 1))
    draws = np.random.default_rng(seed)
    weights = []
    for share, new, other in zip(shares, acquired, others, strict=True):
        chance = np.minimum(factor * (share + config.least_share), 1.0)
        kept = other & (draws.random(share.shape) < chance)
        weights.append(np.where(new, 1.0, np.where(kept, 1.0 / chance, 0.0)))
    return weights


def _factor(about: Floats, room: int) -> float:
    """The factor of `about` [pairs] for which the chances, each at most 1, add up to `room`."""
    most = 1.0 / float(about.min()) if len(about) else 1.0
    if room >= len(about):
        return most
    return float(brentq(lambda factor: np.minimum(factor * about, 1.0).sum() - room, 0.0, most, rtol=1e-6))
