"""Reading `bank.toml`: the description of a bank, or one line that says what is wrong with it and where."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bankrec.bank.description import Bank
from bankrec.errors import InputError, in_one_line

SANTANDER = Path(__file__).with_name("santander.toml")
SCHEMA = Path(__file__).with_name("bank.schema.json")


def read_bank(path: Path | None = None) -> Bank:
    """The bank that the TOML file at `path` describes; Santander, shipped with the package, without one.

    What the file has that is not understood is an `InputError` of one line: the place, what is wrong, what to do.
    """
    if path is None:
        return santander()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"--bank {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path} is not TOML: {in_one_line(error)}; `python -m bankrec bank new` writes one"
        ) from error
    return bank_from(content, str(path))


@cache
def santander() -> Bank:
    """The default bank."""
    return bank_from(tomllib.loads(SANTANDER.read_text(encoding="utf-8")), SANTANDER.name)


def bank_from(content: dict[str, Any], place: str) -> Bank:
    """The bank of a parsed file; `place` names it in errors."""
    try:
        return Bank.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = _place(content, first["loc"])
        said = in_one_line(first["msg"].removeprefix("Value error, "), 200)
        more = f" ({error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise InputError(f"{place}{where}: {said}{more}") from error


def _place(content: Any, location: tuple[int | str, ...]) -> str:
    """Where in the file: `, products 3 (loan), group`; an entry of a list is named by its id or name."""
    parts: list[str] = []
    for step in location:
        try:
            content = content[step]
        except (KeyError, IndexError, TypeError):
            content = None
        if isinstance(step, int) and parts:
            named = content.get("id") or content.get("name") if isinstance(content, dict) else None
            parts[-1] += f" {step + 1}" + (f" ({in_one_line(str(named), 40)})" if named else "")
        else:
            parts.append(in_one_line(str(step), 40))
    return "".join(f", {part}" for part in parts)
