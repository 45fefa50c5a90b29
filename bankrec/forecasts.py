"""Forecasts of a month's acquisitions, with their intervals and the acquisitions observed.

An interval is written to manifests; the outcome of it to `metrics.json` and `realised.json`, under the names of the
keys here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ExpectedInterval:
    """Counts between which acquisitions lie in `share` of all months: `by_product` by item id, and `together`."""

    share: float
    by_product: Mapping[str, tuple[float, float]]
    together: tuple[float, float]

    @classmethod
    def of(cls, stated: Mapping[str, Any]) -> ExpectedInterval:
        """The interval from the result of `as_dict`."""
        products = {item: (low, high) for item, (low, high) in stated["by_product"].items()}
        low, high = stated["together"]
        return cls(stated["share"], products, (low, high))

    def as_dict(self) -> dict[str, Any]:
        """As a manifest has it: `by_product` and `together` are [low, high]."""
        products = {item: list(bounds) for item, bounds in self.by_product.items()}
        return {"share": self.share, "by_product": products, "together": list(self.together)}

    def of_part(self, part: float) -> ExpectedInterval:
        """The same, in whole counts, of customers who are expected to add the share `part` of all."""
        low, high = self.together
        products = {item: (round(one * part), round(other * part)) for item, (one, other) in self.by_product.items()}
        return ExpectedInterval(self.share, products, (round(low * part), round(high * part)))


@dataclass(frozen=True)
class ForecastResult:
    """Acquisitions of all products together that lists expected, between `low` and `high` in `share` of all months.

    `observed`: those observed, of products that were in the customer's list.
    """

    expected: float
    low: float
    high: float
    observed: float
    share: float

    @property
    def within(self) -> bool:
        """Whether what was observed lies in the interval."""
        return self.low <= self.observed <= self.high

    def __str__(self) -> str:
        where = "within" if self.within else "outside"
        return (
            f"acquisitions of listed products: {self.observed:,.0f} observed, {where} the {self.share:.0%} interval:"
            f" {self.low:,.0f} to {self.high:,.0f}"
        )

    def as_dict(self) -> dict[str, float]:
        """The counts, under the names that `metrics.json`, `realised.json` and gauges have."""
        return {
            "forecast_expected": self.expected,
            "forecast_low": self.low,
            "forecast_high": self.high,
            "forecast_observed": self.observed,
        }
