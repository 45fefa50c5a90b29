"""The last set, which a new one is compared with."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bankrec.errors import InputError
from bankrec.publishing.sets import MANIFEST, WITHOUT_A_ROW, all_sets, current, read_manifest

LOGGER = logging.getLogger(__name__)  # without a set-up of logging, warnings go to standard error


@dataclass(frozen=True)
class LastSet:
    """Figures of a set: `customers` of its as-of month, and the acquisitions expected of all of them together."""

    customers: int
    expected_acquisitions: float

    @classmethod
    def of(cls, manifest: dict[str, Any]) -> LastSet:
        """From a manifest."""
        counts = manifest["counts"]
        return cls(counts["customers"] - counts.get(WITHOUT_A_ROW, 0), sum(manifest["expected_acquisitions"].values()))


def last_set(recs: Path) -> tuple[LastSet | None, str]:
    """The set in use in `recs`, or the newest one kept whose manifest can be read.

    If there are sets but none can be used for comparison: None, and the error of the first of them.
    """
    used, newest_first, wrong = current(recs), all_sets(recs)[::-1], ""
    for folder in sorted(newest_first, key=lambda folder: folder.resolve() != used):
        try:
            manifest = read_manifest(folder)
        except InputError as error:
            LOGGER.warning("the new set can't be compared with a damaged one: %s", error)
            wrong = wrong or str(error)
            continue
        if "expected_acquisitions" in manifest:
            return LastSet.of(manifest), ""
        wrong = wrong or f"{folder / MANIFEST} has no expected_acquisitions"
    return None, wrong
