"""Work on parts: in their order, a few at a time, errors where they happen."""

from __future__ import annotations

import pytest

from bankrec.ahead import AT_ONCE, ahead


def test_results_come_in_the_order_of_the_parts_and_few_are_taken_beforehand() -> None:
    taken = []

    def parts():
        for part in range(10):
            taken.append(part)
            yield part

    results = ahead(lambda part: part * part, parts())
    assert next(results) == 0 and len(taken) <= AT_ONCE + 1
    assert list(results) == [part * part for part in range(1, 10)]


def test_an_error_is_that_of_its_part() -> None:
    results = ahead(lambda part: 1 // part, [2, 0, 3])
    assert next(results) == 0
    with pytest.raises(ZeroDivisionError):
        next(results)
