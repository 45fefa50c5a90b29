"""Where each product stands for a customer, from the files of a set and the consent file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from bankrec.cli import main
from bankrec.errors import InputError
from bankrec.jobs.consent import write_consent
from bankrec.publishing import sets
from bankrec.publishing.consent import SCHEMA
from bankrec.publishing.manifest import About
from bankrec.publishing.why_not import BARRED, HELD, LISTED, NO_CONSENT, NOT_PRESENT, consent_of, standings
from bankrec.publishing.writer import publish
from bankrec.ranked import Ranked, Removals
from tests.santander import BANK, IDS
from tests.small_sets import ABOUT, NOW, POPULAR, ranked

RULES = [
    {"name": "minors", "version": "1", "reason": "too young"},
    {"name": "loans", "version": "ab12cd34", "reason": "no loan beyond 75"},
    {"name": "deceased", "version": "2", "reason": "nothing is offered to the deceased"},
]
HELD_BIT, FIRST, SECOND, YOUNG, LOAN = 2, 23, 0, 5, 16
SINCE = datetime(2024, 5, 1, tzinfo=UTC)


def explained(user_ids: list[int]) -> Ranked:
    """Holds bit 2, is listed 23 and 0; minors took 5, loans took 16 and all others."""
    others = sum(1 << bit for bit in range(24) if bit not in (HELD_BIT, FIRST, SECOND, YOUNG))
    words = np.tile(np.array([1 << YOUNG, others], np.uint64), (len(user_ids), 1))
    return replace(ranked(user_ids), removals=Removals(words, ("minors", "loans")))


@pytest.fixture
def recs(tmp_path: Path) -> Path:
    about = About(ABOUT.as_of, ABOUT.headline, ABOUT.popularity, RULES)
    publish(tmp_path, BANK, [explained([1, 5])], POPULAR, about, now=NOW, explain_removals=True, suppressed=[9])
    return tmp_path


def folder(recs: Path) -> Path:
    current = sets.current(recs)
    assert current is not None
    return current


def test_each_product_stands_somewhere(recs: Path) -> None:
    states = standings(folder(recs), 5, consent=True)
    assert [one.item_id for one in states] == list(IDS)
    assert states[HELD_BIT].state == HELD and str(states[HELD_BIT]) == "held"
    assert (states[FIRST].state, states[FIRST].rank, states[SECOND].rank) == (LISTED, 1, 2)
    assert str(states[FIRST]) == "rank 1, score 1.00%"
    assert (states[YOUNG].state, states[YOUNG].rule, states[YOUNG].version) == (BARRED, "minors", "1")
    assert str(states[LOAN]) == "barred by loans (version ab12cd34): no loan beyond 75"
    assert {one.state for one in standings(folder(recs), 4, consent=True)} == {NOT_PRESENT}
    without = standings(folder(recs), 5, consent=False)
    assert (without[FIRST].state, without[FIRST].rank, without[HELD_BIT].state) == (NO_CONSENT, 1, HELD)
    assert str(without[FIRST]) == "no consent; else rank 1, score 1.00%"


def test_the_suppressed_and_the_deceased_are_recognised_by_their_status(recs: Path, tmp_path: Path) -> None:
    assert {(one.state, one.rule) for one in standings(folder(recs), 9, consent=True)} == {(BARRED, "suppressed")}
    dead = ranked([3])
    dead.items[:] = -1
    about = About(ABOUT.as_of, ABOUT.headline, ABOUT.popularity, RULES)
    other = tmp_path / "other"
    publish(other, BANK, [replace(dead, status=np.array(["deceased"]))], POPULAR, about, now=NOW, force=True)
    states = standings(folder(other), 3, consent=True)
    assert (states[0].rule, states[0].version, states[0].reason) == ("deceased", "2", RULES[2]["reason"])


def test_a_set_that_does_not_explain_says_so(tmp_path: Path) -> None:
    publish(tmp_path, BANK, [ranked([1])], POPULAR, ABOUT, now=NOW)
    states = standings(folder(tmp_path), 1, consent=True)
    assert states[YOUNG].state == BARRED and "publish with --explain-removals" in str(states[YOUNG])
    (folder(tmp_path) / sets.CUSTOMERS).write_bytes(b"torn")
    with pytest.raises(InputError, match="can't be read"):
        standings(folder(tmp_path), 1, consent=True)


def test_consent_is_that_of_the_channel_or_of_all() -> None:
    rows = pa.table([[7, 7, 8], ["email", "sms", "sms"], [True, False, True], [SINCE] * 3], schema=SCHEMA)
    assert consent_of(rows, 7, None) == ({"email": True, "sms": False}, False)
    assert consent_of(rows, 7, "email")[1] and not consent_of(rows, 7, "sms")[1]
    assert consent_of(rows, 8, None) == ({"email": False, "sms": True}, False)
    with pytest.raises(InputError, match="channel pigeon is not in the consent file; its channels are email, sms"):
        consent_of(rows, 7, "pigeon")


def test_the_command_prints_a_line_for_each_product(recs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why-not", "--recs", str(recs), "--user", "5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "consent: no file, so consent is not checked" and len(lines) == 2 + 24
    assert lines[2].split() == [IDS[FIRST], "rank", "1,", "score", "1.00%"]
    assert any("barred by minors (version 1): too young" in line for line in lines)
    write_consent(recs / "consent.parquet", pa.table([[5], ["sms"], [False], [SINCE]], schema=SCHEMA))
    assert main(["why-not", "--recs", str(recs), "--user", "5", "--channel", "sms"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "consent: sms no" and "no consent; else rank 1" in lines[2]
    assert main(["why-not", "--recs", str(recs), "--user", "5", "--channel", "fax"]) == 2
