"""Prometheus gauges of the set in use: sizes, times, quality and drift from its manifest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from prometheus_client.core import GaugeMetricFamily, Metric

from recommendations import RecommendationSet

QUALITY = {
    "offline": (
        "map_at_7",
        "map_at_7_maximum",
        "map_at_7_popularity",
        "coverage_at_5",
        "novelty_at_5",
        "calibration_error",
    ),
    "realised": ("map_at_7", "map_at_7_maximum", "map_at_7_popularity", "hit_rate", "forecast_error"),
}
EARLIER = {"coverage_at_5": "coverage", "novelty_at_5": "novelty"}  # names in sets of earlier versions
DRIFT_OF = ("customers", "scores")
FORECAST = ("expected", "low", "high", "observed")


def of_the_set(used: RecommendationSet, realised: dict[str, Any]) -> Iterator[Metric]:
    """Gauges of the set in use, and of the results of an earlier set (`realised`, empty if not known)."""
    for name, text, value in (
        ("customers", "Customers in the set in use", len(used)),
        ("products", "Products in the set in use", len(used.ids)),
        ("recommendations", "Recommendations in the set in use", len(used.items)),
        (
            "as_of_timestamp_seconds",
            "Last month of the data behind the set in use, in Unix time",
            _timestamp(used.manifest["as_of"]),
        ),
        (
            "created_timestamp_seconds",
            "Time at which the set in use was made, in Unix time",
            _timestamp(used.manifest["created_at"]),
        ),
    ):
        yield GaugeMetricFamily(f"recommendations_set_{name}", text, value=value)
    bank = GaugeMetricFamily("recommendations_set_info", "Bank of the set in use", labels=["bank"])
    bank.add_metric([used.bank.name], 1)
    yield bank
    for kind, stated, text in (
        ("offline", used.manifest["metrics"], "Quality of the set's model on the backtest month"),
        ("realised", realised, "Quality of an earlier set, evaluated on its target month"),
    ):
        quality = GaugeMetricFamily(f"recommendations_{kind}_quality", text, labels=["metric"])
        for name in QUALITY[kind]:
            figure = stated.get(name, stated.get(EARLIER.get(name, name)))
            if isinstance(figure, int | float):
                quality.add_metric([name], float(figure))
        yield quality
    text = "Population stability index of the set's month against the training months: largest of all states; scores"
    drift = GaugeMetricFamily("recommendations_training_drift", text, labels=["of"])
    for of, index in _drift(used.manifest).items():
        drift.add_metric([of], index)
    yield drift
    text = "Forecast of all acquisitions in the month after the set in use: expected, and the ends of the 80% interval"
    yield _counts("recommendations_expected_acquisitions", text, _expected(used.manifest))
    text = "Acquisitions in the last month evaluated: expected, the ends of the 80% interval, and observed"
    counts = {of: realised.get(f"forecast_{of}") for of in FORECAST}
    yield _counts("recommendations_realised_acquisitions", text, counts)


def _counts(name: str, text: str, stated: dict[str, Any]) -> GaugeMetricFamily:
    """A gauge with a sample for each value of `stated`; no samples if a number is missing, as a part is no forecast."""
    gauge = GaugeMetricFamily(name, text, labels=["of"])
    if all(isinstance(value, int | float) for value in stated.values()):
        for of, value in stated.items():
            gauge.add_metric([of], float(value))
    return gauge


def _expected(manifest: dict[str, Any]) -> dict[str, float]:
    """The forecast of all products together in a manifest; empty if it states no interval."""
    try:
        low, high = manifest["expected_interval"]["together"]
        expected = sum(manifest["expected_acquisitions"].values())
        return {"expected": float(expected), "low": float(low), "high": float(high)}
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return {}


def _drift(manifest: dict[str, Any]) -> dict[str, float]:
    """The drift in a manifest, by `DRIFT_OF`; empty if it states none."""
    try:
        stated = manifest["drift"]
        return {"customers": float(max(stated["features"].values())), "scores": float(stated["scores"])}
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}


def _timestamp(text: str) -> float:
    moment = np.datetime64(text.removesuffix("Z"))
    return float(moment.astype("datetime64[s]").astype(np.int64))
