"""The chances that a customer acquires or loses each product in a month, given all that the simulation knows.

An acquisition has one of two causes, as in the real bank. One is the return of a product that flickers (comes and
goes), with a hazard that falls with the months since it was lost. The other is a first acquisition, which depends on
the customer's latent intensity and tastes, on the products held, and on age. Each month the two are scaled so that
the expected acquisitions of the whole bank are the published ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from bankrec.santander.columns import BIT, N_PRODUCTS
from bankrec.simulator.figures import facts, monthly
from bankrec.simulator.population import Ints, Profile

Floats = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]
CCO, CNO, JUNIOR, RECA = (BIT[f"ind_{name}_fin_ult1"] for name in ("cco", "cno", "ctju", "reca"))
NOMINA, PENSION, RECIBO = (BIT[f"ind_{name}_ult1"] for name in ("nomina", "nom_pens", "recibo"))
CARD, ECUE = BIT["ind_tjcr_fin_ult1"], BIT["ind_ecue_fin_ult1"]
FLICKERING = (NOMINA, PENSION, RECIBO, CARD)
NOT_LOST = -100
PAYROLL_ACCOUNT_WITH_PAYROLL = 0.45  # chance that an arriving payroll brings the payroll account along

# Hazard of coming back by months since the loss (1, 2, ... 5, later), before scaling to the published share.
# A paused payroll returns in the next month or hardly ever; a card is used again whenever it is needed.
_COMING_BACK = np.array([0.0, 0.72, 0.45, 0.32, 0.22, 0.18, 0.05])
_PAUSE = np.array([0.0, 0.95, 0.30, 0.18, 0.13, 0.10, 0.04])
_NOW_AND_THEN = np.array([0.0, 0.45, 0.42, 0.38, 0.34, 0.30, 0.08])
_CURVES = {NOMINA: _PAUSE, PENSION: _PAUSE, CARD: _NOW_AND_THEN}
_RECENT = 4  # months since the loss, as the published shares count them: held in one of the five months before
_STEADY_RETURN = 0.03  # hazard of customers whose product does not flicker, as a share of the above
_INACTIVE = 0.012  # acquisitions of inactive customers, as a share of those of active ones
_EMPTY_INACTIVE = 0.55  # the same for customers without products, on top of the lift of their cell
_LAST_PRODUCT = 0.2  # hazard of losing the only product, as a share of that of losing one of many
_STRENGTH = 2.2  # exponent of the published lifts, as the cells they are counted in are coarse


@dataclass
class State:
    """What changes by month: arrays over customers, for the month `month`."""

    month: int
    words: Words  # holdings
    lost: npt.NDArray[np.int8]  # [n, 24] month in which the product was last lost, NOT_LOST if never
    flickers: Words  # bit j: this customer acquires and drops product j repeatedly
    active: Bools
    intensity: Floats  # [n] how often this customer acquires any product for the first time
    taste: Floats  # [n, 24] standard normal

    def holds(self, product: int) -> Bools:
        """Customers who hold the product: bool [n]."""
        return has(self.words, product)

    def flicker(self, product: int) -> Bools:
        """Customers for whom the product flickers: bool [n]."""
        return has(self.flickers, product)


def has(words: Words, product: int) -> Bools:
    """Whose word has the bit of the product: bool [n]."""
    on: Bools = (words >> np.uint32(product)) & np.uint32(1) != 0
    return on


@dataclass
class Events:
    """Chances of the independent events of one month, which cause the acquisitions: float32 [n, 24] and [n].

    `add[:, NOMINA]` is a payroll arriving, which brings the pension flag and sometimes the payroll
    account; `add[:, PENSION]` the pension flag alone; `convert` a payroll account that turns into a
    current account; `drop` a loss.
    """

    add: Floats
    drop: Floats
    convert: Floats
    brings_account: Floats
    pension_free: Floats  # 1 where the pension flag is not held: an arriving payroll adds it

    def probabilities(self) -> Floats:
        """Chance that each product is acquired: float32 [n, 24], exact for the draws of `simulator.dynamics`."""
        p = self.add.copy()
        payroll = self.add[:, NOMINA]
        p[:, PENSION] = 1 - (1 - self.add[:, PENSION]) * (1 - payroll * self.pension_free)
        p[:, CNO] = 1 - (1 - self.add[:, CNO]) * (1 - payroll * self.brings_account)
        p[:, CCO] = 1 - (1 - self.add[:, CCO]) * (1 - self.convert)
        return p


def cells(words: Words, age: Ints) -> Ints:
    """Cell of the table of lifts: 64 patterns of products held x 4 age bands."""
    w = words.astype(np.int64)

    def bit(product: int) -> Ints:
        return (w >> product) & 1

    other = bit(7) | bit(8) | bit(12)
    pattern = bit(CCO) | bit(CNO) << 1 | bit(PENSION) << 2 | bit(RECIBO) << 3 | bit(CARD) << 4 | other << 5
    return pattern + 64 * np.searchsorted([26, 40, 60], age, side="right")


def lifts() -> Floats:
    """Lift: rate of first acquisitions in a cell over that of the average active customer, [256, 24]."""
    table = np.array(facts()["new_product_lift"], dtype=np.float32)
    bare = np.arange(256) % 64 == 0
    table[bare] = 0.02
    table[bare, CCO] = 1.5
    for name, lift in (("ecue", 0.4), ("ctma", 1.0), ("dela", 0.3), ("valo", 0.2)):
        table[bare, BIT[f"ind_{name}_fin_ult1"]] = lift
    return table**_STRENGTH


def chances(state: State, profile: Profile, present: Bools, sharpness: float) -> Events:
    """Events of the month after `state.month`, for customers present in both months (0 for the others)."""
    n, target = len(state.words), state.month  # column `month` of the tables is the month after it
    scale = len(profile.user_id) / facts()["customers"]
    acquisitions, drops = monthly("acquisitions")[:, target] * scale, monthly("drops")[:, target] * scale
    cell, lift = cells(state.words, profile.age), lifts()
    bare = state.words == 0
    acts = np.where(state.active, 1.0, np.where(bare, _EMPTY_INACTIVE, _INACTIVE)).astype(np.float32) * present
    add = np.zeros((n, N_PRODUCTS), np.float32)
    drop = np.zeros((n, N_PRODUCTS), np.float32)
    convert = _conversions(state, present, scale)
    order = (NOMINA, CNO, *(j for j in range(N_PRODUCTS) if j not in (NOMINA, CNO)))
    free = ~state.holds(PENSION)
    brings = np.where(state.holds(CNO), 0, PAYROLL_ACCOUNT_WITH_PAYROLL).astype(np.float32)
    for j in order:
        wanted = acquisitions[j]
        if j == PENSION:
            wanted = max(wanted - float((add[:, NOMINA] * free).sum()), 0.01 * wanted)
        elif j == CNO:
            wanted = max(wanted - float((add[:, NOMINA] * brings).sum()), 0.2 * wanted)
        elif j == CCO:
            wanted = max(wanted - float(convert.sum()), 0.2 * wanted)
        eligible = present & ~state.holds(j)
        if j == JUNIOR:
            eligible &= profile.age < 18
        elif profile.band.min() == 0:
            eligible &= (profile.age >= 18) | (j in (BIT["ind_ahor_fin_ult1"], BIT["ind_dela_fin_ult1"]))
        if j == PENSION:
            eligible &= ~(state.flicker(NOMINA) & (state.lost[:, NOMINA] != NOT_LOST))
        since = state.month + 1 - state.lost[:, j].astype(np.int64)
        was_lost = state.lost[:, j] != NOT_LOST
        back = _CURVES.get(j, _COMING_BACK)[np.clip(since, 0, 6)] * np.exp(0.5 * state.taste[:, j])
        back *= np.where(state.flicker(j), 1.0, _STEADY_RETURN) * was_lost * eligible * present
        new = lift[cell, j] * state.intensity * acts * np.exp(sharpness * state.taste[:, j])
        new *= eligible & ~was_lost
        # Few accounts that a payroll brings were held before, and the share is of them as well.
        returning = _coming_back_share(j) * (acquisitions[j] if j == CNO else wanted)
        recent = float(back[since <= _RECENT].sum())
        add[:, j] = _scaled(back, new, wanted, returning * float(back.sum()) / recent if recent else 0.0)
        turned = 0.0  # the published losses include accounts that turn into the other kind
        if j == CNO:
            turned = float(convert.sum())
        elif j == CCO:
            arriving = 1 - (1 - add[:, CNO]) * (1 - add[:, NOMINA] * brings)
            turned = float((arriving * state.holds(CCO)).sum())
        drop[:, j] = _losses(state, j, max(drops[j] - turned, 0.1 * drops[j]), present)
    # A payroll is lost with its pension flag; the flag alone is lost where there is no payroll.
    lonely = state.holds(PENSION) & ~state.holds(NOMINA) & present
    alone = _losses(state, PENSION, max(drops[PENSION] - drops[NOMINA], 0.02 * drops[PENSION]), lonely)
    drop[:, PENSION] = alone
    return Events(add, drop, convert, brings, free.astype(np.float32))


def _coming_back_share(product: int) -> float:
    """Share of acquisitions by customers who lost the product within the last months."""
    name = facts()["products"][product][4:].replace("_ult1", "")
    return float(facts()["readd_share"].get(name, 0.15))


def _scaled(back: Floats, new: Floats, wanted: float, returning: float) -> Floats:
    """Chances from hazards: they add up to `wanted`, of which about `returning` are returns."""
    if wanted <= 0:
        return np.zeros_like(new)
    back = _fitted(back, min(returning, wanted), most=0.9, stretch=4.0)
    new = _fitted(new, wanted - float(back.sum()), most=0.7, stretch=np.inf)
    return (back + new).astype(np.float32)  # no customer has both causes


def _fitted(hazard: Floats, total: float, most: float, stretch: float) -> Floats:
    """1 - exp(-c h) with c such that the sum is `total`, at most `most` each and c at most `stretch`."""
    rate = np.zeros(len(hazard))
    where = np.flatnonzero(hazard > 0)
    if total <= 0 or len(where) == 0:
        return rate.astype(np.float32)
    h = hazard[where].astype(np.float64)

    def chances(c: float) -> npt.NDArray[np.float64]:
        return np.asarray(most * -np.expm1(-c * h / most))

    greatest = float(total / h.sum() * 50)
    reached = chances(greatest).sum() > total  # else `total` is more than all can reach with `most` each
    c = brentq(lambda tried: chances(tried).sum() - total, 0.0, greatest, rtol=1e-9) if reached else greatest
    rate[where] = chances(min(c, stretch))
    return rate.astype(np.float32)


def _losses(state: State, product: int, wanted: float, present: Bools) -> Floats:
    """Chances of a loss: most losses are of customers for whom the product flickers."""
    holders = state.holds(product) & present
    if product == RECA:
        return np.zeros(len(holders), np.float32)
    only = (state.words & (state.words - np.uint32(1))) == 0
    hazard = np.where(state.flicker(product), 0.3, 0.006) * np.where(only, _LAST_PRODUCT, 1.0) * holders
    return _fitted(hazard.astype(np.float32), wanted, most=0.85, stretch=np.inf)


def _conversions(state: State, present: Bools, scale: float) -> Floats:
    """Payroll accounts that turn into current accounts, in June and December."""
    month = str(np.datetime64("2015-02") + state.month)
    wanted = facts()["conversions"].get(month, 0) * scale
    hazard = (state.holds(CNO) & ~state.holds(CCO) & present) * np.exp(1.2 * state.taste[:, CCO])
    return _fitted(hazard.astype(np.float32), wanted, most=0.9, stretch=np.inf)
