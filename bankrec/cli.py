"""The command line: `python -m bankrec COMMAND`; each command prints what it did and where.

Exit codes: 0 done; 1 a set is not whole, or none is in use (`verify`); 2 bad input or usage, with a one-line message;
3 the gate refused the new set (`recommend`, `run`); 130 stopped by Ctrl-C. Unless the code is 0, existing output stays.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from bankrec.errors import InputError
from bankrec.santander.size import MONTHS, SIMULATED_CUSTOMERS, SIMULATED_MONTHS


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    main = argparse.ArgumentParser(prog="python -m bankrec", description=__doc__.splitlines()[0])
    main.add_argument("--debug", action="store_true", help="show the whole traceback of an error")
    add = main.add_subparsers(dest="command", required=True, metavar="COMMAND").add_parser
    _simulate(add("simulate", help="raw months of a simulated bank, and the true probabilities of the month after"))
    _preprocess(add("preprocess", help="raw months to clean snapshots, and a report of the changes"))
    _train(add("train", help="clean snapshots to models, metrics and a model card"))
    _recommend(add("recommend", help="ranked lists for every customer, published as a verified set"))
    _evaluate(add("evaluate", help="the current set against the acquisitions of the month after it"))
    _run(add("run", help="raw months to a published set, all stages in one command"))
    _rollback(add("rollback", help="put the previous set, or any set kept, in use again; repairs `current`"))
    _consent(add("consent", help="replace the consent of customers by channel; the service applies it within seconds"))
    _recs(add("verify", help="check that the current set, and each set kept, is complete and undamaged"))
    _recs(add("sets", help="the sets kept: time, as-of month, customers, MAP@7, which is current"))
    _description(add("bank", help="the description of a bank: draft one from its data, or check one"))
    _why_not(
        add("why-not", help="each product of the current set for one customer: its rank, or why it is not offered")
    )
    return main


def _simulate(command: argparse.ArgumentParser) -> None:
    customers, months = ("{:,} to {:,}".format(*limits) for limits in (SIMULATED_CUSTOMERS, SIMULATED_MONTHS))
    command.add_argument("--customers", type=int, default=20_000, metavar="N", help=f"{customers} (20000)")
    length = f"{months}, the first from January 2015 on ({MONTHS})"
    command.add_argument("--months", type=int, default=MONTHS, metavar="N", help=length)
    command.add_argument("--seed", type=int, default=1, metavar="S", help="same seed, same bank (1)")
    command.add_argument("--output", type=Path, required=True, metavar="FILE", help=".csv, .csv.gz or .parquet")
    command.add_argument("--truth", type=Path, metavar="PARQUET", help="true probabilities of the month after")


def _preprocess(command: argparse.ArgumentParser) -> None:
    _raw_months(command)
    output = "a file, or a folder of files"
    command.add_argument("--output", type=Path, required=True, metavar="PARQUET", help=output)
    command.add_argument("--append", action="store_true", help="add the input's months to the output that exists")
    _accept(command)
    _engine(command)


def _train(command: argparse.ArgumentParser) -> None:
    _clean_snapshots(command)
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for the models")
    as_of = "last month to be seen, YYYY-MM or YYYY-MM-DD (the last of the data)"
    command.add_argument("--as-of", metavar="MONTH", help=as_of)
    _bank_rules(command)
    personal = "also evaluate without personal attributes: the model card states how much they raise MAP@7"
    command.add_argument("--without-personal", action="store_true", help=personal)
    compare = "also evaluate each method of the comparison, as nested runs of MLflow (a minute for 20,000 customers)"
    command.add_argument("--compare", action="store_true", help=compare)
    _name(command)
    _engine(command)


def _recommend(command: argparse.ArgumentParser) -> None:
    _clean_snapshots(command)
    command.add_argument("--models", required=True, metavar="DIR|champion", help="folder of `train`, or the champion")
    command.add_argument("--publish-to", type=Path, required=True, metavar="DIR", help="folder of sets")
    _terms(command)
    command.add_argument(
        "--force", action="store_true", help="publish even if the gate refuses; the manifest records it"
    )
    _engine(command)


def _evaluate(command: argparse.ArgumentParser) -> None:
    command.add_argument("--recs", type=Path, required=True, metavar="DIR", help="folder of sets; the current one")
    truth = "a list of acquisitions (`ncodpers,product`), or the next month's snapshot"
    command.add_argument("--truth", type=Path, required=True, metavar="FILE", help=truth)


def _run(command: argparse.ArgumentParser) -> None:
    _raw_months(command)
    command.add_argument("--workdir", type=Path, required=True, metavar="DIR", help="the set is DIR/recs/current/")
    _accept(command)
    _terms(command)
    force = "run every stage again, and publish even if the gate refuses"
    command.add_argument("--force", action="store_true", help=force)
    _name(command)
    _engine(command)


def _rollback(command: argparse.ArgumentParser) -> None:
    _recs(command)
    command.add_argument("--set", metavar="ID", help="the set to put in use (the one before the current)")


def _consent(command: argparse.ArgumentParser) -> None:
    _recs(command)
    rows = "CSV or parquet with user_id, channel, allowed, since: all consent; customers not in it have none"
    command.add_argument("--input", type=Path, required=True, metavar="FILE", help=rows)


def _why_not(command: argparse.ArgumentParser) -> None:
    _recs(command)
    command.add_argument("--user", type=int, required=True, metavar="ID", help="number of the customer")
    command.add_argument("--channel", metavar="NAME", help="consent for this channel (for every channel on file)")


def _recs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--recs", type=Path, required=True, metavar="DIR", help="folder of sets")


def _description(command: argparse.ArgumentParser) -> None:
    add = command.add_subparsers(dest="step", required=True, metavar="new|check").add_parser
    new = add("new", help="write a first description, guessed from the columns of clean snapshots")
    new.add_argument("--data", type=Path, required=True, metavar="PARQUET", help="clean snapshots, a file or a folder")
    new.add_argument("--output", type=Path, required=True, metavar="FILE", help="the description, as bank.toml")
    new.add_argument("--customer", metavar="COLUMN", help="the customer's number (the integer with the most values)")
    new.add_argument("--month", metavar="COLUMN", help="the snapshot date (the date with the fewest values)")
    check = add("check", help="check a description, and snapshots of that bank; prints a summary and all mistakes")
    check.add_argument("--bank", type=Path, metavar="FILE", help="the description (Santander's)")
    check.add_argument("--data", type=Path, metavar="PARQUET", help="clean snapshots: a file, or a folder of files")


def _raw_months(command: argparse.ArgumentParser) -> None:
    text = "CSV (also .gz, .zip) or parquet"
    command.add_argument("--input", type=Path, required=True, metavar="FILE", help=text)
    _bank(command)


def _clean_snapshots(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", type=Path, required=True, metavar="PARQUET", help="clean snapshots")
    _bank(command)


def _bank(command: argparse.ArgumentParser) -> None:
    text = "the bank's description, bank.toml (Santander, shipped)"
    command.add_argument("--bank", type=Path, metavar="FILE", help=text)
    own = "the bank's own features of customers and months, as its description names them"
    command.add_argument("--features", type=Path, metavar="PARQUET", help=own)


def _name(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", help="name of the data in reports and MLflow (the file's name)")


def _engine(command: argparse.ArgumentParser) -> None:
    command.add_argument("--engine", choices=("duckdb", "spark"), default="duckdb", help="duckdb (default) or spark")


def _accept(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--accept-unreadable",
        action="append",
        default=[],
        metavar="COLUMN",
        help="accept this product column although values can't be read or all customers lose it; may be repeated",
    )


def _bank_rules(command: argparse.ArgumentParser) -> None:
    command.add_argument("--suppress", type=Path, metavar="FILE", help="customers who get no offers, one id a line")
    text = "the bank's own rules, as in docs/eligibility.toml"
    command.add_argument("--eligibility", type=Path, metavar="TOML", help=text)


def _terms(command: argparse.ArgumentParser) -> None:
    _bank_rules(command)
    command.add_argument("--keep", type=_at_least_one, default=3, metavar="N", help="sets to keep (3)")
    text = "the set records which products each rule removed for which customer, for `why-not`"
    command.add_argument("--explain-removals", action="store_true", help=text)


def _at_least_one(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number of at least 1")
    return int(text)


def _job(command: str) -> Callable[[argparse.Namespace], int]:
    """The job of a command, imported when it runs: importing all jobs takes seconds, and `--help` needs none."""
    job: Callable[[argparse.Namespace], int] = import_module(f"bankrec.jobs.{command.replace('-', '_')}").command
    return job


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = parser().parse_args(argv)
    try:
        from bankrec.jobs.arguments import check  # imported here: `--help` does not need it

        check(arguments)
        return _job(arguments.command)(arguments)
    except InputError as error:
        if arguments.debug:
            raise
        print(f"bankrec {arguments.command}: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader of the output has closed it, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # such as a file of MLflow without permission
        if arguments.debug:
            raise
        print(f"bankrec {arguments.command}: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"bankrec {arguments.command}: stopped; existing output is unchanged", file=sys.stderr)
        return 130
