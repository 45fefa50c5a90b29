"""The sets in a folder, from their manifests, and the evaluated results of earlier sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from serving.sets.files import SetError, read_manifest

STATED = ("set_id", "as_of", "created_at")


def kept_sets(recs: Path) -> list[dict[str, str]]:
    """`set_id`, `as_of` and `created_at` of each set in `recs` whose manifest can be read, the newest first."""
    sets = []
    for path in recs.glob("*/manifest.json"):
        if path.parent.name.startswith(".") or path.parent.is_symlink():
            continue  # being written, or `current`
        try:
            manifest = read_manifest(path.parent)
        except SetError:
            continue
        sets.append({name: str(manifest[name]) for name in STATED})
    return sorted(sets, key=lambda one: (one["created_at"], one["set_id"]), reverse=True)


def realised(recs: Path) -> list[dict[str, Any]]:
    """Months with a forecast and the acquisitions observed, from `realised.json`; empty without this file."""
    try:
        results = json.loads((recs / "realised.json").read_bytes())
        return [
            {
                "month": str(results["month"]),
                "expected": float(results["forecast_expected"]),
                "interval": [float(results["forecast_low"]), float(results["forecast_high"])],
                "observed": float(results["forecast_observed"]),
            }
        ]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
