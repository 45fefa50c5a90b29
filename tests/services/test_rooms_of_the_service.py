"""The rooms of the service: their files, their docstrings, the size of their parts."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.services.conftest import SERVICES

PACKAGE = SERVICES / "serving"
ROOT = {"recommendation_service.py", "recommendations.py", "test_requests.py"}
ROOMS = sorted(path.parent for path in PACKAGE.rglob("__init__.py"))
MODULES = sorted([*SERVICES.glob("*.py"), *PACKAGE.rglob("*.py")])
LONGEST_FUNCTION, LONGEST_MODULE = 60, 200  # lines


def test_the_root_has_three_files_and_one_package() -> None:
    assert {path.name for path in SERVICES.glob("*.py")} == ROOT
    assert [path.parent.name for path in SERVICES.glob("*/__init__.py")] == [PACKAGE.name]
    assert all((path.parent / "__init__.py").is_file() for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_states_what_comes_in_what_goes_out_and_what_it_imports(room: Path) -> None:
    tree = ast.parse((room / "__init__.py").read_text("utf-8"))
    text = ast.get_docstring(tree) or ""
    for part in ("Comes in:", "Goes out:", "May import:"):
        assert part in text, part
    assert len(tree.body) == 1, "an __init__ that imports loads the whole room"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(SERVICES).as_posix())
def test_modules_and_functions_are_short(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST_MODULE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, node.name


def test_the_document_of_the_rooms_matches_the_tree() -> None:
    text = (SERVICES.parent / "docs" / "architecture.md").read_text("utf-8")
    rows = text.split("| room of the service |")[1].split("\n\n")[0].splitlines()[2:]
    named = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row.split("|")[1])}
    there = {room.name for room in ROOMS[1:]} | {path.stem for path in PACKAGE.glob("[!_]*.py")}
    assert named == there | {"recommendations", "recommendation_service"}
