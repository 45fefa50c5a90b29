"""The manifest of a set: what it states of the model, and the types of its values, which readers rely on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from bankrec.results import ACCEPTED, Headline

RULES = "rules"  # key of a manifest: the rules in force


@dataclass(frozen=True)
class About:
    """What a manifest states of the model of its set.

    `as_of` (YYYY-MM-DD), the headline metrics of its training, how often each product is acquired, by item id, and the
    rules in force: name, version and reason of each, in their order.
    """

    as_of: str
    headline: Headline = field(default_factory=Headline)
    popularity: Mapping[str, float] = field(default_factory=dict)
    rules: Sequence[Mapping[str, str]] = ()

    def as_dict(self) -> dict[str, Any]:
        """The entries of the manifest."""
        return {
            "as_of": self.as_of,
            "run_id": self.headline.run_id,
            "metrics": dict(self.headline.figures),
            "popularity": dict(self.popularity),
            ACCEPTED: list(self.headline.accepted),
            RULES: list(map(dict, self.rules)),
        }


Text = Annotated[str, Field(min_length=1)]


class StatedLanguage(BaseModel):
    """How a language writes a month, as the service needs it."""

    months: Annotated[list[Text], Field(min_length=12, max_length=12)]
    month_and_year: Text


class StatedBank(BaseModel):
    """The block `bank`: what the service answers with, and the description that readers of the lists need."""

    name: Text
    languages: dict[Annotated[str, Field(min_length=2, max_length=16)], StatedLanguage] = Field(min_length=1)
    segments: list[Annotated[str, Field(min_length=1, max_length=64)]]
    description: dict[str, Any]


def damaged_key(manifest: dict[str, Any]) -> str | None:
    """The first key of `manifest` that is missing or has a value of the wrong type; or None."""
    optional = (*_OPTIONAL, "bank") if manifest.get("format_version") == 1 else _OPTIONAL
    for key, good in _GOOD.items():
        if (key in manifest or key not in optional) and not good(manifest.get(key)):
            return key
    return None


def _moment(text: Any, form: str) -> bool:
    try:
        return bool(datetime.strptime(text, form))
    except (TypeError, ValueError):
        return False


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _numbers(values: Any) -> bool:
    return isinstance(values, dict) and all(
        isinstance(value, int | float) and abs(value) < 1e300 for value in values.values()
    )


def _shares(values: Any) -> bool:
    """A number for each name, or a list for each with one number per rank."""
    if not isinstance(values, dict):
        return False
    if not any(isinstance(value, list) for value in values.values()):
        return _numbers(values)
    lists = [value for value in values.values() if isinstance(value, list)]
    whole = len(lists) == len(values) and len({len(one) for one in lists}) == 1
    return whole and all(_numbers(dict(enumerate(one))) for one in lists)


def _rules(values: Any) -> bool:
    keys = ("name", "version", "reason")
    return isinstance(values, list) and all(
        isinstance(one, dict) and all(isinstance(one.get(key), str) for key in keys) for one in values
    )


def _intervals(value: Any) -> bool:
    """[low, high] of each product and of all together, as `ExpectedInterval.as_dict` makes them."""
    if (
        not isinstance(value, dict)
        or not isinstance(value.get("by_product"), dict)
        or not _numbers({"share": value.get("share")})
    ):
        return False
    bounds = [*value["by_product"].values(), value.get("together")]
    return all(isinstance(one, list) and len(one) == 2 and _numbers(dict(enumerate(one))) for one in bounds)


def _file(entry: Any) -> bool:
    rows_known = isinstance(entry, dict) and (entry.get("rows") is None or _count(entry["rows"]))
    return rows_known and isinstance(entry.get("sha256"), str)


def _bank(block: Any) -> bool:
    try:
        StatedBank.model_validate(block)
    except ValidationError:
        return False
    return True


_GOOD: dict[str, Callable[[Any], bool]] = {  # for each key of a manifest, a test of the type of its value
    "set_id": lambda value: isinstance(value, str),
    "as_of": lambda value: _moment(value, "%Y-%m-%d"),
    "created_at": lambda value: _moment(value, "%Y-%m-%dT%H:%M:%SZ"),
    "counts": lambda value: _numbers(value) and all(_count(value.get(of)) for of in ("customers", "recommendations")),
    "files": lambda value: isinstance(value, dict) and all(_file(entry) for entry in value.values()),
    "bank": _bank,
    "metrics": lambda value: isinstance(value, dict) and _numbers({k: v for k, v in value.items() if type(v) is int}),
    "expected_acquisitions": _numbers,
    "expected_interval": _intervals,
    "removed_by_rule": _numbers,
    RULES: _rules,
    "distributions": lambda value: isinstance(value, dict) and all(map(_shares, value.values())),
}
_OPTIONAL = ("expected_acquisitions", "expected_interval", "removed_by_rule", RULES, "distributions")
