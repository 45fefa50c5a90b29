"""Checks of one product, state, profile column or own feature: a line for each contradiction, with what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bankrec.bank.description import BandEdges, OwnFeature, Product, ProfileColumn, State

# The entries that only some kinds may have.
_STATE_KEYS = {"category": ("values", "other", "same_as", "segment"), "flag": ("yes", "names", "activity")}
_PROFILE_KEYS = {
    "category": ("values", "commonest"),
    "flag": ("yes",),
    "number": ("imputed", "log", "largest"),
    "date": ("months_column",),
    "number or date": ("bands", "reason_bands", "model_bands"),
    "category or flag": ("groups",),
}
_FEATURE_KEYS = {"category": ("values",), "number": ("bands",)}
KIND_OF_ROLE = {"age": "number", "joined": "date", "deceased": "flag"}
_GIVE_VALUES = 'a category needs its values: give them, as values = ["A", "B"]'


def product_problems(product: Product) -> Iterator[str]:
    """What is wrong with a product."""
    if product.until_age and product.from_age and product.from_age >= product.until_age:
        yield f"from_age {product.from_age} is not below until_age {product.until_age}: no customer could be offered it"


def state_problems(state: State) -> Iterator[str]:
    """What is wrong with a state."""
    yield from _keys_of_other_kinds(state, _STATE_KEYS)
    yield from (*_twice(state.values), *_same_type(state.values))
    yield from _stated_once(state.texts, state.names if state.kind == "flag" else None)
    if state.same_as and any(isinstance(value, int) for value in state.values):
        yield "same_as is for values that are text: leave it out, or make the column text"
    values = set(map(str, state.values))
    if state.kind == "category" and not values:
        yield _GIVE_VALUES
    for value, counts_as in state.same_as.items():
        if counts_as not in values:
            yield f"same_as names {counts_as!r}, which is none of `values`: add it there"
        if value in values:
            yield f"{value!r} is in values and in same_as: remove it from one of them"
    if state.other in values:
        yield f"other is called {state.other!r}, which is one of `values`: choose another name"
    if state.names[0] == state.names[1]:
        yield f"no and yes are both called {state.names[0]!r}: names needs two different ones"


def edge_problems(cut: BandEdges) -> Iterator[str]:
    """What is wrong with edges of bands and their names."""
    if list(cut.edges) != sorted(set(cut.edges)):
        yield "edges must be in ascending order: write each once, the lowest first"
    if cut.names and len(cut.names) != len(cut.edges) + 1:
        yield f"{len(cut.edges)} edges make {len(cut.edges) + 1} bands, {len(cut.names)} have a name: name all or none"
    if again := [name for name, count in Counter(cut.names).items() if count > 1]:
        yield f"two bands are called {again[0]!r}: give each a name of its own"


def profile_problems(column: ProfileColumn) -> Iterator[str]:
    """What is wrong with a profile column."""
    kind, role = column.kind, column.role
    yield from _keys_of_other_kinds(column, _PROFILE_KEYS)
    yield from (*_twice(column.values), *_same_type(column.values), *_stated_once(column.texts))
    if kind == "category" and bool(column.values) == bool(column.commonest):
        yield "a category needs either values (those distinguished) or commonest (how many are): give one of the two"
    if kind == "date" and role != "joined":
        yield 'a date is the date of joining: give role = "joined", or leave the column out'
    if role is not None and kind != KIND_OF_ROLE[role]:
        yield f"role {role} needs a {KIND_OF_ROLE[role]}, this is a {kind}: change kind or role"
    if kind in ("number", "date") and column.in_models and not (column.model_bands or column.bands):
        yield "models divide it into bands: give bands = { edges = [...] }, or in_models = false"
    if role in ("age", "deceased") and not column.by_month:
        yield f"{role} is needed for each month: give by_month = true"
    if column.by_month and (kind == "date" or column.commonest):
        yield "only a number with largest, a category with values, or a flag can be stored by month: remove by_month"
    if column.by_month and kind == "number" and not column.largest:
        yield "a number stored by month needs largest, as largest = 127 for an age: larger values count as this one"
    if column.never_tell and column.texts:
        yield "never_tell and texts of reasons contradict each other: remove one of them"
    values = set(map(str, column.values))
    if strange := [value for value in column.groups if values and value not in values]:
        yield f"groups names {strange[0]!r}, which is none of `values`: add it there"


def feature_problems(feature: OwnFeature) -> Iterator[str]:
    """What is wrong with an own feature."""
    yield from _keys_of_other_kinds(feature, _FEATURE_KEYS)
    yield from (*_twice(feature.values), *_same_type(feature.values))
    if feature.kind == "category" and not feature.values:
        yield _GIVE_VALUES


def _keys_of_other_kinds(part: Any, keys: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Entries that are given but have no meaning for a part of this kind."""
    for kinds, own in keys.items():
        if part.kind in kinds.split(" or "):
            continue
        for key in own:
            if getattr(part, key) != type(part).model_fields[key].default:
                yield f"{key} is an entry of a {kinds}, this is a {part.kind}: leave it out"


def _same_type(values: tuple[int | str, ...]) -> Iterator[str]:
    if len({type(value) for value in values}) > 1:
        yield "values are text and numbers: write all of them in quotes, or none, as the column has them"


def _stated_once(texts: Mapping[str, object], both: tuple[str, str] | None = None) -> Iterator[str]:
    """A column may give one reason; a state of yes and no may give two, one for each of its names."""
    if len(texts) > 1 and set(texts) != set(both or ()):
        remedy = " or of no and yes, as names has them" if both else ""
        yield f"texts of {len(texts)} reasons ({', '.join(texts)}): give those of one{remedy}"


def _twice(values: tuple[int | str, ...]) -> Iterator[str]:
    if again := [value for value, count in Counter(map(str, values)).items() if count > 1]:
        yield f"{again[0]!r} is listed twice in values: list it once"
