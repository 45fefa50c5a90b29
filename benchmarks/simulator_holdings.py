"""How similar the simulated bank is to the real one in presence, holdings, acquisitions and losses.

Read by `benchmarks.simulator_fidelity`; real figures come from `bankrec/simulator/bank_facts.json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bankrec.holdings import unpack
from bankrec.santander.columns import N_PRODUCTS
from bankrec.santander.size import MONTHS
from bankrec.simulator.figures import facts, joiners, monthly
from bankrec.simulator.simulate import live
from benchmarks.simulator_tolerance import Rows, count, month_name

_FLICKER = ("recibo", "nom_pens", "nomina", "tjcr_fin")
_JULY = 6
_SALARY_GAPS = (2, 4, 11, 12)  # April, June, January, February: pension moves without payroll, by the published totals


@dataclass
class Lives:
    """A bank month by month: holdings words, presence and activity [n, 17]; acquisitions and losses [n, 16]."""

    words: Any
    seen: Any
    active: Any
    both: Any
    up: Any
    down: Any
    scale: float  # customers of this bank for one of the real

    def added(self, name: str) -> Any:
        """Which customers acquire the product in which transition: bool [n, 16]."""
        return (self.up >> np.uint32(_names().index(name))) & 1 != 0


def holdings(customers: int, seed: int) -> Rows:
    """Rows, joiners and leavers, holdings, acquisitions, losses, who adds, coming back, co-acquisitions."""
    words = np.zeros((customers, MONTHS), np.uint32)
    seen, active = np.zeros(words.shape, bool), np.zeros(words.shape, bool)

    def see(_: Any, state: Any, present: Any) -> None:
        words[present, state.month] = state.words[present]
        seen[:, state.month], active[:, state.month] = present, state.active & present

    live(customers, seed, MONTHS, see)
    both = seen[:, 1:] & seen[:, :-1]
    up = np.where(both, words[:, 1:] & ~words[:, :-1], 0).astype(np.uint32)
    down = np.where(both, words[:, :-1] & ~words[:, 1:], 0).astype(np.uint32)
    bank = Lives(words, seen, active, both, up, down, customers / facts()["customers"])
    return _presence(bank) + _held(bank) + _flows(bank) + _acquirers(bank) + _together(bank)


def _names() -> list[str]:
    return [name[4:].replace("_ult1", "") for name in facts()["products"]]


def _presence(bank: Lives) -> Rows:
    """Rows and joiners by month, the block of July 2015, leavers, and what is added over missing months."""
    known, scale = facts(), bank.scale
    rows: Rows = []
    for month, real in enumerate(known["rows_by_month"]):
        rows.append((f"rows {month_name(month)}", real, bank.seen[:, month].sum() / scale, 0.02 * real))
    first = bank.seen.argmax(axis=1)
    for month in range(1, MONTHS):
        real = joiners()[month] * known["customers"]
        rows.append(count(f"joiners {month_name(month)}", real, (first == month).sum(), scale, 0.25))
    block = bank.words[first == _JULY, _JULY] == 0
    rows.append(("July 2015 joiners without products", known["empty_by_month"]["july_2015"], float(block.mean()), 0.03))
    gone = (bank.seen[:, :-1] & ~bank.seen[:, 1:]).sum(axis=0).mean()
    rows.append(count("absent who were there the month before", known["leavers_per_month"], gone, scale, 0.3))
    over = 0
    for month in range(2, MONTHS):
        back = bank.seen[:, month] & ~bank.seen[:, month - 1] & bank.seen[:, month - 2]
        observed = bank.words[back, month] & ~bank.words[back, month - 2]
        over += int(np.bitwise_count(observed).sum())
    rows.append(count("acquisitions over missing months", known["acquisitions_over_a_gap"], over, scale, 0.5))
    return rows


def _held(bank: Lives) -> Rows:
    """Customer-months that hold each of the 24 products, and those without products."""
    known = facts()
    held = sum(unpack(bank.words[:, month], N_PRODUCTS).sum(axis=0) for month in range(MONTHS))
    rows = [
        count(f"customer-months with {name}", real, ours, bank.scale, 0.2, static=True)
        for name, real, ours in zip(_names(), known["rows_held"], held, strict=True)
    ]
    last = bank.words[bank.seen[:, 16], 16] == 0
    rows.append(("bank without products, May", known["bank_empty"], float(last.mean()), 0.03))
    return rows


def _flows(bank: Lives) -> Rows:
    """Acquisitions and losses by product and month, and the share of the four products that change most often."""
    rows: Rows = []
    added = np.stack([unpack(bank.up[:, m], N_PRODUCTS).sum(axis=0) for m in range(16)], axis=1)
    lost = np.stack([unpack(bank.down[:, m], N_PRODUCTS).sum(axis=0) for m in range(16)], axis=1)
    for title, ours, table, share in (("added", added, "acquisitions", 0.12), ("lost", lost, "drops", 0.20)):
        for j, name in enumerate(_names()):
            real = monthly(table)[j, :16]
            rows.append(count(f"{title} {name}, 16 months", real.sum(), ours[j].sum(), bank.scale, share))
            for m in range(16):
                label = f"{title} {name} {month_name(m + 1)}"
                rows.append(count(label, real[m], ours[j, m], bank.scale, share + 0.08))
    flicker = [_names().index(name) for name in _FLICKER]
    part = float(added[flicker].sum() / added.sum())
    rows.append(("share of acquisitions in the four that flicker", facts()["flickering_share"], part, 0.02))
    turning = (bank.down >> np.uint32(_names().index("cno_fin"))) & 1 != 0
    for month, real in facts()["conversions"].items():
        place = int((np.datetime64(month) - np.datetime64("2015-02")).astype(int))
        if place < 16:
            turned = (turning & bank.added("cco_fin"))[:, place].sum()
            rows.append(count(f"payroll to current account {month}", real, turned, bank.scale, 0.2))
    return rows


def _acquirers(bank: Lives) -> Rows:
    """Acquirers: their share, acquisitions at once, whether ever, and whether they held the product before."""
    known, up = facts(), bank.up
    rows: Rows = []
    share = (up != 0).sum(axis=0) / bank.both.sum(axis=0)
    for m, real in enumerate(known["acquirers"]["shares"][:16]):
        rows.append((f"share of acquirers {month_name(m + 1)}", real, float(share[m]), 0.004))
    number = np.bitwise_count(up[up != 0])
    rows.append(("acquisitions per acquirer", known["acquirers"]["per_acquirer"], float(number.mean()), 0.03))
    for n, real in known["acquirers_by_number"].items():
        rows.append((f"of acquirers, {n} at once", real, float((number == int(n)).mean()), 0.015))
    rows.append(("of acquirers, more than 7 at once", 0.0, float((number > 7).mean()), 0.0))
    rows.append(("customers who ever add", known["acquirers"]["ever"], float((up != 0).any(axis=1).mean()), 0.02))
    may = up[:, 15] != 0
    rows.append(("May acquirers active in May", known["acquirers_active"], float(bank.active[may, 16].mean()), 0.02))
    active = bank.active.sum() / bank.seen.sum()
    rows.append(("active, all rows", known["active_share"], float(active), 0.03))
    empty = bank.words[may, 15] == 0
    rows.append(("May acquirers without products", known["acquirers_empty"], float(empty.mean()), 0.03))
    for name, real in known["readd_share"].items():
        adds = bank.added(name)[:, 15]
        before = np.bitwise_or.reduce(bank.words[adds, 11:15], axis=1)
        had = unpack(before, N_PRODUCTS)[:, _names().index(name)].mean()
        rows.append((f"had {name} within five months, May", real, float(had), 0.08))
    return rows


def _together(bank: Lives) -> Rows:
    """Products acquired together, over the 16 transitions, and payroll's rule."""
    flags = unpack(bank.up.ravel()[bank.up.ravel() != 0], N_PRODUCTS).astype(float)
    pairs = flags.T @ flags
    short = [name.replace("_fin", "") for name in _names()]
    rows: Rows = []
    for pair, real in facts()["coacquisitions"].items():
        a, b = (short.index(name) for name in pair.split(">"))
        ours = pairs[a, b] / max(pairs[a, a], 1)
        if pair == "nom_pens>nomina":  # its 0.97 is of months without salary gaps: the totals of the others are less
            usual = np.setdiff1d(np.arange(16), _SALARY_GAPS)
            pension, payroll = bank.added("nom_pens")[:, usual], bank.added("nomina")[:, usual]
            ours = (pension & payroll).sum() / max(pension.sum(), 1)
        rows.append((f"also added: {pair}", real, float(ours), min(max(0.03, 0.25 * real), (1 - real) + 0.02)))
    payroll, pension = (np.uint32(1 << short.index(name)) for name in ("nomina", "nom_pens"))
    lonely = (bank.words & payroll != 0) & (bank.words & pension == 0) & bank.seen
    rows.append(("payroll held without pension", 0.0, float(lonely.sum()), 0.0))
    return rows
