"""A few customers to look at: what they held month by month, and what is offered to them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bankrec.bank.products import PRODUCTS
from bankrec.history import History, ages
from bankrec.holdings import ACTIVE, HOLDINGS, PRESENT
from bankrec.lookup import locate, rows_of
from bankrec.publishing.reader import SetLists

HELD, FREE, AWAY = "#", ".", " "


def portraits(history: History, lists: SetLists, customers: Sequence[int], months: int = 12, k: int = 5) -> str:
    """A few lines for each of `customers` (ids): a row of the last `months` per product, then the first `k` offers.

    `#` held, `.` not held, a blank where the customer had no row.
    """
    first = max(0, len(history.months) - months)
    ids = np.array(customers, np.int64)
    of, places = history.of(ids), rows_of(lists.user_id, ids)
    blocks = []
    for customer, row, age, place in zip(customers, of.words[:, first:], ages(of), places, strict=True):
        words = [int(word) for word in row]
        acts = "active" if words[-1] & int(ACTIVE) else "not active"
        lines = [f"customer {customer}: {age} years, {lists.segment[place]}, {acts}"]
        for product in PRODUCTS:
            held = [bool(word >> product.bit & 1) for word in words]
            if any(held):
                marks = (
                    HELD if has else FREE if word & int(PRESENT) else AWAY
                    for has, word in zip(held, words, strict=True)
                )
                lines.append(f"  {product.english:<22} {''.join(marks)}  to {history.months[-1]:%Y-%m}")
        offers = [
            f"{PRODUCTS[bit].english} {score:.1%}"
            for bit, score in zip(lists.items[place, :k], lists.scores[place, :k], strict=True)
            if bit >= 0
        ]
        blocks.append("\n".join([*lines, f"  next: {', '.join(offers)}"]))
    return "\n\n".join(blocks)


def with_movement(history: History, lists: SetLists, count: int = 5) -> list[int]:
    """Ids of `count` customers whose products changed, evenly from the lists.

    They are in `history`, held three products or more within it and lost one of them.
    """
    rows, there = locate(history.user_id, lists.user_id)
    ever = np.bitwise_or.reduce(history.words[rows], axis=1) & HOLDINGS
    moved = there & (np.bitwise_count(ever) >= 3) & ((ever & ~lists.held) != 0) & (lists.items[:, 0] >= 0)
    chosen = np.flatnonzero(moved)
    return [int(lists.user_id[row]) for row in chosen[:: max(1, len(chosen) // count)][:count]]
