"""`why-not`: each product of the set in use, and its state for one customer: listed, held or barred."""

from __future__ import annotations

from argparse import Namespace

from bankrec.errors import InputError
from bankrec.publishing import sets
from bankrec.publishing.consent import CONSENT, latest
from bankrec.publishing.consent_input import read_in_place
from bankrec.publishing.why_not import consent_of, standings


def command(arguments: Namespace) -> int:
    """Print a line for each product; if there is a consent file it is applied, as with CONSENT=required."""
    recs, user_id = arguments.recs, arguments.user
    folder, rows = sets.current(recs), read_in_place(recs)
    if folder is None:
        raise InputError(sets.none_in_use(recs))
    may = True
    print(f"customer {user_id}, set {folder.name}")
    if rows is None:
        if arguments.channel is not None:
            raise InputError(
                f"--channel {arguments.channel}: there is no {recs / CONSENT}; write it with `bankrec consent`"
            )
        print("consent: no file, so consent is not checked")
    else:
        by_channel, may = consent_of(latest(rows), user_id, arguments.channel)
        print("consent: " + ", ".join(f"{name} {'yes' if allowed else 'no'}" for name, allowed in by_channel.items()))
    products = standings(folder, user_id, consent=may)
    width = max(len(one.item_id) for one in products)
    for one in sorted(products, key=lambda one: one.rank or len(products) + 1):
        print(f"{one.item_id:<{width}}  {one}")
    return 0
