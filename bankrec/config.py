"""The frozen configuration of the recommender: every number that a search may change, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ALSConfig:
    """Implicit ALS on holdings. Confidence of a product is 1 + alpha x sum of decay^age over months held."""

    factors: int = 8  # below 24, the rank at which ALS only repeats what is held
    regularization: float = 0.1
    alpha: float = 10.0
    decay: float = 0.7
    window: int = 6  # months
    iterations: int = 12
    customers: int = 20_000  # item factors are learned from a sample of customers of this size


@dataclass(frozen=True)
class EvidenceConfig:
    """Lifts from earlier transitions, and how strongly small groups are drawn to none."""

    window: int = 12  # transitions
    decay: float = 0.9
    strength: float = 30.0  # adders


@dataclass(frozen=True)
class LevelConfig:
    """Forecast of how much of each product a month brings (`bankrec.model.season`)."""

    window: int = 6  # transitions that tell the level that orders
    decay: float = 0.6  # of their weight for each month of age
    sum_decay: float = 0.7  # the same, over all transitions, of the level that scores add up to: `benchmarks.levels`
    season_share: float = 1.0
    season_strength: float = 5.0  # additions


@dataclass(frozen=True)
class RankerConfig:
    """CatBoost on pairs of an adder and a product not held."""

    trees: int = 300
    depth: int = 6
    learning_rate: float = 0.08
    l2: float = 5.0
    border_count: int = 64
    adders: int = 60_000  # to train on at most: older transitions are sampled by customer


@dataclass(frozen=True)
class AdditiveConfig:
    """Multinomial logistic regression on one-hot states; `share` is its part in the blend."""

    l2: float = 1.0
    iterations: int = 80
    share: float = 0.5


@dataclass(frozen=True)
class ActivityConfig:
    """CatBoost on customers: whether somebody adds anything at all."""

    trees: int = 150
    depth: int = 5
    learning_rate: float = 0.1
    customers: int = 300_000  # customer-months to train on at most


@dataclass(frozen=True)
class DriftConfig:
    """What a month is compared with, and from where on its set is not published without `--force`."""

    months: int = 3  # as-of months before it
    customers: int = 100_000  # about so many are looked at: an index of chance alone is below 0.001
    # By convention (Siddiqi 2006, "Credit Risk Scorecards") 0.1 is a small shift and 0.25 a large one, which alerts.
    # This is twice that, about three times the most of any month of `benchmarks.drift`, half of its broken months.
    most: float = 0.5


@dataclass(frozen=True)
class Config:
    """All of it. `window`: months that features look back; `payroll_factor`, `chance_share`: `bankrec.model.scoring`.

    `bank` names the bank: its best model is its champion, whatever file it was trained on.
    `left_out`: names of features and states that no model sees. `PERSONAL` are those of sex, age and nationality.
    """

    bank: str = "santander"
    seed: int = 7
    threads: int = 2
    window: int = 12
    transitions: int = 15  # target months to learn from at most
    recency: float = 1.0  # weight of a transition for each month of its age
    payroll_factor: float = 1.0
    chance_share: float = 0.5  # of the calibrated chance in what orders, in logs
    left_out: tuple[str, ...] = ()
    als: ALSConfig = field(default_factory=ALSConfig)
    evidence: EvidenceConfig = field(default_factory=EvidenceConfig)
    level: LevelConfig = field(default_factory=LevelConfig)
    ranker: RankerConfig = field(default_factory=RankerConfig)
    additive: AdditiveConfig = field(default_factory=AdditiveConfig)
    activity: ActivityConfig = field(default_factory=ActivityConfig)
    drift: DriftConfig = field(default_factory=DriftConfig)


PERSONAL = ("sex", "age", "foreigner", "lift_cell")  # lifts by cell are by segment and age
_PARTS: dict[str, Any] = {
    "als": ALSConfig,
    "evidence": EvidenceConfig,
    "level": LevelConfig,
    "ranker": RankerConfig,
    "additive": AdditiveConfig,
    "activity": ActivityConfig,
    "drift": DriftConfig,
}


def config_from(stored: dict[str, Any]) -> Config:
    """The configuration that `dataclasses.asdict` took apart."""
    values = {name: _PARTS[name](**value) if name in _PARTS else value for name, value in stored.items()}
    return Config(**values | {"left_out": tuple(values.get("left_out", ()))})
