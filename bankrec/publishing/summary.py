"""`summary.json` of a set: figures for the page of the service, counted while the lists are streamed.

For each product: the forecast, the months so far, the customers to whom it is offered, for how many each rule removed
it, and those most likely to acquire it. For the model: the results of its training. Shares are 0 to 1, customer numbers
are text (JavaScript is exact to 2^53 only), fractions have four significant digits, unknown values are null: among them
what rules removed, in a set made without `--explain-removals`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bankrec.bank.description import Bank
from bankrec.forecasts import ExpectedInterval
from bankrec.publishing.likeliest import Likeliest
from bankrec.publishing.manifest import About
from bankrec.publishing.offered import Offered
from bankrec.publishing.removed_by_product import RemovedByProduct
from bankrec.publishing.statistics import Tally
from bankrec.publishing.summary_model import model_block
from bankrec.ranked import SCORE_BANDS, Ranked

Acquisitions = Mapping[str, npt.NDArray[np.int64]]  # by month (YYYY-MM), int64 [products]
DIGITS = 4


class Summary:
    """Counts of the ranked lists of a bank for `summary.json`."""

    def __init__(self, bank: Bank) -> None:
        self._bank, self.offered, self.likeliest = bank, Offered(bank), Likeliest(bank.n)
        self.removed = RemovedByProduct(bank.n)

    def add(self, batch: Ranked) -> None:
        """Count one batch of ranked lists; batches must be sorted by customer."""
        self.offered.add(batch)
        self.likeliest.add(batch)
        self.removed.add(batch)

    def content(
        self, about: About, tally: Tally, interval: ExpectedInterval | None, acquisitions: Acquisitions
    ) -> dict[str, Any]:
        """All of `summary.json`."""
        bank, offered = self._bank, self.offered.to()
        means = [float(total / n) if n else None for total, n in zip(tally.expected, offered, strict=True)]
        return {
            "as_of": about.as_of,
            "next_month": next_month(about.as_of),
            "bank_average": dict(zip(bank.ids, means, strict=True)),
            "customers": tally.customers,
            "products": {
                item: self._product(bit, tally, int(offered[bit]), interval, acquisitions)
                for bit, item in enumerate(bank.ids)
            },
            "model": model_block(about.headline, about.rules, tally.removed),
        }

    def _product(
        self, bit: int, tally: Tally, offered: int, interval: ExpectedInterval | None, acquisitions: Acquisitions
    ) -> dict[str, Any]:
        item, (users, scores) = self._bank.ids[bit], self.likeliest.of(bit)
        return {
            "expected": float(tally.expected[bit]),
            "interval": list(interval.by_product[item]) if interval else None,
            "interval_share": interval.share if interval else None,
            "acquisitions": [[month, int(counts[bit])] for month, counts in acquisitions.items()],
            "offered_to": offered,
            "removed_by": self.removed.of(bit),
            "histogram": {"edges": list(SCORE_BANDS), "counts": self.offered.by_band[bit].tolist()},
            "by_segment": self.offered.by_segment(bit),
            "by_age": self.offered.by_age(bit),
            "likeliest": [[str(user), score] for user, score in zip(users, scores.tolist(), strict=True)],
        }


def next_month(as_of: str) -> str:
    """The month after `as_of` (YYYY-MM-DD), as YYYY-MM.

    >>> next_month("2016-12-28")
    '2017-01'
    """
    day = date.fromisoformat(as_of)
    return f"{day.year + day.month // 12}-{day.month % 12 + 1:02d}"


def write_summary(path: Path, content: Mapping[str, Any]) -> None:
    """Write `content` to `path`, fractions in four significant digits, without spaces."""
    text = json.dumps(short(content), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    path.write_text(text, encoding="utf-8")


def short(value: Any) -> Any:
    """The same with fractions in four significant digits and null for nan or infinity; whole numbers stay as they are.

    >>> short({"a": [0.0123456, 8943.12, 3.0, 12, float("nan"), "1.23456"]})
    {'a': [0.01235, 8943, 3, 12, None, '1.23456']}
    """
    if isinstance(value, Mapping):
        return {key: short(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [short(one) for one in value]
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return None
    rounded = float(f"{value:.{DIGITS}g}") if abs(value) < 10**DIGITS else round(value)
    return int(rounded) if float(rounded).is_integer() else rounded
