"""How far the reasons agree with CatBoost's SHAP values, on a sample of customers.

Reasons are chosen by a surrogate of the ranker, a linear one (`surrogate`). Here its trees are used: SHAP
values (Lundberg and Lee 2017; exact for trees) state what each feature adds to the log-odds of a pair. That of the
additive model's score is handed on to the states it is the sum of, in proportion to how far each moves it (the
rescale rule of Shrikumar et al. 2017, "DeepLIFT"). They are summed by group of features, and the mean over the
customer's products is taken off as for the reasons.
A reason agrees when the group of its fact raised the product.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from catboost import Pool

from bankrec.bank.description import Bank
from bankrec.evaluation.importance import parts_by_field
from bankrec.evaluation.intervals import ratio_interval
from bankrec.explain.explainer import Explainer, reasons
from bankrec.explain.groups import reason_groups
from bankrec.explain.reasons import Group, field_groups
from bankrec.explain.surrogate import usual_shares
from bankrec.history import History, present
from bankrec.holdings import unpack
from bankrec.model.crossings import BASKET, SEGMENT_AND_AGE
from bankrec.model.features import ADDITIVE, features
from bankrec.model.recommender import Recommender
from bankrec.model.scoring import additive_scores, recommend
from bankrec.ranked import NONE, PLACES
from bankrec.results import GroupAgreement, ReasonAgreement

Floats = npt.NDArray[np.float64]
GROUPS = list(Group)
MOST_HANDED = 2.0  # times the sum of the parts: a proportion of a sum near 0 has no meaning
HIDDEN = GROUPS.index(Group.HIDDEN)
OF_PRODUCT = ("share_held", "since_held", "since_rise", "rise_rate", "fall_rate", "year_ago")
OF_OTHERS = (
    "als",
    "als_rank",
    "lost_last_month",
    "added_last_month",
    "added_rate",
    "adding_rate",
    "since_any_acquisition",
)


def code_groups(bank: Bank) -> dict[str, Group]:
    """What each kind of reason is about, by the name of its code.

    `many_in_month`, `often_added`, `all_one_in` state a product's base rate: an offset of both models, not a feature.
    """
    fields = field_groups(bank)
    groups = {"held_until": Group.OWN, "took": Group.OTHERS, "lost": Group.OTHERS, "alike_one_in": Group.AGE}
    groups |= {product.reason: Group.OTHERS for product in bank.products}
    for group in reason_groups(bank):
        groups |= {code.partition(":")[0]: fields[group.name] for code in group.codes}
    return groups


def feature_groups(bank: Bank, names: tuple[str, ...]) -> list[Group]:
    """What each of the ranker's features `names` is about; a `KeyError` names one that belongs to no group."""
    fields = field_groups(bank) | dict.fromkeys(OF_PRODUCT, Group.OWN) | dict.fromkeys(OF_OTHERS, Group.OTHERS)
    fields |= {"observed": Group.RELATION, ADDITIVE: Group.HIDDEN}
    fields |= {f"holds_{item}": Group.OTHERS for item in bank.ids} | {f"is_{item}": Group.HIDDEN for item in bank.ids}
    fields |= {feature.name: Group.HIDDEN for feature in bank.features}
    return [Group.OWN if name.startswith("lag_") else fields[name] for name in names]


def agreement(history: History, explainer: Explainer, customers: int) -> ReasonAgreement:
    """How far reasons agree with SHAP values, on up to `customers` of the last month, evenly from all.

    `agreement`: share of the reasons whose group of features raised the product in CatBoost, with its 95% interval
    over customers; reasons of a product's level are not counted. `first_in_top_two`: share of first reasons whose
    group is among the two that raised it most. `surrogate_explains`: see `Surrogate.explained`. `by_group` [name]:
    reasons, their share of agreement, and the share of all that SHAP values move, which shows how much no reason
    mentions.
    """
    recommender = explainer.recommender
    rows = np.flatnonzero(present(history))
    rows = rows[:: max(1, -(-len(rows) // customers))]  # before ranking: the lists of a whole bank do not fit in memory
    rows = rows[recommend(history.take(rows), recommender).items[:, 0] >= 0]
    sample = history.take(rows)
    lists = recommend(sample, recommender)
    given = reasons(sample, lists, explainer)
    moved = moved_by_group(sample, explainer)
    top = np.maximum(lists.items[:, :PLACES], 0).astype(np.int64)
    at_place = np.take_along_axis(moved, top[:, :, None], axis=1)  # [n, 7, groups]
    about = code_groups(history.bank)
    named = [about.get(code.partition(":")[0]) for code in (*given.codes, "")]
    kinds = np.array([NONE if group is None else GROUPS.index(group) for group in named])
    group = kinds[given.chosen]  # [n, 7, 2]: the place after the last code is that of no reason
    counted = group != NONE
    of_group = np.take_along_axis(at_place, np.maximum(group, 0), axis=2)
    agrees = counted & (of_group > 0)
    rank = (at_place[:, :, None, :HIDDEN] > of_group[..., None]).sum(axis=3)
    first, in_top = counted[:, :, 0], counted[:, :, 0] & (rank[:, :, 0] < 2) & agrees[:, :, 0]
    listed = lists.items[:, :PLACES] >= 0
    has_reason = (given.chosen[:, :, 0] != NONE) & listed
    size = np.abs(at_place)[listed].sum(axis=0)
    share = ratio_interval(_by_customer(agrees), _by_customer(counted))
    return ReasonAgreement(
        customers=len(rows),
        surrogate_explains=_known(float(explainer.surrogate.explained)),
        agreement=None if np.isnan(share.value) else share,
        first_in_top_two=_share(in_top.sum(), first.sum()),
        with_reason=_share(has_reason.sum(), listed.sum()),
        base_rate_alone=_share((has_reason & ~counted.any(axis=2)).sum(), listed.sum()),
        by_group={
            group_of.value: GroupAgreement(
                reasons=int((group == code).sum()),
                agreement=_share((agrees & (group == code)).sum(), (group == code).sum()),
                share_of_what_moves=_share(size[code], size.sum()),
            )
            for code, group_of in enumerate(GROUPS)
        },
    )


def moved_by_group(history: History, explainer: Explainer) -> Floats:
    """How far each group of features moves each product, by SHAP values: float64 [n, products, groups]."""
    recommender = explainer.recommender
    past = history.until(len(history.months))
    known = features(past, recommender.items, recommender.config)
    free = ~unpack(known.held, history.bank.n)
    rows, bits = np.nonzero(free)
    additive = additive_scores(past, recommender.models)
    pool = Pool(known.pairs(rows, bits, additive), feature_names=list(known.names))
    values = recommender.ranker.get_feature_importance(pool, type="ShapValues", shap_mode="UsePreCalc")[:, :-1]
    sums = np.zeros((*free.shape, len(GROUPS)))
    for column, (name, group) in enumerate(zip(known.names, feature_groups(history.bank, known.names), strict=True)):
        if name == ADDITIVE:
            sums[rows, bits] += handed_on(values[:, column], additive_parts(past, recommender, additive)[rows, bits])
        else:
            sums[rows, bits, GROUPS.index(group)] += values[:, column]
    share = usual_shares(explainer.surrogate, free)
    moved: Floats = sums - np.einsum("np,npg->ng", share, sums)[:, None, :]
    return moved


def additive_parts(past: History, recommender: Recommender, scores: Floats) -> Floats:
    """How far each group of states moves the additive model's `scores` from their mean: float64 [n, products, groups].

    What makes probabilities add up to 1 belongs to no state: it is of the hidden group.
    """
    bank = past.bank
    fields = field_groups(bank) | {BASKET: Group.OTHERS, SEGMENT_AND_AGE: Group.AGE}
    parts = np.zeros((len(past), bank.n, len(GROUPS)))
    for name, own, part in parts_by_field(past, recommender):
        about = Group.OWN if own else Group.OTHERS if name in bank.bit else fields[name]
        parts[:, :, GROUPS.index(about)] += part - part.mean(axis=0)
    parts[:, :, HIDDEN] += scores - scores.mean(axis=0) - parts.sum(axis=2)
    return parts


def handed_on(value: Floats, parts: Floats) -> Floats:
    """SHAP values of a feature, `value` [pairs], to the `parts` [pairs, groups] it is the sum of, in proportion.

    If a value has another sign than the sum, or is more than `MOST_HANDED` times the sum, the rest goes to the hidden
    group.

    >>> handed_on(np.array([0.5]), np.array([[2.0, -1.0, 0.0, 0.0, 0.0, 0.0]])).tolist()
    [[1.0, -0.5, 0.0, 0.0, 0.0, 0.0]]
    """
    whole = parts.sum(axis=1)
    rate = np.divide(value, whole, out=np.zeros_like(value), where=np.abs(whole) > 1e-9)
    shares: Floats = np.clip(rate, 0.0, MOST_HANDED)[:, None] * parts
    shares[:, HIDDEN] += value - shares.sum(axis=1)
    return shares


def _by_customer(flags: npt.NDArray[np.bool_]) -> Floats:
    return np.asarray(flags.sum(axis=(1, 2)), dtype=np.float64)


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
