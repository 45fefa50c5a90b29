"""The watcher: a new set, a broken one, a `current` that is lost."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving.sets import files
from serving.watcher import LOADING_SECONDS, RETRY_SECONDS
from tests.services.broken_sets import one_byte
from tests.services.conftest import SERVICES, look, metric
from tests.services.consent_files import hanging
from tests.services.made_sets import sign_again, small_bank, switch, write_bank


def ask(client: TestClient) -> dict:
    return client.post("/recommendations", json={"user_id": 10}).json()


def test_the_old_set_goes_on_while_a_broken_one_is_refused(
    make_client: Callable[..., TestClient], recs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = make_client(recs, watch_seconds=5)
    good = ask(client)["set_id"]
    broken = write_bank(recs, small_bank(set_id="broken"))
    one_byte("customers.parquet")(broken)
    look(client)
    assert ask(client)["set_id"] == good
    assert client.get("/health/ready").status_code == 200
    assert metric(client, "recommendations_set_refused") == 1
    assert metric(client, "recommendations_set_refusals_total", reason="checksum") == 1
    assert "customers.parquet" in caplog.text
    look(client)
    assert metric(client, "recommendations_set_loads_total", result="refused") == 1, "tried once"
    write_bank(recs, small_bank(set_id="better"))
    look(client)
    assert ask(client)["set_id"] == "better"
    assert metric(client, "recommendations_set_refused") == 0
    switch(recs, good)  # a rollback is a switch like any other
    look(client)
    assert ask(client)["set_id"] == good


def test_a_set_that_lies_about_its_clock_is_a_set(make_client: Callable[..., TestClient], recs: Path) -> None:
    client = make_client(recs, watch_seconds=5)
    older = write_bank(recs, small_bank(set_id="older"), current=False)
    sign_again(older, created_at="1999-01-01T00:00:00Z")
    for path in older.iterdir():
        os.utime(path, (0, 0))
    switch(recs, "older")
    look(client)
    assert ask(client)["set_id"] == "older"
    assert metric(client, "recommendations_set_created_timestamp_seconds") == 915148800


def test_an_unreadable_file_is_refused_and_read_when_it_is_mended(
    make_client: Callable[..., TestClient], recs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = files.hashlib.file_digest

    def failing(file, name):  # type: ignore[no-untyped-def]
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("serving.sets.files.hashlib.file_digest", failing)
    client = make_client(recs, watch_seconds=5)
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert "can't be read" in response.json()["detail"]
    monkeypatch.setattr("serving.sets.files.hashlib.file_digest", real)
    os.utime(recs / "current" / "manifest.json", (1, 1))
    look(client)
    assert client.get("/health/ready").status_code == 200


def test_a_set_whose_file_comes_late_is_read_again(
    make_client: Callable[..., TestClient], recs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The manifest does not change, so nothing but time says that it is worth another try."""
    late = (recs / "current").resolve() / "recommendations.parquet"
    late.rename(tmp_path / "late")
    client = make_client(recs, watch_seconds=5)
    watcher, clock = client.app.state.service.watcher, [0.0]  # type: ignore[attr-defined]
    watcher._clock = lambda: clock[0]
    watcher._again = RETRY_SECONDS
    for clock[0] in (RETRY_SECONDS, 2 * RETRY_SECONDS):
        look(client)
        assert client.get("/health/ready").status_code == 503
    assert caplog.text.count("set refused") == 1, "the same error is logged once"
    assert metric(client, "recommendations_set_loads_total", result="refused") == 1
    (tmp_path / "late").rename(late)
    clock[0] += RETRY_SECONDS - 1
    look(client)
    assert client.get("/health/ready").status_code == 503, "it is not read at each check"
    clock[0] += 1
    look(client)
    assert client.get("/health/ready").status_code == 200


def test_a_wrong_folder_of_sets_is_named(make_client: Callable[..., TestClient], recs: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    wrong = {
        tmp_path / "nowhere": "does not exist: correct RECS_DIR",
        tmp_path / "file": "is not a folder",
        recs / "current": f"is a set: RECS_DIR must be the folder that it lies in, {recs.resolve()}",
    }
    for folder, why in wrong.items():
        assert why in make_client(folder).get("/health/ready").json()["detail"]


LOSSES: dict[str, Callable[[Path], object]] = {
    "is missing": lambda recs: (recs / "current").unlink(),
    "points to never_written": lambda recs: switch(recs, "never_written"),
    "points to current": lambda recs: switch(recs, "current"),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_lost_current_is_noticed_and_the_set_in_use_stays(
    make_client: Callable[..., TestClient], recs: Path, caplog: pytest.LogCaptureFixture, loss: str
) -> None:
    client = make_client(recs, watch_seconds=5)
    good = ask(client)["set_id"]
    assert metric(client, "recommendations_current_lost") == 0
    LOSSES[loss](recs)
    look(client)
    look(client)
    assert ask(client)["set_id"] == good
    assert client.get("/health/ready").status_code == 200
    assert metric(client, "recommendations_current_lost") == 1
    assert metric(client, "recommendations_set_refused") == 0
    messages = [record.getMessage() for record in caplog.records if loss in record.getMessage()]
    assert len(messages) == 1, f"not one line, but {messages}"
    assert "rollback --recs" in messages[0] and good in messages[0]
    switch(recs, good)
    look(client)
    assert metric(client, "recommendations_current_lost") == 0
    assert metric(client, "recommendations_set_loads_total", result="loaded") == 1, "the same set was loaded again"


@pytest.mark.parametrize("loss", LOSSES)
def test_after_a_restart_without_current_the_answer_names_the_sets_and_the_command(
    make_client: Callable[..., TestClient], recs: Path, loss: str
) -> None:
    write_bank(recs, small_bank(set_id="2016-06-28_later"))
    shutil.copytree(recs / "2016-06-28_later", recs / ".2016-07-28.writing-1")
    LOSSES[loss](recs)
    client = make_client(recs, watch_seconds=5)
    first = small_bank().set_id
    for response in (client.get("/health/ready"), client.post("/recommendations", json={"user_id": 10})):
        detail = response.json()["detail"]
        assert response.status_code == 503
        assert loss in detail and f"{first}, 2016-06-28_later" in detail and "writing" not in detail
        assert "python -m bankrec rollback --recs" in detail
    assert metric(client, "recommendations_current_lost") == 1
    switch(recs, first)
    look(client)
    assert client.get("/health/ready").status_code == 200
    assert metric(client, "recommendations_current_lost") == 0


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_folder_that_may_not_be_read_is_named() -> None:
    """As in the container: a process of user 10001, and sets that only their owner may read."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        recs = Path(folder) / "recs"
        recs.mkdir(mode=0o700)
        code = (
            "import os, sys, serving.watcher as w; os.setuid(10001); print(w._lost(w.Path(sys.argv[1]), in_use=False))"
        )
        done = subprocess.run([sys.executable, "-c", code, str(recs)], cwd=SERVICES, capture_output=True, text=True)
    assert "can't be read" in done.stdout and "user 10001" in done.stdout, done


def test_a_folder_without_sets_has_lost_nothing(make_client: Callable[..., TestClient], tmp_path: Path) -> None:
    client = make_client(tmp_path / "nothing", watch_seconds=5)
    assert "make publish" in client.get("/health/ready").json()["detail"]
    assert metric(client, "recommendations_current_lost") == 0


@pytest.mark.parametrize("part", ["recommendations.parquet", "manifest.json"])
def test_a_set_that_is_never_read_to_its_end_is_reported_and_the_one_in_use_stays(
    make_client: Callable[..., TestClient], recs: Path, part: str
) -> None:
    """A pipe that nobody writes to, as on a mount that hangs: loading hangs."""
    client = make_client(recs, watch_seconds=5)
    good = ask(client)["set_id"]
    watcher = client.app.state.service.watcher  # type: ignore[attr-defined]
    client.portal.call(watcher.loop.stop)  # type: ignore[union-attr]
    now = [watcher._step_ended]
    watcher._clock = lambda: now[0]
    look(client)
    with hanging(write_bank(recs, small_bank(set_id="better")) / part):
        hung = client.portal.start_task_soon(watcher.loop.now)  # type: ignore[union-attr]
        while watcher._may_take != LOADING_SECONDS:
            assert not hung.done()
        now[0] += LOADING_SECONDS
        assert metric(client, "recommendations_current_lost") == 0
        now[0] += 5
        assert metric(client, "recommendations_current_lost") == 1 and not hung.done()
        assert ask(client)["set_id"] == good and client.get("/health/ready").status_code == 200
    hung.result(10)
    assert metric(client, "recommendations_current_lost") == 0
    write_bank(recs, small_bank(set_id="third"))
    look(client)
    assert ask(client)["set_id"] == "third"
