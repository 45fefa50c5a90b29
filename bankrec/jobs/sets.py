"""`sets`: a table of the sets kept."""

from __future__ import annotations

from argparse import Namespace

from bankrec.publishing import sets


def command(arguments: Namespace) -> int:
    """Print the table, and what is wrong with `current`."""
    table = sets.table(arguments.recs)
    print(table.to_string(index=False) if len(table) else f"no sets in {arguments.recs}")
    if sets.lost_current(arguments.recs):
        print(sets.none_in_use(arguments.recs))
    return 0
