"""Reasons: every one a true statement, checked by a slow and obvious second way; chosen by what moves the score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, cast

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from bankrec.config import Config
from bankrec.explain.group_rates import Facts, learn_facts
from bankrec.explain.groups import ONE_IN, reason_groups
from bankrec.explain.reasons import choose
from bankrec.explain.surrogate import Surrogate
from bankrec.history import History
from bankrec.holdings import PRESENT, UNKNOWN, all_held, pack, unpack
from bankrec.model.base_rates import base_rates
from bankrec.model.popularity import number_of_cells
from bankrec.model.ranker import Models
from bankrec.model.states import HELD, states
from bankrec.model.vocabulary import learn_vocabulary
from bankrec.ranked import Reasons, lists_by
from tests.other_bank import OTHER, other_history
from tests.santander import ACTIVE, BANK, BIT, IDS, person, segment

CONFIG = Config()
N, MONTHS = 300, 14
VOCABULARY = {"channel": np.array(["KAT", "KHE"])}
MODELS = Models(CONFIG, VOCABULARY, *[cast(Any, None)] * 3)  # reasons ask for the states alone
CELL_AGES, REASON_TENURES = (BANK.with_role(role).cut("reason") for role in ("age", "joined"))
AGE, SEGMENT = BANK.stated_fields["age"], BANK.state_fields["segment"]


def restless_words(seed: int) -> np.ndarray:
    """Words in which products come and go often; some months are missing, in some the flags are unknown."""
    rng = np.random.default_rng(seed)
    flags, words = rng.random((N, 24)) < 0.2, np.empty((N, MONTHS), dtype=np.uint64)
    taste = rng.uniform(0.02, 0.2, (2, 2, 24))  # by sex-like halves that show in activity and segment
    half, other = rng.random(N) < 0.5, rng.random(N) < 0.5
    for month in range(MONTHS):
        chance = taste[half.astype(int), other.astype(int)] * (1 + 2 * flags[:, [2]] + 2 * (month == 2))
        flags = np.where(flags, rng.random((N, 24)) > 0.25, rng.random((N, 24)) < chance)
        words[:, month] = pack(flags)
    words |= PRESENT | np.where(half, ACTIVE, np.uint64(0))[:, None]
    words |= segment(np.where(other, 1, rng.integers(0, 4, N)))[:, None]
    words[rng.random(words.shape) < 0.03] |= UNKNOWN
    words[rng.random(words.shape) < 0.03] = 0
    words[:, -1] |= PRESENT
    return words.astype(np.uint64)


def restless_bank(history_of: Callable[..., History], seed: int) -> History:
    bank = history_of(restless_words(seed), seed)
    years = np.random.default_rng(seed).integers(0, 15 * 365, N)
    joined = pa.array((np.datetime64("2014-12-31") - years).astype("datetime64[D]"))
    position = bank.profile.column_names.index("fecha_alta")
    return replace(bank, profile=bank.profile.set_column(position, "fecha_alta", joined))


def any_surrogate(past: History, seed: int) -> Surrogate:
    """Parts drawn at random: every true fact may come to be shown."""
    rng = np.random.default_rng(seed)
    size = sum(states(past, VOCABULARY, CONFIG).sizes)
    return Surrogate(rng.normal(0, 1, (size, 24)), rng.normal(0, 1, 24), np.array(np.nan))


def reasons_of(history: History, seed: int, months: int = MONTHS) -> tuple[Reasons, np.ndarray, Facts]:
    """Reasons for lists in a random order, as of the last month."""
    past = history.until(months)
    facts = learn_facts(history, base_rates(past), CONFIG)
    items = lists_by(np.random.default_rng(seed).random((len(history), 24)), history.words[:, -1] & all_held(24))
    return choose(history, items, any_surrogate(past, seed), facts, MODELS), items, facts


class SecondWay:
    """The meaning of each code, in loops over customers and months."""

    def __init__(self, history: History) -> None:
        self.history, self.last = history, len(history.months) - 1
        self.words = [[int(word) for word in row] for row in history.words]
        self.ages = AGE.of(history.stated()).tolist()
        self.joined = history.profile["fecha_alta"].to_pylist()
        self.often, self.acquisitions = cache(self._often), cache(self._acquisitions)
        self.sure_one_in = cache(self.one_in)

    def there(self, row: int, t: int) -> bool:
        return bool(self.words[row][t] & int(PRESENT))

    def sure(self, row: int, t: int) -> bool:
        return self.there(row, t) and not self.words[row][t] & int(UNKNOWN)

    def has(self, row: int, t: int, bit: int) -> bool:
        return bool(self.words[row][t] >> bit & 1)

    def belongs(self, row: int, t: int, kind: str, value: str) -> bool:
        """Whether the customer is in the group that `kind:value` names, in month t."""
        if kind in ("holds", "payroll_arrives"):
            return self.has(row, t, BIT[value])
        if kind in ("took", "lost"):
            now, then = (t, t - 1) if kind == "took" else (t - 1, t)
            both = t > 0 and self.there(row, t - 1) and self.there(row, t)
            return both and self.has(row, now, BIT[value]) and not self.has(row, then, BIT[value])
        if kind == "age":
            low, high = band(CELL_AGES.names.index(value), (0, *CELL_AGES.edges, 999))
            return low <= self.ages[row] < high
        if kind == "segment":
            return BANK.segments[self.segment(row, t)] == value
        if kind == "tenure":
            month, joined = self.history.months[t], self.joined[row]
            months = (month.year - joined.year) * 12 + month.month - joined.month
            return months in range(*band(REASON_TENURES.names.index(value), (0, 12, 36, 120, 9999)))
        active = bool(self.words[row][t] & int(ACTIVE))
        return active if kind == "active" else not active

    def _acquisitions(self, t: int, bit: int) -> list[tuple[int, bool]]:
        """Customers who could add the product in month t, and whether they did."""
        return [
            (row, self.has(row, t, bit))
            for row in range(len(self.words))
            if self.there(row, t - 1) and self.there(row, t) and not self.has(row, t - 1, bit)
        ]

    def _often(self, kind: str, value: str, bit: int) -> bool:
        """Ten of the group added it in the last twelve transitions, 1.2 times as often as all others did."""
        counts = {True: [0, 0], False: [0, 0]}
        for t in range(max(1, self.last - 11), self.last + 1):
            for row, added in self.acquisitions(t, bit):
                inside = t == int(value) if kind == "month" else self.belongs(row, t - 1, kind, value)
                counts[inside][0] += added
                counts[inside][1] += 1
        (added, could), (others_added, others_could) = counts[True], counts[False]
        return added >= 10 and others_could > 0 and added / could >= 1.2 * others_added / others_could - 1e-9

    def is_true(self, code: str, row: int, bit: int) -> bool:
        kind, _, value = code.partition(":")
        if kind == "held_until":
            known = [t for t in range(self.last + 1) if self.sure(row, t)]
            with_it = [t for t in known if self.has(row, t, bit)]
            name = f"{self.history.months[with_it[-1]]:%Y-%m}" if with_it else ""
            return name == value and {with_it[-1] + 1, self.last} <= set(known)
        if kind == "many_in_month":
            coming = self.history.months[-1].month % 12 + 1
            return int(value) == coming and self.many(coming, bit)
        if kind == "often_added":
            counts = [
                sum(added for t in range(self.last - 2, self.last + 1) for _, added in self.acquisitions(t, other))
                for other in range(24)
            ]
            return sum(count > counts[bit] for count in counts) < 5
        if kind in ("alike_one_in", "all_one_in"):
            return self.sure_one_in(row, bit, kind == "alike_one_in") == value
        if kind in ("took", "lost") and not (self.sure(row, self.last) and self.sure(row, self.last - 1)):
            return False
        return self.belongs(row, self.last, kind, value) and self.often(kind, value, bit)

    def one_in(self, row: int, bit: int, alike: bool) -> str:
        """Of customers without it a year ago, one in how many has acquired it since; of one's own cell, or of all."""
        then, could, observed = self.last - 12, 0, 0
        added = {other for t in range(then + 1, self.last + 1) for other, new in self.acquisitions(t, bit) if new}
        for other in range(len(self.words)):
            stayed = self.there(other, self.last) and self.there(other, then)
            if stayed and not self.has(other, then, bit) and (not alike or self.alike(other) == self.alike(row)):
                could, observed = could + 1, observed + (other in added)
        assert observed >= 10, "too few to compare"
        return str(min(n for n in ONE_IN if observed * n >= could))

    def alike(self, row: int) -> tuple[int, int]:
        return self.segment(row, self.last), sum(self.ages[row] >= edge for edge in CELL_AGES.edges)

    def segment(self, row: int, t: int) -> int:
        return self.words[row][t] >> SEGMENT.shift & 3

    def many(self, month: int, bit: int) -> bool:
        """More customers added it in that month of the year than in the others, by the same measure."""
        counts = {True: [0, 0], False: [0, 0]}
        for t in range(1, self.last + 1):
            for _, added in self.acquisitions(t, bit):
                counts[self.history.months[t].month == month][0] += added
                counts[self.history.months[t].month == month][1] += 1
        (added, could), (others_added, others_could) = counts[True], counts[False]
        return added >= 10 and others_could > 0 and added / could >= 1.2 * others_added / others_could - 1e-9


def band(place: int, edges: tuple[float, ...]) -> tuple[float, float]:
    return edges[place], edges[place + 1]


@settings(max_examples=3)
@given(seed=st.integers(0, 10_000))
def test_every_reason_is_true(history_of: Callable[..., History], seed: int) -> None:
    bank = restless_bank(history_of, seed)
    reasons, items, _ = reasons_of(bank, seed)
    second, kinds = SecondWay(bank), set()
    for row, place, which in zip(*np.nonzero(reasons.chosen >= 0), strict=True):
        code, bit = reasons.codes[reasons.chosen[row, place, which]], int(items[row, place])
        assert bit >= 0
        assert second.is_true(code, int(row), bit), (code, IDS[bit], int(row))
        kinds.add(code.partition(":")[0])
    assert kinds >= {"held_until", "holds", "took", "lost", "many_in_month"}, kinds


def test_where_no_fact_raises_a_product_the_banks_rate_is_reported(history_of: Callable[..., History]) -> None:
    """Ages speak for product 5 where customers are alike, against it where only the rate of all may be shown."""
    bank = restless_bank(history_of, 5)
    facts = learn_facts(bank, base_rates(bank.until(MONTHS)), CONFIG)
    tables = ("holds", "took", "lost", "groups", "many", "often")
    silent = replace(facts, **{name: np.zeros_like(getattr(facts, name)) for name in tables})
    items = np.tile(np.arange(24, dtype=np.int8), (len(bank), 1))
    parts = any_surrogate(bank.until(MONTHS), 5)
    parts.weights[: 8 * 24] = 0.0  # no state of a product moves anything
    reasons, second, kinds = choose(bank, items, parts, silent, MODELS), SecondWay(bank), set()
    for row, place in zip(*np.nonzero(reasons.chosen[:, :, 0] >= 0), strict=True):
        code = reasons.codes[reasons.chosen[row, place, 0]]
        assert second.is_true(code, int(row), int(place)), (code, int(row), int(place))
        kinds.add(code.partition(":")[0])
    assert kinds == {"alike_one_in", "all_one_in"} and (reasons.chosen[:, :, 1] == -1).all()
    short = learn_facts(bank.until(12), base_rates(bank.until(12)), CONFIG)
    assert (short.one_in == -1).all(), "no year to look back on"


def test_the_strongest_facts_are_reported_first(history_of: Callable[..., History]) -> None:
    """Holding 2 lifts product 5 most, activity a little less, segment too little; nothing is known of product 6."""
    words = np.full((3, 3), PRESENT | ACTIVE | np.uint64(1 << 2), dtype=np.uint64)
    bank = history_of(words)
    past = bank.until(3)
    state = states(past, VOCABULARY, CONFIG)
    weights = np.zeros((sum(state.sizes), 24))
    columns = dict(zip(state.names, state.codes[0] + state.offsets(), strict=True))
    for name, lift in ((IDS[2], 2.0), ("activity", 1.0), ("segment", 0.05)):
        weights[columns[name], 5] = lift
    parts = Surrogate(weights, np.zeros(24), np.array(np.nan))
    kinds = [group.name for group in reason_groups(BANK) for _ in group.codes]
    everything = {name: np.ones((24, 24), np.bool_) for name in ("holds", "took", "lost")}
    everything["groups"] = np.ones((len(kinds), 24), np.bool_)
    facts = Facts(
        **everything, many=np.zeros(24, np.bool_), often=np.arange(24) == 6,
        season=np.zeros(24), one_in=np.full((number_of_cells(BANK) + 1, 24), -1, np.int16),
    )  # fmt: skip
    items = np.full((3, 24), -1, np.int8)
    items[:, :3] = 5, 6, 7
    items[2] = -1
    reasons = choose(bank, items, parts, facts, MODELS)
    lists = reasons.lists(items >= 0).to_pylist()
    assert lists == [[f"holds:{IDS[2]}", "active"], ["often_added"], []] * 2
    assert (reasons.chosen[2] == -1).all(), "no list, no reason"
    only_five = np.where(items == 5, items, -1).astype(np.int8)
    alone = {name: np.zeros_like(table) for name, table in everything.items()}
    alone["groups"][[kind == "active" for kind in kinds]] = True
    silent = choose(bank, only_five, parts, replace(facts, **alone), MODELS)
    assert silent.lists(only_five >= 0).to_pylist() == [["active"]] * 2, "a statement that is not true is not reported"


def test_any_batching_gives_the_same(history_of: Callable[..., History]) -> None:
    bank = restless_bank(history_of, 3)
    whole, items, facts = reasons_of(bank, 3)
    parts = any_surrogate(bank.until(MONTHS), 3)
    for rows in (np.arange(1), np.arange(10, 47)):
        part = choose(bank.take(rows), items[rows], parts, facts, MODELS)
        np.testing.assert_array_equal(part.chosen, whole.chosen[rows])


def test_only_the_first_seven_have_reasons(history_of: Callable[..., History]) -> None:
    reasons, items, _ = reasons_of(restless_bank(history_of, 1), 1)
    lists = reasons.lists(items >= 0)
    ranks = np.broadcast_to(np.arange(1, 25), items.shape)[items >= 0]
    counts = np.array([len(codes) for codes in lists.to_pylist()])
    assert (counts[ranks > 7] == 0).all() and counts[ranks <= 7].max() == 2
    assert pa.types.is_list(lists.type) and pa.types.is_string(lists.type.value_type)


def test_a_flag_that_is_not_known_gives_no_reason(history_of: Callable[..., History]) -> None:
    """Held in months 1 and 2; the flags of the last month are unknown, so that it may be held still."""
    words = np.full((2, 4), PRESENT, dtype=np.uint64)
    words[:, :2] |= np.uint64(1 << 5)
    words[1, 2:] |= UNKNOWN
    bank = history_of(words)
    parts = any_surrogate(bank.until(4), 0)
    parts.weights[:] = 0.0
    parts.weights[8 * 5 : 8 * 6, 5] = 1.0  # the states of product 5
    facts = learn_facts(bank, base_rates(bank.until(4)), CONFIG)
    items = np.full((2, 24), -1, np.int8)
    items[:, 0] = 5
    codes = choose(bank, items, parts, facts, MODELS).lists(items >= 0).to_pylist()
    assert codes[0][:1] == ["held_until:2015-02"] and not codes[1]
    assert not unpack(bank.words[:, -1], 24)[:, 5].any()


def test_a_detail_is_not_reported_against_the_rest_of_its_group(history_of: Callable[..., History]) -> None:
    """Holding 2 speaks for product 5, holding 3 more strongly against it."""
    words = np.full((1, 3), PRESENT | np.uint64(0b1100), dtype=np.uint64)
    bank = history_of(words)
    parts = any_surrogate(bank.until(3), 0)
    facts = learn_facts(bank, base_rates(bank.until(3)), CONFIG)
    facts = replace(facts, holds=np.ones((24, 24), np.bool_))
    items = np.full((1, 24), -1, np.int8)
    items[:, 0] = 5
    for against, reported in ((-3.0, []), (-1.0, [f"holds:{IDS[2]}"])):
        parts.weights[:] = 0.0
        parts.weights[[8 * 2 + HELD, 8 * 3 + HELD], 5] = 2.0, against
        codes = choose(bank, items, parts, facts, MODELS).lists(items >= 0).to_pylist()
        assert codes == [reported]


BALANCES = {"low": (0, 500), "middle": (500, 5000), "high": (5000, np.inf)}


def of_other_bank(past: History, code: str, row: int) -> bool:
    """Whether the statement of a code is true for a customer of the other bank."""
    kind, _, value = code.partition(":")
    if kind == "plan":
        return ("UNKNOWN", "basic", "gold")[int(past.words[row, -1]) >> OTHER.state_fields["plan"].shift & 3] == value
    if kind == "online":
        return bool(past.profile["online"][row].as_py() == 1)
    balance, (low, high) = past.profile["balance"][row].as_py(), BALANCES[value]
    return balance is not None and low <= balance < high


def test_reasons_of_another_bank_are_true_and_of_what_it_describes() -> None:
    """Its own facts are reported: its state, its flag and its bands, never of a number that is not known."""
    history = other_history(3_000, MONTHS, seed=2)
    past, rng = history.until(MONTHS), np.random.default_rng(2)
    facts = learn_facts(history, base_rates(past), CONFIG)
    models = replace(MODELS, vocabulary=learn_vocabulary(past))
    size = sum(states(past, models.vocabulary, CONFIG).sizes)
    parts = Surrogate(rng.normal(0, 1, (size, OTHER.n)), rng.normal(0, 1, OTHER.n), np.array(np.nan))
    facts = replace(facts, groups=np.ones_like(facts.groups))  # as if every group added everything more often
    items = lists_by(rng.random((len(history), OTHER.n)), history.words[:, -1])
    reasons = choose(history, items, parts, facts, models)
    where = np.nonzero(reasons.chosen >= 0)
    reported = [(reasons.codes[code], int(row)) for code, row in zip(reasons.chosen[where], where[0], strict=True)]
    assert {code.partition(":")[0] for code, _ in reported} >= {"plan", "balance", "online", "holds", "held_until"}
    assert not [code for code, _ in reported if code.startswith(("alike_one_in", "age", "segment"))]
    about = [(code, row) for code, row in reported if code.partition(":")[0] in ("plan", "balance", "online")]
    assert all(of_other_bank(past, code, row) for code, row in about)


def test_no_group_of_age_is_reported_of_an_age_that_is_not_known(history_of: Callable[..., History]) -> None:
    """A missing age is above the largest; no reason compares the customer with others of that age."""
    age, missing = BANK.with_role("age"), {"missing": "unknown", "largest": 126}
    may_miss = tuple(one.model_copy(update=missing) if one is age else one for one in BANK.profile)
    bank = restless_bank(history_of, 5)
    persons = bank.persons.copy()
    persons[: N // 2] = person(age.largest)
    bank = replace(bank, bank=BANK.model_copy(update={"profile": may_miss}), persons=persons)
    reasons, items, facts = reasons_of(bank, 5)
    facts = replace(facts, groups=np.ones_like(facts.groups), one_in=np.zeros_like(facts.one_in))
    reasons = choose(bank, items, any_surrogate(bank.until(MONTHS), 5), facts, MODELS)
    kinds = np.array([code.partition(":")[0] for code in reasons.codes])
    of_age = (reasons.chosen >= 0) & np.isin(kinds[reasons.chosen], ["age", "alike_one_in"])
    assert not of_age[: N // 2].any() and of_age[N // 2 :].any()
