"""Training: from histories to a recommender, and the backtest of the same steps on earlier months.

The steps: models are fitted on target months up to as-of - 1, calibrated on the acquisitions of the as-of
month, and used for the month after; nothing is refitted in between. A bank with fewer than
`CalibrationConfig.few` transitions needs the as-of month for the fit too: the models are fitted on seven of eight
customers of that month, and calibrated on the others.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from tqdm import tqdm

from bankrec.ahead import ahead
from bankrec.config import Config
from bankrec.errors import InputError
from bankrec.history import History, held, present
from bankrec.holdings import unpack
from bankrec.model import als, ranker
from bankrec.model.base_rates import BaseRates, base_rates, not_holding
from bankrec.model.calibration import Calibration, calibrate
from bankrec.model.examples import acquirers_of, customers_of, pairs_of, sampling_rates
from bankrec.model.forecast_interval import learn_spread
from bankrec.model.popularity import top_popular
from bankrec.model.ranker import Examples, Models
from bankrec.model.recommender import Recommender
from bankrec.model.reference import learn_reference
from bankrec.model.scoring import log_odds, recommend_all
from bankrec.model.stacking import fit_additive, weights_of_pairs
from bankrec.model.vocabulary import learn_vocabulary
from bankrec.ranked import by_band
from bankrec.rules import builtin
from bankrec.rules.offerable import Offerable, learn_offerable
from bankrec.sampling import Purpose, sampled
from bankrec.transitions import Transition

__all__ = ["Recommender", "fit", "recommend_all"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def fit(history: History, config: Config) -> Recommender:
    """Learn from all transitions in `history`; the as-of month is its last.

    A single month, or months without an acquisition, is an `InputError`: there is nothing to learn from.
    """
    past_rates, months, chosen = _base_rates_to_learn_from(history), len(history.months), config.calibration
    last = months - 1
    few = last < chosen.few
    targets = [t for t in range(1, months if few else last) if t >= last - config.transitions]
    share = chosen.customers / len(history)
    calibrating = sampled(history.user_id, chosen.few_share if few else share, Purpose.CALIBRATION)
    rates = sampling_rates(history, targets, config)
    with tqdm(total=len(targets) + 5, desc="train", file=sys.stderr) as bar:
        vocabulary = learn_vocabulary(history.until(targets[0]))
        everyone = np.ones(len(history), dtype=np.bool_)
        allowed = {t: ~calibrating if few and t == last else everyone for t in targets}
        acquirers = [acquirers_of(history, t, past_rates, vocabulary, config, allowed[t], rates[t]) for t in targets]
        additive, scores = fit_additive(history, acquirers, config)
        if last < config.base_rates.short:
            additive = replace(additive, share=config.additive.short_share)
        of_pairs = weights_of_pairs(acquirers, scores, config)
        bar.update()
        pairs_taught, customers_taught = [], []
        for month, of_month, of_pair in zip(acquirers, scores, of_pairs, strict=True):
            items = als.item_factors(history.until(month.t), config.als, config.seed)
            pairs_taught.append(pairs_of(history, month, of_month, of_pair, items, config))
            customers_taught.append(customers_of(history, month.t, items, config, allowed[month.t]))
            bar.update()
        pairs = ranker.train_ranker(*_together(pairs_taught), config)
        bar.update()
        activity = ranker.train_activity(*_together(customers_taught), config)
        del acquirers, scores, of_pairs, pairs_taught, customers_taught
        bar.update()
        if not few:
            items = als.item_factors(history.until(last), config.als, config.seed)
        past = history.until(months)
        latest = als.item_factors(past, config.als, config.seed)
        models = Models(config, vocabulary, additive, pairs, activity)
        level = past_rates.shares(config.base_rates)[last - 1]
        then = learn_offerable(history.until(last), past_rates.until(last).acquisitions(), config.offerable)
        calibration, bands = _calibrate(history, last, items, then, models, calibrating, level)
        forecast = past.take(sampled(history.user_id, share, Purpose.FORECAST))
        calibration = _forecast(forecast, past_rates, latest, models, calibration)
        reference = learn_reference(past, vocabulary, config, bands)
        bar.update()
    return Recommender(
        bank=history.bank,
        config=config,
        as_of=history.months[-1],
        items=latest,
        offerable=learn_offerable(past, past_rates.acquisitions(), config.offerable),
        vocabulary=vocabulary,
        additive=additive,
        ranker=pairs,
        activity=activity,
        calibration=calibration,
        reference=reference,
        spread=learn_spread(past_rates, config.base_rates),
        popular=top_popular(past, config.popularity),
    )


def _base_rates_to_learn_from(history: History) -> BaseRates:
    months = history.months
    if len(months) < 2:
        raise InputError(f"the only month is {months[0]}: nothing to learn from, add a later month")
    past_rates = base_rates(history.until(len(months)))
    if not past_rates.hits.sum():
        raise InputError(f"no customer acquires a product from {months[0]} to {months[-1]}: nothing to learn from")
    return past_rates


def _together(taught: Sequence[tuple[Examples, tuple[str, ...]]]) -> tuple[list[Examples], tuple[str, ...]]:
    """Examples of all months, and the names of their features, the same in all."""
    return [examples for examples, _ in taught], taught[0][1]


def _calibrate(
    history: History, t: int, items: Floats, offerable: Offerable, models: Models, calibrating: Mask, level: Floats
) -> tuple[Calibration, npt.NDArray[np.int64]]:
    """Calibration on the acquisitions of month `t` by `calibrating`; counts of their allowed scores, by band."""
    step = Transition.into(history.words, t, history.bank.n)
    rows = np.flatnonzero(calibrating & step.both)
    step = step.take(rows)
    past = history.until(t).take(rows)
    logits = _logits(past, items, models, level)
    added, free = unpack(step.added, step.products), ~unpack(step.before, step.products)
    calibration = calibrate(logits, added, free, level, models.config.calibration)
    barred, _ = builtin.apply(past, offerable)
    return calibration, by_band(calibration.probabilities(logits)[~barred])


def _forecast(
    past: History, past_rates: BaseRates, latest: Floats, models: Models, calibration: Calibration
) -> Calibration:
    """`calibration`, changed so that the chances for the month after `past` add up to the forecast of `past_rates`."""
    there, config = past.take(present(past)), models.config
    free, logits = ~held(there), _logits(there, latest, models, calibration.level)
    sums = past_rates.acquisitions_forecast(not_holding(there), config.base_rates)
    if len(past_rates.added) < config.base_rates.short:
        sums = with_shares(
            sums,
            logits,
            free,
            past_rates.shares_forecast(config.base_rates) - calibration.level,
            config.base_rates.short_share,
        )
    return calibration.adding_up_to(sums, logits, free, config.calibration)


def with_shares(sums: Floats, logits: Floats, free: Mask, shift: Floats, share: float) -> Floats:
    """The forecast of a short history, for which recent losses alone are not enough: float64 [products].

    The mean, in logs, of `sums` [products] and, with weight `share`, of the sums of the customers' chances by `logits`
    [n, products], after the log share of each product is changed by `shift` [products]; both have the same total.
    """
    chance = np.where(free, expit(logits), 0.0)
    moved = chance * np.exp(shift)
    moved *= chance.sum(axis=1, keepdims=True) / np.maximum(moved.sum(axis=1, keepdims=True), 1e-12)
    by_shares = moved.sum(axis=0) * sums.sum() / max(float(moved.sum()), 1e-12)
    mixed: Floats = sums ** (1.0 - share) * by_shares**share
    return mixed


def _logits(past: History, items: Floats, models: Models, level: Floats) -> Floats:
    """`log_odds` in batches: float64 [n, products]."""
    logits = list(ahead(lambda batch: log_odds(batch, items, models, level), past.batches()))
    return np.concatenate(logits) if logits else np.zeros((0, past.bank.n))
