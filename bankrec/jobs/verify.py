"""`verify`: whether every set kept is whole, that is complete and undamaged."""

from __future__ import annotations

from argparse import Namespace

from bankrec.publishing import sets
from bankrec.publishing.verification import problems


def command(arguments: Namespace) -> int:
    """Print a line for each set; returns 1 if one is damaged or incomplete, or if none is in use."""
    now, harmed = sets.current(arguments.recs), False
    if now is None or sets.lost_current(arguments.recs):
        print(sets.none_in_use(arguments.recs))
        return 1
    for folder in sorted(path.resolve() for path in sets.all_sets(arguments.recs)):
        wrong = problems(folder)
        harmed |= bool(wrong)
        mark = " (in use)" if folder == now else ""
        print(f"{folder.name}{mark}: {'; '.join(wrong) if wrong else 'whole'}")
    return int(harmed)
