"""Both notebooks, run on a tiny bank in a folder of their own, as *Run All* runs them."""

import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from bankrec import notebooks
from bankrec.bank.files import read_bank, santander
from bankrec.errors import InputError
from bankrec.publishing import sets
from bankrec.publishing.verification import problems
from examples.generate import HERE, write

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
@pytest.mark.timeout(900)
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
        notebooks.execute(tmp_path / name, tmp_path / "executed.ipynb")
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
    notebooks.execute(path, tmp_path / "out.ipynb")
    done = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert [cell.execution_count for cell in done.cells] == [1, 2]
    before = path.read_bytes()
    with pytest.raises(InputError, match="ZeroDivisionError"):
        notebooks.execute(path, path, parameters={"x": 2})
    assert path.read_bytes() == before


def test_parameters_are_set_after_their_cell_and_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    cells = [nbformat.v4.new_code_cell("x = 1", metadata={"tags": ["parameters"]})]
    cells.append(nbformat.v4.new_code_cell("print(x + 1)"))
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    notebooks.execute(path, path, parameters={"x": 41})
    done = nbformat.read(path, as_version=4)
    assert [cell.source for cell in done.cells] == ["x = 1", "print(x + 1)"]
    assert [cell.execution_count for cell in done.cells] == [1, 2]
    assert done.cells[1].outputs[0]["text"] == "42\n"


def test_parameters_without_a_cell_for_them_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")]), path)
    with pytest.raises(InputError, match="no cell tagged `parameters`"):
        notebooks.execute(path, path, parameters={"x": 2})


@pytest.mark.parametrize("name", ["preprocessing.ipynb", "recommendations.ipynb"])
def test_committed_notebooks_name_their_data_and_carry_no_other_metadata(name: str) -> None:
    book = nbformat.read(ROOT / name, as_version=4)
    nbformat.validate(book)
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    assert any("Data: " in one.get("text", "") for cell in cells[:6] for one in cell.outputs)
    assert not [one for cell in cells for one in cell.outputs if one.output_type == "error"]
    assert set(book.metadata) == {"kernelspec", "language_info"}
    assert not [cell.metadata for cell in book.cells if set(cell.metadata) - {"tags"}]


def outside_code(text: str) -> str:
    """Markdown without what stands in backticks: names of files and columns may hold digits."""
    return re.sub(r"`[^`]*`", "", text)


def test_no_result_stands_in_the_text_of_the_exploration() -> None:
    """A figure in a sentence is counted by a cell, so that it is true of whatever data is read."""
    book = nbformat.read(ROOT / "preprocessing.ipynb", as_version=4)
    texts = [outside_code(cell.source) for cell in book.cells if cell.cell_type == "markdown"]
    assert len(texts) > 10
    assert [text for text in texts if re.search(r"\d", text)] == []


def outputs(path: Path, kind: str) -> list[Any]:
    """The outputs of a kind of an executed notebook, in order."""
    book = nbformat.read(path, as_version=4)
    outputs_of_cells = [one for cell in book.cells if cell.cell_type == "code" for one in cell.outputs]
    return [one for one in outputs_of_cells if kind in one.get("data", {})]


def test_charts_of_the_exploration_name_their_data_and_have_a_text() -> None:
    charts = outputs(ROOT / "preprocessing.ipynb", "image/png")
    texts = [one["data"]["text/plain"] for one in charts]
    assert len(charts) > 12 and all(re.search(r"Data: (simulated bank, |published, real file)", text) for text in texts)
    assert [one["metadata"]["image/png"]["alt"] for one in charts] == texts


def test_charts_of_the_recommendations_name_their_data() -> None:
    book = nbformat.read(ROOT / "recommendations.ipynb", as_version=4)
    last = [cell.source.splitlines()[-1] for cell in book.cells if cell.cell_type == "code" and cell.source]
    charts = [line for line in last if re.match(r"(model_)?charts\.", line)]
    assert len(charts) > 8
    assert [line for line in charts if ".of(name)" not in line and 'f"{name}, ' not in line] == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_sentences_of_the_exploration_follow_the_bank(
    small_bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same notebook on two banks that share no product: every sentence is about the bank that it was run on."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = shutil.copy(ROOT / "preprocessing.ipynb", tmp_path)
    (tmp_path / "raw").mkdir()
    shutil.copy(small_bank / "raw.csv", tmp_path / "raw" / "raw.csv")
    (tmp_path / "raw" / "source.json").write_text('{"name": "simulated bank, 2,000 customers, seed 5"}')
    parameters = {"raw": str(tmp_path / "raw" / "raw.csv"), "clean": str(tmp_path / "clean.parquet")}
    notebooks.execute(Path(notebook), tmp_path / "one.ipynb", parameters=parameters)
    write("credit_union", 1_000, 14, 3, tmp_path / "union")
    description = HERE / "credit_union" / "bank.toml"
    parameters = {"description": str(description), "clean": str(tmp_path / "union" / "snapshots")}
    execute = notebooks.execute
    execute(Path(notebook), tmp_path / "two.ipynb", parameters=parameters, without="santander")
    by_bank = {}
    for name, bank, clean, data in (
        ("one", santander(), tmp_path / "clean.parquet", "simulated bank, 2,000 customers, seed 5"),
        ("two", read_bank(description), tmp_path / "union" / "snapshots", "simulated credit union, 1,000 customers"),
    ):
        texts = [one["data"]["text/markdown"] for one in outputs(tmp_path / f"{name}.ipynb", "text/markdown")]
        by_bank[name] = "\n".join(texts)
        months = (
            pd.read_parquet(clean, columns=[bank.month])[bank.month].astype(str).str[:7].value_counts().sort_index()
        )
        growth = f"The bank has {months.iloc[0]:,} customers in {months.index[0]} and {months.iloc[-1]:,} in"
        assert growth in by_bank[name]
        assert texts[-1].startswith("1. **") and len(texts[-1].splitlines()) >= 6
        alts = [one["data"]["text/plain"] for one in outputs(tmp_path / f"{name}.ipynb", "image/png")]
        assert len(alts) > 10 and all(f"Data: {data}" in alt or "Data: published" in alt for alt in alts)
    assert "Direct debit" in by_bank["one"] and "Direct debit" not in by_bank["two"]
    assert "Credit card" in by_bank["two"] and "UNIVERSITARIO" not in by_bank["two"]
    counted = [{line for line in text.splitlines() if re.search(r"\d", line)} for text in by_bank.values()]
    shared = counted[0] & counted[1]
    assert min(map(len, counted)) > 10
    assert not shared, "a sentence with a figure is the same for both"


ALLOWED = r"`[^`]*`|[Pp]ort \d+|@\d"  # names and code, not results


@pytest.mark.parametrize("name", ["recommendations.ipynb"])
def test_no_result_stands_as_digits_in_markdown(name: str) -> None:
    book = nbformat.read(ROOT / name, as_version=4)
    for cell in book.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\d", re.sub(ALLOWED, "", cell.source)), cell.source
