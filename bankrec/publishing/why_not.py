"""Why a customer is not offered a product: the state of each product of a set for one customer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bankrec.bank.columns import ITEM_ID, RANK, SCORE, USER_ID
from bankrec.errors import InputError, in_one_line
from bankrec.publishing import sets
from bankrec.publishing.consent import ALLOWED, CHANNEL
from bankrec.publishing.manifest import RULES

HELD, BARRED, NO_CONSENT, NOT_PRESENT, LISTED = "held", "barred", "no_consent", "not_present", "listed"
NOT_EXPLAINED = "removed by a rule; publish with --explain-removals to record which"


@dataclass(frozen=True)
class Standing:
    """The state of one product for one customer.

    `state` is one of the five above. A barred product has `rule` (empty if the set does not state it), its `version`
    and the `reason`. A listed product has `rank` and `score`, also for a customer without consent.
    """

    item_id: str
    state: str
    rule: str = ""
    version: str = ""
    reason: str = ""
    rank: int | None = None
    score: float | None = None

    def __str__(self) -> str:
        place = f"rank {self.rank}, score {self.score:.2%}" if self.score is not None else ""
        by = f"barred by {self.rule} (version {self.version}): {self.reason}" if self.rule else self.reason
        texts = {HELD: "held", BARRED: by, NO_CONSENT: f"no consent; else {place}", NOT_PRESENT: "not present"}
        return texts.get(self.state, place)


def standings(folder: Path, user_id: int, *, consent: bool) -> list[Standing]:
    """Each product of the set in `folder`, in the order of its catalogue, for the customer `user_id`.

    `consent`: whether the customer may be offered anything. An `InputError` names a file that can't be read.
    """
    try:
        items = _items(json.loads((folder / sets.CATALOGUE).read_bytes()))
        customer = _rows(folder / sets.CUSTOMERS, user_id)
        lists, removed = _rows(folder / sets.RECOMMENDATIONS, user_id), _rows(folder / sets.REMOVED, user_id)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise InputError(f"{folder} can't be read: {in_one_line(error)}") from error
    if not customer:
        return [Standing(item, NOT_PRESENT) for item in items]
    rules = {rule["name"]: rule for rule in sets.read_manifest(folder).get(RULES, [])}
    places = {row[ITEM_ID]: (row[RANK], row[SCORE]) for row in lists}
    by_rule = {item: row["rule"] for row in removed for bit, item in enumerate(items) if row["products"] >> bit & 1}
    states = []
    for bit, item in enumerate(items):
        if int(customer[0]["held"]) >> bit & 1:
            states.append(Standing(item, HELD))
        elif item in places:
            rank, score = places[item]
            states.append(Standing(item, LISTED if consent else NO_CONSENT, rank=rank, score=score))
        else:
            states.append(_barred(item, by_rule.get(item, _of_status(customer[0]["status"], rules)), rules))
    return states


def consent_of(rows: pa.Table, user_id: int, channel: str | None) -> tuple[dict[str, bool], bool]:
    """Whether a customer allows each channel on file, and whether offers may be made over `channel` (None: over all).

    `rows` are those of the consent file, each customer and channel once. A channel that is not on file is an
    `InputError`.
    """
    channels = sorted(rows[CHANNEL].unique().to_pylist())
    if channel is not None and channel not in channels:
        raise InputError(f"channel {channel} is not in the consent file; its channels are {', '.join(channels)}")
    own = rows.filter(pc.equal(rows[USER_ID], user_id)).to_pylist()
    by_channel = dict.fromkeys(channels, False) | {row[CHANNEL]: row[ALLOWED] for row in own}
    return by_channel, all(by_channel.values()) if channel is None else by_channel[channel]


def _barred(item: str, rule: str, rules: dict[str, dict[str, str]]) -> Standing:
    if not rule:
        return Standing(item, BARRED, reason=NOT_EXPLAINED)
    stated = rules.get(rule, {})
    return Standing(item, BARRED, rule, stated.get("version", ""), stated.get("reason", ""))


def _of_status(status: str, rules: dict[str, dict[str, str]]) -> str:
    """The rule that bars all products for a status, such as `deceased`; empty for other statuses."""
    return status if status in rules or status == sets.SUPPRESSED else ""


def _items(catalogue: list[dict[str, Any]]) -> list[str]:
    by_bit = sorted(catalogue, key=lambda product: product["bit"])
    return [str(product["id"] if "id" in product else product["column"]) for product in by_bit]


def _rows(path: Path, user_id: int) -> list[dict[str, Any]]:
    """The rows of a customer; none where the file is missing in the set."""
    if path.name in sets.OPTIONAL and not path.exists():
        return []
    rows: list[dict[str, Any]] = pq.read_table(path, filters=[(USER_ID, "=", user_id)]).to_pylist()
    return rows
