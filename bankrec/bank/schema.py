"""The JSON schema of `bank.toml`, by which editors complete: `python -m bankrec.bank.schema` writes it anew.

A description names it in its first line, `#:schema PATH`, which taplo and Even Better TOML understand.
"""

from __future__ import annotations

import json
from typing import Any

from bankrec.bank.description import Bank
from bankrec.bank.files import SCHEMA


def schema() -> dict[str, Any]:
    """The schema of a whole description."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Bank.model_json_schema()


def schema_text() -> str:
    """What the file holds."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
