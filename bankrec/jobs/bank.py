"""`bank`: draft the description of a bank from its data (`new`), or check a description (`check`)."""

from __future__ import annotations

import os
import sys
from argparse import Namespace

from bankrec.errors import InputError


def command(arguments: Namespace) -> int:
    """Write a description, or check one; returns 2 if the description or the data has a mistake."""
    return {"new": _new, "check": _check}[arguments.step](arguments)


def _new(given: Namespace) -> int:
    from bankrec.bank.draft import customer_of, draft, month_of
    from bankrec.bank.files import SCHEMA, read_bank
    from bankrec.ingest.columns_seen import columns_seen
    from bankrec.storage.atomic import write_text

    seen = columns_seen(given.data)
    schema = os.path.relpath(SCHEMA, given.output.absolute().parent).replace(os.sep, "/")
    customer, month = customer_of(seen, given.customer), month_of(seen, given.month)
    write_text(given.output, draft(given.data.stem, seen, customer, month, schema))
    bank = read_bank(given.output)
    print(f"{given.output}: {bank.n} columns of 0 and 1 as products, {len(bank.profile)} of the profile")
    print(f"customer {customer}, month {month}; edit the file as its comments say, then check it:")
    print(f"python -m bankrec bank check --bank {given.output} --data {given.data}")
    return 0


def _check(given: Namespace) -> int:
    from bankrec.bank.files import all_mistakes, read_bank
    from bankrec.bank.summary import summary

    if given.bank is not None and (wrong := all_mistakes(given.bank)):
        return _print_problems(wrong)
    bank = read_bank(given.bank)
    if given.data is None:
        print(summary(bank))
        return 0
    from bankrec.ingest.snapshots import look_at

    findings = look_at(bank, given.data)
    print(summary(bank, findings.held))
    if findings.rows:
        months = list(findings.rows)
        print(f"{given.data}: {sum(findings.rows.values()):,} rows in {len(months)} months")
        for month in dict.fromkeys((months[0], months[-1])):
            print(f"  {month:%Y-%m}: {findings.rows[month]:,} rows")
    for note in findings.notes:
        print(f"note: {note}")
    return _print_problems(findings.problems)


def _print_problems(problems: list[str]) -> int:
    for problem in problems:
        print(f"bankrec bank check: {problem}", file=sys.stderr)
    if not problems:
        print("no mistakes")
    return InputError.exit_code if problems else 0
