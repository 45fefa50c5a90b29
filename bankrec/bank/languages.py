"""Languages: months and reasons in words. English and Spanish are built in, a bank's file may bring others."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class Language(BaseModel):
    """Names of the twelve months, and how a month of a year is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    months: Annotated[tuple[str, ...], Field(min_length=12, max_length=12)]
    month_and_year: str = Field("{month} {year}", description="with {month} and {year}")


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
