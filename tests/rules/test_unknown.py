"""Rules for customers whom the set does not know: those of age and segment apply where they are stated."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bankrec.rules.builtin import RULES, barred_unknown
from bankrec.rules.eligibility import read_eligibility
from bankrec.rules.offerable import Offerable
from bankrec.rules.unknown import by_age
from tests.santander import BANK, BIT

MORTGAGE, LOAN, JUNIOR, STOPPED = BIT["ind_hip_fin_ult1"], BIT["ind_pres_fin_ult1"], BIT["ind_ctju_fin_ult1"], 9
PRODUCTS = np.arange(len(BIT))
TABLES = Offerable(PRODUCTS == STOPPED, PRODUCTS == JUNIOR, PRODUCTS < 0, until_age=18 * (PRODUCTS == JUNIOR))
OWN = """
[[eligible]]
name = "loans"
reason = "no loan beyond 75"
products = ["ind_pres_fin_ult1"]
where.age = { min = 18, max = 75 }
[[eligible]]
name = "mortgage"
reason = "it ends before the customer is 75, on a home in the country"
products = ["ind_hip_fin_ult1"]
where.age = { max = 55 }
where.indresi = ["S"]
"""


def rules(folder: Path, text: str = OWN):
    (folder / "own.toml").write_text(text)
    return (*RULES, *read_eligibility(folder / "own.toml", BANK))


def test_an_age_that_is_stated_makes_the_rules_of_age_apply(tmp_path: Path) -> None:
    all_rules = rules(tmp_path)
    unknown = barred_unknown(None, TABLES, all_rules)
    assert np.flatnonzero(unknown).tolist() == sorted([STOPPED, LOAN, MORTGAGE])
    bands = by_age(None, TABLES, all_rules)
    assert [(low, high) for low, high, _ in bands] == [(0, 17), (18, 75), (76, 120)]
    child, adult, old = (barred for _, _, barred in bands)
    assert np.flatnonzero(~child).tolist() == [JUNIOR]
    assert np.flatnonzero(adult).tolist() == sorted([JUNIOR, STOPPED, MORTGAGE]), (
        "a home is not known of, so no mortgage"
    )
    assert np.flatnonzero(old).tolist() == sorted([JUNIOR, STOPPED, MORTGAGE, LOAN])


def test_bands_are_those_of_every_age(tmp_path: Path) -> None:
    all_rules = rules(tmp_path)
    for low, high, barred in by_age("TOP", TABLES, all_rules):
        for age in range(low, high + 1):
            np.testing.assert_array_equal(barred, barred_unknown("TOP", TABLES, all_rules, age))


def test_a_rule_of_the_bank_has_another_version_when_its_entry_changes(tmp_path: Path) -> None:
    versions = [rules(tmp_path, text)[-1].version for text in (OWN, OWN, OWN.replace("55", "54"))]
    assert versions[0] == versions[1] != versions[2] and len(versions[0]) == 8
