"""What README.md and the documents say of the repository, and which part may import which."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from benchmarks.readme import written

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md"), *ROOT.glob("*/*/README.md")]


def imports(path: Path) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return modules


def test_the_readme_is_short_and_its_tree_is_real() -> None:
    assert len(README.splitlines()) < 200
    tree = README.split("## Where to read on")[1].split("```")[1]
    names = [name for line in tree.splitlines() if line for name in re.split(r"\s{2,}", line.strip())[:-1]]
    missing = [name for name in names if not (ROOT / name.strip("/")).exists()]
    assert names and not missing


def test_the_readme_has_its_sections_in_order() -> None:
    headings = [line.removeprefix("## ") for line in README.splitlines() if line.startswith("## ")]
    assert headings == [
        "Two commands",
        "The model",
        "Results",
        "With your own data",
        "Words",
        "Limits",
        "Questions",
        "Where to read on",
    ]
    words = [line for line in README.split("## Words")[1].split("\n## ")[0].splitlines() if line.startswith("| ")]
    assert 10 < len(words) - 1 <= 20  # without the head


def test_results_of_the_readme_are_those_that_were_measured() -> None:
    assert written(README) == README, "run `python -m benchmarks.readme`"


def test_links_of_documents_lead_somewhere() -> None:
    for document in DOCUMENTS:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
            assert (document.parent / link).exists(), f"{document.relative_to(ROOT)}: {link}"


def test_the_index_of_documents_has_all() -> None:
    folder = ROOT / "docs"
    index = (folder / "README.md").read_text(encoding="utf-8")
    for path in [*folder.glob("*.md"), *folder.glob("decisions/*.md"), *folder.glob("*.toml")]:
        assert path.name == "README.md" or f"]({path.relative_to(folder)})" in index, path.name


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
