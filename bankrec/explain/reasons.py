"""Reasons: why a product has its rank, up to two facts for each of the first seven products.

The facts chosen are those that raise the ranker's score most. The surrogate estimates the part of each state in the
score of a product, compared with the usual customer. From it the mean over the customer's products is subtracted, as
a fact that raises all products changes no rank. The result is the first-order change of log P(this product |
something is acquired) from the usual customer to this one. A fact is reported only if all facts of its `Group`
together raise the product too. Agreement with CatBoost's SHAP values is measured
(`bankrec.evaluation.shap_agreement`).

Each statement is true, whatever changed the score: a state is the customer's own, "more often" is counted
(`group_rates`). Facts without a text, such as sex or nationality, are not reported. If no fact raises a product, its
rank comes from its base rate among all products, and the bank's rate is reported.
"""

from __future__ import annotations

from enum import Enum

import numpy as np
import numpy.typing as npt

from bankrec.bank.description import Bank
from bankrec.explain.codes import Codes
from bankrec.explain.group_rates import Facts, cell
from bankrec.explain.groups import reason_groups
from bankrec.explain.surrogate import Surrogate, usual_shares
from bankrec.history import History, age_is_known, segment_codes
from bankrec.holdings import Words, known, unpack
from bankrec.model.ranker import Models
from bankrec.model.states import HELD, LOST_1, NEW, RECENT, states
from bankrec.ranked import NONE, PLACES, Chosen, Reasons

Matrix = npt.NDArray[np.float32]


class Group(Enum):
    """The subject of a fact."""

    OWN = "the product's own past"
    OTHERS = "other products"
    AGE = "age and segment"
    RELATION = "relation to the bank"
    PROFILE = "the customer's profile"
    HIDDEN = "never shown"


def field_groups(bank: Bank) -> dict[str, Group]:
    """The group of each field of the additive model's states, by its name, without the fields of products."""
    groups = dict.fromkeys(("holds", "lost", "added"), Group.OTHERS)
    groups |= dict.fromkeys(("activity", "months"), Group.RELATION)
    for column in bank.profile:
        about = {"age": Group.AGE, "joined": Group.RELATION}.get(column.role or "", Group.PROFILE)
        groups[column.name] = about if column.texts else Group.HIDDEN
    groups |= dict.fromkeys((feature.name for feature in bank.features), Group.HIDDEN)
    for state in bank.states:
        about = Group.AGE if state.segment else Group.RELATION
        groups[state.name] = groups[f"{state.name}_before"] = (
            about if state.texts or not state.segment else Group.HIDDEN
        )
    return groups


def choose(batch: History, items: npt.NDArray[np.int8], surrogate: Surrogate, facts: Facts, models: Models) -> Reasons:
    """Reasons for lists `items` [n, m] of the n customers of `batch`, as of its last month."""
    config, bank = models.config, batch.bank
    past = batch.until(len(batch.months))
    words = past.words[:, -config.window :]
    codes = Codes(bank, past.months[-words.shape[1] :])
    top = items[:, :PLACES].astype(np.int64)
    least = float(np.log(config.reasons.odds))
    best = _Best(top >= 0, least)
    top = np.maximum(top, 0)
    state = states(past, models.vocabulary, config)
    share = usual_shares(surrogate, ~unpack(words[:, -1], bank.n)).astype(np.float32)
    weights, season = surrogate.weights.astype(np.float32), facts.season.astype(np.float32)
    statements, fields = _Shown(past, words, top, facts, codes), field_groups(bank)
    whole = {group: np.zeros(top.shape, np.float32) for group in Group}
    candidates: list[tuple[Group, Matrix, npt.NDArray[np.int64]]] = []
    for field, (name, offset) in enumerate(zip(state.names, state.offsets(), strict=True)):
        of_field = state.codes[:, field]
        moved = _moved(weights[of_field + offset], share, top)
        if name in bank.bit:
            own, code = top == bank.bit[name], statements.product(bank.bit[name], of_field)
            for group, here in ((Group.OWN, own), (Group.OTHERS, ~own)):
                whole[group] += np.where(here, moved, 0)
                candidates.append((group, moved, np.where(here, code, NONE)))
        else:
            whole[fields[name]] += moved
            candidates += [(fields[name], moved, code) for code in statements.by_field.get(name, ())]
    for group, moved, code in candidates:
        best.take(moved, np.where(whole[group] > least, code, NONE))
    code = np.where(facts.many[top], codes.start["many_in_month"] + past.months[-1].month % 12, NONE)
    best.take(_moved(np.broadcast_to(season, share.shape), share, top), code)
    rate = np.where(whole[Group.AGE] > 0, statements.rate_alike, statements.rate_of_all)
    otherwise = np.where(facts.often[top], codes.start["often_added"], rate)
    return Reasons(best.chosen(otherwise), codes.names)


def _moved(contribution: Matrix, share: Matrix, top: npt.NDArray[np.int64]) -> Matrix:
    """Change of the log shares of the products at `top` [n, 7] by a contribution [n, products], to first order."""
    mean = np.einsum("ij,ij->i", share, contribution)
    moved: Matrix = np.take_along_axis(contribution, top, axis=1) - mean[:, None]
    return moved


class _Shown:
    """Codes of the true statements: int [n, 7] for a field, -1 where there is none."""

    def __init__(self, past: History, words: Words, top: npt.NDArray[np.int64], facts: Facts, codes: Codes) -> None:
        self._top, self._facts, self._start = top, facts, codes.start
        self._known = known(words)
        self._flags = unpack(words, past.bank.n) & self._known[..., None]
        self.by_field = self._groups(past)
        alike, of_all = facts.one_in[cell(past)[:, None], top], facts.one_in[-1][top]
        self.rate_of_all = np.where(of_all >= 0, codes.start["all_one_in"] + of_all, NONE)
        known_alike = (alike >= 0) & ((segment_codes(past) > 0) & age_is_known(past))[:, None]
        self.rate_alike = np.where(known_alike, codes.start["alike_one_in"] + alike, self.rate_of_all)

    def _groups(self, past: History) -> dict[str, list[npt.NDArray[np.int64]]]:
        """By field, the groups of each customer that acquire the product more often."""
        by_field: dict[str, list[npt.NDArray[np.int64]]] = {}
        first = 0
        for group in reason_groups(past.bank):
            code = group.of(past)[:, None]
            true = self._facts.groups[first + code, self._top] & (code >= int(group.skips_first))
            by_field.setdefault(group.field, []).append(np.where(true, self._start[group.name] + code, NONE))
            first += len(group.codes)
        return by_field

    def product(self, bit: int, state: npt.NDArray[np.int16]) -> npt.NDArray[np.int64]:
        """Codes that follow from the state of product `bit`: for the product itself, and for the others."""
        facts, start, top = self._facts, self._start, self._top
        holds = np.where(facts.holds[bit][top], start["holds"] + bit, NONE)
        took = np.where(facts.took[bit][top], start["took"] + bit, holds)
        lost = np.where(facts.lost[bit][top], start["lost"] + bit, NONE)
        has, seen = np.isin(state, (HELD, RECENT)), self._known[:, -1]
        conditions = [has[:, None], (state == NEW)[:, None], (seen & (state == LOST_1))[:, None]]
        other = np.select(conditions, [holds, took, lost], NONE)
        return np.where(top == bit, self._held_until(bit, state)[:, None], other)

    def _held_until(self, bit: int, state: npt.NDArray[np.int16]) -> npt.NDArray[np.int64]:
        """Code of the last month with the product, if the month after it is known to be without: int [n]."""
        flags = self._flags[:, :, bit]
        months = flags.shape[1]
        last = months - 1 - np.argmax(flags[:, ::-1], axis=1)
        after = self._known[np.arange(len(flags)), np.minimum(last + 1, months - 1)]
        true = (state >= LOST_1) & after & self._known[:, -1]
        return np.where(true, self._start["held_until"] + last, NONE)


class _Best:
    """The two strongest facts so far, for each place; each changes the score by more than `least`."""

    def __init__(self, listed: npt.NDArray[np.bool_], least: float) -> None:
        self._listed = listed
        self._moved = np.full((2, *listed.shape), least, dtype=np.float32)
        self._code = np.full((2, *listed.shape), NONE, dtype=np.int16)

    def take(self, moved: Matrix, code: npt.NDArray[np.int64]) -> None:
        """Consider a fact that changes the score by `moved` and has the code `code` (-1: it can't be reported)."""
        fits = (code != NONE) & self._listed
        first, second = fits & (moved > self._moved[0]), fits & (moved > self._moved[1])
        for table, new in ((self._moved, moved), (self._code, code)):
            table[1] = np.where(first, table[0], np.where(second, new, table[1]))
            table[0] = np.where(first, new, table[0])

    def chosen(self, otherwise: npt.NDArray[np.int64]) -> Chosen:
        """int16 [n, 7, 2]; `otherwise` [n, 7] is reported where no fact is."""
        first = np.where((self._code[0] == NONE) & self._listed, otherwise, self._code[0])
        return np.stack([first, self._code[1]], axis=2).astype(np.int16)
