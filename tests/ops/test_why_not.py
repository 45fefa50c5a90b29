"""The command and the service answer the same from the same set: they share its files and no code."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bankrec.publishing.manifest import About
from bankrec.publishing.why_not import standings
from bankrec.publishing.writer import publish
from bankrec.ranked import Removals
from recommendations import RecommendationSet
from serving.api import why_not
from tests.publishing.test_why_not import RULES, explained
from tests.santander import BANK
from tests.small_sets import ABOUT, NOW, POPULAR, ranked


def test_command_and_service_tell_the_same(tmp_path: Path) -> None:
    about = About(ABOUT.as_of, ABOUT.headline, ABOUT.popularity, RULES)
    nothing = Removals(np.zeros((1, 2), np.uint64), ("minors", "loans"))
    dead = ranked([7])
    dead.items[:] = -1
    batches = [explained([1, 5]), type(dead)(**vars(dead) | {"status": np.array(["deceased"]), "removals": nothing})]
    set_id, _ = publish(
        tmp_path, BANK, batches, POPULAR, about, now=NOW, explain_removals=True, suppressed=[9], force=True
    )
    used = RecommendationSet(tmp_path / set_id)
    for user in (1, 5, 7, 9, 11):
        for consent in (True, False):
            ours = standings(tmp_path / set_id, user, consent=consent)
            theirs = why_not.standings(used, user, consent=consent)
            for one, other in zip(ours, theirs, strict=True):
                of_service = {key: value for key, value in other.model_dump().items() if value}
                of_command = {key: value for key, value in vars(one).items() if value not in ("", None)}
                assert {**of_service, "reason": ""} == {**of_command, "reason": ""}
                assert (
                    of_service.get("reason") == of_command.get("reason") or "--explain-removals" in of_service["reason"]
                )
