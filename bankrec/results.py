"""Results of an evaluation or a training, as functions pass them on; `as_dict` is the form in which they are written.

What is written goes to `metrics.json`, `realised.json`, manifests and MLflow, under the names of the keys here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import UnionType
from typing import Any

from bankrec.forecasts import ForecastResult

ACCEPTED = "accepted_unreadable"  # in the report of cleaning, in a training's metrics and in a set's manifest
Entries = tuple[dict[str, str], ...]
BASELINES, CALIBRATION, GROUPS, RULES = "baselines", "calibration", "groups", "rules"  # tables of the backtest's month
TABLES = {BASELINES: list, CALIBRATION: list, GROUPS: list, RULES: dict}  # in `metrics.json`


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95% interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of_share(cls, part: float, whole: float) -> Interval:
        """The share of `part` in `whole` customers with Wilson's interval (1927), which holds near 0 and 1 too.

        >>> print(Interval.of_share(3, 100))
        0.03000 [0.01025, 0.08452]
        """
        from scipy.stats import binomtest  # imported here: it takes half a second, and few commands need it

        if not whole:
            return NOBODY
        bounds = binomtest(round(part), round(whole)).proportion_ci(method="wilson")
        return cls(float(part / whole), float(bounds.low), float(bounds.high))

    def __format__(self, form: str) -> str:
        """As `0.842 [0.820, 0.863]`, with each number in this form."""
        value, low, high = (format(one, form or ".5f") for one in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}]"

    def __str__(self) -> str:
        return format(self)

    def as_dict(self, name: str) -> dict[str, float]:
        """The three numbers as `<name>`, `<name>_low` and `<name>_high`."""
        return {name: self.value, f"{name}_low": self.low, f"{name}_high": self.high}


NOBODY = Interval(float("nan"), float("nan"), float("nan"))  # where there is no customer to count


@dataclass(frozen=True)
class AtK:
    """Metrics of the first k places of lists.

    `precision` over all customers, `recall` over customers who acquire something; `coverage`: share of the products in
    the first k places of at least one customer; `novelty` in bits.
    """

    precision: float
    recall: float
    coverage: float
    novelty: float


@dataclass(frozen=True)
class Quality:
    """Metrics of the ranked lists of customers, beside the maximum and the popularity baseline.

    MAP@7 and precision are over all customers; `map_at_7_of_maximum`, recall, NDCG and hit rates over customers who
    add something. `at`: precision, recall, coverage and novelty by the number of places that are counted. Acquisitions
    are customer-product pairs.
    """

    customers: int
    acquirers: float
    map_at_7: Interval
    map_at_7_maximum: float
    map_at_7_of_maximum: Interval
    map_at_7_popularity: float
    map_at_7_popularity_of_maximum: float
    ndcg_at_7: float
    hit_rate_at_7: float
    hit_rate_at_1: float
    exposure_gini_at_5: float
    expected_acquisitions: float
    observed_acquisitions: float
    forecast_error: float
    calibration_error: float
    base_rate: float
    at: Mapping[int, AtK]

    def as_dict(self) -> dict[str, float]:
        """All numbers, flat: a metric of k places has k in its name, as `coverage_at_5`."""
        flat: dict[str, float] = {}
        for name, value in vars(self).items():
            if name != "at":
                flat |= value.as_dict(name) if isinstance(value, Interval) else {name: value}
        for k, figures in self.at.items():
            flat |= {f"{name}_at_{k}": value for name, value in vars(figures).items()}
        return flat


@dataclass(frozen=True)
class RuleCost:
    """Candidates that a rule removed from the lists of a month, and how many of them were acquired nevertheless."""

    reason: str
    candidates_removed: int
    acquisitions_lost: int


@dataclass(frozen=True)
class PersonalCost:
    """A month's MAP@7 without personal attributes, as a share of the maximum, and the loss against all attributes."""

    map_at_7_of_maximum: float
    cost: Interval

    def as_dict(self) -> dict[str, float]:
        """Both, flat."""
        return {"map_at_7_of_maximum": self.map_at_7_of_maximum, **self.cost.as_dict("cost")}


@dataclass(frozen=True)
class GroupAgreement:
    """Reasons about one group of features, their agreement, and the group's share of all that moves scores."""

    reasons: int
    agreement: float | None
    share_of_what_moves: float | None


@dataclass(frozen=True)
class ReasonAgreement:
    """How far reasons agree with SHAP values: see `evaluation.shap_agreement`. None where there is nothing to count.

    `with_reason`: share of the first seven places that have a reason; `base_rate_alone`: share whose only reason is a
    base rate of the bank.
    """

    customers: int
    surrogate_explains: float | None
    agreement: Interval | None
    first_in_top_two: float | None
    with_reason: float | None
    base_rate_alone: float | None
    by_group: dict[str, GroupAgreement]

    def totals(self) -> dict[str, float | None]:
        """All numbers but those by group, flat."""
        none: dict[str, float | None] = dict.fromkeys(("agreement", "agreement_low", "agreement_high"))
        share = self.agreement.as_dict("agreement") if self.agreement else none
        return {
            "customers": self.customers,
            "surrogate_explains": self.surrogate_explains,
            **share,
            "first_in_top_two": self.first_in_top_two,
            "with_reason": self.with_reason,
            "base_rate_alone": self.base_rate_alone,
        }

    def as_dict(self) -> dict[str, Any]:
        """The totals, and `by_group`."""
        return {**self.totals(), "by_group": {name: vars(group) for name, group in self.by_group.items()}}


@dataclass(frozen=True)
class BacktestMetrics:
    """The same steps one month back: quality in the month `target_month` (YYYY-MM-DD), what each rule cost there.

    `forecast`: what was observed beside its interval.
    """

    target_month: str
    quality: Quality
    rules: dict[str, RuleCost]
    without_personal: PersonalCost | None = None
    forecast: ForecastResult | None = None

    def as_dict(self) -> dict[str, Any]:
        """The month and its quality flat, costs nested."""
        without = {"without_personal": self.without_personal.as_dict()} if self.without_personal else {}
        rules = {name: vars(cost) for name, cost in self.rules.items()}
        flat = self.quality.as_dict() | (self.forecast.as_dict() if self.forecast else {})
        return {"target_month": self.target_month, **flat, "rules": rules, **without}


@dataclass(frozen=True)
class TrainingMetrics:
    """All that a training reports of its data and its model; `backtest` is None with two months only.

    `accepted`: product columns that were accepted although they could not be read; `missing_values`: shares of values
    missing before cleaning, by column, where its report is known; `tables` of the month of the backtest, by name;
    `card`: the model card in Markdown, which has a file of its own.
    """

    data: str
    as_of: str
    customers_in_history: int
    months: int
    cautions: tuple[str, ...]
    run_id: str
    reasons: ReasonAgreement
    backtest: BacktestMetrics | None = None
    accepted: Entries = ()
    missing_values: dict[str, float] | None = None
    tables: Mapping[str, Any] = field(default_factory=dict)
    card: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For `metrics.json`."""
        return {
            "data": self.data,
            "as_of": self.as_of,
            "customers_in_history": self.customers_in_history,
            "months": self.months,
            "cautions": list(self.cautions),
            "run_id": self.run_id,
            ACCEPTED: list(self.accepted),
            "reasons": self.reasons.as_dict(),
            **({"missing_values": self.missing_values} if self.missing_values is not None else {}),
            **(self.backtest.as_dict() if self.backtest else {}),
            **self.tables,
        }

    def headline(self) -> Headline:
        """The part of the metrics that is used when the model is published."""
        return replace(Headline.of(self.as_dict()), card=self.card)


@dataclass(frozen=True)
class Headline:
    """The part of a training's metrics that is used when its model is published.

    `figures`: every single value of `metrics.json` by its name, which the manifest of a set repeats as they are; the
    gate reads `map_at_7` and that of the popularity baseline, both of the backtest. `tables`: the nested values that
    the page of the service shows; `card` the model card in Markdown, empty where there is none. A file of an earlier
    version has fewer values, and so has its headline.
    """

    figures: Mapping[str, str | float | None] = field(default_factory=dict)
    run_id: str | None = None
    map_at_7: float | None = None
    map_at_7_popularity: float | None = None
    cautions: tuple[str, ...] = ()
    accepted: Entries = ()
    tables: Mapping[str, Any] = field(default_factory=dict)
    card: str = ""

    @classmethod
    def of(cls, metrics: Mapping[str, Any]) -> Headline:
        """The headline of what `metrics.json` holds; a `ValueError` names a value of another type than was written."""
        return cls(
            figures={name: value for name, value in metrics.items() if not isinstance(value, dict | list)},
            run_id=_of_type(metrics, "run_id", str),
            map_at_7=_of_type(metrics, "map_at_7", int | float),
            map_at_7_popularity=_of_type(metrics, "map_at_7_popularity", int | float),
            cautions=tuple(_of_type(metrics, "cautions", list) or ()),
            accepted=tuple(_of_type(metrics, ACCEPTED, list) or ()),
            tables={name: metrics[name] for name, kind in TABLES.items() if _of_type(metrics, name, kind)},
        )

    def of_version(self, version: str) -> Headline:
        """The same, with the note that the model is the champion, of `version` in the registry."""
        return replace(self, figures={**self.figures, "model": f"champion, version {version}"})

    def accepting(self, now: Entries) -> Headline:
        """The same, with the columns that were accepted `now`, before those of the training."""
        return replace(self, accepted=(*now, *(entry for entry in self.accepted if entry not in now)))


def _of_type(metrics: Mapping[str, Any], name: str, kind: type | UnionType) -> Any:
    value = metrics.get(name)
    if value is not None and not isinstance(value, kind):
        raise ValueError(f"{name} is {value!r}")
    return value
