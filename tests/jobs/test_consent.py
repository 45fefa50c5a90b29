"""`consent`: what it prints, and that a mistake leaves the file in place."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bankrec.cli import main

HEAD = "user_id,channel,allowed,since\n"


def consent(recs: Path, *lines: str) -> int:
    path = recs.parent / "input.csv"
    path.write_text(HEAD + "\n".join(lines) + "\n")
    return main(["consent", "--recs", str(recs), "--input", str(path)])


def test_the_file_is_replaced_and_the_changes_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recs = tmp_path / "recs"
    recs.mkdir()
    assert consent(recs, "2,sms,true,2024-05-02", "1,email,true,2024-05-01", "2,sms,false,2024-05-01") == 0
    printed = capsys.readouterr().out
    assert "2 customers, 2 rows; channels: email (1 allowed), sms (1 allowed)" in printed
    assert "1 rows of the input were left out" in printed and "no consent file before" in printed
    assert consent(recs, "2,sms,false,2024-05-03", "3,sms,true,2024-05-01") == 0
    assert "changed: 1 allowed now, 2 no longer allowed, 1 rows gone\n" in capsys.readouterr().out
    rows = pq.read_table(recs / "consent.parquet").select(["user_id", "channel", "allowed"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [(2, "sms", False), (3, "sms", True)]
    assert consent(recs, "2,sms,true,2024-05-02", "3,sms,true,2024-05-01") == 0
    assert "caution: 1 rows are older than in the file replaced" in capsys.readouterr().out
    (recs / "consent.parquet").write_bytes(b"torn")
    assert consent(recs, "2,sms,true,2024-05-02") == 0
    assert "nothing to compare with" in capsys.readouterr().out
    assert [path.name for path in recs.iterdir()] == ["consent.parquet"]


def test_a_mistake_leaves_the_file_in_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recs = tmp_path / "recs"
    recs.mkdir()
    consent(recs, "2,sms,true,2024-05-02")
    before = (recs / "consent.parquet").read_bytes()
    assert consent(recs, "2,sms,false,2024-05-03", "two,sms,false,2024-05-03") == 2
    assert "line 3: user_id is 'two'" in capsys.readouterr().err
    assert (recs / "consent.parquet").read_bytes() == before
