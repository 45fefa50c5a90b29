"""The surrogate: the ranker's score as a sum of parts, one for each state of a customer.

The ranker is made of trees on top of an additive model, which do not show the effect of a single fact.
So a linear model on the same one-hot states is fitted to the score itself: ridge regression, as LIME (Ribeiro et
al. 2016) does around one customer, here over the whole bank. The share of the score's variance that it explains on
other customers is stored with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bankrec.model.additive import log_shares

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Surrogate:
    """`weights` float64 [states, products]: what a state adds to the usual customer's score of a product.

    `intercept` [products] is the usual customer's score; `explained` (one number) the share of the score's variance
    that is explained on customers it was not fitted to, the mean over products.
    """

    weights: Floats
    intercept: Floats
    explained: Floats


def usual_shares(surrogate: Surrogate, free: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """P(this product | something is acquired) of the usual customer with the same `free`: float64 [n, products]."""
    score = np.broadcast_to(surrogate.intercept, free.shape)
    shares: npt.NDArray[np.float64] = np.exp(log_shares(score, free))
    return shares
