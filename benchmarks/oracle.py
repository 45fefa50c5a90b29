"""The oracle: lists of who knows the true chances of a simulated month, and how much of the maximum they reach."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bankrec.evaluation.metrics import average_precision
from bankrec.holdings import Items, Words
from bankrec.simulator.truth import oracle_lists

PAIR_WEIGHTS = (1.0, 0.8, 0.65, 0.5)  # of the chances of payroll and pension in what orders


def map_at_7_of_maximum(items: Items, added: Words) -> float:
    """MAP@7 over those who added anything, i.e. as a share of what can be reached."""
    return float(average_precision(items, added)[added != 0].mean())


def best_lists(p_add: npt.NDArray[np.float32], held: Words, draws: Words) -> Items:
    """The order by true chances, with the weight of payroll and pension that is best over joint `draws` [r, n].

    The two come together: the order by chance alone is not the best for average precision.
    """
    tried = [oracle_lists(p_add, held, pair) for pair in PAIR_WEIGHTS]
    return tried[int(np.argmax([mean_over(draws, items) for items in tried]))]


def mean_over(draws: Words, items: Items) -> float:
    """Mean `map_at_7_of_maximum` over joint `draws` [r, n] of the month."""
    return float(np.mean([map_at_7_of_maximum(items, draw) for draw in draws]))
