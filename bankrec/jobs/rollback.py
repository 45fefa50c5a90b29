"""`rollback`: put the set before the current one in use again, or the set named; repairs a lost `current`."""

from __future__ import annotations

from argparse import Namespace

from bankrec.publishing.sets import lost_current
from bankrec.publishing.switching import roll_back


def command(arguments: Namespace) -> int:
    """Switch, and print to which set and why."""
    lost = lost_current(arguments.recs)
    chosen = roll_back(arguments.recs, arguments.set)
    which = chosen if arguments.set else f"{chosen}, the newest whole set,"
    print(f"{lost}: {which} is in use now" if lost else f"{chosen} is in use again")
    return 0
