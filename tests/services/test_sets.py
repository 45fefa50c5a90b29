"""Sets: what is refused and why, look-ups against a slow twin, what the watcher does."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommendations import RecommendationSet
from serving.api.answers import answer
from serving.api.schemas import RecommendationRequest
from serving.sets import files
from serving.sets.files import FILES, SetError
from tests.services.conftest import SERVICES
from tests.services.made_sets import COLUMNS, Bank, Customer, sign_again, small_bank, switch, write_bank


def table_of(folder: Path, name: str) -> pa.Table:
    return pq.ParquetFile(folder / name).read()


def rewrite(folder: Path, name: str, table: pa.Table) -> None:
    pq.write_table(table, folder / name)
    sign_again(folder)


def change_lists(change: Callable[[pa.Table], pa.Table]) -> Callable[[Path], None]:
    return lambda folder: rewrite(
        folder, "recommendations.parquet", change(table_of(folder, "recommendations.parquet"))
    )


def with_column(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, values)


def swap_rows(table: pa.Table, first: int, second: int) -> pa.Table:
    order = np.arange(table.num_rows)
    order[[first, second]] = order[[second, first]]
    return table.take(pa.array(order))


def truncate(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])

    return change


def one_byte(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(content)

    return change


def truncated_and_signed(folder: Path) -> None:
    truncate("customers.parquet")(folder)
    sign_again(folder)


def hold_what_is_recommended(folder: Path) -> None:
    customers = table_of(folder, "customers.parquet")
    held = customers["held"].to_numpy().copy()
    held[0] |= 1 << 23
    rewrite(folder, "customers.parquet", with_column(customers, "held", pa.array(held)))


def unsorted_customers(folder: Path) -> None:
    rewrite(folder, "customers.parquet", swap_rows(table_of(folder, "customers.parquet"), 0, 1))


def strange_status(folder: Path) -> None:
    customers = table_of(folder, "customers.parquet")
    rewrite(folder, "customers.parquet", with_column(customers, "status", pa.array(["gone"] * len(customers))))


def test_where_the_rules_leave_nothing_an_unknown_customer_gets_nothing(tmp_path: Path) -> None:
    bank = small_bank()
    top = RecommendationSet(write_bank(tmp_path, replace(bank, popular={"TOP": [13, 19]})))
    assert [top.find(999, segment).source for segment in (None, "TOP", "UNIVERSITARIO")] == ["none", "popular", "none"]
    nobody = RecommendationSet(write_bank(tmp_path, replace(bank, set_id="2016-05-28_none", popular={})))
    assert nobody.find(999).source == nobody.find(999, "TOP").source == "none"
    assert nobody.find(10).source == "personal"


def gap_in_popular(folder: Path) -> None:
    popular = table_of(folder, "top_popular.parquet")
    rewrite(folder, "top_popular.parquet", popular.filter(pa.array([i != 1 for i in range(len(popular))])))


def repeat(table: pa.Table) -> pa.Table:
    items = table["item_id"].to_pylist()
    items[1] = items[0]
    kind = table.schema.field("item_id").type
    return with_column(table, "item_id", pa.array(items).dictionary_encode().cast(kind))


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "manifest"),
    "manifest truncated": (truncate("manifest.json"), "manifest"),
    "unknown format version": (lambda folder: sign_again(folder, format_version=2), "manifest"),
    "manifest without files": (lambda folder: sign_again(folder, files={}), "manifest"),
    "manifest without counts": (lambda folder: sign_again(folder, counts={"customers": None}), "manifest"),
    **{f"{name} missing": (lambda folder, name=name: (folder / name).unlink(), "file") for name in FILES},
    **{f"{name} truncated": (truncate(name), "checksum") for name in FILES},
    **{f"{name} one byte changed": (one_byte(name), "checksum") for name in FILES},
    "parquet cut short, signed": (truncated_and_signed, "file"),
    "wrong type": (change_lists(lambda t: with_column(t, "rank", t["rank"].cast(pa.int32()))), "type"),
    "column missing": (change_lists(lambda t: t.drop_columns("score")), "type"),
    "null score": (
        change_lists(lambda t: with_column(t, "score", pa.array([None] * len(t), pa.float32()))),
        "type",
    ),
    "score above 1": (
        change_lists(lambda t: with_column(t, "score", pa.array([1.5] * len(t), pa.float32()))),
        "type",
    ),
    "strange item": (
        change_lists(
            lambda t: with_column(
                t, "item_id", pa.array(["x"] * len(t)).dictionary_encode().cast(t.schema.field("item_id").type)
            )
        ),
        "type",
    ),
    "lists unsorted": (
        change_lists(lambda t: pa.concat_tables([t.slice(7), t.slice(0, 7)])),
        "order",
    ),
    "gap in ranks": (change_lists(lambda t: pa.concat_tables([t.slice(0, 2), t.slice(3)])), "count"),
    "gap in ranks, counted": (
        lambda folder: (
            change_lists(lambda t: pa.concat_tables([t.slice(0, 2), t.slice(3)]))(folder),
            sign_again(folder, counts={"recommendations": len(table_of(folder, "recommendations.parquet"))}),
        ),
        "ranks",
    ),
    "ranks swapped": (change_lists(lambda t: swap_rows(t, 0, 1)), "ranks"),
    "product twice": (change_lists(repeat), "ranks"),
    "held product": (hold_what_is_recommended, "held"),
    "customers unsorted": (unsorted_customers, "order"),
    "customers miscounted": (lambda folder: sign_again(folder, counts={"customers": 11}), "count"),
    "strange status": (strange_status, "type"),
    "gap in popular": (gap_in_popular, "ranks"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_set_is_refused_with_its_reason(recs: Path, what: str) -> None:
    change, reason = BROKEN[what]
    folder = (recs / "current").resolve()
    RecommendationSet(folder)
    change(folder)
    with pytest.raises(SetError) as error:
        RecommendationSet(folder)
    assert error.value.reason == reason, error.value


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_any_batch_size_reads_and_refuses_the_same(recs: Path, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("files", "lists"):
        monkeypatch.setattr(f"serving.sets.{module}.ROWS_AT_ONCE", size)
    folder = (recs / "current").resolve()
    loaded = RecommendationSet(folder)
    for person in small_bank().customers:
        if person.status == "ok":
            assert loaded.find(person.user_id).bits == bytes(person.ranked)
    change_lists(repeat)(folder)
    with pytest.raises(SetError, match="twice"):
        RecommendationSet(folder)


customers = st.builds(
    lambda held, order, cut, status: (held, [bit for bit in order if bit not in held][:cut], status),
    st.sets(st.integers(0, 23), max_size=6),
    st.permutations(range(24)),
    st.integers(1, 24),
    st.sampled_from(["ok", "ok", "ok", "deceased", "suppressed"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    st.dictionaries(st.integers(0, 60) | st.integers(0, 10**18), customers, max_size=12),
    st.integers(1, 24),
    st.lists(st.sampled_from([*COLUMNS, "other"]), max_size=5),
    st.none() | st.lists(st.sampled_from(COLUMNS), max_size=12),
    st.lists(st.integers(0, 60), max_size=5),
)
def test_look_ups_are_those_of_a_slow_twin(tmp_path_factory, people, k, exclude, only, strangers) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("twin")
    bank = Bank([
        Customer(user_id, tuple(held), tuple(ranked if status == "ok" else ()), status=status)
        for user_id, (held, ranked, status) in sorted(people.items())
    ])  # fmt: skip
    loaded = RecommendationSet(write_bank(folder, bank))
    for user_id in [*people, *strangers]:
        asked = RecommendationRequest(user_id=user_id, k=k, exclude=exclude, only=only)
        given_answer = json.loads(answer(user_id, loaded, asked).json + b"}")
        person = next((one for one in bank.customers if one.user_id == user_id), None)
        if person is None:
            source, ranked, scores = "popular", bank.popular[None], [0.1 / rank for rank in (1, 2, 3)]
        else:
            source = "personal" if person.status == "ok" else "none"
            ranked, scores = list(person.ranked), person.all_scores()
        expected = [
            (COLUMNS[bit], rank, np.float32(score))
            for rank, (bit, score) in enumerate(zip(ranked, scores, strict=True), 1)
            if COLUMNS[bit] not in exclude and (only is None or COLUMNS[bit] in only)
        ][:k]
        found = [(one["item_id"], one["rank"], np.float32(one["score"])) for one in given_answer["recommendations"]]
        assert (given_answer["source"], found) == (source, expected)
        assert given_answer["returned"] == len(expected)
    shutil.rmtree(folder)


def look(client: TestClient) -> None:
    """Let the application's watcher look now."""
    client.portal.call(client.app.state.service.watcher._look)  # type: ignore[union-attr,attr-defined]


def metric(client: TestClient, name: str, **labels: str) -> float:
    value = client.app.state.service.registry.get_sample_value(name, labels)  # type: ignore[attr-defined]
    assert value is not None, name
    return float(value)


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
    said = [record.getMessage() for record in caplog.records if loss in record.getMessage()]
    assert len(said) == 1, f"not one line, but {said}"
    assert "rollback --recs" in said[0] and good in said[0]
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
    """As the container's user meets it: a process of user 10001, sets that only their owner may read."""
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
