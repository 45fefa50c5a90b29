"""ALS scores: how well a product fits the products that a customer holds (Hu, Koren, Volinsky 2008).

Item factors come from `implicit` on a sample of customers; factors of each customer are solved from them in closed
form, so that a score depends on the customer alone and not on the others in the batch.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from implicit.cpu.als import AlternatingLeastSquares
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from bankrec.config import ALSConfig
from bankrec.history import History
from bankrec.holdings import known, unpack

Floats = npt.NDArray[np.float64]


def extra_confidence(past: History, config: ALSConfig) -> Floats:
    """Alpha x sum of decay^age over the known months held in the window: float64 [n, products]."""
    words = past.words[:, -config.window :]
    ages = np.arange(words.shape[1])[::-1]
    held = np.zeros((len(past), past.bank.n))
    for position, age in enumerate(ages):
        column = np.where(known(words[:, position]), words[:, position], np.uint64(0))
        held += config.decay**age * unpack(column, past.bank.n)
    return config.alpha * held


def item_factors(past: History, config: ALSConfig, seed: int) -> Floats:
    """Factors of the products [products, factors] from `past`; zeros if no customer holds a product."""
    step = max(1, len(past) // config.customers)
    confidence = extra_confidence(past.take(np.arange(0, len(past), step)), config)
    confidence = confidence[confidence.any(axis=1)]
    if not len(confidence):
        return np.zeros((past.bank.n, config.factors))
    # `implicit` reads a stored value as the whole confidence of a cell; empty cells have 1.
    stored = sp.csr_matrix(np.where(confidence > 0, confidence + 1.0, 0.0).astype(np.float32))
    with threadpool_limits(1, user_api="blas"):
        model = AlternatingLeastSquares(
            factors=config.factors,
            regularization=config.regularization,
            alpha=1.0,
            iterations=config.iterations,
            random_state=seed,
            num_threads=1,  # with two threads the order of sums varies, and so do the last bits
        )
        model.fit(stored, show_progress=False)
    return np.asarray(model.item_factors, dtype=np.float64)


def scores(past: History, items: Floats, config: ALSConfig) -> npt.NDArray[np.float32]:
    """Preference of every customer for every product, about 0 to 1: float32 [n, products].

    Solves (Y'Y + Y'(C - I)Y + reg I) x = Y'C p for each customer and returns x Y'.
    """
    extra = extra_confidence(past, config)
    factors = items.shape[1]
    outer = (items[:, :, None] * items[:, None, :]).reshape(len(items), -1)
    base = items.T @ items + config.regularization * np.eye(factors)
    with threadpool_limits(1, user_api="blas"):
        left = (extra @ outer).reshape(-1, factors, factors) + base
        right = np.where(extra > 0, extra + 1.0, 0.0) @ items
        customers = np.linalg.solve(left, right[..., None])[..., 0]
        result = customers @ items.T
    return np.round(result, config.digits).astype(np.float32)
