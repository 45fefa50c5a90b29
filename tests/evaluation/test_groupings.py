"""Groupings: which group a customer is in, by a history and by the rows of a snapshot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from bankrec.evaluation.groupings import groupings, snapshot_groupings
from bankrec.holdings import PRESENT
from tests.santander import BANK, person, word


def test_groups_by_hand(history_of) -> None:
    top = word(active=True, segment_code=1)
    bank = history_of(np.array([[top, top, PRESENT], [PRESENT, PRESENT, top]], np.uint64))
    persons = np.stack([person([25, 66]), person([25, 66], residence=["N", "S"]), person([26, 18])], axis=1)
    profile = bank.profile
    for name, values in (
        ("sexo", pa.array(["V", "?"])),
        ("indext", pa.array(["S", "N"])),
        ("fecha_alta", pa.array([date(2014, 6, 1), date(2004, 1, 1)])),
    ):
        profile = profile.set_column(profile.column_names.index(name), name, values)
    by_grouping = groupings(replace(bank, persons=persons, profile=profile), 2)
    assert {name: groups.tolist() for name, groups in by_grouping.items()} == {
        "segment": ["TOP", "unknown"],
        "age": ["18-25", "over 65"],
        "sex": ["men", "unknown"],
        "tenure": ["under 1 year", "over 10 years"],
        "active": ["active", "inactive"],
        "residence": ["abroad", "in the country"],
        "foreigner": ["foreign", "national"],
    }, "as known in the second month; the third is the target"


def test_rows_of_a_snapshot_raw_or_clean() -> None:
    frame = pd.DataFrame(
        {
            "age": [" 35", " NA", "17"],
            "antiguedad": ["     11", "36", "120"],
            "sexo": ["H", "V", ""],
            "ind_actividad_cliente": ["1.0", " 0", None],
        }
    )
    assert {name: groups.tolist() for name, groups in snapshot_groupings(frame, BANK, date(2016, 5, 28)).items()} == {
        "age": ["26-35", "unknown", "under 18"],
        "tenure": ["under 1 year", "3-10 years", "over 10 years"],
        "sex": ["women", "men", "unknown"],
        "active": ["active", "inactive", "unknown"],
    }, "residence and foreigner have no column here"
