"""Both notebooks, run on a tiny bank in a folder of their own, as *Run All* runs them."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest

from bankrec import notebooks
from bankrec.errors import InputError
from bankrec.publishing import sets
from bankrec.publishing.verification import problems

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
def test_both_notebooks_lead_from_the_raw_file_to_a_published_set(
    small_bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "models_and_recommendations").mkdir()
    (tmp_path / "services" / "recs").mkdir(parents=True)
    shutil.copy(small_bank / "raw.csv", tmp_path / "data" / "raw" / "train_ver2.csv")
    for name in ("preprocessing.ipynb", "recommendations.ipynb"):
        shutil.copy(ROOT / name, tmp_path / name)
        notebooks.execute(tmp_path / name, tmp_path / "executed.ipynb", quiet=True)
    folder = sets.current(tmp_path / "services" / "recs")
    assert folder is not None and problems(folder) == []
    left = {path.name for path in (tmp_path / "models_and_recommendations").iterdir()}
    assert {"model", "metrics.json", "als_candidates.parquet", "recommendations.parquet"} <= left


def test_a_cell_that_fails_is_one_line_and_leaves_the_notebook(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    cells = [
        nbformat.v4.new_code_cell("x = 1", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("1 / (x - 2)"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    notebooks.execute(path, tmp_path / "out.ipynb", quiet=True)
    done = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert [cell.execution_count for cell in done.cells] == [1, 2]
    before = path.read_bytes()
    with pytest.raises(InputError, match="ZeroDivisionError"):
        notebooks.execute(path, path, parameters={"x": 2}, quiet=True)
    assert path.read_bytes() == before


def test_parameters_are_set_after_their_cell_and_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    cells = [nbformat.v4.new_code_cell("x = 1", metadata={"tags": ["parameters"]})]
    cells.append(nbformat.v4.new_code_cell("print(x + 1)"))
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    notebooks.execute(path, path, parameters={"x": 41}, quiet=True)
    done = nbformat.read(path, as_version=4)
    assert [cell.source for cell in done.cells] == ["x = 1", "print(x + 1)"]
    assert [cell.execution_count for cell in done.cells] == [1, 2]
    assert done.cells[1].outputs[0]["text"] == "42\n"


def test_parameters_without_a_cell_for_them_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")]), path)
    with pytest.raises(InputError, match="no cell tagged parameters"):
        notebooks.execute(path, path, parameters={"x": 2}, quiet=True)


@pytest.mark.parametrize("name", ["preprocessing.ipynb", "recommendations.ipynb"])
def test_committed_notebooks_name_their_data_and_carry_no_other_metadata(name: str) -> None:
    book = nbformat.read(ROOT / name, as_version=4)
    nbformat.validate(book)
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    assert any("Data: " in one.get("text", "") for cell in cells[:6] for one in cell.outputs)
    assert not [one for cell in cells for one in cell.outputs if one.output_type == "error"]
    assert set(book.metadata) == {"kernelspec", "language_info"}
    assert not [cell.metadata for cell in book.cells if set(cell.metadata) - {"tags"}]


ALLOWED = r"`[^`]*`|[Pp]ort \d+|@\d"  # names and code, not results


@pytest.mark.parametrize("name", ["recommendations.ipynb"])
def test_no_result_stands_as_digits_in_markdown(name: str) -> None:
    book = nbformat.read(ROOT / name, as_version=4)
    for cell in book.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\d", re.sub(ALLOWED, "", cell.source)), cell.source
