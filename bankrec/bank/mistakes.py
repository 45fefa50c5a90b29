"""Mistakes in a description: a line each with the place, what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from bankrec.errors import in_one_line

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

Location = tuple[int | str, ...]

# What is expected, by the type of pydantic's error; `{given}` is the value in the file.
_EXPECTED = {
    "string_type": "must be text in quotes, not {given}",
    "int_type": "must be a whole number, not {given}",
    "int_parsing": "must be a whole number, not {given}",
    "int_from_float": "must be a whole number, not {given}",
    "bool_type": "must be true or false, not {given}",
    "bool_parsing": "must be true or false, not {given}",
    "float_type": "must be a number, not {given}",
    "float_parsing": "must be a number, not {given}",
    "finite_number": "must be a number, not {given}",
    "tuple_type": "must be a list in [ ], not {given}",
    "dict_type": 'must be a table, as {{ en = "..." }}, not {given}',
    "model_type": "must be a table, as {{ name = ... }}, not {given}",
    "literal_error": "must be {expected}, not {given}",
    "greater_than_equal": "must be at least {ge}, not {given}",
    "less_than_equal": "must be at most {le}, not {given}",
    "string_too_long": "can have at most {max_length} characters, not {length}",
    "string_too_short": "must not be empty",
    "too_short": "needs at least {min_length} entries, not {actual_length}",
    "too_long": "can have at most {max_length} entries, not {length}",
}
_TABLES = "each is a table of its own: write [[{name}]] in two brackets above its entries"
_PATTERNS = {  # what a text with a pattern may be, by the first characters of the pattern
    "^[A-Za-z0-9][": "letters without accents, digits, _ . and -, with a letter or digit first",
    "^[a-z][": "small letters without accents, digits and _, with a letter first",
    "^[a-z0-9][": "small letters without accents, digits, _ and -, with a letter or digit first",
    "^[A-Z]{3}": "three capital letters, as EUR",
    "^[a-z]{2,3}": "the code of a language, as en or pt-br",
}


def mistakes(error: ValidationError, content: Any, model: type[BaseModel]) -> list[str]:
    """A line for each error that pydantic reports in `content`, parsed from a file, as a description of `model`."""
    lines = [
        f"{place}: {message}" if place else message
        for one in error.errors(include_url=False)
        if not _follows(one)
        for place, message in _messages(one, content, model)
    ]
    return list(dict.fromkeys(lines))


def _follows(one: ErrorDetails) -> bool:
    """Whether this error only follows from wrong entries of the list, which are reported already."""
    return one["type"] == "too_short" and len(one["input"]) >= one["ctx"]["min_length"]


def _messages(one: ErrorDetails, content: Any, model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    location, kind = one["loc"], one["type"]
    if location[-1:] in (("int",), ("str",)) and kind != "extra_forbidden":  # a value that may be either
        location, kind = location[:-1], "neither"
    *parent, key = location or ("",)
    given = str(one["input"]).lower() if isinstance(one["input"], bool) else in_one_line(repr(one["input"]), 40)
    if kind == "value_error":
        for line in one["msg"].removeprefix("Value error, ").split("\n"):
            yield place_of(content, location), in_one_line(line)
    elif kind == "missing" and isinstance(key, str):
        yield place_of(content, tuple(parent)), f"{key} is missing{_meaning(model, location)}"
    elif kind == "missing":
        yield place_of(content, tuple(parent)), f"needs at least {int(key) + 1} entries"
    elif kind == "extra_forbidden":
        yield place_of(content, tuple(parent)), _unknown(str(key), fields_at(model, tuple(parent)))
    else:
        yield place_of(content, location), _expected(kind, one, given, location)


def _expected(kind: str, one: ErrorDetails, given: str, location: Location) -> str:
    if kind == "neither":
        return f"must be text or a whole number, not {given}"
    if kind == "tuple_type" and location in (("products",), ("states",), ("profile",), ("features",)):
        return _TABLES.format(name=location[0])
    if kind == "string_pattern_mismatch":
        pattern = str(one["ctx"]["pattern"])
        may_be = next((words for start, words in _PATTERNS.items() if pattern.startswith(start)), pattern)
        return f"{given} is not {may_be}" if may_be.startswith("the ") else f"can be {may_be}, not {given}"
    if sentence := _EXPECTED.get(kind):
        length = len(one["input"]) if isinstance(one["input"], str | list | tuple) else 0
        return in_one_line(sentence.format(given=given, **{"length": length, **one.get("ctx", {})}))
    return in_one_line(one["msg"])


def _unknown(key: str, known: dict[str, Any]) -> str:
    if close := get_close_matches(key, known, n=1, cutoff=0.7):
        return f"{in_one_line(key, 40)} is not an entry here: did you mean {close[0]}?"
    return f"{in_one_line(key, 40)} is not an entry here: remove it; the entries are {', '.join(known)}"


def _meaning(model: type[BaseModel], location: Location) -> str:
    """The purpose of a missing entry, in brackets."""
    field = fields_at(model, location[:-1]).get(str(location[-1]))
    return f" ({field.description})" if field is not None and field.description else ""


def fields_at(model: type[BaseModel], location: Location) -> dict[str, Any]:
    """The fields that the table at `location` may have; none where its entries are not known in advance."""
    part: type[BaseModel] | None = model
    for step in location:
        if isinstance(step, int) or part is None:
            continue
        field = part.model_fields.get(step)
        part = _model_in(field.annotation) if field is not None else part  # a key of a table by language or code
    return dict(part.model_fields) if part is not None else {}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model somewhere in a type as `tuple[Product, ...]` or `BandEdges | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for one in get_args(annotation) if (model := _model_in(one))), None)


def place_of(content: Any, location: Location) -> str:
    """The place in the file, as `products 3 (loan), group`; an entry of a list is named by its id or name."""
    parts: list[str] = []
    for step in location:
        try:
            content = content[step]
        except (KeyError, IndexError, TypeError):
            content = None
        if isinstance(step, int) and parts:
            named = content.get("id") or content.get("name") if isinstance(content, dict) else None
            parts[-1] += f" {step + 1}" + (f" ({in_one_line(str(named), 40)})" if named else "")
        elif step != "[key]":
            parts.append(in_one_line(str(step), 40))
    return ", ".join(parts)
