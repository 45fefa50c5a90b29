"""The meaning of each feature of the two CatBoost models, in words, and its topic."""

from __future__ import annotations

from collections.abc import Callable

from bankrec.bank.description import Bank, ProfileColumn
from bankrec.model.crossings import BASKET, SEGMENT_AND_AGE
from bankrec.model.features import ADDITIVE

OWN_PAST, WHICH, HELD, ALS, COUNTS, ADDITIVE_SCORE = (
    "the product's own past",
    "which product it is",
    "other products",
    "ALS scores",
    "how much is held, acquired and lost",
    "share by the additive model",
)
STATES = "states of the last two months"  # except the segment, which is its own topic
_COUNTS = {
    "observed": "months in which the customer was present, up to a limit",
    "holds": "products held in the last month",
    "lost_last_month": "products lost in the last month",
    "added_last_month": "products acquired in the last month",
    "added_rate": "products acquired a month observed",
    "adding_rate": "share of the months observed with an acquisition",
    "since_any_acquisition": "months since the last acquisition of anything",
}
_OF_PAIR = {
    "share_held": "share of the months observed in which the product was held",
    "since_held": "months since the product was last held",
    "since_rise": "months since the product was last acquired",
    "rise_rate": "acquisitions of the product a month",
    "fall_rate": "losses of the product a month",
    "year_ago": "1 if the product was held a year before the target month",
}
_ALS = {
    "als": "ALS score of the product: how well it fits what the customer holds",
    "als_rank": "place of the product among the candidates by ALS score, from 0",
}
_STACKED = {ADDITIVE: "log of the share that the additive model gives the product, as if no product were held"}
_CROSSED = {BASKET: HELD, SEGMENT_AND_AGE: "segment and age together"}  # fields that only the additive model has
_FAMILIES: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("lag_", OWN_PAST, lambda lag: f"1 if the product was held {lag} months before the target month"),
    ("holds_", HELD, lambda item: f"1 if {item} is held in the last month"),
    ("is_", WHICH, lambda item: f"1 if the pair's product is {item}"),
)


def meaning(name: str, bank: Bank) -> str:
    """The meaning of the feature `name` of `bank`; a `KeyError` names a feature without a description."""
    for column in bank.profile:
        if name == column.name:
            return _of_profile(column)
    for state in bank.states:
        if name in (state.name, f"{state.name}_before"):
            when = "the month before the last" if name != state.name else "the last month"
            values = " or ".join(state.names) if state.kind == "flag" else f"one of {state.size} values"
            return f"state `{state.name}` in {when}: {values}"
    if name in {feature.name for feature in bank.features}:
        return "the bank's own feature, in the last month"
    return _described(name)[1]


def topic(name: str, bank: Bank) -> str:
    """The topic of the feature `name`: a family of features, a profile column or a state; a `KeyError` as above."""
    if name in {*(column.name for column in bank.profile), *(feature.name for feature in bank.features)}:
        return name
    for state in bank.states:
        if name in (state.name, f"{state.name}_before"):
            return state.name if state.segment else STATES
    return _described(name)[0]


def topic_of_field(name: str, bank: Bank) -> str:
    """The same of a field of the additive model's states other than the states of products."""
    if name in ("holds", "lost", "added", "months"):
        return COUNTS
    if name in _CROSSED:
        return _CROSSED[name]
    return STATES if name == "activity" else topic(name, bank)


def family(name: str, bank: Bank) -> str:
    """The name for features that differ only in the product: `holds_<product>`, `is_<product>`."""
    start, _, item = name.partition("_")
    return f"{start}_<product>" if item in bank.bit and start in ("holds", "is") else name


def _described(name: str) -> tuple[str, str]:
    """Topic and meaning of a feature that every bank has."""
    for names, about in ((_COUNTS, COUNTS), (_OF_PAIR, OWN_PAST), (_ALS, ALS), (_STACKED, ADDITIVE_SCORE)):
        if name in names:
            return about, names[name]
    for start, about, text in _FAMILIES:
        if name.startswith(start):
            return about, text(name.removeprefix(start))
    raise KeyError(f"{name} has no meaning in bankrec/model/feature_meanings.py")


def _of_profile(column: ProfileColumn) -> str:
    of = f"`{column.column}` of the customer"
    if column.role == "age":
        return f"age in years, {of}"
    if column.kind == "date":
        return f"months since the date {of}, up to a limit"
    if column.kind == "flag":
        return f"1 if {of} is {column.yes}"
    return f"natural logarithm of {of}" if column.log else of
