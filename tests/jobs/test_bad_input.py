"""Input that `run` can't use, and a stop in the middle: one line, an exit code, and what stood there stays."""

import gzip
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from banks import write_raw

from bankrec.cli import main
from bankrec.publishing import sets
from bankrec.santander.columns import RAW

ROOT = Path(__file__).resolve().parents[2]


def _bad(tmp_path: Path, name: str) -> Path:
    path = tmp_path / "bad.csv"
    if name == "missing column":
        return write_raw(path, [{}], [column for column in RAW if column != "renta"])
    if name == "not csv":
        path.write_bytes(bytes(range(256)) * 10)
    elif name == "empty":
        path.touch()
    elif name == "header only":
        return write_raw(path, [])
    elif name == "one month":
        return write_raw(path, [{"ncodpers": str(n)} for n in range(20)])
    elif name == "a gap":
        return write_raw(path, [{"fecha_dato": day} for day in ("2015-01-28", "2015-02-28", "2015-05-28")])
    elif name == "truncated":
        whole = gzip.compress(write_raw(path, [{"ncodpers": str(n)} for n in range(5_000)]).read_bytes())
        path = tmp_path / "bad.csv.gz"
        path.write_bytes(whole[: len(whole) // 2])
    return path


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("missing column", "renta"),
        ("not csv", "bad.csv"),
        ("empty", "empty"),
        ("header only", "no"),
        ("one month", "nothing to learn from"),
        ("a gap", "no month between 2015-02 and 2015-05"),
        ("truncated", "bad.csv.gz"),
        ("none", "does not exist"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, word: str
) -> None:
    workdir = tmp_path / "work"
    (workdir / "recs").mkdir(parents=True)
    (workdir / "recs" / "kept").write_text("x")
    assert main(["run", "--input", str(_bad(tmp_path, name)), "--workdir", str(workdir)]) == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("bankrec run:")]
    assert len(errors) == 1 and word in errors[0], errors
    assert (workdir / "recs" / "kept").read_text() == "x"
    assert not (workdir / "recs" / "current").exists()


def few_months(source: Path, target: Path, **flags: dict[str, str]) -> Path:
    """The last three months of a raw bank; the flags of some columns in other words."""
    raw = pd.read_csv(source, dtype=str, keep_default_na=False)
    raw = raw[raw["fecha_dato"].isin(sorted(set(raw["fecha_dato"]))[-3:])]
    raw.assign(**{name: raw[name].str.strip().map(words) for name, words in flags.items()}).to_csv(target, index=False)
    return target


@pytest.mark.slow
def test_run_reads_flags_in_words_and_says_what_was_accepted(
    small_bank: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card, debit = "ind_tjcr_fin_ult1", "ind_recibo_ult1"
    plain = few_months(small_bank / "raw.csv", tmp_path / "plain.csv")
    words = {"1": "Sí", "0": "No"}
    odd = few_months(small_bank / "raw.csv", tmp_path / "odd.csv", **{debit: words, card: {"1": "held", "0": "0"}})
    assert main(["preprocess", "--input", str(plain), "--output", str(tmp_path / "plain.parquet")]) == 0
    work = tmp_path / "work"
    (work / "recs").mkdir(parents=True)
    run = ["run", "--input", str(odd), "--workdir", str(work)]
    assert main(run) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("bankrec run:")]
    assert f"{card}: " in line and "can't be read, as 'held'" in line and f"--accept-unreadable {card}" in line
    assert not list((work / "recs").iterdir()) and not (work / "preprocessed_data.parquet").exists()
    # Forced: of so few acquisitions the backtest can be below popularity, which the gate refuses.
    assert main([*run, "--accept-unreadable", card, "--force"]) == 0
    printed = capsys.readouterr().out
    assert "rows read" in printed and f"caution: {card} was accepted" in printed and "publish" in printed
    keys = ["fecha_dato", "ncodpers"]
    one, other = (
        pd.read_parquet(path).sort_values(keys, ignore_index=True)
        for path in (tmp_path / "plain.parquet", work / "preprocessed_data.parquet")
    )
    assert one[debit].equals(other[debit]) and one[debit].sum() > 100, "words are read as digits are"
    assert other["flags_imputed"].sum() >= one[card].sum() > 0 == other[card].sum()
    (entry,) = sets.read_manifest(work / "recs" / "current")["accepted_unreadable"]
    assert entry["column"] == card and entry["input"] == "odd.csv" and "'held'" in entry["what"]
    assert f"**Caution**: {card} of odd.csv was accepted" in (work / "models" / "model_card.md").read_text()
    # A set made later of the same clean snapshots states it too.
    recommend = ["recommend", "--data", str(work / "preprocessed_data.parquet"), "--models", str(work / "models")]
    assert main([*recommend, "--publish-to", str(tmp_path / "recs"), "--force"]) == 0
    assert sets.read_manifest(tmp_path / "recs" / "current")["accepted_unreadable"] == [entry]


def test_a_folder_that_can_not_be_written_to_is_one_line(
    small_bank: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    workdir = tmp_path / "file" / "work"
    assert main(["run", "--input", str(small_bank / "raw.csv"), "--workdir", str(workdir)]) == 2
    assert "bankrec run:" in capsys.readouterr().err


_FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
from bankrec.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_full_disk_ends_with_one_line_and_nothing_half_written(small_bank: Path, tmp_path: Path) -> None:
    output = tmp_path / "clean.parquet"
    output.write_text("old")
    command = ["preprocess", "--input", str(small_bank / "raw.csv"), "--output", str(output)]
    done = subprocess.run([sys.executable, "-c", _FULL, *command], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr and "bankrec preprocess:" in done.stderr
    assert output.read_text() == "old"
    assert list(tmp_path.iterdir()) == [output]


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_command_that_is_stopped_says_so_by_its_exit_code(tmp_path: Path, sent: int, code: int) -> None:
    output = tmp_path / "bank.csv"
    output.write_text("old")
    command = [sys.executable, "-m", "bankrec", "simulate", "--customers", "200000", "--output", str(output)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob(".bank.csv.writing-*")):
            assert process.poll() is None and time.monotonic() < deadline, "it did not begin to write"
            time.sleep(0.02)
        process.send_signal(sent)
        message = process.communicate(timeout=120)[1]
    assert process.returncode == code, message
    assert "Traceback" not in message and output.read_text() == "old"


@pytest.mark.parametrize("command", ["verify", "rollback", "sets"])
def test_commands_on_an_empty_folder_of_sets(tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main([command, "--recs", str(tmp_path)])
    assert code == {"verify": 1, "rollback": 2, "sets": 0}[command]
    printed = capsys.readouterr()
    assert "no set" in printed.out + printed.err
