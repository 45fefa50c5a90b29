from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankrec.bank.columns import PROFILE
from bankrec.bank.products import BIT, N_PRODUCTS, PRODUCTS
from bankrec.history import History, person_column, to_frame, word_column, word_months
from bankrec.holdings import HOLDINGS, PRESENT, UNKNOWN, acquired, known, unpack
from bankrec.persons import age

CCO, RECIBO = (np.uint32(1 << BIT[name]) for name in ("ind_cco_fin_ult1", "ind_recibo_ult1"))


def history(words: list[list[int]]) -> History:
    n, months = len(words), [date(2015, month + 1, 28) for month in range(len(words[0]))]
    columns = {"user_id": pa.array(range(n), pa.int64())}
    for position, month in enumerate(months):
        columns[word_column(month)] = pa.array([row[position] for row in words], pa.int32())
        columns[person_column(month)] = pa.array([30 + position] * n, pa.int32())
    for name in PROFILE:
        value = {"age": 30, "cod_prov": 28, "fecha_alta": date(2014, 1, 1), "renta": None}.get(name, "x")
        columns[name] = pa.array([value] * n)
    return History.from_arrow(pa.table(columns))


def test_products_are_in_the_order_of_their_bits() -> None:
    assert [product.bit for product in PRODUCTS] == list(range(24)) == list(BIT.values())


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


def test_word_columns_name_their_month() -> None:
    months = (date(2015, 1, 28), date(2016, 5, 28))
    assert word_months([word_column(month) for month in reversed(months)]) == months


def test_until_is_the_months_before() -> None:
    whole = history([[1, 2, 3], [4, 5, 6]])
    seen = whole.until(2)
    assert seen.words.tolist() == [[1, 2], [4, 5]]
    assert seen.months == whole.months[:2]
    assert age(seen.persons).tolist() == [[30, 31]] * 2


@pytest.mark.parametrize("t", [0, -1, 4])
def test_until_refuses_a_month_outside_the_history(t: int) -> None:
    with pytest.raises(IndexError, match="target month"):
        history([[1, 2, 3]]).until(t)


def test_a_table_that_is_not_histories_says_what_it_lacks() -> None:
    with pytest.raises(KeyError, match="lacks user_id"):
        History.from_arrow(pa.table({"a": [1]}))
    whole = to_frame(history([[1, 2]]))
    with pytest.raises(KeyError, match="lacks person_2015_02_28"):
        History.from_arrow(pa.Table.from_pandas(whole.drop(columns="person_2015_02_28")))


def test_a_frame_of_histories_is_read_back() -> None:
    whole = history([[1, 2, 3], [4, 5, 6]])
    again = History.from_arrow(pa.Table.from_pandas(to_frame(whole), preserve_index=False))
    assert np.array_equal(again.words, whole.words) and np.array_equal(again.persons, whole.persons)
