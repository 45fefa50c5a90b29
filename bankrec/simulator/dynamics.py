"""How a simulated bank changes from one month to the next."""

from __future__ import annotations

from datetime import date

import numpy as np

from bankrec.santander.columns import BIT, N_PRODUCTS
from bankrec.simulator.chances import (
    CCO,
    CNO,
    ECUE,
    FLICKERING,
    NOMINA,
    NOT_LOST,
    PENSION,
    RECIBO,
    Bools,
    Events,
    Floats,
    State,
    Words,
    cells,
    has,
    lifts,
)
from bankrec.simulator.figures import facts
from bankrec.simulator.population import Profile
from bankrec.tenure import months_since

PUBLIC = 0.75  # share of the variance of tastes that age and seniority explain
_SHARED_TASTES = 20150128
_AGES = (20, 22, 24, 27, 33, 38, 43, 48, 55, 64)
_SENIORITY_AS_OF = date(2015, 7, 28)
_SENIORITIES = (0, 6, 14, 26, 40, 80, 130, 180)
# Chance that a product flickers for a customer who holds it at the start, and for one who acquires it later.
_FLICKERS_AT_START = dict.fromkeys(FLICKERING, 0.25) | {CCO: 0.012, CNO: 0.05}
_FLICKERS_WHEN_NEW = dict.fromkeys(FLICKERING, 0.6) | {CCO: 0.35, CNO: 0.25}
_ONE_ACCOUNT = {CCO: CNO, CNO: CCO, PENSION: CCO}
_SAVINGS = tuple(BIT[f"ind_{name}_fin_ult1"] for name in ("dela", "fond", "plan", "valo"))
_OFF_AT_START = {23: 0.030, 18: 0.013, NOMINA: 0.017, PENSION: 0.004, CCO: 0.010, CNO: 0.003}


def start(profile: Profile, rng: np.random.Generator, spread: float) -> State:
    """The bank before its first month: holdings of all customers at the time they join, and latent traits.

    `spread` is the standard deviation of the log of a customer's intensity.
    """
    n = len(profile.user_id)
    intensity = np.exp(spread * rng.standard_normal(n)).astype(np.float32)
    taste = _tastes(profile, rng)
    words = _baskets(profile, rng)
    flickers = np.zeros(n, np.uint32)
    lost = np.full((n, N_PRODUCTS), NOT_LOST, np.int8)
    state = State(0, words, lost, flickers, profile.active.copy(), intensity, taste)
    cell, table = cells(words, profile.age), lifts()
    for j in range(N_PRODUCTS):
        held = state.holds(j)
        flickers |= _bit(held & (rng.random(n) < _FLICKERS_AT_START.get(j, 0.03)), j)
        if j in _OFF_AT_START:  # customers whose flickering product is absent now
            weight = table[cell, j] * intensity * (profile.active & ~held & (profile.age > 17))
            chance = np.minimum(weight * (_OFF_AT_START[j] * profile.active.sum() / max(weight.sum(), 1)), 0.5)
            off = rng.random(n) < chance
            flickers |= _bit(off, j)
            lost[off, j] = -rng.integers(0, 4, int(off.sum()))
    flickers |= _bit(has(flickers, NOMINA), PENSION)
    gone = (lost[:, NOMINA] != NOT_LOST) & ~state.holds(PENSION)
    lost[gone, PENSION] = lost[gone, NOMINA]
    return state


def _tastes(profile: Profile, rng: np.random.Generator) -> Floats:
    """Standard normal tastes, float32 [n, 24]: a part shared by age and seniority, and one of the customer alone.

    The shared parts are the same in every simulated bank: a model can learn them from the profile.
    """
    shared = np.random.default_rng(_SHARED_TASTES)
    age = shared.standard_normal((len(_AGES) + 1, N_PRODUCTS), dtype=np.float32)
    seniority = shared.standard_normal((len(_SENIORITIES) + 1, N_PRODUCTS), dtype=np.float32)
    months = months_since(profile.joined, _SENIORITY_AS_OF)
    own = rng.standard_normal((len(months), N_PRODUCTS), dtype=np.float32)
    public = age[np.searchsorted(_AGES, profile.age)] + seniority[np.searchsorted(_SENIORITIES, months)]
    weight = np.float32(np.sqrt(PUBLIC / 2))
    return weight * public + np.float32(np.sqrt(1 - PUBLIC)) * own


def draw(events: Events, state: State, rng: np.random.Generator) -> tuple[Words, Words]:
    """One joint draw of a month: words of the products acquired and of those lost."""
    n = len(state.words)
    added, dropped = np.zeros(n, np.uint32), np.zeros(n, np.uint32)
    for j in range(N_PRODUCTS):
        added |= _bit(rng.random(n, dtype=np.float32) < events.add[:, j], j)
        dropped |= _bit(rng.random(n, dtype=np.float32) < events.drop[:, j], j)
    payroll = has(added, NOMINA)
    brings = payroll & (rng.random(n, dtype=np.float32) < events.brings_account)
    converts = rng.random(n, dtype=np.float32) < events.convert
    added |= _bit(payroll & ~state.holds(PENSION), PENSION) | _bit(brings & ~state.holds(CNO), CNO)
    added |= _bit(converts, CCO)
    # One account turns into the other: few ever hold both.
    dropped |= _bit(converts, CNO) | _bit(has(added, CNO) & state.holds(CCO), CCO)
    dropped |= _bit(has(dropped, NOMINA) & state.holds(PENSION), PENSION)
    # An arriving payroll keeps the pension flag.
    dropped &= ~_bit(payroll, PENSION)
    return added, dropped


def step(state: State, added: Words, dropped: Words, present: Bools, rng: np.random.Generator) -> None:
    """Move `state` to the next month, in place."""
    n, month = len(state.words), state.month + 1
    for j in range(N_PRODUCTS):
        state.lost[has(dropped, j), j] = month
        new = has(added, j) & (state.lost[:, j] == NOT_LOST)
        state.flickers |= _bit(new & (rng.random(n, dtype=np.float32) < _FLICKERS_WHEN_NEW.get(j, 0.05)), j)
    state.flickers |= _bit(state.flicker(NOMINA) & has(added, NOMINA), PENSION)
    before = state.words
    state.words = (before | added) & ~dropped
    draws = rng.random(n, dtype=np.float32)
    wakes = ~state.active & ((added != 0) & (draws < 0.8))
    flips = (added == 0) & (draws < 0.0035) & (state.words != 0)
    rests = state.active & (added == 0) & (state.words == 0) & (before != 0) & (draws < 0.97)
    moved = (state.active | wakes) ^ flips
    state.active = np.where(present, moved & ~rests, state.active)
    state.month = month


def _bit(where: Bools, product: int) -> Words:
    return where.astype(np.uint32) << np.uint32(product)


def _baskets(profile: Profile, rng: np.random.Generator) -> Words:
    """Holdings of each customer at the start, by segment, age band and activity."""
    n = len(profile.user_id)
    tables = facts()["baskets"]
    key = profile.segment * 100 + profile.band * 10 + profile.active
    words = np.zeros(n, np.uint32)
    for value in np.unique(key):
        chosen = np.flatnonzero((key == value) & ~profile.empty)
        s, b, a = value // 100, value // 10 % 10, value % 10
        table = tables.get(f"{s}{b}{a}") or tables.get(f"{s}{min(b + 1, 4)}{a}") or tables[f"2{max(b, 1)}{a}"]
        counts = np.array(list(table.values()), float)
        options = np.array([int(k) for k in table], np.uint32)
        words[chosen] = rng.choice(options, len(chosen), p=counts / counts.sum())
    target = facts()["stock_january_2015"]
    here = profile.first == 0
    pension_first = sorted(range(N_PRODUCTS), key=lambda j: j == NOMINA)
    for j in pension_first:  # the tables are of a later month: remove or add holders to match the first month
        held = has(words, j)
        share = float(held[here].mean())
        if share > target[j]:  # nobody loses the only product: customers without products are drawn above
            several = here & held & ((words & (words - np.uint32(1))) != 0)
            thin = (share - target[j]) * here.sum() / max(several.sum(), 1)
            words &= ~_bit(several & (rng.random(n) < thin), j)
        else:
            room = here & ~held & (words != 0) & (profile.active | (j == CCO)) & (profile.age > 17)
            if j in _ONE_ACCOUNT:  # an arriving payroll turns a current account into a payroll account
                room &= ~has(words, _ONE_ACCOUNT[j])
            if j not in (CCO, ECUE, RECIBO):
                room &= profile.age > 25
            if j == NOMINA:
                room &= has(words, PENSION) & (profile.age < 60)
            weight = room * np.where(profile.segment == 1, 4.0, 1.0)
            weight *= np.where((profile.age < 40) & (j in _SAVINGS), 0.3, 1.0)
            fill = (target[j] - share) * here.sum() / max(weight.sum(), 1)
            words |= _bit(rng.random(n) < fill * weight, j)
    words &= ~_bit(~has(words, PENSION), NOMINA)
    return words
