"""The oracle: lists by the true probabilities of a simulated month, and their share of the maximum MAP@7."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bankrec.evaluation.metrics import average_precision
from bankrec.holdings import Items, Words, unpack
from bankrec.santander.columns import BIT, N_PRODUCTS

_PAIR = (BIT["ind_nomina_ult1"], BIT["ind_nom_pens_ult1"])
PAIR_WEIGHTS = (1.0, 0.8, 0.65, 0.5)  # of the chances of payroll and pension in what orders


def map_at_7_of_maximum(items: Items, added: Words) -> float:
    """MAP@7 over acquirers, i.e. as a share of the maximum."""
    return float(average_precision(items, added)[added != 0].mean())


def best_lists(p_add: npt.NDArray[np.float32], held: Words, draws: Words) -> Items:
    """The order by true chances, with the weight of payroll and pension that is best over joint `draws` [r, n].

    The two are acquired together, so the order by chance alone is not the best for average precision.
    """
    tried = [oracle_lists(p_add, held, pair) for pair in PAIR_WEIGHTS]
    return tried[int(np.argmax([mean_over(draws, items) for items in tried]))]


def oracle_lists(p_add: npt.NDArray[np.float32], held: Words, pair: float) -> Items:
    """The order by chance, with payroll and pension counted at `pair` of theirs: int8 [n, 7].

    The two are acquired together, so that each alone at the head of a list gains less than its chance suggests:
    one other product first pays when its chance is above 0.625 of theirs (if they exclude each other).
    """
    value = np.where(unpack(held, N_PRODUCTS), np.float32(-1), p_add)
    value[:, _PAIR] = np.where(value[:, _PAIR] > 0, value[:, _PAIR] * np.float32(pair), value[:, _PAIR])
    return np.argsort(-value, axis=1, kind="stable")[:, :7].astype(np.int8)


def mean_over(draws: Words, items: Items) -> float:
    """Mean `map_at_7_of_maximum` over joint `draws` [r, n] of the month."""
    return float(np.mean([map_at_7_of_maximum(items, draw) for draw in draws]))
