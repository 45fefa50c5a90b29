"""The split by time: what each month is used for when the models rank for a target month."""

from __future__ import annotations

import pandas as pd

from bankrec.config import Config
from bankrec.history import History
from bankrec.holdings import unpack
from bankrec.transitions import Transition

LEARNED, BOTH = "the models learn from it", "seven customers in eight teach the models, the eighth calibrates"
CALIBRATED, EVALUATED, UNUSED = "the probabilities are calibrated on it", "the lists are evaluated on it", "not used"


def roles(target: int, config: Config) -> dict[int, str]:
    """What each target month up to number `target` is used for, by its number: as `training.fit` of the months before.

    The first month is no target: there is no month before it.
    """
    last = target - 1
    few = last < config.calibration.few
    used = {t: LEARNED if t >= last - config.transitions else UNUSED for t in range(1, last)}
    return {**used, **({last: BOTH if few else CALIBRATED} if last else {}), target: EVALUATED}


def split(history: History, target: int, config: Config) -> pd.DataFrame:
    """A row per target month (YYYY-MM): its role, customers present in it and before, and what they acquire."""
    rows = {}
    for t, role in roles(target, config).items():
        step = Transition.into(history.words, t, history.bank.n)
        rows[f"{history.months[t]:%Y-%m}"] = {
            "use": role,
            "customers": int(step.both.sum()),
            "customers with an acquisition": int((step.added != 0).sum()),
            "acquisitions": int(unpack(step.added, history.bank.n).sum()),
        }
    return pd.DataFrame(rows).T.rename_axis("target month")
