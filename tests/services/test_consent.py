"""Consent in force, compared with a model of a dozen lines over random files, damage, restarts, clocks and requests."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from prometheus_client import CollectorRegistry

from serving.api.consent import allowed_over
from serving.consent import RETRY_SECONDS, ConsentWatch
from serving.observability.monitoring import Monitoring
from serving.watch_loop import LATE_SECONDS
from tests.services.conftest import metric
from tests.services.consent_files import FILE, Row, hanging, replace, torn, write_consent

GRACE = 900.0
PEOPLE, CHANNELS = range(4), ("email", "sms")
ROWS = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from(CHANNELS), st.booleans(), st.integers(0, 3)),
    min_size=1,
    max_size=8,
)


class Model:
    """The model: what must hold, in a dozen lines."""

    def __init__(self) -> None:
        self.good: list[Row] | None = None
        self.broken_at = 0.0

    def sees(self, rows: list[Row] | None, now: float) -> None:
        """The service read these rows, or (None) there is no file that it can use. It should read in time."""
        if rows is not None:
            self.good, self.broken_at = rows, now + LATE_SECONDS
        else:
            self.broken_at = min(self.broken_at, now)

    def allows(self, user: int, channel: str | None, now: float) -> bool:
        if self.good is None or now >= self.broken_at + GRACE:
            return False
        channels = {row[1] for row in self.good} if channel is None else {channel}
        last = {(u, c): yes for u, c, yes, _ in sorted(self.good, key=lambda row: (row[3], not row[2]))}
        return all(last.get((user, one), False) for one in channels)


class Consents(RuleBasedStateMachine):
    """The service checks after each change, as it does each second; the model knows what is in the folder."""

    def __init__(self) -> None:
        super().__init__()
        self.recs, self.now = Path(tempfile.mkdtemp()), 0.0
        self.there: list[Row] | None = None
        self.customers: np.ndarray | None = None
        self.restart()

    @rule()
    def restart(self) -> None:
        self.registry = CollectorRegistry()
        monitoring = Monitoring(self.registry, "test")
        self.watch, self.model = (
            ConsentWatch(self.recs, GRACE, monitoring, lambda: self.now, lambda: self.customers),
            Model(),
        )
        self.look()

    def look(self) -> None:
        self.watch.look()
        self.model.sees(self.there, self.now)
        self.looked = self.now

    @rule(rows=ROWS, then=st.sampled_from([None, 0, 2**33]))
    def replaced(self, rows: list[Row], then: int | None) -> None:
        """Also from a machine whose clock is wrong: the time of the file is long ago, or in the future."""
        if (self.recs / FILE).is_dir():
            (self.recs / FILE).rmdir()
        path = write_consent(self.recs, rows)
        if then is not None:
            os.utime(path, (then, then))
        self.there = rows
        self.look()

    @rule(customers=st.sets(st.integers(0, 6)), looks=st.booleans())
    def another_set(self, customers: set[int], looks: bool) -> None:
        """A set comes into use; requests need not wait until the service has checked consent again."""
        self.customers = np.array(sorted(customers), np.int64)
        if looks:
            self.look()

    @rule(kind=st.sampled_from(["torn", "empty", "gone", "folder", "no rows"]))
    def damaged(self, kind: str) -> None:
        path = self.recs / FILE
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if kind == "torn":
            torn(self.recs)
        elif kind == "empty":
            path.touch()
        elif kind == "folder":
            path.mkdir()
        elif kind == "no rows":
            write_consent(self.recs, [])
        self.there = None
        self.look()

    @rule(rows=ROWS)
    def mended_where_it_lies(self, rows: list[Row]) -> None:
        path = self.recs / FILE
        if not path.is_dir():
            path.write_bytes(write_consent(self.recs / "beside", rows).read_bytes())
            self.there = rows
            self.look()

    @rule(
        seconds=st.sampled_from([0.5, 1.0, LATE_SECONDS, RETRY_SECONDS, GRACE - 1, GRACE, GRACE + 1]),
        looks=st.booleans(),
    )
    def time_passes(self, seconds: float, looks: bool) -> None:
        """Time without a completed check: the check hangs, or the file is unchanged and no request comes."""
        self.now += seconds
        if looks:
            self.look()

    @invariant()
    def every_request_is_answered_as_the_model_says(self) -> None:
        consent = self.watch.in_force()
        for channel in (None, *CHANNELS):
            if consent is not None and channel is not None and channel not in consent.over:
                continue  # a 422
            used = None if self.customers is None else SimpleNamespace(user_id=self.customers)
            allowed, _ = allowed_over(channel, self.watch, used=used)
            rows = [] if self.customers is None else self.customers.tolist()
            for user in PEOPLE:
                row = rows.index(user) if user in rows else -1
                expected = self.model.allows(user, channel, self.now)
                assert allowed(user, row) == allowed(user) == expected, (user, channel)

    @invariant()
    def it_says_what_is_wrong(self) -> None:
        bad = bool(self.registry.get_sample_value("recommendations_consent_file_bad"))
        assert bad == bool(self.watch.wrong) == (self.there is None or self.now >= self.looked + LATE_SECONDS)
        assert bool(self.watch.why_nobody) == (self.watch.in_force() is None)

    def teardown(self) -> None:
        shutil.rmtree(self.recs)


TestConsents = Consents.TestCase
TestConsents.settings = settings(max_examples=40, stateful_step_count=20)


Make = Callable[..., TestClient]
ASKED = [(10, "sms", True, 1), (10, "email", True, 1), (11, "sms", True, 1), (11, "email", False, 1),
         (12, "sms", True, 1), (999, "sms", True, 1), (999, "email", True, 1)]  # fmt: skip


def look(client: TestClient) -> None:
    client.portal.call(client.app.state.service.consent.loop.now)  # type: ignore[union-attr,attr-defined]


def sources(client: TestClient, **more: str) -> list[str]:
    body = {"user_ids": [10, 11, 12, 13, 999, 1000], **more}
    results = client.post("/recommendations/batch", json=body).json()["results"]
    known = client.get("/health/ready").status_code == 200
    refused = "no_consent" if known else "consent_unavailable"
    for one in results:
        single = client.post("/recommendations", json={"user_id": one["user_id"], **more}).json()
        assert {key: single.get(key) for key in one} == one
        none = one["source"] == "none"
        assert one.get("reason") == (refused if none else None) and (one["recommendations"] == []) == none
    return [one["source"] for one in results]


def test_consent_is_asked_of_the_channel_named_or_of_every_channel(make_client: Make, recs: Path) -> None:
    write_consent(recs, ASKED)
    client = make_client(recs, consent="required")
    assert sources(client) == ["personal", "none", "none", "none", "popular", "none"], "known to the set or not"
    assert sources(client, channel="sms") == ["personal", "personal", "personal", "none", "popular", "none"]
    assert sources(client, channel="email") == ["personal", "none", "none", "none", "popular", "none"]
    assert client.get("/health/ready").status_code == 200
    assert metric(client, "recommendations_no_consent_total") == 2 * (4 + 2 + 4)
    assert metric(client, "recommendations_answers_total", source="none") == 20
    for route, who in (("/recommendations", {"user_id": 10}), ("/recommendations/batch", {"user_ids": [10]})):
        refused = client.post(route, json={**who, "channel": "pigeon"})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "body.channel"
        assert "the consent file has no channel 'pigeon'; it has email, sms" in refused.json()["detail"]


def test_consent_is_off_unless_required(make_client: Make, recs: Path) -> None:
    """Then a channel is accepted and has no effect, so that clients may send it before the bank requires consent."""
    client = make_client(recs)
    assert sources(client, channel="pigeon") == ["personal"] * 4 + ["popular"] * 2
    assert metric(client, "recommendations_consent_file_bad") == 0


def test_an_objection_counts_as_soon_as_the_file_is_seen(make_client: Make, recs: Path) -> None:
    write_consent(recs, ASKED)
    client = make_client(recs, consent="required")
    assert sources(client)[0] == "personal"
    write_consent(recs, [*ASKED, (10, "sms", False, 2)])
    look(client)
    assert sources(client)[0] == "none"


def test_without_a_file_nobody_has_consent_and_readiness_says_why(make_client: Make, recs: Path) -> None:
    client = make_client(recs, consent="required")
    assert set(sources(client)) == set(sources(client, channel="sms")) == {"none"}
    ready = client.get("/health/ready")
    assert ready.status_code == 503 and client.get("/health/live").status_code == 200
    assert f"{recs / FILE} is missing" in ready.json()["detail"]
    assert f"python -m bankrec consent --recs {recs} --input FILE" in ready.json()["detail"]
    assert metric(client, "recommendations_consent_file_bad") == 1
    write_consent(recs, ASKED)
    look(client)
    assert client.get("/health/ready").status_code == 200 and sources(client)[0] == "personal"
    assert metric(client, "recommendations_consent_file_bad") == 0


def test_a_broken_file_is_reported_at_once_and_the_last_good_one_counts_for_the_grace(
    make_client: Make, recs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_consent(recs, ASKED)
    client = make_client(recs, consent="required", consent_grace=60)
    now = [0.0]
    client.app.state.service.consent._clock = lambda: now[0]  # type: ignore[attr-defined]
    torn(recs)
    look(client)
    assert metric(client, "recommendations_consent_file_bad") == 1
    assert "consent file refused" in caplog.text and sources(client)[0] == "personal"
    assert client.get("/health/ready").status_code == 200
    now[0] = 59.0
    replace(recs, lambda path: path.write_bytes(b"torn again"))
    look(client)
    assert sources(client)[0] == "personal"
    now[0] = 60.0
    assert set(sources(client)) == {"none"}, "the grace counts from the first broken file, and ends without a look"
    ready = client.get("/health/ready")
    assert ready.status_code == 503 and "can't be read" in ready.json()["detail"]
    write_consent(recs, ASKED)
    look(client)
    assert sources(client)[0] == "personal"


def test_a_file_that_is_never_read_to_its_end_is_reported_and_the_grace_runs(make_client: Make, recs: Path) -> None:
    """A pipe that nobody writes to: the check hangs, and nothing waits for it."""
    write_consent(recs, ASKED)
    client = make_client(recs, consent="required", consent_grace=60)
    watch = client.app.state.service.consent  # type: ignore[attr-defined]
    now = [watch._checked]
    client.portal.call(watch.loop.stop)  # type: ignore[union-attr]
    watch._clock = lambda: now[0]
    look(client)
    with hanging(recs / FILE):
        hung = client.portal.start_task_soon(watch.loop.now)  # type: ignore[union-attr]
        now[0] += LATE_SECONDS - 1
        assert metric(client, "recommendations_consent_file_bad") == 0
        now[0] += 1
        assert metric(client, "recommendations_consent_file_bad") == 1 and sources(client)[0] == "personal"
        assert client.get("/health/ready").status_code == 200
        now[0] += 60
        assert set(sources(client)) == {"none"} and not hung.done()
        ready = client.get("/health/ready")
        assert ready.status_code == 503 and "has not been read for 65 s: its mount hangs" in ready.json()["detail"]
    hung.result(10)
    write_consent(recs, ASKED)
    look(client)
    assert sources(client)[0] == "personal" and metric(client, "recommendations_consent_file_bad") == 0


def test_the_audit_log_says_why_and_over_which_channel(make_client: Make, recs: Path, tmp_path: Path) -> None:
    write_consent(recs, ASKED)
    path = tmp_path / "audit.jsonl"
    client = make_client(recs, consent="required", audit_log=path, audit_key="k")
    client.post("/recommendations", json={"user_id": 11})
    client.post("/recommendations", json={"user_id": 11, "channel": "sms"})
    client.__exit__(None, None, None)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    client.__enter__()
    logged = [(line["source"], line.get("reason"), line.get("channel"), bool(line["products"])) for line in lines]
    assert logged == [("none", "no_consent", None, False), ("personal", None, "sms", True)]
