"""The frozen configuration of the recommender: every number that a search may change, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ALSConfig:
    """Implicit ALS on holdings. Confidence of a product is 1 + alpha x sum of decay^age over months held."""

    factors: int = 8  # below 24, the rank at which ALS only repeats what is held
    regularization: float = 0.1
    alpha: float = 10.0
    decay: float = 0.7
    window: int = 6  # months
    iterations: int = 12
    customers: int = 40_000  # item factors are learned from a sample of customers of this size


@dataclass(frozen=True)
class RankerConfig:
    """CatBoost on pairs of an adder and a product not held."""

    trees: int = 300
    depth: int = 6
    learning_rate: float = 0.08
    l2: float = 5.0
    border_count: int = 64
    rows: int = 1_500_000  # pairs to train on at most: older transitions are sampled by customer first


@dataclass(frozen=True)
class ActivityConfig:
    """CatBoost on customers: whether somebody adds anything at all."""

    trees: int = 150
    depth: int = 5
    learning_rate: float = 0.1
    rows: int = 300_000


@dataclass(frozen=True)
class Config:
    """All of it. `window`: months that features look back; `payroll_factor`: see `recommend`."""

    seed: int = 7
    threads: int = 2
    window: int = 12
    transitions: int = 14  # target months to learn from at most
    evidence_window: int = 12
    evidence_decay: float = 0.9
    evidence_strength: float = 30.0
    payroll_factor: float = 0.8
    als: ALSConfig = field(default_factory=ALSConfig)
    ranker: RankerConfig = field(default_factory=RankerConfig)
    activity: ActivityConfig = field(default_factory=ActivityConfig)
