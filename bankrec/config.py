"""The frozen configuration of the recommender: every number that affects a result, in one place.

Beside each number are its unit and its source: the benchmark that measured it, a convention, or `by hand`:
chosen by hand, not measured. Bands of ages, tenures and incomes are in `bankrec.bank.bands`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class ALSConfig:
    """Implicit ALS on holdings. Confidence of a product is 1 + alpha x sum of decay^age over months held."""

    factors: int = 8  # dimensions, below 24, at which ALS only reproduces the holdings: `benchmarks.search`
    regularization: float = 0.1  # of factors, as `implicit` has it: by hand
    alpha: float = 10.0  # confidence that a month with the product adds: `benchmarks.search`
    decay: float = 0.7  # of a month's weight for each month of its age: `benchmarks.search`
    window: int = 6  # months: by hand
    iterations: int = 12  # by hand
    customers: int = 20_000  # item factors are learned from a sample of this size: by hand
    digits: int = 4  # of a score: the last bits of a matrix product depend on the size of the batch; by hand


@dataclass(frozen=True)
class FeatureConfig:
    """Features of the trees and states of the additive model: where counts and codes end."""

    lags: tuple[int, ...] = (2, 3, 4, 5, 6)  # months back at which a flag is a feature: by hand
    longest_tenure: int = 400  # months: longer tenures count as this: by hand
    most_observed: int = 6  # months observed: more count as this: by hand
    most_held: int = 8  # products held: more count as this: by hand
    most_moved: int = 3  # products lost, and acquired, in the last month: more count as this: by hand


@dataclass(frozen=True)
class BaseRateConfig:
    """Forecast of how many acquisitions of each product a month brings (`bankrec.model.season`, `base_rates`)."""

    decay: float = 0.7  # of a month's weight for each month of its age: `benchmarks.base_rates`
    season_strength: float = 5.0  # prior acquisitions of a month and of its usual rate: by hand
    season_noise: float = 6.0  # factor on the variance of other months, as jumps are rare but large: by hand
    season_around: int = 3  # months on either side that a month is compared with: by hand
    granted: tuple[float, float] = (0.5, 10.0)  # prior acquisitions and chances of every product and month: by hand
    granted_expected: tuple[float, float] = (2.0, 2.0)  # the same if chances are expected acquisitions: by hand
    loss_strength: float = 5.0  # customers by which a rate is shrunk towards that of all: by hand
    short: int = 6  # transitions, below which recent losses alone are not enough: docs/decisions/0003
    # Weight of the forecast by shares in that of a short history, in logs. April and May 2015 rank 0.4 to 0.6 the same;
    # June 2015 is better with more, so it decided this number: docs/decisions/0003.
    short_share: float = 0.6
    never: float = 0.5  # prior acquisitions in all months together, for products never acquired so far: by hand
    # How far forecasts are off (`bankrec.model.forecast_interval`); spreads are standard deviations of logs.
    interval: float = 0.8  # coverage of an interval, as a share of months: a convention of forecasters
    interval_fewest: float = 10.0  # acquisitions expected, from which a month counts for the spread: by hand
    spread: float = 0.25  # prior of the spread of a product: `benchmarks.intervals`
    spread_months: float = 20.0  # weight of this prior, in months of a product: by hand
    own_months: float = 2.0  # weight of the spread of all products in that of one, in months: by hand
    spread_together: float = 0.12  # prior of the spread of all products together: `benchmarks.intervals`
    together_months: float = 4.0  # weight of this prior, in months: by hand


@dataclass(frozen=True)
class RankerConfig:
    """CatBoost on pairs of an acquirer and a product not held."""

    trees: int = 200  # docs/decisions/0006
    depth: int = 6  # levels of a tree: `benchmarks.search`
    learning_rate: float = 0.16  # of 0.08, 0.12 and 0.16: by a script that was not kept
    leaf_steps: int = 3  # Newton's steps for the values of a tree's leaves; CatBoost's own 10 take longer: by hand
    l2: float = 2.0  # of leaves: by a script that was not kept
    border_count: int = 64  # of a feature: by hand
    subsample: float = 0.8  # share of the pairs that a tree sees: by hand
    acquirers: int = 60_000  # to train on at most, older transitions are sampled by customer: by hand
    pairs: int = 400_000  # to train on at most, those that were not acquired are sampled: docs/decisions/0006
    least_share: float = 0.05  # share of a product that its pairs are sampled by at least: by hand
    whole_months: int = 2  # latest transitions that are not sampled while they fit: by hand
    least_of_others: float = 0.1  # least share of the other transitions; if less fits, all are sampled equally: by hand
    largest_logit: float = 20.0  # log-odds of a pair, either way: by hand


@dataclass(frozen=True)
class AdditiveConfig:
    """Multinomial logistic regression on one-hot states, whose log shares are a feature of the pairs."""

    # Weight in a blend with the pair model if the history is `BaseRateConfig.short`: it raises MAP@7 of June 2015, and
    # not of April and May, so June 2015 decided this number too: docs/decisions/0006.
    short_share: float = 0.2

    l2: float = 4.0  # of weights, of 2, 4, 8 and 16: by a script that was not kept
    intercept_l2: float = 0.01  # of intercepts, for a unique minimum: by hand
    iterations: int = 60  # of L-BFGS at most; with scaled parameters the loss is below that of 150 without: as above
    baskets: int = 80  # commonest sets of products held that have an effect of their own: by hand
    folds: int = 4  # of customers, scored for the pair model by the fit to the others: by hand


@dataclass(frozen=True)
class ActivityConfig:
    """CatBoost on customers: whether a customer acquires anything at all."""

    trees: int = 150  # by hand, as all of these
    depth: int = 5  # levels of a tree
    learning_rate: float = 0.1
    leaf_steps: int = 3  # Newton's steps for the values of a tree's leaves
    border_count: int = 64  # of a feature
    subsample: float = 0.8  # share of the customers that a tree sees
    customers: int = 300_000  # customer-months to train on at most
    granted: float = 1e-4  # prior share of both answers of a month, so that its log-odds are finite


@dataclass(frozen=True)
class CalibrationConfig:
    """Lines from log-odds to chances (`bankrec.model.calibration`), and the customers they are fitted on."""

    customers: int = 150_000  # of the calibration month, and of the forecast's, at most: by hand
    few: int = 6  # transitions, below which no month can be spared for calibration: by hand
    few_share: float = 0.125  # of customers, left for calibration where there are fewer: by hand
    granted: float = 0.5  # acquisitions granted to each product in the calibration month: by hand
    shared_spread: tuple[float, float] = (0.5, 10.0)  # of the slope and its intercept around 1 and 0: by hand
    largest_mean: float = 0.9  # largest mean probability that a forecast may ask for: by hand


@dataclass(frozen=True)
class PopularityConfig:
    """Popularity: the baseline, and the list for customers who are not known."""

    months: int = 3  # latest transitions that are counted: by hand
    strength: float = 200.0  # customers by which the rate of a group is shrunk towards that of all: by hand


@dataclass(frozen=True)
class OfferableConfig:
    """Which products may be offered, by the bank's own months (`bankrec.rules.offerable`)."""

    stopped_after: float = 10.0  # expected acquisitions since the last one, as in the rule's reason: by hand
    minors: int = 2  # minors who add a product in one month, from which it may be offered to them: by hand


@dataclass(frozen=True)
class ReasonConfig:
    """When a reason is given (`bankrec.explain`), and the surrogate that chooses it."""

    fewest: int = 10  # acquisitions of a group, below which its rate is not compared: by hand
    ratio: float = 1.2  # of the group's rate to that of all others, from which it adds "more often": by hand
    odds: float = 1.2  # a fact that raises the odds by less is not reported: by hand
    lately: int = 3  # months of "often added", as in its text
    often: int = 5  # products, as in its text
    customers: int = 15_000  # the surrogate is fitted to two in three, tested on the third: by hand
    ridge: float = 1.0  # of the surrogate's parts: by hand


@dataclass(frozen=True)
class DriftConfig:
    """The months that a month is compared with, and the drift above which a set needs `--force`."""

    months: int = 3  # as-of months before it: by hand
    customers: int = 100_000  # about so many are sampled: chance alone gives an index below 0.001
    # By convention (Siddiqi 2006, "Credit Risk Scorecards") 0.1 is a small shift and 0.25 a large one, which alerts.
    # This is twice that, about three times the largest of any month of `benchmarks.drift`, half of its broken months.
    most: float = 0.5
    least_share: float = 1e-4  # smaller shares count as this: a state of fewer than one in 10,000 is ignored: by hand


@dataclass(frozen=True)
class EvaluationConfig:
    """Sample sizes of reported figures."""

    fewest: int = 30  # customers, below which a group's interval is too wide to use: a rule of thumb of textbooks
    draws: int = 1_000  # bootstraps of an interval (Efron and Tibshirani 1993: a thousand for percentiles)
    shap_customers: int = 300  # whose reasons are compared with SHAP values: by hand


@dataclass(frozen=True)
class Config:
    """All of it. `left_out`: names of features and states that no model sees, as the personal ones of a bank."""

    seed: int = 7
    threads: int = 2
    customers: int = 2_000_000  # to learn from at most: more do not change the result: by hand
    window: int = 12  # months that features look back: by hand
    transitions: int = 15  # target months to learn from at most: by hand
    left_out: tuple[str, ...] = ()
    als: ALSConfig = field(default_factory=ALSConfig)
    features: FeatureConfig = field(default_factory=FeatureConfig)
    base_rates: BaseRateConfig = field(default_factory=BaseRateConfig)
    ranker: RankerConfig = field(default_factory=RankerConfig)
    additive: AdditiveConfig = field(default_factory=AdditiveConfig)
    activity: ActivityConfig = field(default_factory=ActivityConfig)
    calibration: CalibrationConfig = field(default_factory=CalibrationConfig)
    popularity: PopularityConfig = field(default_factory=PopularityConfig)
    offerable: OfferableConfig = field(default_factory=OfferableConfig)
    reasons: ReasonConfig = field(default_factory=ReasonConfig)
    drift: DriftConfig = field(default_factory=DriftConfig)
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)


def config_from(stored: dict[str, Any]) -> Config:
    """The configuration from the result of `dataclasses.asdict`, also read from JSON; an unknown name is a TypeError.

    A value that an earlier version did not store is the default.
    """
    known: dict[str, Any] = vars(Config())
    parts = {
        name: replace(known[name], **_tuples(of))
        for name, of in stored.items()
        if name in known and isinstance(of, dict)
    }
    return Config(**_tuples(stored) | parts)


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    """The same with lists, which JSON has in place of tuples, as tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
