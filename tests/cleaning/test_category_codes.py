"""Eight categories in one integer: packed, read back, and what is noted of them."""

from __future__ import annotations

from bankrec.cleaning.category_codes import MISSING_CODE, OTHER_CODE
from bankrec.santander.categories import CATEGORIES


def test_the_code_of_a_category_has_room_for_each_value_twice() -> None:
    assert max(2 * len(values) for values in CATEGORIES.values()) <= OTHER_CODE < MISSING_CODE < 16
    assert 4 * len(CATEGORIES) < 63, "all codes in one signed integer"
