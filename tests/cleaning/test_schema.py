"""The clean format: kept by clean rows, and a clear line where it is not."""

from __future__ import annotations

import datetime
from typing import Any

import ibis
import pytest
from banks import raw_table

from bankrec.cleaning.clean import completed, fills, kept, one_per_month, province_incomes
from bankrec.cleaning.schema import check_clean
from bankrec.cleaning.typed_rows import typed
from bankrec.errors import InputError
from bankrec.santander.columns import CLEAN, CUSTOMER

BROKEN: list[tuple[str, Any, str]] = [
    ("sexo", "Q", "sexo must be one of V, H"),
    ("age", 121, "age must be from 0 to 120"),
    ("renta", -1.0, "renta must be from 0 to"),
    ("ind_recibo_ult1", 2, "ind_recibo_ult1 must be one of 0, 1"),
    ("nomprov", "", "nomprov must be a text"),
    ("segmento", None, "segmento must be present"),
    ("fecha_alta", datetime.date(1700, 1, 1), "fecha_alta must be a date from 1900-01-01 on"),
]


@pytest.fixture(scope="module")
def sound(engine: Any) -> Any:
    """Five clean rows; all steps of cleaning in one expression."""
    rows = one_per_month(kept(typed(raw_table(*[{}] * 5))))
    return engine.create_table("sound", completed(rows, fills(rows), province_incomes(rows)), temp=True)


def test_clean_rows_keep_the_format_in_the_columns_and_order_of_the_clean_table(sound: Any) -> None:
    assert list(sound.columns) == list(CLEAN)
    check_clean(sound, "clean.parquet")


@pytest.mark.parametrize(("column", "value", "words"), BROKEN)
def test_a_broken_format_is_reported_with_column_rule_count_and_three_rows(
    sound: Any, column: str, value: Any, words: str
) -> None:
    literal = ibis.literal(value, type=sound[column].type())
    broken = sound.mutate(**{column: (sound[CUSTOMER] > 1).ifelse(literal, sound[column])})
    with pytest.raises(InputError) as caught:
        check_clean(broken, "clean.parquet")
    message = str(caught.value)
    assert words in message and "4 rows are not" in message and message.count("ncodpers=") == 3, message
    assert "\n" not in message


def test_a_wrong_type_or_a_missing_column_is_reported(sound: Any) -> None:
    with pytest.raises(InputError, match="renta must be of type float64"):
        check_clean(sound.mutate(renta=sound.renta.cast("string")), "x")
    with pytest.raises(InputError, match="columns missing: sexo"):
        check_clean(sound.drop("sexo"), "x")
