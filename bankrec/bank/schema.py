"""The JSON schema of `bank.toml`, for completion in editors: `python -m bankrec.bank.schema` writes it.

A description names it in its first line, `#:schema PATH`, which taplo and Even Better TOML understand. The command also
prints the table of all entries that docs/your_bank.md has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from bankrec.bank.description import BandEdges, Bank, OwnFeature, Product, ProfileColumn, State
from bankrec.bank.files import SCHEMA
from bankrec.bank.languages import Language

TABLES: dict[str, type[BaseModel]] = {
    "": Bank,
    "[[products]]": Product,
    "[[states]]": State,
    "[[profile]]": ProfileColumn,
    "bands, reason_bands, model_bands": BandEdges,
    "[[features]]": OwnFeature,
    "[own_languages.CODE]": Language,
}


def schema() -> dict[str, Any]:
    """The schema of a whole description."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Bank.model_json_schema()


def schema_text() -> str:
    """The schema as the text of its file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def entries() -> str:
    """Every entry of a description as a table in Markdown: its name, its meaning, and its default."""
    return "\n".join(["| entry | meaning | default |", "|---|---|---|", *_rows()]) + "\n"


def _rows() -> Iterator[str]:
    for table, model in TABLES.items():
        if table:
            yield f"| **`{table}`** | | |"
        for name, field in model.model_fields.items():
            default = "needed" if field.is_required() else _shown(field.default)
            yield f"| `{name}` | {field.description} | {default} |"


def _shown(default: Any) -> str:
    if default in (None, "", (), {}):
        return "none"
    if isinstance(default, bool):
        return str(default).lower()
    return f"`{json.dumps(default)}`"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    print(entries(), end="")
