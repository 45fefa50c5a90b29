"""Groups of customers that a reason may name, bands and values of what the bank describes with a text, and counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bankrec.bank.bands import Bands
from bankrec.bank.description import Bank, ProfileColumn, State
from bankrec.history import History, age_is_known, ages, segment_codes
from bankrec.model.states import relation_is_joint
from bankrec.model.vocabulary import category_codes, says_yes
from bankrec.tenure import tenure

Ints = npt.NDArray[np.int64]


# "One in how many" is rounded up to one of these, so that it stays true and the list of codes stays short.
ONE_IN = (
    *(2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100),
    *(120, 150, 200, 250, 300, 400, 500, 600, 800, 1_000),
)


@dataclass(frozen=True)
class ReasonGroup:
    """Groups by one column: `codes`, one each; `of(past)` the group of each customer in the last month: int64 [n].

    `field`: name of the additive model's state that belongs to it. With `skips_first` group 0, of unknown value, is
    never reported. With `of_now` earlier months are counted by the group of today too, as for ages.
    """

    name: str
    field: str
    codes: tuple[str, ...]
    of: Callable[[History], Ints]
    skips_first: bool = False
    of_now: bool = False


def reason_groups(bank: Bank) -> tuple[ReasonGroup, ...]:
    """The groups in a fixed order: bands of age, segments, then other bands, flags and categories that have texts."""
    segment, joint = bank.segment, relation_is_joint(bank)
    parts = [group for column in bank.profile if column.texts and (group := _of_column(column)) is not None]
    parts += [_of_state(state, "activity" if joint else state.name) for state in bank.states if state.texts]
    first = [part for part in parts if part.name == "age" or (segment and part.name == segment.name)]
    return tuple(sorted(parts, key=lambda part: first.index(part) if part in first else len(first)))


def _of_column(column: ProfileColumn) -> ReasonGroup | None:
    bands = column.cut("reason")
    if bands is not None and column.kind in ("number", "date"):
        return _of_bands(column, bands)
    if column.kind == "flag":
        name = _code(column.texts)

        def flag(past: History) -> Ints:
            return says_yes(past, column).astype(np.int64)

        return ReasonGroup(column.name, column.name, (f"{name}:no", name), flag, skips_first=True)
    if column.kind == "category" and column.values:
        name = _code(column.texts)

        def value(past: History) -> Ints:
            return category_codes(past, column, {})[1]

        return ReasonGroup(column.name, column.name, _valued(name, column.values), value, skips_first=True)
    return None


def _of_bands(column: ProfileColumn, bands: Bands) -> ReasonGroup:
    """Bands of a number or date; where the value may be missing, the first group is that of unknown value."""
    may_miss, name = column.missing == "unknown", _code(column.texts)

    def band(past: History) -> Ints:
        if column.role == "age":
            places, is_known = bands.of(ages(past)), age_is_known(past)
        elif column.kind == "date":
            places, is_known = bands.of(tenure(past)), ~np.isnat(past.profile[column.column].to_numpy())
        else:
            values = past.profile[column.column].to_numpy().astype(np.float64)
            places, is_known = bands.of(values), ~np.isnan(values)
        return np.where(is_known, places + 1, 0) if may_miss else places

    codes = _valued(name, bands.names) if may_miss else tuple(f"{name}:{of_band}" for of_band in bands.names)
    return ReasonGroup(column.name, column.name, codes, band, skips_first=may_miss, of_now=column.role == "age")


def _of_state(state: State, of_relation: str) -> ReasonGroup:
    def code(past: History) -> Ints:
        return past.bank.state_fields[state.name].of(past.words[:, -1])

    if state.kind == "flag":
        both = all(name in state.texts for name in state.names)
        codes = state.names if both else (f"{_code(state.texts)}:no", _code(state.texts))
        return ReasonGroup(state.name, of_relation, codes, code, skips_first=not both)
    of = segment_codes if state.segment else code
    field = state.name if state.segment else of_relation
    return ReasonGroup(state.name, field, _valued(_code(state.texts), state.values), of, skips_first=True)


def _code(texts: dict[str, dict[str, str]]) -> str:
    return next(iter(texts))


def _valued(code: str, values: tuple[int | str, ...]) -> tuple[str, ...]:
    return (f"{code}:UNKNOWN", *(f"{code}:{value}" for value in values))
