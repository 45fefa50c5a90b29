"""The rooms of the package: what each may touch, how deep imports go, what importing one loads."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = ("jobs", "storage", "ingest")  # the rooms that may read a clock, the environment or the network
EDGES = {"bankrec.cli", "bankrec.__main__", "bankrec.notebooks"}
TOUCHING = {"time", "socket", "requests", "urllib", "http", "kaggle", "subprocess"}  # modules
READING = {"environ", "getenv", "now", "today", "utcnow", "perf_counter", "monotonic"}  # attributes
TYPES = "TYPE_CHECKING"
LONGEST_CHAIN = 13  # modules
LONGEST_FUNCTION = 60  # lines
HEAVY = {"catboost", "implicit", "mlflow", "matplotlib", "lightgbm", "pyspark"}
LIGHT = (
    "bankrec.evaluation.metrics",
    "bankrec.evaluation.outcomes",
    "bankrec.evaluation.intervals",
    "bankrec.ranked",
    "bankrec.publishing.sets",
    "bankrec.publishing.reader",
    "bankrec.rules.builtin",
    "bankrec.rules.suppression",
    "bankrec.rules.eligibility",
)

# Pure modules without a test file of their name: they hold constants alone, which the tests of their users look at.
NO_TESTS = {
    "bankrec.bank.columns",
    *(f"bankrec.santander.{name}" for name in ("categories", "columns", "size")),
}


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package by name, parsed."""
    trees = {}
    for path in sorted((ROOT / "bankrec").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        trees[name] = ast.parse(path.read_text(encoding="utf-8"))
    return trees


def imported(tree: ast.AST) -> set[str]:
    """Names that a module imports, those inside functions too; not what is named for the type checker alone."""
    names: set[str] = set()
    checked = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == TYPES]
    unloaded = {id(inner) for node in checked for inner in node.body}
    for node in ast.walk(tree):
        if id(node) in unloaded:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def touches(tree: ast.AST) -> set[str]:
    """What of a clock, the environment or the network a module uses."""
    used = {name.split(".")[0] for name in imported(tree)} & TOUCHING
    return used | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in READING}


def test_clock_environment_and_network_are_touched_at_the_edge_alone() -> None:
    checked = 0
    for name, tree in modules().items():
        if name in EDGES or name.split(".")[1:2] in ([room] for room in OUTSIDE):
            continue
        assert not touches(tree), f"{name} uses {touches(tree)}"
        checked += 1
    assert checked > 80


def test_a_pure_module_has_a_test_of_its_name_in_its_room() -> None:
    """Pure: in no room that may touch the outside, and without a path: it reads and writes no file.

    The steps of a command are run by the tests of the whole command, as `tests/jobs/test_run.py`.
    """
    pure = {
        name
        for name, tree in modules().items()
        if not (name in EDGES or name.split(".")[1:2] in ([room] for room in OUTSIDE) or "pathlib" in imported(tree))
        and (ROOT / name.replace(".", "/")).with_suffix(".py").is_file()
    }
    assert len(pure) > 50 and pure > NO_TESTS
    parts = [name.split(".")[1:] for name in sorted(pure - NO_TESTS)]
    wanted = [Path("tests", *rooms, f"test_{module}.py") for *rooms, module in parts]
    missing = [str(path) for path in wanted if not (ROOT / path).is_file()]
    assert not missing, f"missing: {', '.join(missing)}"
    for name in NO_TESTS:
        assert not [node for node in ast.walk(modules()[name]) if isinstance(node, ast.FunctionDef)], name


@pytest.mark.parametrize(
    "source",
    ["import time", "from urllib.request import urlopen", "os.environ['HOME']", "datetime.now()", "date.today()"],
)
def test_what_touches_the_outside_is_seen(source: str) -> None:
    assert touches(ast.parse(source))


def test_an_import_for_the_type_checker_alone_loads_nothing() -> None:
    source = "from typing import TYPE_CHECKING\nimport a\nif TYPE_CHECKING:\n    import b\nelse:\n    import c"
    assert imported(ast.parse(source)) == {"typing", "typing.TYPE_CHECKING", "a", "c"}


def test_no_chain_of_imports_is_longer_than_thirteen_modules() -> None:
    known = modules()
    needs = {name: (imported(tree) & known.keys()) - {name, "bankrec"} for name, tree in known.items()}

    @cache
    def chain(name: str) -> tuple[str, ...]:
        # A package's `__init__` has a docstring and nothing else: naming it loads no other room.
        below = [chain(need) for need in needs[name] if needs[need] or "." in need.removeprefix("bankrec.")]
        return (name, *max(below, key=len, default=()))

    longest = max((chain(name) for name in known), key=len)
    assert len(longest) <= LONGEST_CHAIN, " -> ".join(longest)


def long_functions(source: str) -> list[str]:
    """Names of the functions that are longer than `LONGEST_FUNCTION` lines."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]
    return [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION]


def test_no_function_is_longer_than_sixty_lines() -> None:
    paths = [path for folder in ("bankrec", "services") for path in sorted((ROOT / folder).rglob("*.py"))]
    too_long = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in paths
        for name in long_functions(path.read_text(encoding="utf-8"))
    }
    assert len(paths) > 100 and not too_long, too_long


@pytest.mark.parametrize(("lines", "expected"), [(58, []), (59, ["work"])])
def test_a_long_function_is_seen(lines: int, expected: list[str]) -> None:
    assert long_functions("async def work():\n    x = [\n" + "        1,\n" * (lines - 1) + "    ]\n") == expected


def test_rooms_say_what_comes_in_what_goes_out_and_what_they_import() -> None:
    rooms = sorted(path.parent for path in (ROOT / "bankrec").glob("*/__init__.py"))
    assert 9 <= len(rooms) <= 14
    for room in rooms:
        tree = ast.parse((room / "__init__.py").read_text(encoding="utf-8"))
        text = ast.get_docstring(tree) or ""
        for part in ("Comes in:", "Goes out:", "May import:"):
            assert part in text, f"{room.name}: {part}"
        assert len(tree.body) == 1, f"{room.name}: an __init__ that imports loads the whole room"


@pytest.mark.parametrize("module", LIGHT)
def test_importing_what_needs_no_model_loads_none(module: str) -> None:
    code = f"import sys, {module}; print(sorted({HEAVY!r} & {{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]", done.stdout


def test_the_outside_packages_are_imported_by_storage_alone() -> None:
    for name, tree in modules().items():
        used = {one.split(".")[0] for one in imported(tree)} & {"mlflow", "duckdb", "pyspark"}
        assert not used or name.startswith("bankrec.storage."), f"{name} imports {used}"


def test_the_document_of_the_rooms_matches_the_tree() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.split("| room |")[1].split("\n\n")[0].splitlines()[2:]
    named = {name for row in table for name in re.findall(r"`([a-z_]+)`", row.split("|")[1])}
    there = {
        path.stem for path in (ROOT / "bankrec").iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert named == there - {"__init__", "__main__", "cli", "notebooks"}
    files = re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.(?:py|toml))`", text)
    missing = [name for name in files if not any((ROOT / base / name).exists() for base in ("", "bankrec", "services"))]
    assert len(files) > 10 and not missing, missing
