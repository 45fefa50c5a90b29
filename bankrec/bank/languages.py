"""Languages: names of months and texts of reasons. English and Spanish are built in; a bank's file may add others."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class Language(BaseModel):
    """Names of the twelve months, and how a month of a year is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    months: Annotated[tuple[str, ...], Field(min_length=12, max_length=12)] = Field(description="twelve names")
    month_and_year: str = Field("{month} {year}", description="how a month of a year is written")


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("texts.toml").read_text("utf-8"))


def built_in_languages() -> dict[str, Language]:
    """Languages by code."""
    return {code: Language(**language) for code, language in _file()["languages"].items()}


def built_in_texts() -> dict[str, dict[str, str]]:
    """Texts of reasons by code and language: those that every bank may give."""
    texts: dict[str, dict[str, str]] = _file()["texts"]
    return texts


def merged(*texts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Texts by code and language, merged; for the same code and language the later text wins.

    >>> merged({"holds": {"en": "has it", "es": "lo tiene"}}, {"holds": {"en": "owns it", "pt": "tem"}})
    {'holds': {'en': 'owns it', 'es': 'lo tiene', 'pt': 'tem'}}
    """
    together: dict[str, dict[str, str]] = {}
    for some in texts:
        for code, by_language in some.items():
            together[code] = {**together.get(code, {}), **by_language}
    return together
