"""Changes the set in use by renaming `<recs>/current`, rolls it back, and removes old sets."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from bankrec.errors import InputError, in_one_line
from bankrec.publishing.sets import CURRENT, MANIFEST, all_sets, copied_current, current, lost_current, read_manifest
from bankrec.publishing.verification import problems
from bankrec.storage.atomic import discard, remove

LOGGER = logging.getLogger(__name__)  # without a set-up of logging, warnings go to standard error


def check_link(recs: Path) -> None:
    """Raise an `InputError` if `<recs>/current` is a folder."""
    if copied := copied_current(recs):
        raise InputError(copied)


def switch(recs: Path, set_id: str) -> None:
    """Point `<recs>/current` at the set `set_id`, atomically."""
    check_link(recs)
    if not (recs / set_id / MANIFEST).is_file():
        raise InputError(f"no set {set_id} in {recs}")
    beside = recs / f".{CURRENT}.writing-{os.getpid()}"
    try:
        remove(beside)
        beside.symlink_to(set_id, target_is_directory=True)
        beside.replace(recs / CURRENT)
    except OSError as error:
        raise InputError(f"{recs / CURRENT} could not be switched to {set_id}: {in_one_line(error)}") from error


def roll_back(recs: Path, to: str | None = None) -> str:
    """Switch to the set `to`, or to the one that was created before the current one; returns its id.

    If `current` is missing or points nowhere, no set is before it: then it switches to the newest whole set.
    """
    check_link(recs)
    kept, lost = {folder.name: folder for folder in all_sets(recs)}, lost_current(recs)
    names, now = list(kept), current(recs)
    if not kept:
        raise InputError(f"no set is in use in {recs}: publish one first")
    if to is not None:
        chosen = to
    elif lost or now is None:
        chosen = _newest_whole(kept, recs)
    elif (position := names.index(now.name)) == 0:
        raise InputError(f"{now.name} is the oldest set kept in {recs}: there is no earlier set to roll back to")
    else:
        chosen = names[position - 1]
    if chosen not in kept:
        raise InputError(f"{chosen} is not a set in {recs}; the sets kept are {', '.join(names)}")
    if wrong := problems(kept[chosen]):
        whole = [name for name in names if name != chosen and not problems(kept[name])]
        remedy = _instead(whole, now.name if now else "")
        raise InputError(f"the set {chosen} is damaged or incomplete: {'; '.join(wrong)}; {remedy}")
    switch(recs, chosen)
    return chosen


def _instead(whole: list[str], in_use: str) -> str:
    """What to do instead of a rollback to a damaged set; `whole`: ids of the other sets that are whole."""
    if others := [name for name in whole if name != in_use]:
        return f"whole sets, for --set, are {', '.join(others)}"
    return "no other set than the one in use is whole" if whole else "no other set is whole: publish one"


def _newest_whole(kept: dict[str, Path], recs: Path) -> str:
    damaged = []
    for name in reversed(kept):
        if not (wrong := problems(kept[name])):
            return name
        damaged.append(f"{name}: {', '.join(wrong)}")
    raise InputError(f"no set in {recs} is whole: {'; '.join(damaged)}; publish one")


def remove_old(recs: Path, set_id: str, keep: int) -> None:
    """Remove all but the newest `keep` sets; a set that can't be read or removed stays, with a warning.

    The new set is in use by now, so faults of an old one are no errors.
    """
    old = []
    for folder in all_sets(recs):
        if folder.name == set_id:
            continue
        try:
            read_manifest(folder)
            old.append(folder)
        except InputError as error:
            LOGGER.warning("a damaged set stays, remove it yourself: %s", error)
    for folder in old[: -(keep - 1) or None]:
        try:
            discard(folder)
        except OSError as error:
            LOGGER.warning("the old set %s stays, it can't be removed: %s", folder, in_one_line(error))
