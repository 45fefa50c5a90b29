"""Summaries written by hand for the sets of `made_sets`: what the page shows beside the lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.services.made_sets import Bank, sign_again, write_bank

BANDS = ["under 18", "18-25", "26-35", "36-50", "51-65", "over 65"]
MONTHS = [*(f"2015-{month:02}" for month in range(2, 13)), *(f"2016-{month:02}" for month in range(1, 6))]
CARD = """<h1>Model card: <em>by hand</em></h1><p>For <strong>ordering</strong>.
<a href="javascript:alert(2)">a link</a></p>
<script>alert(3)</script><img src="x"><p>plain</p>
<table><thead><tr><th>product</th><th>low</th></tr></thead><tbody><tr><td>Payroll</td><td>60</td></tr></tbody></table>"""


def write_summed(recs: Path, bank: Bank, *, current: bool = True, **changes: Any) -> Path:
    """Write `bank` as a set with a summary, in which `changes` are made; returns its folder."""
    folder = write_bank(recs, bank, current=current)
    (folder / "summary.json").write_text(json.dumps(summary(bank) | changes), encoding="utf-8")
    sign_again(folder)
    return folder


def summary(bank: Bank) -> dict[str, Any]:
    """All of a `summary.json`; figures differ by product, so that a wrong one shows."""
    items = bank.description.items
    return {
        "as_of": bank.as_of,
        "next_month": "2016-06",
        "bank_average": {item: 0.01 * (bit % 9 + 1) for bit, item in enumerate(items)},
        "customers": 929_672,
        "products": {item: product(bank, bit) for bit, item in enumerate(items)},
        "model": model(),
    }


def product(bank: Bank, bit: int) -> dict[str, Any]:
    """The block of one product: customers of the set are the most likely ones, the longest number first."""
    likeliest = sorted((customer.user_id for customer in bank.customers), reverse=True)
    segments = bank.description.segments
    return {
        "expected": 1_000.5 + 13 * bit,
        "interval": [700 + bit, 1_400 + bit],
        "interval_share": 0.8,
        "acquisitions": [[month, 900 + 7 * place + bit] for place, month in enumerate(MONTHS)],
        "offered_to": 700_000 + bit,
        "histogram": {
            "edges": [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1],
            "counts": [400_000, 90_000, 40_000, 21_000, 18_000, 6_500, 2_100, 500, bit],
        },
        "by_segment": [[name, 1_000 * place + bit, 0.01 * place] for place, name in enumerate(segments, 1)],
        "by_age": [[band, 2_000 + place, 0.004 * place] for place, band in enumerate(BANDS)] if segments else [],
        "likeliest": [[str(user), 0.9 - 0.01 * place] for place, user in enumerate(likeliest)],
    }


def model() -> dict[str, Any]:
    """The block of the model: one rule with HTML in its reason, one group too small to evaluate."""
    groups = [("whole bank", "all", 923_143, 0.85), ("age", "18-25", 5_264, 0.79), ("sex", "women", 8_869, 0.86)]
    return {
        "quality": {
            "target_month": "2016-05", "customers": 923_143, "customers_with_an_acquisition": 28_217,
            "map_at_7": 0.0261, "low": 0.0257, "high": 0.0264, "maximum": 0.0305, "of_maximum": 0.8557,
            "of_maximum_low": 0.8501, "of_maximum_high": 0.8612, "popularity": 0.0194,
            "popularity_of_maximum": 0.636, "coverage": 0.79, "precision_at_7": 0.0051, "recall_at_7": 0.981,
            "recall_at_1": 0.676,
        },
        "baselines": [
            {"method": "popularity of acquisitions", "map_at_7": 0.0194, "of_maximum": 0.636, "low": 0.63,
             "high": 0.641, "recall_at_7": 0.97},
            {"method": "popularity by segment and age", "map_at_7": 0.0198, "of_maximum": 0.6512, "low": 0.645,
             "high": 0.656, "recall_at_7": 0.975},
            {"method": "ALS", "map_at_7": 0.01, "of_maximum": None, "low": None, "high": None, "recall_at_7": None},
        ],
        "calibration": [
            {"expected": 10.0**-power, "observed": 1.2 * 10.0**-power, "pairs": 10**power} for power in range(1, 6)
        ],
        "groups": [
            *({"group": group, "value": value, "customers": n, "of_maximum": share, "low": share - 0.03,
               "high": share + 0.02, "note": ""} for group, value, n, share in groups),
            {"group": "age", "value": "under 18", "customers": 144, "of_maximum": None, "low": None, "high": None,
             "note": "too few add"},
        ],
        "forecast": {"expected": 31_558.8, "interval": [26_768, 37_205], "observed": 35_761, "month": "2016-05"},
        "rules": [
            {"name": "minors", "version": "1", "reason": "minors are offered only what minors do add",
             "removed": 146_956, "candidates_removed": 145_800, "acquisitions_lost": 12},
            {"name": "arrears", "version": "2026-3", "reason": "no loans after <b>arrears</b>", "removed": 3,
             "candidates_removed": None, "acquisitions_lost": None},
        ],
        "card_html": CARD,
    }  # fmt: skip
