"""Other banks by hand: one of nine products and one language without segments, one of 48 and three languages."""

from __future__ import annotations

from typing import Any

from tests.services.made_sets import Bank, Customer, Description

CREDIT_UNION = Description("credit union", [f"cu_{bit}" for bit in range(9)], ("en",))
UNIVERSAL = Description("universal", [f"u{bit:02}" for bit in range(48)], ("pt-BR", "es", "en"), ("retail", "private"))


def credit_union(**changes: Any) -> Bank:
    """Three customers of the small bank; nobody has a segment."""
    reasons = (("held_until:2016-02", "goes_with:cu_0"), *[()] * 7)
    customers = [
        Customer(10, held=(0,), ranked=(8, 7, 6, 5, 4, 3, 2, 1), reasons=reasons, segment=None),
        Customer(11, held=(8,), ranked=(0, 1), segment=None),
        Customer(12, held=tuple(range(9)), status="nothing_left", segment=None),
    ]
    defaults: dict[str, Any] = {"popular": {None: [4, 0]}, "set_id": "2016-05-28_cu", "description": CREDIT_UNION}
    return Bank(customers, **(defaults | changes))


def universal_bank(**changes: Any) -> Bank:
    """Three customers of the large bank, who hold and are offered its last products, those above bit 31."""
    reasons = (("held_until:2016-02", "goes_with:u47"), *[()] * 46)
    customers = [
        Customer(10, held=(47,), ranked=tuple(range(46, -1, -1)), reasons=reasons, segment="retail"),
        Customer(11, held=(), ranked=tuple(range(48)), segment="retail"),
        Customer(12, held=tuple(range(40)), ranked=(47, 40), segment="private"),
    ]
    popular = {None: [47, 0], "private": [33]}
    defaults: dict[str, Any] = {"popular": popular, "set_id": "2016-05-28_universal", "description": UNIVERSAL}
    return Bank(customers, **(defaults | changes))
