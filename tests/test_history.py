from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from bankrec.persons import age

from bankrec.history import History, person_column, to_frame, word_column, word_months
from bankrec.santander.columns import PROFILE


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
