"""Checks of the arguments of a command and of the headers of its files, before any work.

Only light packages are imported, so that a mistake is answered within a second. Each check raises an `InputError`
of one line. The rows of a file are checked by the job itself.
"""

from __future__ import annotations

import json
import os
from argparse import Namespace
from datetime import date
from pathlib import Path

from bankrec.bank.description import Bank
from bankrec.bank.files import read_bank, santander
from bankrec.bank.spellings import LARGEST_CUSTOMER
from bankrec.errors import InputError
from bankrec.ingest import headers
from bankrec.ingest.raw_file import check_header
from bankrec.ingest.snapshot_header import snapshot_files
from bankrec.publishing import sets
from bankrec.publishing.consent import CONSENT
from bankrec.publishing.consent_input import check_consent_header
from bankrec.santander.columns import CLEAN
from bankrec.santander.size import SIMULATED_CUSTOMERS, SIMULATED_MONTHS
from bankrec.storage.model_folder import ABOUT, CHAMPION, METRICS, MODEL, check_same_months
from bankrec.storage.spark_setup import check_spark

SIMULATED_SUFFIXES = (".csv", ".csv.gz", ".parquet")


def check(arguments: Namespace) -> None:
    """Check the arguments of `arguments.command`; an `InputError` names the first that is wrong."""
    try:
        _CHECKS[arguments.command](arguments)
    except OSError as error:  # such as a folder in the path without permission to list it
        raise InputError(f"{error.filename}: {error.strerror}") from error


def _simulate(given: Namespace) -> None:
    for name, (fewest, most) in (("customers", SIMULATED_CUSTOMERS), ("months", SIMULATED_MONTHS)):
        if not fewest <= (value := getattr(given, name)) <= most:
            raise InputError(f"--{name} {value}: a simulated bank has {fewest:,} to {most:,} {name}")
    if given.seed < 0:
        raise InputError(f"--seed {given.seed}: a seed is 0 or above")
    if not given.output.name.endswith(SIMULATED_SUFFIXES):
        raise InputError(f"--output {given.output}: name the output .csv, .csv.gz or .parquet")
    _file_to_write("--output", given.output)
    if given.truth:
        _file_to_write("--truth", given.truth)
        if given.truth.absolute() == given.output.absolute():
            raise InputError(f"--truth {given.truth}: this is also the --output; name another file")


def _preprocess(given: Namespace) -> None:
    _engine(given)
    _raw_months(given)
    output = given.output
    if output.exists() and output.samefile(given.input):
        raise InputError(f"--output {output}: this is also the --input; name another file")
    if given.append and not output.exists():
        raise InputError(f"--append: {output} does not exist yet; run without it first")
    one_file = output.suffix == ".parquet" and given.engine == "duckdb"
    (_file_to_write if one_file else _folder_to_write)("--output", output)
    if given.append:
        headers.check_clean_header(output, santander())


def _train(given: Namespace) -> None:
    bank = _clean_snapshots(given)
    ends, as_of = headers.first_and_last(given.data, bank), given.as_of and _month(given.as_of)
    if ends is not None:
        first, last = (day.replace(day=1) for day in ends)
        if as_of and not first <= as_of <= last:
            raise InputError(f"--as-of {given.as_of}: {given.data} has the months {first:%Y-%m} to {last:%Y-%m}")
        if (as_of or last) == first:
            raise InputError(
                f"{given.data} has no month before {first:%Y-%m}, which training needs: add an earlier month"
            )
    _bank_rules(given)
    _folder_to_write("--output", given.output)


def _recommend(given: Namespace) -> None:
    bank = _clean_snapshots(given)
    if given.models != CHAMPION:
        _models(Path(given.models), given.data, bank)
    _bank_rules(given)
    _folder_to_write("--publish-to", given.publish_to)


def _evaluate(given: Namespace) -> None:
    _folder("--recs", given.recs)
    used = sets.current(given.recs)
    if used is None:
        raise InputError(sets.none_in_use(given.recs))
    if not given.truth.is_dir():
        _file_to_read("--truth", given.truth)
    headers.check_truth_header(given.truth, sets.bank_of(sets.read_manifest(used)))
    _folder_to_write("--recs", given.recs)


def _run(given: Namespace) -> None:
    _engine(given)
    _raw_months(given)
    headers.check_own_features(given.features, read_bank(given.bank))
    _bank_rules(given)
    _folder_to_write("--workdir", given.workdir)


def _sets(given: Namespace) -> None:
    _folder("--recs", given.recs)


def _description(given: Namespace) -> None:
    if given.step == "check" and given.bank is not None:
        _file_to_read("--bank", given.bank)
    if given.data is not None:
        snapshot_files(given.data)
    if given.step == "new":
        if given.output.is_file():
            raise InputError(f"--output {given.output}: the file exists already; name another file, or remove it first")
        _file_to_write("--output", given.output)


def _why_not(given: Namespace) -> None:
    _folder("--recs", given.recs)
    if not 0 <= given.user <= LARGEST_CUSTOMER:
        raise InputError(f"--user {given.user}: a customer's number is 0 to {LARGEST_CUSTOMER}")
    if sets.current(given.recs) is None:
        raise InputError(sets.none_in_use(given.recs))


def _consent(given: Namespace) -> None:
    _folder("--recs", given.recs)
    _folder_to_write("--recs", given.recs)
    _file_to_read("--input", given.input)
    if given.input.absolute() == (given.recs / CONSENT).absolute():
        raise InputError(f"--input {given.input}: this is the file that the command replaces; name another file")
    check_consent_header(given.input)


_CHECKS = {
    "simulate": _simulate,
    "preprocess": _preprocess,
    "train": _train,
    "recommend": _recommend,
    "evaluate": _evaluate,
    "run": _run,
    "rollback": _sets,
    "consent": _consent,
    "verify": _sets,
    "why-not": _why_not,
    "sets": _sets,
    "bank": _description,
}


def _engine(given: Namespace) -> None:
    if given.engine == "spark":
        check_spark()


def _clean_snapshots(given: Namespace) -> Bank:
    _engine(given)
    bank = read_bank(given.bank)
    headers.check_clean_header(given.data, bank)
    headers.check_own_features(given.features, bank)
    return bank


def _raw_months(given: Namespace) -> None:
    path, bank = given.input, read_bank(given.bank)
    if bank.adapter is None:
        headers.check_clean_header(path, bank)
        return
    if path.is_file():
        _file_to_read("--input", path)
    if path.suffix == ".parquet" and path.exists() and set(CLEAN) <= set(headers.column_names(path)):
        raise InputError(f"--input {path}: these snapshots are clean already; give raw months")
    check_header(path)
    if given.engine == "spark" and not path.is_dir() and path.suffix != ".parquet":
        raise InputError(
            f"{path}: Spark reads raw months from parquet only; write the file as .parquet, with columns of text"
        )


def _month(text: str) -> date:
    """The first day of a month written YYYY-MM or YYYY-MM-DD."""
    try:
        return date.fromisoformat(text if len(text) == 10 else f"{text}-01").replace(day=1)
    except ValueError:
        raise InputError(f"--as-of {text}: write the month as YYYY-MM") from None


def _models(folder: Path, data: Path, bank: Bank) -> None:
    _folder("--models", folder)
    for name in (METRICS, f"{MODEL}/{ABOUT}"):  # any other that is missing is named where they are read
        if not (folder / name).is_file():
            raise InputError(
                f"--models {folder}: {name} is missing, so this is no folder written by `train`; train again"
            )
    try:
        as_of = date.fromisoformat(json.loads((folder / MODEL / ABOUT).read_text(encoding="utf-8"))["as_of"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder / MODEL} does not contain a complete recommender ({error}): train again") from error
    ends = headers.first_and_last(data, bank)
    if ends is not None:
        check_same_months(as_of, data, ends[1])


def _bank_rules(given: Namespace) -> None:
    for option, path in (("--suppress", given.suppress), ("--eligibility", given.eligibility)):
        if path is not None:
            _file_to_read(option, path)


def _file_to_read(option: str, path: Path) -> None:
    if not path.exists():
        raise InputError(f"{option} {path}: the file does not exist")
    if not path.is_file():
        raise InputError(f"{option} {path}: a file is expected, this is a folder")
    if not os.access(path, os.R_OK):
        raise InputError(f"{option} {path}: no permission to read it")


def _folder(option: str, path: Path) -> None:
    if not path.exists():
        raise InputError(f"{option} {path}: the folder does not exist")
    if not path.is_dir():
        raise InputError(f"{option} {path}: a folder is expected, this is a file")


def _file_to_write(option: str, path: Path) -> None:
    if path.is_dir():
        raise InputError(f"{option} {path}: a file is expected, this is a folder")
    _place_to_write(option, path, path.absolute().parent)


def _folder_to_write(option: str, path: Path) -> None:
    if path.exists():
        _folder(option, path)
    _place_to_write(option, path, path.absolute())


def _place_to_write(option: str, path: Path, place: Path) -> None:
    """The nearest existing folder above `place` must allow writing: missing folders are created in it."""
    while not place.exists():
        place = place.parent
    if not place.is_dir():
        raise InputError(f"{option} {path}: {place} is a file, not a folder")
    if not os.access(place, os.W_OK | os.X_OK):
        raise InputError(f"{option} {path}: no permission to write in {place}")
