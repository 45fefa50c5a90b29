"""The wall round what is known of the real outcome: the simulator and its benchmarks alone may read it."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOM = "bankrec.simulator"
KNOWING = {"simulator_fidelity.py", "score_ladder.py"}  # benchmarks of the simulator, beside those called simulator_*
SIMULATING = {"simulate.py", "download.py"}  # who may make a bank
PUBLIC = {"simulate", "live", "REDRAWS"}  # of bankrec.simulator.simulate
OUTSIDE = ("BANKREC_REAL_DATA", "../shared", "truth.parquet")


def breaches(source: str, path: Path) -> list[str]:
    """Imports and texts in `source` that reach what only the simulator may know; docstrings are let be."""
    tree, benchmark = ast.parse(source), path.parent.name == "benchmarks"
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, documented) and _documents(node.body)
    }
    forbidden = []
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            whole = ".".join(part for part in ("bankrec" if node.level else "", node.module or "") if part)
            names = [f"{whole}.{alias.name}" for alias in node.names]
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
            and not benchmark
        ):
            names = [node.value]
            forbidden += [
                text for text in OUTSIDE if text in node.value and (text, path.name) != (OUTSIDE[2], "download.py")
            ]
        forbidden += [name for name in names if _forbidden(name, path.name, benchmark)]
    return forbidden


def _documents(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)


def _forbidden(name: str, file: str, benchmark: bool) -> bool:
    if "bank_facts" in name:
        return True
    if not (name == ROOM or name.startswith(f"{ROOM}.")):
        return False
    module, _, function = name.removeprefix(ROOM).removeprefix(".").partition(".")
    if module == "simulate" and function:
        return function not in PUBLIC or not (benchmark or file in SIMULATING)
    return not benchmark or module in ("", "simulate", "figures")


def test_figures_of_the_real_bank_reach_no_model() -> None:
    folders = [ROOT / "bankrec", ROOT / "services", ROOT / "benchmarks"]
    seen = 0
    for path in [file for folder in folders for file in folder.rglob("*.py")] + list(ROOT.glob("*.py")):
        if "simulator" not in path.parts and not path.name.startswith("simulator") and path.name not in KNOWING:
            assert not breaches(path.read_text("utf-8"), path), path.name
            seen += 1
    assert seen > 50


@pytest.mark.parametrize(
    "source",
    [
        "import bankrec.simulator.figures",
        "from bankrec.simulator.figures import facts",
        "from bankrec.simulator import figures",
        "from .simulator import figures",
        "from .simulator.figures import monthly as m",
        "from bankrec.simulator.dynamics import step",
        "from .simulator.dynamics import step",
        "from bankrec import simulator",
        "import bankrec.simulator.simulate as s",
        "from bankrec.simulator.simulate import facts",
        "from bankrec.simulator.simulate import *",
        "from bankrec.simulator.simulate import live",
        "def f():\n    from bankrec.simulator.simulate import simulate",
        "import importlib\nimportlib.import_module('bankrec.simulator.figures')",
        "open(folder / 'bank_facts.json')",
        "sql = '''SELECT *\nFROM 'bank_facts.json' '''",
        "sql = f'''SELECT *\nFROM '{folder}/truth.parquet' '''",
        "real = os.environ['BANKREC_REAL_DATA']",
        "path = '../shared/real/tables'",
    ],
)
def test_a_model_that_looks_over_the_wall_is_seen(source: str) -> None:
    assert breaches(source, ROOT / "bankrec" / "features.py")


def test_a_benchmark_may_make_a_bank_but_not_read_its_figures() -> None:
    path = ROOT / "benchmarks" / "quality.py"
    assert not breaches(
        "from bankrec.simulator.simulate import simulate\nfrom bankrec.simulator.truth import write_truth", path
    )
    for source in ("from bankrec.simulator.simulate import facts", "from bankrec.simulator.figures import facts"):
        assert breaches(source, path)


@pytest.mark.slow
def test_a_bank_is_learned_and_published_where_there_is_no_simulator(small_bank: Path, tmp_path: Path) -> None:
    """Whatever the code does to reach the figures: here they are not."""
    absent = shutil.ignore_patterns("simulator", "__pycache__")
    shutil.copytree(ROOT / "bankrec", tmp_path / "bankrec", ignore=absent)
    shutil.copy(small_bank / "raw.csv", tmp_path / "raw.csv")
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "BANKREC_REAL_DATA")}
    environment["MLFLOW_TRACKING_URI"] = f"sqlite:///{tmp_path / 'runs.db'}"
    command = [sys.executable, "-m", "bankrec", "run", "--input", "raw.csv", "--workdir", "work"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    assert (tmp_path / "work" / "recs" / "current" / "manifest.json").is_file()
