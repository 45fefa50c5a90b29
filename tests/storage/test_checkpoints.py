import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bankrec.errors import InputError
from bankrec.storage.checkpoints import PACKAGE, Stages, code_version, only_one


def _job(workdir: Path, inputs: object, ran: list[str], force: bool = False) -> Stages:
    def work() -> int:
        ran.append("one")
        (workdir / "one").write_text("x")
        return 10

    stages = Stages(workdir, force=force)
    stages.run("one", inputs, workdir / "one", work)
    return stages


def test_a_finished_stage_is_reused_until_its_inputs_change(tmp_path: Path) -> None:
    ran: list[str] = []
    _job(tmp_path, {"a": 1}, ran)
    _job(tmp_path, {"a": 1}, ran)
    assert ran == ["one"]
    _job(tmp_path, {"a": 2}, ran)
    assert ran == ["one", "one"]
    _job(tmp_path, {"a": 2}, ran, force=True)
    assert ran == ["one"] * 3


def test_a_stage_whose_output_is_gone_runs_again(tmp_path: Path) -> None:
    ran: list[str] = []
    _job(tmp_path, 1, ran)
    (tmp_path / "one").unlink()
    _job(tmp_path, 1, ran)
    assert len(ran) == 2


def test_a_stage_that_failed_is_not_taken_for_done(tmp_path: Path) -> None:
    def fail() -> int:
        (tmp_path / "one").write_text("half")
        raise InputError("no")

    with pytest.raises(InputError):
        Stages(tmp_path).run("one", 1, tmp_path / "one", fail)
    ran: list[str] = []
    _job(tmp_path, 1, ran)
    assert ran == ["one"]


def test_the_report_has_rate_and_memory_of_each_stage(tmp_path: Path) -> None:
    report = _job(tmp_path, 1, []).report()
    assert "rows/s" in report and "peak MB" in report and "one" in report


def test_two_runs_on_one_folder_exclude_each_other(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom bankrec.storage.checkpoints import only_one\n"
        "with only_one(Path(sys.argv[1])):\n pass"
    )
    with only_one(tmp_path):
        other = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert "another run works in" in other.stderr
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)]).returncode == 0


@pytest.mark.parametrize(
    "file", ["errors.py", "simulator/figures.py", "simulator/bank_facts.json", "cleaning/rules.py"]
)
def test_the_version_of_the_code_changes_with_every_file_of_the_package(tmp_path: Path, file: str) -> None:
    """Also with data files and with modules in folders of the package, whoever asks: stages and benchmarks."""
    copy = shutil.copytree(PACKAGE, tmp_path / "package", ignore=shutil.ignore_patterns("__pycache__"))
    assert code_version(copy) == code_version(), "what Python keeps of a module does not count"
    changed = copy / file
    changed.parent.mkdir(exist_ok=True)
    with changed.open("a", encoding="utf-8") as module:
        module.write(" ")
    assert code_version(copy) != code_version()
