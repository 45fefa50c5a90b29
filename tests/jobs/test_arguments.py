"""Checks before any work: `--help`, and wrong arguments of every command, without the heavy packages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from banks import write_raw

from bankrec.santander.columns import CLEAN, RAW
from bankrec.storage.model_folder import ABOUT

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("catboost", "implicit", "mlflow", "matplotlib", "pandas", "duckdb", "ibis", "pyspark", "scipy")
COMMANDS = ("simulate", "preprocess", "train", "recommend", "evaluate", "run", "rollback", "consent", "verify", "sets",
            "bank", "why-not")  # fmt: skip

# All lines of arguments in one process, one after the other: what is imported stays imported.
_DRIVER = """
import contextlib, io, json, sys
from bankrec.cli import main
answers = []
for argv in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(argv)
        except SystemExit as left:
            code = left.code
    heavy = [name for name in sys.argv[1:] if name in sys.modules]
    answers.append({"code": code, "out": out.getvalue(), "err": err.getvalue(), "heavy": heavy})
json.dump(answers, sys.stdout)
"""


def answers(lines: list[list[str]], folder: Path) -> list[dict[str, Any]]:
    """Exit code, output and heavy packages of each line of arguments, run in `folder`."""
    command = [sys.executable, "-c", _DRIVER, *HEAVY]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, input=json.dumps(lines), capture_output=True, text=True, cwd=folder, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def test_help_of_every_command_imports_no_heavy_package(tmp_path: Path) -> None:
    outcomes = answers([["--help"], *([command, "--help"] for command in COMMANDS)], tmp_path)
    for command, answer in zip(("", *COMMANDS), outcomes, strict=True):
        assert (answer["code"], answer["heavy"]) == (0, []), command
        assert f"usage: python -m bankrec {command}".rstrip() in answer["out"]
    listed = re.findall(r"^    ([\w-]+)", outcomes[0]["out"], flags=re.M)
    assert listed == list(COMMANDS)


def _clean(path: Path, months: list[str], **types: pa.DataType) -> Path:
    """Clean snapshots with a row a month: only the header is looked at here."""
    kinds = {name: types.get(name, pa.type_for_alias(kind)) for name, kind in CLEAN.items()}
    fields = [pa.array([None] * len(months), kind) for kind in kinds.values()]
    fields[0] = pa.array(months, pa.string()).cast(kinds["fecha_dato"])
    pq.write_table(pa.table(fields, names=list(kinds)), path)
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one of each: good files, and files that can't be used."""
    folder = tmp_path_factory.mktemp("given")
    write_raw(folder / "raw.csv", [{}])
    write_raw(folder / "short.csv", [{}], [name for name in RAW if name not in ("renta", "sexo")])
    (folder / "empty.csv").touch()
    (folder / "notes.csv").write_text("dear diary\n")
    pq.write_table(pa.table({name: ["1"] for name in RAW}), folder / "raw.parquet")
    (folder / "no.parquet").write_text("not parquet")
    _clean(folder / "clean.parquet", ["2015-01-28", "2015-02-28", "2015-03-28"])
    _clean(folder / "single.parquet", ["2015-01-28"])
    _clean(folder / "typed.parquet", ["2015-01-28"], age=pa.string())
    pq.write_table(pq.read_table(folder / "clean.parquet").drop_columns(["renta"]), folder / "lacking.parquet")
    (folder / "ids.txt").write_text("1\n")
    (folder / "hollow").mkdir()
    for name, as_of in (("later", "2015-04-28"), ("older", "2015-02-28")):
        (folder / name / "model").mkdir(parents=True)
        (folder / name / "metrics.json").write_text("{}")
        (folder / name / "model" / ABOUT).write_text(json.dumps({"as_of": as_of}))
    (folder / "recs" / "set").mkdir(parents=True)
    manifest = {"format_version": 1, "set_id": "s", "as_of": "2015-03-28", "created_at": "2015-04-01T00:00:00Z"}
    manifest |= {"counts": {"customers": 0, "recommendations": 0}, "files": {}, "metrics": {}}
    (folder / "recs" / "set" / "manifest.json").write_text(json.dumps(manifest))
    (folder / "recs" / "current").symlink_to("set")
    (folder / "pairs.csv").write_text("ncodpers,product\n")
    (folder / "few_products.csv").write_text("ncodpers,ind_cco_fin_ult1\n")
    return folder


WRONG = {
    "simulate --output a.csv --customers 999": "--customers 999: a simulated bank has 1,000 to 956,645 customers",
    "simulate --output a.csv --customers 956646": "--customers 956646",
    "simulate --output a.csv --months 1": "--months 1: a simulated bank has 2 to 17 months",
    "simulate --output a.csv --months 18": "--months 18",
    "simulate --output a.csv --seed -1": "--seed -1",
    "simulate --output a.xlsx": "name the output .csv, .csv.gz or .parquet",
    "simulate --output raw.csv/a.csv": "raw.csv is a file, not a folder",
    "simulate --output a.csv --truth a.csv": "this is also the --output",
    "simulate --output a.csv --truth hollow": "a file is expected",
    "preprocess --input none.csv --output a.parquet": "none.csv does not exist",
    "preprocess --input hollow --output a.parquet": "is a folder without parquet files",
    "preprocess --input empty.csv --output a.parquet": "empty.csv is empty",
    "preprocess --input notes.csv --output a.parquet": "not a CSV in the raw format",
    "preprocess --input short.csv --output a.parquet": "short.csv does not have the columns sexo, renta",
    "preprocess --input no.parquet --output a.parquet": "no.parquet is not a parquet file",
    "preprocess --input clean.parquet --output a.parquet": "these snapshots are clean already; give raw months",
    "preprocess --input raw.csv --output hollow/a.parquet --append": "does not exist yet",
    "preprocess --input raw.csv --output lacking.parquet --append": "it does not have renta",
    "preprocess --input raw.csv --output raw.csv": "this is also the --input",
    "preprocess --input raw.csv --output pairs.csv": "a folder is expected, this is a file",
    "preprocess --input raw.csv --output raw.csv/clean.parquet": "raw.csv is a file, not a folder",
    "preprocess --input raw.csv --output a.parquet --engine spark": "needs pyspark",
    "train --data none.parquet --output m": "make it with `python -m bankrec preprocess`",
    "train --data raw.csv --output m": "raw.csv holds raw months, not clean snapshots: clean them with",
    "train --data raw.parquet --output m": "holds raw months, not clean snapshots",
    "train --data lacking.parquet --output m": "it does not have renta",
    "train --data typed.parquet --output m": "age must be of type int16, it is string",
    "train --data single.parquet --output m": "has no month before 2015-01, which training needs: add an earlier month",
    "train --data clean.parquet --output m --as-of May": "write the month as YYYY-MM",
    "train --data clean.parquet --output m --as-of 2015-13": "write the month as YYYY-MM",
    "train --data clean.parquet --output m --as-of 2016-01": "has the months 2015-01 to 2015-03",
    "train --data clean.parquet --output m --as-of 2015-01": "has no month before 2015-01",
    "train --data clean.parquet --output raw.csv": "a folder is expected",
    "train --data clean.parquet --output m --suppress none.txt": "--suppress none.txt: the file does not exist",
    "train --data clean.parquet --output m --eligibility hollow": "a file is expected, this is a folder",
    "recommend --data raw.csv --models later --publish-to r": "holds raw months, not clean snapshots",
    "recommend --data clean.parquet --models none --publish-to r": "--models none: the folder does not exist",
    "recommend --data clean.parquet --models hollow --publish-to r": "metrics.json is missing, so this",
    "recommend --data clean.parquet --models later --publish-to r": "2015-04, but clean.parquet ends with "
    "2015-03: give the same months",
    "recommend --data clean.parquet --models older --publish-to r": "2015-02, but clean.parquet ends with "
    "2015-03: train again",
    "recommend --data clean.parquet --models champion --publish-to raw.csv": "a folder is expected",
    "recommend --data clean.parquet --models champion --publish-to r --suppress none.txt": "does not exist",
    "evaluate --recs none --truth pairs.csv": "--recs none: the folder does not exist",
    "evaluate --recs hollow --truth pairs.csv": "no set is in use in hollow",
    "evaluate --recs recs --truth none.csv": "--truth none.csv: the file does not exist",
    "evaluate --recs recs --truth notes.csv": "notes.csv has no column ncodpers",
    "evaluate --recs recs --truth few_products.csv": "few_products.csv does not have the product columns",
    "evaluate --recs recs --truth no.parquet": "not a parquet file",
    "run --input none.csv --workdir w": "none.csv does not exist",
    "run --input short.csv --workdir w": "short.csv does not have the columns sexo, renta",
    "run --input raw.csv --workdir raw.csv": "a folder is expected, this is a file",
    "run --input raw.csv --workdir w --suppress none.txt": "--suppress none.txt: the file does not exist",
    "run --input raw.csv --workdir w --engine spark": "needs pyspark",
    "rollback --recs none": "--recs none: the folder does not exist",
    "rollback --recs hollow": "no set is in use in hollow",
    "consent --recs none --input pairs.csv": "--recs none: the folder does not exist",
    "consent --recs recs --input none.csv": "--input none.csv: the file does not exist",
    "consent --recs recs --input pairs.csv": "pairs.csv: column user_id is missing",
    "consent --recs recs --input no.parquet": "no.parquet can't be read",
    "consent --recs recs --input hollow": "a file is expected, this is a folder",
    "why-not --recs none --user 1": "--recs none: the folder does not exist",
    "why-not --recs hollow --user 1": "no set is in use in hollow",
    "why-not --recs recs --user -1": "--user -1: a customer's number is 0 to 9007199254740992",
    "verify --recs none": "--recs none: the folder does not exist",
    "verify --recs raw.csv": "a folder is expected, this is a file",
    "sets --recs none": "--recs none: the folder does not exist",
    "bank new --data none.parquet --output b.toml": "none.parquet does not exist: clean snapshots are a parquet file",
    "bank new --data hollow --output b.toml": "hollow is a folder without parquet files",
    "bank new --data clean.parquet --output hollow": "a file is expected, this is a folder",
    "bank new --data clean.parquet --output notes.csv": "the file exists already; name another file",
    "bank check --bank none.toml": "--bank none.toml: the file does not exist",
    "bank check --bank hollow": "a file is expected, this is a folder",
    "bank check --data none.parquet": "none.parquet does not exist",
}


@pytest.fixture(scope="module")
def answered(place: Path) -> dict[str, dict[str, Any]]:
    """What is answered to each of `WRONG`; nothing in the folder is changed by it."""

    def state() -> list[tuple[str, int]]:
        return sorted((str(path), path.lstat().st_mtime_ns) for path in place.rglob("*"))

    before = state()
    outcomes = answers([line.split() for line in WRONG], place)
    assert state() == before
    return dict(zip(WRONG, outcomes, strict=True))


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_argument_is_one_line_before_any_work(answered: dict[str, dict[str, Any]], line: str) -> None:
    answer = answered[line]
    assert (answer["code"], answer["out"], answer["heavy"]) == (2, "", []), answer
    assert len(answer["err"].splitlines()) == 1
    assert answer["err"].startswith(f"bankrec {line.split()[0]}: ") and WRONG[line] in answer["err"], answer["err"]


def test_a_process_of_its_own_ends_with_code_2_and_one_line(place: Path) -> None:
    command = [sys.executable, "-m", "bankrec", "train", "--data", "none.parquet", "--output", "m"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=place, env=environment, check=False)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1), done.stderr


_AS_NOBODY = """
import os, sys
from bankrec.jobs.arguments import check
from bankrec.cli import parser
given = parser().parse_args(sys.argv[1:])
if os.geteuid() == 0:  # from here on an ordinary user, who may not even read Python's own files
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    check(given)
except ValueError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("simulate --output {}/locked/a.csv", "no permission to write in {}/locked"),
        ("preprocess --input {}/raw.csv --output {}/locked/deep/a.parquet", "no permission to write in {}/locked"),
        ("train --data {}/hidden/a.parquet --output {}/m", "{}/hidden/a.parquet: Permission denied"),
        ("run --input {}/secret.csv --workdir {}/w", "--input {}/secret.csv: no permission to read it"),
    ],
)
def test_an_ordinary_user_gets_an_error_for_files_without_permission(line: str, message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        base.chmod(0o755)
        write_raw(base / "raw.csv", [{}]).chmod(0o644)
        write_raw(base / "secret.csv", [{}]).chmod(0o000)
        for name, mode in (("locked", 0o555), ("hidden", 0o500)):
            (base / name).mkdir()
            (base / name).chmod(mode)
        command = [sys.executable, "-c", _AS_NOBODY, *line.replace("{}", folder).split()]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout.startswith("InputError") and message.replace("{}", folder) in done.stdout, done
