"""The JSON schema that is shipped is current, and says the same as the reading of a description."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from descriptions import LEAVE_OUT, SMALL, changed

from bankrec.bank.files import SANTANDER, SCHEMA
from bankrec.bank.schema import schema, schema_text

ROOT = Path(__file__).resolve().parents[2]
DESCRIPTIONS = [SANTANDER, *sorted((ROOT / "examples").glob("*/bank.toml"))]


def test_the_file_is_current() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), "run `python -m bankrec.bank.schema`"


@pytest.mark.parametrize("path", DESCRIPTIONS, ids=lambda path: path.parent.name)
def test_descriptions_name_the_schema_and_keep_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    named = text.splitlines()[0].removeprefix("#:schema ")
    assert (path.parent / named).resolve() == SCHEMA
    jsonschema.validate(tomllib.loads(text), schema())


def test_a_small_description_keeps_it() -> None:
    jsonschema.validate(SMALL, schema())


@pytest.mark.parametrize(
    "change",
    [
        ("curency", "EUR"),
        ("currency", "€"),
        ("products.0.grup", "x"),
        ("products.1.names", LEAVE_OUT),
        ("products", []),
        ("profile.0.kind", "text"),
        ("profile.0.bands.edges", ["a"]),
        ("states.1.names", ["one"]),
    ],
)
def test_what_the_reading_refuses_the_editor_marks(change: tuple[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(changed(change), schema())


def test_every_entry_says_what_it_is() -> None:
    definitions: dict[str, Any] = {"Bank": schema(), **schema()["$defs"]}
    for name, table in definitions.items():
        for key, entry in table["properties"].items():
            assert entry.get("description"), f"{name}.{key}"
