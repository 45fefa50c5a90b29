"""A bank's own rules: read from TOML with clear errors, and lists without what they bar."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bankrec.bank.files import bank_from
from bankrec.errors import InputError
from bankrec.history import History
from bankrec.holdings import PRESENT
from bankrec.ranked import BY_CUSTOMER, Ranked
from bankrec.rules.eligibility import conditions, read_eligibility, restricted, values_of
from tests.other_bank import BARE, NAMED, OTHER, other_history
from tests.santander import BANK, BIT, N, person, relation, word

CARD, MORTGAGE, SECURITIES = (BIT[name] for name in ("ind_tjcr_fin_ult1", "ind_hip_fin_ult1", "ind_valo_fin_ult1"))
EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "eligibility.toml"
TABLES: Any = None  # a bank's own rules look at the customers alone

PROFILE = tuple(column.column for column in BANK.kept)
GOOD = "where.age = { min = 18 }"


def entry(name: str = "a", product: str = "ind_tjcr_fin_ult1", where: str = GOOD) -> str:
    return f"""
[[eligible]]
name = "{name}"
reason = "because"
products = ["{product}"]
{where}
"""


def bank() -> History:
    """Anna, 30, and Bo, 60, hold securities; Cy, 30, has moved abroad and joined last month; Di is unknown."""
    changes = [
        {"stated": 30},
        {"stated": 60, "segment": 2},
        {
            "stated": 30,
            "residence": "N",
            "fecha_alta": date(2016, 4, 2),
            "relation": 2,
            "active": False,
            "held": 0,
        },
        {"stated": 30, "renta": None, "province": 0, "sexo": "UNKNOWN", "segment": 0},
    ]
    usual = {
        **dict.fromkeys(PROFILE, "N"),
        **{"age": 20, "fecha_alta": date(2010, 1, 15), "cod_prov": 28, "renta": 5e4, "indresi": "S", "sexo": "H"},
        **{
            "residence": "S",
            "province": 8,
            "segment": 1,
            "relation": 1,
            "active": True,
            "held": 1 << SECURITIES,
        },
    }
    customers = [usual | change for change in changes]
    profile = pa.table({name: pa.array([one[name] for one in customers]) for name in PROFILE})
    last = [
        word(active=one["active"], segment_code=one["segment"]) | np.uint64(one["held"]) | relation(one["relation"])[()]
        for one in customers
    ]
    words = np.stack([np.full(4, PRESENT), np.array(last)], axis=1).astype(np.uint64)
    now = person(*([one[name] for one in customers] for name in ("stated", "province", "residence")))
    persons = np.stack([np.full(4, person(20, 28)), now], axis=1)
    return History(BANK, np.arange(4, dtype=np.int64), (date(2016, 4, 28), date(2016, 5, 28)), words, persons, profile)


def lists(history: History, items: list[list[int]]) -> Ranked:
    padded = np.array([[*row, *[-1] * (24 - len(row))] for row in items], np.int8)
    scores = np.where(padded >= 0, 0.5 / np.arange(1, 25), 0.0).astype(np.float32)
    n, none = len(history), np.zeros(len(history), np.uint64)
    return Ranked(history.user_id, padded, scores, none, np.full(n, "ok"), np.full(n, ""), none, {"not_held": 3})


def written(folder: Path, *where: str) -> Path:
    (folder / "own.toml").write_text("".join(entry(f"rule_{i}", where=text) for i, text in enumerate(where)))
    return folder / "own.toml"


@pytest.mark.parametrize(
    ("where", "eligible"),
    [
        ("where.age = { min = 30, max = 59 }", [0, 2, 3]),
        ("where.age = { max = 59.5 }", [0, 2, 3]),
        ('where.indresi = ["S"]', [0, 1, 3]),
        ('where.indresi = ["S"]\nwhere.age = { max = 40 }', [0, 3]),
        ("where.antiguedad = { min = 2 }", [0, 1, 3]),
        ("where.antiguedad = [1]", [2]),
        ("where.renta = { min = 1 }", [0, 1, 2]),
        ("where.cod_prov = [8, 28]", [0, 1, 2]),
        ('where.sexo = ["H", "UNKNOWN"]', [0, 1, 2, 3]),
        ('where.segmento = ["TOP"]', [0, 2]),
        ('where.segmento = ["UNKNOWN", "PARTICULARES"]', [1, 3]),
        ("where.ind_actividad_cliente = [0]", [2]),
        ('where.tiprel_1mes = ["I"]', [2]),
        ("where.ind_valo_fin_ult1 = [1]", [0, 1, 3]),
    ],
)
def test_conditions_bar_whom_they_say(tmp_path: Path, where: str, eligible: list[int]) -> None:
    (rule,) = read_eligibility(written(tmp_path, where), BANK)
    barred = rule.barred(bank(), TABLES)
    assert np.flatnonzero(~barred[:, CARD]).tolist() == eligible
    assert not np.delete(barred, CARD, axis=1).any(), "no other product"


def test_every_column_of_the_list_can_be_asked_for() -> None:
    assert all(len(values_of(bank(), name)) == 4 for name in conditions(BANK))
    past = bank().until(1)
    assert values_of(past, "age").tolist() == [20] * 4, "as the last month of the slice states it"
    assert values_of(past, "indresi").tolist() == ["S"] * 4 and values_of(past, "cod_prov").tolist() == [28] * 4


def test_lists_close_up_and_the_removed_are_counted(tmp_path: Path) -> None:
    history = bank()
    own = read_eligibility(written(tmp_path, 'where.indresi = ["S"]', "where.age = { max = 59 }"), BANK)
    before = lists(history, [[MORTGAGE, CARD, 3], [CARD, MORTGAGE], [CARD], [1, CARD]])
    after = restricted(before, history, TABLES, own)
    assert after.items[:, :3].tolist() == [[MORTGAGE, CARD, 3], [MORTGAGE, -1, -1], [-1, -1, -1], [1, CARD, -1]]
    assert after.scores[1, 0] == before.scores[1, 1] and after.scores[1, 1] == 0
    assert after.status.tolist() == ["ok", "ok", "nothing_left", "ok"]
    assert after.barred.tolist() == [0, 1 << CARD, 1 << CARD, 0]
    assert after.removed == {"not_held": 3, "rule_0": 1, "rule_1": 1}
    part = replace(before, **{name: getattr(before, name)[1:2] for name in BY_CUSTOMER})
    assert restricted(part, history, TABLES, own).items[0, :2].tolist() == [MORTGAGE, -1]
    assert restricted(before, history, TABLES, ()) is before


@pytest.mark.parametrize(
    ("where", "segments"),
    [
        ("where.age = { max = 55 }", []),
        ("where.antiguedad = { min = 0 }", []),
        ("where.ind_cco_fin_ult1 = [0]", []),
        ('where.segmento = ["TOP"]', ["TOP"]),
        ('where.segmento = ["TOP"]\nwhere.age = { min = 0 }', []),
        ('where.segmento = ["TOP", "UNKNOWN"]', [None, "TOP"]),
        ('where.sexo = ["UNKNOWN", "H"]', [None, "TOP", "PARTICULARES"]),
        ('where.canal_entrada = ["KHE"]', []),
    ],
)
def test_what_is_not_known_of_a_customer_outside_the_set_meets_no_condition(
    tmp_path: Path, where: str, segments: list[str | None]
) -> None:
    own = read_eligibility(written(tmp_path, where), BANK)
    barred = {segment: own[0].barred_unknown(segment, TABLES) for segment in (None, "TOP", "PARTICULARES")}
    assert [segment for segment, taken in barred.items() if not taken[CARD]] == segments
    assert not any(np.delete(taken, CARD).any() for taken in barred.values()), "no other product"


def test_the_example_is_read() -> None:
    rules = read_eligibility(EXAMPLE, BANK)
    barred = {rule.name: rule.barred(bank(), TABLES) for rule in rules}
    assert barred["mortgage"][:, MORTGAGE].tolist() == [False, True, True, False]
    assert barred["loans_and_cards"][:, CARD].tolist() == [False, False, True, False]
    assert barred["derivatives"].any(axis=1).tolist() == [False, True, True, True]
    assert all(rule.reason for rule in rules)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[eligible]", "is not TOML"),
        ("", "expected .*eligible.* entries and nothing else, the file has nothing"),
        ("[eligible]\nname = 'x'", "expected .*eligible.* entries"),
        (entry(product="ind_nothing"), r"entry 1 \(a\): 'ind_nothing' is not a product"),
        (entry(where="where.wage = [1]"), "where.wage: not a column"),
        (entry(where="where.indfall = ['N']"), "indfall: not a column"),
        (entry(where="where.age = []"), "a list of numbers, or a range"),
        (entry(where="where.age = ['30']"), "a list of numbers"),
        (entry(where="where.age = { min = '3' }"), "a range is"),
        (entry(where="where.age = { least = 3 }"), "a range is"),
        (
            entry(where="where.age = { min = 9, max = 3 }"),
            "min 9 is above",
        ),
        (entry(where="where.sexo = { min = 1 }"), "a range is"),
        (entry(where="where.sexo = ['M']"), "'M' is not a value; .* H, V"),
        (entry(where="where.indresi = ['OTHER']"), "'OTHER' is not a value; values are S, N, UNKNOWN"),
        (entry(where="where = {}"), "where has no condition"),
        (entry(where=""), "where is missing"),
        (entry(where=f"when = 1\n{GOOD}"), "when is not known"),
        (entry(name="A b"), "small letters"),
        (entry(name="minors"), "there is a rule minors already"),
        (entry(name="suppressed"), "there is a rule suppressed already"),
        (entry() * 2, "entry 2: there is a rule a already"),
    ],
)
def test_what_is_not_understood_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_eligibility(tmp_path / "own.toml", BANK)
    assert "own.toml" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[[eligible]]\nname = 'ñ'".encode("latin-1"), "line 2: not UTF-8 .*; save the file as UTF-8"),
        (entry().encode("utf-16"), "line 1: not UTF-8"),
        (entry().encode() + b"\0", "is not TOML"),
        (b"a = " + b"[" * 100_000, "is not TOML"),
        (b"a = " + b"9" * 10_000, "is not TOML"),
        (b'"a\\nb" = 1', "the file has a b"),
        (entry(where="where.age = { min = nan }").encode(), "a range is"),
        (entry(where="where.age = [inf]").encode(), "a list of numbers"),
        (entry(where=f"where.age = {{ max = {'9' * 400} }}").encode(), "a range is"),
        (entry(where="where.age = [\uff11]").encode(), "is not TOML"),
        (entry().replace('["ind_tjcr_fin_ult1"]', "[[1]]").encode(), r"\[1\] is not a product"),
        (entry(where=f"where.sexo = ['{'x' * 10_000}']").encode(), r"'xxx+\.\.\. is not a value"),
        (entry(where=f"where.{'x' * 10_000} = [1]").encode(), r"where.x+\.\.\.: not a column"),
        (entry(where=f"{'x' * 10_000} = [1]\n{GOOD}").encode(), r"x+\.\.\. is not known"),
    ],
)
def test_odd_bytes_and_values_are_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "own.toml").write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read_eligibility(tmp_path / "own.toml", BANK)
    assert str(caught.value).isprintable() and len(str(caught.value)) < 1_500


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(b"\xef\xbb\xbf" + entry().replace("\n", "\r\n").encode())
    assert [rule.name for rule in read_eligibility(tmp_path / "own.toml", BANK)] == ["a"]


def test_rules_of_another_bank_ask_for_its_own_columns(tmp_path: Path) -> None:
    """Its flag is a number, its states and open categories are texts; there is no segment to know of a stranger."""
    history = other_history(50)
    card = entry(product="card", where='where.plan = ["gold"]\nwhere.online = [1]\nwhere.branch = ["north", "south"]')
    (tmp_path / "own.toml").write_text(card + entry("b", "loan", "where.balance = { min = 1000 }"))
    by_plan, by_balance = read_eligibility(tmp_path / "own.toml", OTHER)
    profile = history.profile.to_pydict()
    plans = OTHER.state_fields["plan"].of(history.words[:, -1]) == 2
    expected = [
        bool(plan) and online == 1 and branch in ("north", "south")
        for plan, online, branch in zip(plans, profile["online"], profile["branch"], strict=True)
    ]
    assert (~by_plan.barred(history, TABLES)[:, 2]).tolist() == expected and any(expected)
    rich = [balance is not None and balance >= 1000 for balance in profile["balance"]]
    assert (~by_balance.barred(history, TABLES)[:, 3]).tolist() == rich
    assert by_plan.barred_unknown("gold", TABLES).tolist() == [False, False, True, False, False]
    (tmp_path / "own.toml").write_text(entry(product="card", where="where.age = { min = 18 }"))
    with pytest.raises(InputError, match=r"not a column .*; columns are balance, online, branch, plan"):
        read_eligibility(tmp_path / "own.toml", OTHER)


def test_a_column_named_like_another_ones_feature_is_itself(tmp_path: Path) -> None:
    """`sales` is the feature of one column and the name of another in the snapshots: rules mean the snapshots."""
    profile = [
        {"name": "sales", "column": "amount", "kind": "flag"},
        {"name": "visits", "column": "sales", "kind": "flag"},
    ]
    bank = bank_from(NAMED | {"name": "two", "profile": profile}, "two")
    columns = pa.table({"amount": pa.array([1, 0]), "sales": pa.array([0, 1])})
    history = replace(other_history(2, bank=BARE), bank=bank, profile=columns)
    assert values_of(history, "sales").tolist() == [0, 1] and values_of(history, "amount").tolist() == [1, 0]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.one_of(
        st.binary(max_size=60),
        st.text(max_size=60).map(str.encode),
        st.text(max_size=30).map(lambda text: entry(where=f"where.age = {text}").encode()),
        values.map(lambda value: entry(where=f"where.age = {json.dumps(value)}").encode()),
        values.map(lambda value: entry().replace('["ind_tjcr_fin_ult1"]', json.dumps(value)).encode()),
    )
)
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(content)
    try:
        rules = read_eligibility(path, BANK)
    except InputError as error:
        assert str(error).isprintable() and "any.toml" in str(error)
    else:
        assert all(rule.barred(bank(), TABLES).shape == (4, N) for rule in rules)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read: Is a directory"):
        read_eligibility(tmp_path, BANK)
    assert read_eligibility(None, BANK) == ()
    with pytest.raises(InputError, match="can't be read"):
        read_eligibility(Path("nowhere.toml"), BANK)
