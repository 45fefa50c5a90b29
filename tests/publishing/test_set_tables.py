"""Rows of a batch in the columns of the files of a set, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from bankrec.publishing import sets
from bankrec.publishing.set_tables import (
    customer_table,
    item_array,
    list_table,
    list_table_with_reasons,
    suppressed_table,
)
from bankrec.ranked import NONE, Reasons
from tests.other_bank import OTHER
from tests.santander import BANK, IDS
from tests.small_sets import ranked


def test_products_are_named_by_their_bits() -> None:
    assert item_array(np.array([23, 2, 23], np.int8), IDS).to_pylist() == [IDS[bit] for bit in (23, 2, 23)]


def test_a_row_a_place_and_none_for_whoever_is_offered_nothing() -> None:
    batch = ranked([1, 5, 9], score=0.5)
    batch.items[1] = -1
    table = list_table(batch, IDS)
    assert table.schema == sets.SCHEMAS[sets.RECOMMENDATIONS]
    assert table.to_pydict() == {
        "user_id": [1, 1, 9, 9],
        "item_id": [IDS[23], IDS[0]] * 2,
        "rank": [1, 2] * 2,
        "score": [0.5, 0.25] * 2,
    }


def test_reasons_stand_beside_their_places_and_are_null_where_none_were_made() -> None:
    batch = ranked([1, 5])
    batch.items[0] = -1
    assert list_table_with_reasons(batch, IDS)["reasons"].to_pylist() == [None, None]
    chosen = np.full((2, 7, 2), NONE, np.int16)
    chosen[:, 0, 0], chosen[:, 1] = 1, [1, 0]
    table = list_table_with_reasons(replace(batch, reasons=Reasons(chosen, ("active", "often_added"))), IDS)
    assert table.schema == sets.LISTS_WITH_REASONS
    assert table["reasons"].to_pylist() == [["often_added"], ["often_added", "active"]]


def test_customers_and_the_suppressed_have_the_same_columns() -> None:
    batch = replace(ranked([1, 5]), status=np.array(["ok", "deceased"]))
    kept = [
        {"user_id": 1, "held": 0b100, "segment": "TOP", "status": "ok"},
        {"user_id": 5, "held": 0b100, "segment": "TOP", "status": "deceased"},
    ]
    others, quiet = np.array([7], np.int64), {"user_id": 7, "held": 0, "segment": None, "status": "suppressed"}
    customers = customer_table(batch, OTHER)
    assert customers.to_pylist() == kept and suppressed_table(others, OTHER).to_pylist() == [quiet]
    assert customers.schema == suppressed_table(others, OTHER).schema == sets.SCHEMAS[sets.CUSTOMERS]
    aged = customer_table(replace(batch, age_band=np.array([2, -1], np.int8)), BANK)
    both = pa.concat_tables([aged, suppressed_table(others, BANK)])
    bands = zip([*kept, quiet], ["26-35", None, None], strict=True)
    assert both.to_pylist() == [row | {"age_band": band} for row, band in bands]
    assert both.schema == sets.customer_schema(BANK)
