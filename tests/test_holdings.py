"""Words of holdings: flags in their places, what is added and what is lost."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bankrec.holdings import PRESENT, UNKNOWN, acquired, all_held, known, pack, unpack
from tests.santander import BIT, N

CCO, RECIBO = (np.uint64(1 << BIT[name]) for name in ("ind_cco_fin_ult1", "ind_recibo_ult1"))


def test_acquired_is_held_now_and_not_before_by_a_customer_present_in_both() -> None:
    before = np.array([PRESENT, PRESENT | CCO, 0, PRESENT], dtype=np.uint64)
    after = np.array([PRESENT | CCO, PRESENT | CCO | RECIBO, PRESENT | CCO, 0], dtype=np.uint64)
    assert acquired(before, after, N).tolist() == [CCO, RECIBO, 0, 0]


def test_known_needs_a_present_customer_and_known_flags() -> None:
    assert known(np.array([0, PRESENT, PRESENT | UNKNOWN], dtype=np.uint64)).tolist() == [False, True, False]


@given(st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=20), st.integers(2, 48))
def test_unpack_holds_each_bit_in_its_place(words: list[int], products: int) -> None:
    """Of any bank, from two products to the most a description may have; what stands above them is no product."""
    flags = unpack(np.array(words, dtype=np.uint64), products)
    again = [sum(1 << bit for bit in np.flatnonzero(row)) for row in flags]
    assert again == [word & int(all_held(products)) for word in words]
    assert pack(flags).tolist() == again and pack(flags).dtype == np.uint64


def test_a_word_fits_a_signed_integer() -> None:
    """Engines without unsigned integers keep words too."""
    whole = np.array([all_held(61) | UNKNOWN | PRESENT], np.uint64)
    assert whole.astype(np.int64)[0] == 2**63 - 1 and whole.astype(np.int64).astype(np.uint64) == whole
    assert not all_held(61) & (UNKNOWN | PRESENT)
