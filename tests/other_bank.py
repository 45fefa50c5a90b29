"""Other banks in the tests: one of five products without segment, age or activity, and one that keeps nothing more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from bankrec.bank.description import Bank
from bankrec.bank.files import bank_from
from bankrec.history import History
from bankrec.holdings import PRESENT, pack
from tests.histories import months

PRODUCTS: list[dict[str, Any]] = [
    {"id": "current", "names": {"en": "Current account"}, "group": "accounts"},
    {"id": "savings", "names": {"en": "Savings account"}, "group": "savings"},
    {"id": "card", "names": {"en": "Credit card"}, "group": "credit", "comes_with": "current"},
    {"id": "loan", "names": {"en": "Loan"}, "group": "credit"},
    {"id": "staff", "names": {"en": "Staff account"}, "group": "accounts", "never_offer": True},
]
NAMED: dict[str, Any] = {
    "currency": "USD",
    "languages": ["en"],
    "customer": "client",
    "month": "month_end",
    "products": PRODUCTS,
}
OTHER: Bank = bank_from(
    NAMED
    | {
        "name": "other",
        "states": [
            {
                "name": "plan",
                "column": "plan",
                "kind": "category",
                "values": ["basic", "gold"],
                "texts": {"plan": {"en": "customers of the plan {value} acquire it more often than others"}},
            }
        ],
        "profile": [
            {
                "name": "balance",
                "column": "balance",
                "kind": "number",
                "log": True,
                "bands": {"edges": [500, 5000], "names": ["low", "middle", "high"]},
                "texts": {"balance": {"en": "customers with a {value} balance acquire it more often than others"}},
            },
            {
                "name": "online",
                "column": "online",
                "kind": "flag",
                "yes": 1,
                "texts": {"online": {"en": "customers who bank online acquire it more often than others"}},
            },
            {"name": "branch", "column": "branch", "kind": "category", "commonest": 3},
        ],
    },
    "other",
)
BARE: Bank = bank_from(NAMED | {"name": "bare"}, "bare")


def other_history(n: int = 400, count: int = 6, seed: int = 0, bank: Bank = OTHER) -> History:
    """Random histories: products come more often where there is a savings account, and to customers who bank online."""
    rng = np.random.default_rng(seed)
    online = rng.random(n) < 0.4
    flags, words = rng.random((n, bank.n)) < 0.2, np.empty((n, count), dtype=np.uint64)
    for month in range(count):
        chance = np.where(flags[:, [1]] | online[:, None], 0.12, 0.02) * np.linspace(0.5, 1.5, bank.n)
        flags = np.where(flags, rng.random((n, bank.n)) > 0.1, rng.random((n, bank.n)) < chance)
        words[:, month] = pack(flags)
    words |= PRESENT
    if "plan" in bank.state_fields:
        words |= bank.state_fields["plan"].put(rng.integers(0, 3, (n, 1)))
    words[rng.random((n, count)) < 0.03] = 0
    profile = {
        "balance": pa.array(np.where(rng.random(n) < 0.3, np.nan, rng.lognormal(7, 2, n)), from_pandas=True),
        "online": pa.array(online.astype(np.int8)),
        "branch": pa.array(rng.choice(["north", "south", "east", "west", "centre"], n).tolist()),
    }
    kept = pa.table({column.column: profile[column.column] for column in bank.kept})
    persons = np.zeros((n, count), bank.stated_type)
    return History(bank, np.arange(100, 100 + n, dtype=np.int64), months(count), words, persons, kept)
