"""Executing a notebook with a line per step: `python -m bankrec.notebooks NOTEBOOK [--output COPY] [--set NAME=TEXT]`.

It runs the same cells as *Run All*. A notebook that is executed in place is replaced only after every cell has run.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from bankrec.errors import InputError
from bankrec.storage.atomic import replacing


def execute(
    notebook: Path, output: Path, *, parameters: dict[str, Any] | None = None, without: str | None = None
) -> None:
    """Run all cells of `notebook` in its folder, and write the executed copy to `output`.

    `parameters` are set in a cell after the one tagged `parameters`, which is not kept; cells tagged `without` are left
    out. A cell that fails is an `InputError` with its last line.
    """
    book = nbformat.read(notebook, as_version=4)
    cells = book.cells = [cell for cell in book.cells if without not in cell.metadata.get("tags", [])]
    titles = _titles(cells)
    added = None
    if parameters:
        place = next((n for n, cell in enumerate(cells) if "parameters" in cell.metadata.get("tags", [])), None)
        if place is None:
            raise InputError(f"{notebook} has no cell tagged `parameters`: add the tag to the cell that sets them")
        lines = [f"{name} = {value!r}" for name, value in parameters.items()]
        added = nbformat.v4.new_code_cell("\n".join(lines))
        cells.insert(place + 1, added)
    client = NotebookClient(
        book,
        timeout=3_600,
        kernel_name="python3",
        resources={"metadata": {"path": str(notebook.parent)}},
        extra_arguments=["--IPKernelApp.log_level=40"],  # its warnings are not about the notebook
    )
    printed: set[str] = set()
    started = time.perf_counter()

    def print_title(cell: Any, cell_index: int) -> None:
        title = titles.get(cell.get("id"), "")
        if title and title not in printed:
            printed.add(title)
            print(f"  [{time.perf_counter() - started:5.0f} s] {title}", file=sys.stderr, flush=True)

    client.on_cell_start = print_title
    try:
        client.execute()
    except CellExecutionError as error:
        raise InputError(f"{notebook}: {error.ename}: {_one_line(error.evalue)}") from error
    except DeadKernelError as error:
        raise InputError(f"{notebook}: the kernel died, most often for lack of memory") from error
    if added is not None:
        cells.remove(added)
    _clean(book)
    with replacing(output) as beside:
        nbformat.write(book, beside)
    print(f"  [{time.perf_counter() - started:5.0f} s] {output}", file=sys.stderr, flush=True)


def _titles(cells: list[Any]) -> dict[str, str]:
    """The heading above each code cell, by cell id."""
    titles, current = {}, ""
    for cell in cells:
        if cell.cell_type == "markdown":
            heading = re.search(r"^#+ (.+)$", cell.source, flags=re.M)
            current = heading.group(1) if heading else current
        else:
            titles[cell.get("id")] = current
    return titles


def _clean(book: Any) -> None:
    """Number cells from 1 and remove output that differs between runs: times, progress bars, kernel details."""
    number = 0
    for cell in book.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            number += 1
            cell.execution_count = number
            cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
            for one in cell.outputs:
                if "execution_count" in one:
                    one["execution_count"] = number
    book.metadata = {"kernelspec": book.metadata.get("kernelspec"), "language_info": {"name": "python"}}


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", text).split())


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(description="Execute a notebook, a line per step.")
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--output", type=Path, help="the executed copy (default: in place)")
    setting = "a parameter of the notebook, a text; may be given several times"
    parser.add_argument("--set", action="append", default=[], metavar="NAME=TEXT", help=setting)
    parser.add_argument("--without", metavar="TAG", help="leave out the cells with this tag, as `santander`")
    arguments = parser.parse_args()
    parameters = dict(pair.split("=", 1) for pair in arguments.set)
    output = (arguments.output or arguments.notebook).resolve()
    try:
        execute(arguments.notebook.resolve(), output, parameters=parameters, without=arguments.without)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
