"""The repository as its README tells it, and the walls in it."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_the_readme_is_short_and_its_tree_is_real() -> None:
    assert len(README.splitlines()) < 120
    tree = README.split("## What is where")[1].split("```")[1]
    names = [name for line in tree.splitlines() if line for name in re.split(r"\s{2,}", line.strip())[:-1]]
    missing = [name for name in names if not (ROOT / name.strip("/")).exists()]
    assert names and not missing


def test_every_make_target_of_the_readme_is_in_help() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"^make ([a-z-]+)", README, flags=re.M)):
        assert re.search(rf"^{target}:.*## ", makefile, flags=re.M), target


def test_the_service_imports_nothing_of_the_training_code() -> None:
    heavy = {"bankrec", "pandas", "scipy", "implicit", "catboost", "mlflow", "sklearn", "duckdb"}
    for path in (ROOT / "services").rglob("*.py"):
        assert not {name.split(".")[0] for name in imports(path)} & heavy, path.name


@pytest.mark.parametrize("name", ["preprocessing.ipynb", "recommendations.ipynb"])
def test_notebooks_are_thin_executed_and_small(name: str) -> None:
    book = nbformat.read(ROOT / name, as_version=4)
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert (ROOT / name).stat().st_size < 1_000_000
    assert any("parameters" in cell.metadata.get("tags", []) for cell in cells)
    for cell in cells:
        assert len(cell.source.splitlines()) <= 14, cell.source
        assert not re.search(r"^\s*(def|class) ", cell.source, flags=re.M), cell.source
    assert not re.search(r"(/home/|/root/|/tmp/)", (ROOT / name).read_text(encoding="utf-8"))
