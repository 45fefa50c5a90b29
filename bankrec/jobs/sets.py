"""`sets`: a table of the sets kept."""

from __future__ import annotations

from argparse import Namespace

from bankrec.publishing import sets
from bankrec.publishing.listing import table


def command(arguments: Namespace) -> int:
    """Print the table, and what is wrong with `current`."""
    kept = table(arguments.recs)
    print(kept.to_string(index=False) if len(kept) else f"no sets in {arguments.recs}")
    if sets.lost_current(arguments.recs):
        print(sets.none_in_use(arguments.recs))
    return 0
