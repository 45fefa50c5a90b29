"""What does not go together within a product, a state or a column: one line with its place and the remedy."""

from __future__ import annotations

from typing import Any

import pytest
from descriptions import LEAVE_OUT, error_line, small

from bankrec.bank import part_checks

AGE, BRANCH, TENURE, TIER, APP = "profile.0", "profile.1", "profile.2", "states.0", "states.1"
WRONG: dict[str, tuple[tuple[str, Any], str]] = {
    "ages": (("products.2.from_age", 70), "products 3 (loan): from_age 70 is not below until_age 70: no customer cou"),
    "no values": ((f"{TIER}.values", []), 'states 1 (tier): a category needs its values: give them, as values = ["A"'),
    "value twice": ((f"{TIER}.values", ["A", "A"]), "states 1 (tier): 'A' is listed twice in values: list it once"),
    "text and numbers": ((f"{BRANCH}.values", [1, "B"]), "values are text and numbers: write all of them in quotes, o"),
    "two reasons": ((f"{TIER}.texts", {"a": {"en": "x"}, "b": {"en": "y"}}), "texts of 2 reasons (a, b): give those o"),
    "two reasons of a flag": ((f"{APP}.texts", {"a": {"en": "x"}, "b": {"en": "y"}}), "give those of one or of no and"),
    "same as nothing": ((f"{TIER}.same_as", {"C": "D"}), "same_as names 'D', which is none of `values`: add it there"),
    "same as a value": ((f"{TIER}.same_as", {"A": "B"}), "'A' is in values and in same_as: remove it from one of them"),
    "other is a value": ((f"{TIER}.other", "A"), "other is called 'A', which is one of `values`: choose another name"),
    "two names alike": ((f"{APP}.names", ["x", "x"]), "no and yes are both called 'x': names needs two different ones"),
    "flag with values": ((f"{APP}.values", ["S"]), "values is an entry of a category, this is a flag: leave it out"),
    "flag as segment": ((f"{APP}.segment", True), "segment is an entry of a category, this is a flag: leave it out"),
    "category as activity": ((f"{TIER}.activity", True), "activity is an entry of a flag, this is a category"),
    "category with yes": ((f"{BRANCH}.yes", "S"), "profile 2 (branch): yes is an entry of a flag, this is a category"),
    "date with log": ((f"{TENURE}.log", True), "log is an entry of a number, this is a date: leave it out"),
    "category with bands": (
        (f"{BRANCH}.bands", {"edges": [1]}),
        "bands is an entry of a number or date, this is a cat",
    ),
    "number with groups": ((f"{AGE}.groups", {"1": "one"}), "groups is an entry of a category or flag, this is a numb"),
    "falling edges": ((f"{AGE}.bands.edges", [65, 18]), "profile 1 (age), bands: edges must be in ascending order: wr"),
    "edge twice": ((f"{AGE}.bands.edges", [18, 18]), "bands: edges must be in ascending order"),
    "names of bands": (
        (f"{AGE}.bands.names", ["a", "b"]),
        "bands: 2 edges make 3 bands, 2 have a name: name all or non",
    ),
    "names alike": ((f"{TENURE}.bands.names", ["a", "a"]), "bands: two bands are called 'a': give each a name of its"),
    "both": ((f"{BRANCH}.commonest", 5), "a category needs either values (those distinguished) or commonest (how many"),
    "neither": ((f"{BRANCH}.values", LEAVE_OUT), "a category needs either values (those distinguished) or commonest"),
    "date": ((f"{TENURE}.role", LEAVE_OUT), 'a date is the date of joining: give role = "joined", or leave the col'),
    "age as a flag": ((f"{BRANCH}.role", "deceased"), "role deceased needs a flag, this is a category: change kind or"),
    "no bands": (
        (f"{AGE}.bands", LEAVE_OUT),
        "models divide it into bands: give bands = { edges = [...] }, or i",
    ),
    "age of a month": ((f"{AGE}.by_month", False), "age is needed for each month: give by_month = true"),
    "date by month": ((f"{TENURE}.by_month", True), "only a number with largest, a category with values, or a flag ca"),
    "no largest": ((f"{AGE}.largest", LEAVE_OUT), "a number stored by month needs largest, as largest = 127 for an"),
    "strange group": ((f"{BRANCH}.groups", {"west": "West"}), "groups names 'west', which is none of `values`: add it"),
    "feature": (("features.1.values", LEAVE_OUT), "features 2 (mood): a category needs its values: give them, as"),
    "feature with bands": (("features.1.bands", {"edges": [1]}), "bands is an entry of a number, this is a category"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_does_not_go_together_is_one_line(kind: str) -> None:
    change, expected = WRONG[kind]
    assert expected in error_line(change)


def test_texts_of_a_column_that_is_never_shown() -> None:
    line = error_line((f"{BRANCH}.never_tell", True), (f"{BRANCH}.texts", {"branch": {"en": "x"}}))
    assert "profile 2 (branch): never_tell and texts of reasons contradict each other: remove one of them" in line


def test_a_default_that_is_written_down_is_no_mistake() -> None:
    assert small((f"{BRANCH}.log", False), (f"{APP}.values", []), (f"{TENURE}.yes", 1)) == small()


def test_same_as_of_numbers() -> None:
    assert "same_as is for values that are text" in error_line(
        (f"{TIER}.values", [1, 2]), (f"{TIER}.same_as", {"3": "1"})
    )


def test_a_flag_has_a_reason_for_no_and_one_for_yes() -> None:
    texts = {"no_app": {"en": "without the app"}, "has_app": {"en": "with it"}}
    assert small((f"{APP}.texts", texts), (f"{APP}.names", ["no_app", "has_app"])).states[1].texts == texts


def test_an_open_category_has_no_values_to_compare_groups_with() -> None:
    bank = small((f"{BRANCH}.values", LEAVE_OUT), (f"{BRANCH}.commonest", 5), (f"{BRANCH}.groups", {"any": "Any"}))
    assert list(part_checks.profile_problems(bank.profile[1])) == []
