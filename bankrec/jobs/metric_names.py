"""Names of metrics in MLflow: each that is of the first places of a list says of how many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Figures of `Quality` that are of the first five places, whose names in `metrics.json` and manifests do not say so.
OF_FIVE = frozenset({"coverage", "novelty", "exposure_gini"})


def with_places(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The same figures under the names of MLflow.

    >>> with_places({"coverage": 0.8, "recall_at_7": 0.9, "adders": 3})
    {'coverage_at_5': 0.8, 'recall_at_7': 0.9, 'adders': 3}
    """
    return {f"{name}_at_5" if name in OF_FIVE else name: value for name, value in figures.items()}
