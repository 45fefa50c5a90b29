"""Words of holdings: flags in their places, what is added and what is lost."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bankrec.holdings import HOLDINGS, PRESENT, UNKNOWN, acquired, known, unpack
from bankrec.santander.products import BIT, N_PRODUCTS

CCO, RECIBO = (np.uint32(1 << BIT[name]) for name in ("ind_cco_fin_ult1", "ind_recibo_ult1"))


def test_acquired_is_held_now_and_not_before_by_a_customer_present_in_both() -> None:
    before = np.array([PRESENT, PRESENT | CCO, 0, PRESENT], dtype=np.uint32)
    after = np.array([PRESENT | CCO, PRESENT | CCO | RECIBO, PRESENT | CCO, 0], dtype=np.uint32)
    assert acquired(before, after).tolist() == [CCO, RECIBO, 0, 0]


def test_known_needs_a_present_customer_and_known_flags() -> None:
    assert known(np.array([0, PRESENT, PRESENT | UNKNOWN], dtype=np.uint32)).tolist() == [False, True, False]


@given(st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=20))
def test_unpack_holds_each_bit_in_its_place(words: list[int]) -> None:
    flags = unpack(np.array(words, dtype=np.uint32))
    again = (flags * (1 << np.arange(N_PRODUCTS))).sum(axis=1)
    assert again.tolist() == [word & int(HOLDINGS) for word in words]
