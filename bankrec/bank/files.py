"""Reading `bank.toml`: the description of a bank, or one line that says what is wrong with it and where."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bankrec.bank.description import Bank
from bankrec.bank.mistakes import mistakes
from bankrec.errors import InputError, in_one_line

SANTANDER = Path(__file__).with_name("santander.toml")
SCHEMA = Path(__file__).with_name("bank.schema.json")  # for completion in editors; written by `bankrec.bank.schema`


def read_bank(path: Path | None = None) -> Bank:
    """The bank that the TOML file at `path` describes; Santander, shipped with the package, without one.

    An entry that is not understood is an `InputError` of one line: the place, what is wrong, what to do.
    """
    if path is None:
        return santander()
    return bank_from(_parsed(path), str(path))


@cache
def santander() -> Bank:
    """The default bank."""
    return bank_from(tomllib.loads(SANTANDER.read_text(encoding="utf-8")), SANTANDER.name)


def bank_from(content: dict[str, Any], place: str) -> Bank:
    """The bank of a parsed file; `place` names it in errors."""
    try:
        return Bank.model_validate(content)
    except ValidationError as error:
        first, *others = mistakes(error, content, Bank)
        more = f" ({len(others)} more: `python -m bankrec bank check` lists them)" if others else ""
        raise InputError(f"{place}: {first}{more}") from error


def all_mistakes(path: Path) -> list[str]:
    """Every mistake in the form of the description at `path`, a line each; none where it is right.

    A file that is not TOML at all is an `InputError`.
    """
    content = _parsed(path)
    try:
        Bank.model_validate(content)
    except ValidationError as error:
        return [f"{path}: {line}" for line in mistakes(error, content, Bank)]
    return []


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"--bank {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 ({error.reason} at byte {error.start}): save the file as UTF-8"
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path} is not TOML: {in_one_line(error)}; `python -m bankrec bank new` writes one"
        ) from error
