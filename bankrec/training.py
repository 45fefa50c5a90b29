"""Training: from histories to a recommender, and the backtest of the same steps on earlier months.

The triple: models are fitted on target months up to as-of - 1, calibrated on the additions of the as-of
month, and used for the month after; nothing is refitted in between. A bank with fewer than `FEW`
transitions can't spare its latest one: there the models also see the as-of month, of seven customers in
eight, and are calibrated on the eighth.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from tqdm import tqdm

from bankrec import ranker, rules
from bankrec.additive import Additive, train_additive
from bankrec.calibration import Calibration, calibrate
from bankrec.config import Config
from bankrec.drift import learn_reference
from bankrec.errors import InputError
from bankrec.evidence import Evidence, commonest_channels, learn
from bankrec.facts import learn_facts
from bankrec.features import features, present
from bankrec.histories import History
from bankrec.levels import Levels, levels, not_holding
from bankrec.popularity import top_popular
from bankrec.products import N_PRODUCTS
from bankrec.ranker import Examples, Models
from bankrec.recommend import Ranked, log_chances, recommend
from bankrec.recommender import Recommender
from bankrec.sampling import Purpose, sampled
from bankrec.states import States, states
from bankrec.surrogate import learn_surrogate
from bankrec.tally import by_band
from bankrec.words import PRESENT, acquired, unpack

__all__ = ["Recommender", "backtest", "fit", "recommend_all"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
FEW, FEW_SHARE = 6, 0.125  # transitions; customers left for calibration where there are fewer
CALIBRATION_CUSTOMERS = 150_000
BATCH = 50_000


@dataclass(frozen=True)
class Month:
    """What one target month teaches: examples of the three models."""

    pairs: Examples
    customers: Examples
    known: States
    shares: Floats
    free: Mask
    level: Floats
    weight: Floats


def fit(history: History, config: Config, *, progress: bool = True) -> Recommender:
    """Learn from all transitions in `history`; the as-of month is its last.

    A single month, or months without an addition, is an `InputError`: there is nothing to learn from.
    """
    months = len(history.months)
    if months < 2:
        raise InputError(f"only the month {history.months[0]} is there: nothing to learn from, add a later one")
    last, seen = months - 1, levels(history.until(months))
    if not seen.hits.sum():
        raise InputError(
            f"nobody adds a product from {history.months[0]} to {history.months[last]}: nothing to learn from"
        )
    few = last < FEW
    targets = [t for t in range(1, months if few else last) if t >= last - config.transitions]
    share = CALIBRATION_CUSTOMERS / len(history)
    calibrating = sampled(history.user_id, FEW_SHARE if few else share, Purpose.CALIBRATION)
    rates = sampling_rates(history, targets, config)
    with tqdm(total=len(targets) + 5, desc="train", disable=not progress, file=sys.stderr) as bar:
        taught: list[Month] = []
        names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        channels = commonest_channels(history.until(targets[0]))
        for t in targets:
            tables = learn(history.until(t), seen.until(t), config)
            allowed = ~calibrating if few and t == last else np.ones(len(history), dtype=np.bool_)
            month, names = examples(history, t, tables, seen, channels, config, allowed, rates[t])
            taught.append(month)
            bar.update()
        additive = _fit_additive(taught, channels, config)
        bar.update()
        pairs = ranker.train_ranker([month.pairs for month in taught], names[0], config)
        bar.update()
        activity = ranker.train_activity([month.customers for month in taught], names[1], config)
        del taught
        bar.update()
        if not few:
            tables = learn(history.until(last), seen.until(last), config)
        past = history.until(months)
        latest = learn(past, seen, config)
        models = Models(config, additive, pairs, activity)
        level = seen.shares()[last - 1]
        calibration, bands = _calibrate(history, last, tables, models, calibrating, level)
        forecast = past.take(sampled(history.user_id, share, Purpose.FORECAST))
        calibration = _forecast(forecast, seen, latest, models, calibration)
        told, parts = learn_facts(history, seen, latest.level), learn_surrogate(past, latest, models)
        reference = learn_reference(past, channels, config, bands)
        bar.update()
    return Recommender(
        config=config,
        as_of=history.months[-1],
        evidence=latest,
        additive=additive,
        ranker=pairs,
        activity=activity,
        calibration=calibration,
        facts=told,
        surrogate=parts,
        reference=reference,
        popular=top_popular(past),
    )


def backtest(
    history: History, config: Config, targets: Sequence[int], *, progress: bool = True
) -> Iterator[tuple[int, Recommender, Ranked]]:
    """The triple moved back: for each target month number, what would have been published for it.

    Yields the target, the recommender fitted on the months before it, and its lists for all customers.
    """
    for target in targets:
        past = history.until(target)
        recommender = fit(past, config, progress=progress)
        yield target, recommender, recommend_all(past, recommender)


def recommend_all(history: History, recommender: Recommender, batch: int = BATCH) -> Ranked:
    """`recommend` in batches that fit in memory, put together again."""
    parts = [recommend(customers, recommender) for customers in history.batches(batch)]
    removed = {name: sum(part.removed.get(name, 0) for part in parts) for name in parts[0].removed}
    fields = ("user_id", "items", "scores", "held", "status", "segment", "barred")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in fields}
    return Ranked(**columns, removed=removed, reasons=None)


def sampling_rates(history: History, targets: Sequence[int], config: Config) -> dict[int, float]:
    """Share of the adders of each target month to train on, so that they are `ranker.adders` at most.

    The two latest months and the one a year before the month to score stay whole as long as they fit.
    """
    counts = {t: int((acquired(history.words[:, t - 1], history.words[:, t]) != 0).sum()) for t in targets}
    whole = [t for t in targets if t >= len(history.months) - 3 or t == len(history.months) - 12]
    left = config.ranker.adders - sum(counts[t] for t in whole)
    others = sum(counts[t] for t in targets if t not in whole)
    if left < others * 0.1:  # even these are too many: all alike
        share = min(1.0, config.ranker.adders / max(1, sum(counts.values())))
        return dict.fromkeys(targets, share)
    return {t: 1.0 if t in whole else min(1.0, left / max(1, others)) for t in targets}


def examples(
    history: History,
    t: int,
    tables: Evidence,
    seen: Levels,
    channels: npt.NDArray[np.str_],
    config: Config,
    allowed: Mask,
    rate: float,
) -> tuple[Month, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Examples of target month `t`: of its adders for the rankers, of a sample of all for the activity."""
    before, after = history.words[:, t - 1], history.words[:, t]
    added, user_id = acquired(before, after), history.user_id
    there = allowed & ((before & after & PRESENT) != 0)
    age_weight = config.recency ** (len(history.months) - 1 - t)
    adders = np.flatnonzero(there & (added != 0) & sampled(user_id, rate, Purpose.RANKER, t))
    past, weight = history.until(t), np.full(len(adders), age_weight / rate)
    batch = past.take(adders)
    known, level = features(batch, tables, config), seen.shares()[t - 1]
    new = unpack(added[adders])
    month_share = (added[there] != 0).mean() if there.any() else 0.0
    limit = min(1.0, config.activity.customers / max(1, there.sum() * min(config.transitions, len(history.months))))
    some = np.flatnonzero(there & sampled(user_id, limit, Purpose.ACTIVITY, t))
    everyone = features(past.take(some), tables, config, pairs=False)
    customers = Examples(
        everyone.customer.T,
        added[some] != 0,
        np.full(len(some), age_weight, dtype=np.float32),
        np.full(len(some), np.log((month_share + 1e-4) / (1.0 - month_share + 1e-4))),
    )
    month = Month(
        pairs=ranker.pair_examples(known, added[adders], weight, level),
        customers=customers,
        known=states(batch, channels, config),
        shares=new / np.maximum(new.sum(axis=1, keepdims=True), 1),
        free=~unpack(known.held),
        level=np.broadcast_to(level, new.shape),
        weight=weight,
    )
    return month, (known.names, known.customer_names)


def _fit_additive(taught: Sequence[Month], channels: npt.NDArray[np.str_], config: Config) -> Additive:
    x = sp.vstack([month.known.one_hot() for month in taught]).tocsr()
    columns = {
        name: np.concatenate([getattr(month, name) for month in taught])
        for name in ("shares", "free", "level", "weight")
    }
    return train_additive(x, **columns, channels=channels, config=config.additive)


def _calibrate(
    history: History, t: int, tables: Evidence, models: Models, allowed: Mask, level: Floats
) -> tuple[Calibration, npt.NDArray[np.int64]]:
    """Fitted on the additions of month `t` by those who are `allowed`; their scores of what rules allow, by band."""
    before, after = history.words[:, t - 1], history.words[:, t]
    rows = np.flatnonzero(allowed & ((before & after & PRESENT) != 0))
    past = history.until(t).take(rows)
    logits = _logits(past, tables, models, level)
    added, free = unpack(acquired(before[rows], after[rows])), ~unpack(before[rows])
    found = calibrate(logits, added, free, np.ones(len(rows)), level)
    barred, _ = rules.apply(past, tables)
    return found, by_band(found.probabilities(logits)[~barred])


def _forecast(past: History, seen: Levels, latest: Evidence, models: Models, found: Calibration) -> Calibration:
    """`found`, with chances of `past` for the month after it that add up to the forecast made from `seen`."""
    there = past.take(present(past))
    sums = seen.additions_forecast(not_holding(there.words), models.config.level)
    logits = _logits(there, latest, models, found.level)
    return found.adding_up_to(sums, logits, ~unpack(there.words[:, -1]))


def _logits(past: History, tables: Evidence, models: Models, level: Floats) -> Floats:
    """Log-odds of `log_chances` in batches that fit in memory: float64 [n, 24]."""
    logits = [log_chances(batch, tables, models, level)[1] for batch in past.batches(BATCH)]
    return np.concatenate(logits) if logits else np.zeros((0, N_PRODUCTS))
