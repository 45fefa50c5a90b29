"""The OpenAPI document: committed, without breaking changes, and followed by the service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.services.conftest import SERVICES, Server, running
from tests.services.made_banks import universal_bank
from tests.services.made_sets import Description, write_bank

COMMITTED = SERVICES / "openapi.json"
NOTE = "after a change that breaks nobody: python -m pytest tests/services/api/test_openapi.py with WRITE_OPENAPI=1"


def resolved(document: dict, schema: Any) -> Any:
    """The schema with references replaced by their components."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return resolved(document, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
        return {key: resolved(document, value) for key, value in schema.items()}
    return [resolved(document, value) for value in schema] if isinstance(schema, list) else schema


def breaking(old: dict, new: dict) -> list[str]:
    """Changes for which a client that works with `old` may fail with `new`."""
    changes: list[str] = []
    for path, methods in old["paths"].items():
        for method, was in methods.items():
            now = new["paths"].get(path, {}).get(method)
            where = f"{method.upper()} {path}"
            if now is None:
                changes.append(f"{where} is gone")
                continue
            for body in ("requestBody",):
                if body in now:
                    before = resolved(old, was.get(body, {}))
                    after = resolved(new, now[body])
                    changes += _asked_more(_schema(before), _schema(after), where)
            given = {p["name"]: p for p in was.get("parameters", [])}
            for parameter in now.get("parameters", []):
                if parameter.get("required") and not given.get(parameter["name"], {}).get("required"):
                    changes.append(f"{where} now requires {parameter['name']}")
            for name in set(given) - {p["name"] for p in now.get("parameters", [])}:
                changes.append(f"{where} takes no {name} any more")
            for status, response in was["responses"].items():
                if status not in now["responses"]:
                    changes.append(f"{where} answers no {status} any more")
                    continue
                before, after = resolved(old, response), resolved(new, now["responses"][status])
                changes += _given_less(_schema(before), _schema(after), f"{where} {status}")
    return changes


def _schema(holder: dict) -> dict:
    content = holder.get("content", {})
    return dict(next(iter(content.values()), {}).get("schema", {}))


def _asked_more(old: dict, new: dict, where: str) -> list[str]:
    """What a request must have or may no longer have."""
    changes = [f"{where} now requires {name}" for name in set(new.get("required", [])) - set(old.get("required", []))]
    for name, was in old.get("properties", {}).items():
        now = new.get("properties", {}).get(name)
        if now is None:
            changes.append(f"{where} takes no {name} any more")
            continue
        for limit, sign in (("maximum", -1), ("minimum", 1), ("maxItems", -1), ("minItems", 1)):
            if limit in now and (limit not in was or sign * (now[limit] - was[limit]) > 0):
                changes.append(f"{where}: {name} has a narrower {limit}")
        if was.get("type") != now.get("type") or set(was.get("enum", [])) - set(now.get("enum", [])):
            changes.append(f"{where}: {name} takes less")
    return changes


def _given_less(old: dict, new: dict, where: str) -> list[str]:
    """What an answer no longer has."""
    changes = [
        f"{where}: {name} is no longer sure" for name in set(old.get("required", [])) - set(new.get("required", []))
    ]
    if "type" in old and old["type"] != new.get("type"):
        changes.append(f"{where} is {new.get('type')}, was {old['type']}")
    for name, was in old.get("properties", {}).items():
        now = new.get("properties", {}).get(name)
        if now is None:
            changes.append(f"{where}: {name} is gone")
        else:
            changes += _given_less(was, now, f"{where}.{name}")
    if "items" in old:
        changes += _given_less(old["items"], new.get("items", {}), f"{where}[]")
    if set(new.get("enum", [])) - set(old.get("enum", [])) and "enum" in old:
        changes.append(f"{where} may be something new")
    return changes


def test_the_committed_document_is_unbroken_and_up_to_date(client: TestClient) -> None:
    now = client.get("/openapi.json").json()
    if os.environ.get("WRITE_OPENAPI"):
        COMMITTED.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n")
    committed = json.loads(COMMITTED.read_text())
    assert not breaking(committed, now)
    assert now == committed, NOTE


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["paths"].pop("/products"),
        lambda d: d["paths"]["/recommendations"]["post"]["responses"].pop("503"),
        lambda d: d["components"]["schemas"]["RecommendationRequest"]["required"].append("k"),
        lambda d: d["components"]["schemas"]["RecommendationRequest"]["properties"].pop("exclude"),
        lambda d: d["components"]["schemas"]["RecommendationRequest"]["properties"]["k"].update(maximum=7),
        lambda d: d["components"]["schemas"]["RecommendationRequest"]["properties"]["k"].update(type="string"),
        lambda d: d["components"]["schemas"]["Recommendation"]["properties"].pop("score"),
        lambda d: d["components"]["schemas"]["Recommendation"]["properties"]["rank"].update(type="string"),
        lambda d: d["components"]["schemas"]["RecommendationResponse"]["required"].remove("returned"),
        lambda d: d["components"]["schemas"]["BatchResult"]["properties"]["source"]["enum"].append("guess"),
    ],
)
def test_a_breaking_change_is_detected(change: Any) -> None:
    old, new = json.loads(COMMITTED.read_text()), json.loads(COMMITTED.read_text())
    assert not breaking(old, new)
    change(new)
    assert breaking(old, new)


def test_a_new_optional_field_breaks_nobody() -> None:
    old, new = json.loads(COMMITTED.read_text()), json.loads(COMMITTED.read_text())
    new["components"]["schemas"]["RecommendationRequest"]["properties"]["note"] = {"type": "string"}
    new["components"]["schemas"]["Recommendation"]["properties"]["price"] = {"type": "number"}
    assert not breaking(old, new)


ONLY_THE_SET_KNOWS = """
[[operations]]
include-path-regex = "^/recommendations"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "422"]
[[operations]]
include-path-regex = "^/console"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "404", "422"]
"""


def schemathesis(place: str, folder: Path, *more: str) -> None:
    """All checks, each operation of the document at `place`."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", place, "--checks", "all", *more,
        "--max-examples", "60", "--seed", "1", "--no-color", "--generation-database", "none",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, cwd=folder, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_schemathesis_finds_nothing(server: Server, tmp_path: Path) -> None:
    """On the running service, which may refuse values that are wrong only for the set in use."""
    (tmp_path / "schemathesis.toml").write_text(ONLY_THE_SET_KNOWS)
    schemathesis(f"{server.url}/openapi.json", tmp_path)


def of_one_bank(document: dict, bank: Description) -> dict:
    """The document with products, segments and languages of one bank instead of any string."""
    for name in ("RecommendationRequest", "BatchRequest"):
        fields = document["components"]["schemas"][name]["properties"]
        fields["only"]["anyOf"][0]["items"]["enum"] = bank.items
        fields["segment"]["anyOf"][0]["enum"] = list(bank.segments)
        fields["lang"]["anyOf"][0]["enum"] = list(bank.languages)
    return document


def test_what_the_set_has_is_never_refused(tmp_path: Path) -> None:
    bank = universal_bank()
    write_bank(tmp_path / "recs", bank)
    with running(tmp_path / "recs", tmp_path, DEMO="1") as server:
        document = of_one_bank(json.loads(COMMITTED.read_text()), bank.description)
        (tmp_path / "openapi.json").write_text(json.dumps(document))
        schemathesis("openapi.json", tmp_path, "--url", server.url)
