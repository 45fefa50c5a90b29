"""Preprocessing, the edge around `bankrec.cleaning`: files in, files out, a report of what was changed.

The raw file is read once, into typed rows on disk; what missing values are filled with is small and
comes from them; then the clean rows are written. Memory does not grow with the number of customers.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
from tqdm import tqdm

from bankrec.atomic import replacing
from bankrec.clean_format import check_clean
from bankrec.cleaning import RULES, completed, fills, kept, one_per_month, province_incomes, typed
from bankrec.columns import CLEAN, CUSTOMER, DROPPED, MONTH
from bankrec.engine import connect, read_parquet, write_parquet
from bankrec.errors import InputError
from bankrec.raw import read_raw

_STEPS = ("read and type", "count", "fill and write", "check")


def report_path(output: Path) -> Path:
    """Where the report on `output` lies: `<stem>_report.json` beside it."""
    return output.with_name(f"{output.stem}_report.json")


def preprocess(
    input: Path, output: Path, *, append: bool = False, engine: str = "duckdb", progress: bool = True
) -> dict[str, Any]:
    """Clean the raw months in `input` into `output`, and return the report, which is also saved.

    `output` is one parquet file if its name ends in `.parquet`, else a folder with a file a month.
    With `append`, the months of `input` join those that are there; a month that is there already is
    an `InputError`. What stood at `output` stays until the new result is whole.
    """
    if append and not output.exists():
        raise InputError(f"--append: {output} does not exist yet; run without it first")
    output.parent.mkdir(parents=True, exist_ok=True)
    bar = tqdm(total=len(_STEPS), desc=_STEPS[0], unit="step", disable=not progress, leave=False)
    with (
        bar,
        tempfile.TemporaryDirectory(prefix=".cleaning-", dir=output.parent) as folder,
        connect(engine, spill=output.parent) as connection,
    ):
        work = Path(folder)
        raw = _readable(lambda: read_raw(connection, input, work, engine), input)
        _readable(lambda: write_parquet(connection, typed(raw), work / "typed.parquet", engine), input)
        (work / "raw.csv").unlink(missing_ok=True)
        rows = read_parquet(connection, work / "typed.parquet", engine)
        _step(bar, 1)
        report = _counted(rows, input)
        _check_months(report, output, connection, append=append)
        good = kept(rows)
        if report["duplicates"]:
            good = one_per_month(good)
        good = good.drop("marks")
        fill = _stored(connection, fills(good), work / "fills.parquet", engine)
        incomes = _stored(connection, province_incomes(good), work / "incomes.parquet", engine)
        _step(bar, 2)
        clean = completed(good, fill, incomes)
        fresh = work / "clean.parquet"
        write_parquet(connection, clean, fresh, engine)
        _step(bar, 3)
        check_clean(read_parquet(connection, fresh, engine), str(output))
        _put(connection, fresh, output, append=append, engine=engine)
        report["filled"] = _filled(report, fill)
        _save(report, output, append=append)
        _step(bar, 4)
    return report


def _step(bar: Any, done: int) -> None:
    bar.update()
    if done < len(_STEPS):
        bar.set_description(_STEPS[done])


def _readable(work: Any, input: Path) -> Any:
    """Run a step that reads the raw file; what the engine can't read becomes one clear line."""
    try:
        return work()
    except InputError:
        raise
    except Exception as error:
        line = " ".join(str(error).split())
        if "space left" in line.lower():
            raise InputError(f"the disk is full: {line[:200]}") from error
        raise InputError(f"{input} can't be read as raw months: {line[:300]}") from error


def _stored(connection: Any, table: Any, path: Path, engine: str) -> Any:
    """A result computed once and kept on disk for the queries after it."""
    write_parquet(connection, table, path, engine)
    return read_parquet(connection, path, engine)


def _counted(rows: Any, input: Path) -> dict[str, Any]:
    """Rows, marks and missing values by month, in one pass over the typed rows."""
    bits = {
        rule: ((rows.marks.cast("int64") / (1 << bit)).floor().cast("int64") % 2).sum().cast("int64")
        for bit, rule in enumerate(RULES)
    }
    present = [name for name in CLEAN if name in rows.columns and name not in (MONTH, CUSTOMER)]
    missing = {f"missing {name}": rows[name].isnull().cast("int64").sum() for name in present}
    counted = rows.group_by(MONTH).agg(rows=rows.count(), **bits, **missing).order_by(MONTH).to_pandas()
    if counted.empty:
        raise InputError(f"{input} has a header and no rows")
    good = kept(rows)
    people = good.group_by(MONTH).agg(all=good.count(), customers=good[CUSTOMER].nunique()).to_pandas()
    months = sorted(pd.to_datetime(people[MONTH]).dt.date)
    if not months:
        raise InputError(f"{input} has no row with a customer number and a month (fecha_dato)")
    names = [f"{month:%Y-%m}" for month in months]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise InputError(f"{input} has two snapshot dates in {', '.join(sorted(twice))}; a month has one")
    counted.index = pd.Index(
        [str(pd.Timestamp(month).date()) if pd.notna(month) else "no month" for month in counted.pop(MONTH)]
    )
    by_month = {name: {month: int(n) for month, n in counted[name].items()} for name in counted.columns}
    return {
        "input": input.name,
        "months": [month.isoformat() for month in months],
        "rows_read": int(counted["rows"].sum()),
        "rows_kept": int(people["customers"].sum()),
        "duplicates": int((people["all"] - people["customers"]).sum()),
        "columns_dropped": list(DROPPED),
        "rules": {rule: {"what": text, "rows": sum(by_month[rule].values())} for rule, text in RULES.items()},
        "by_month": by_month,
    }


def _check_months(report: dict[str, Any], output: Path, connection: Any, *, append: bool) -> None:
    if not append:
        return
    there = set(read_months(connection, output))
    again = [month for month in report["months"] if date.fromisoformat(month) in there]
    if again:
        raise InputError(f"--append: {output} already has {', '.join(again)}")


def read_months(connection: Any, data: Path) -> list[date]:
    """Snapshot dates of clean snapshots, in order."""
    table = read_parquet(connection, data)
    found = table.select(MONTH).distinct().order_by(MONTH).to_pyarrow()
    return list(found.column(0).to_pylist())


def _put(connection: Any, fresh: Path, output: Path, *, append: bool, engine: str) -> None:
    """Put the fresh rows in place: the file, or the folder with a file a month."""
    with replacing(output) as beside:
        if output.suffix == ".parquet" and engine == "duckdb":
            if append:
                both = ibis.union(read_parquet(connection, output), read_parquet(connection, fresh))
                write_parquet(connection, both, beside)
            else:
                shutil.move(fresh, beside)
            return
        beside.mkdir()
        if append:
            for file in output.rglob("*.parquet"):
                shutil.copy2(file, beside / file.name)
        table = read_parquet(connection, fresh, engine)
        for month in table.select(MONTH).distinct().order_by(MONTH).to_pyarrow().column(0).to_pylist():
            rows = table.filter(table[MONTH] == ibis.date(month.isoformat()))
            write_parquet(connection, rows, beside / f"{month}.parquet", engine)


def _filled(report: dict[str, Any], fill: Any) -> dict[str, dict[str, Any]]:
    """What the missing values of each month were filled with."""
    frame = fill.to_pandas()
    frame[MONTH] = frame[MONTH].astype(str).str[:10]
    return {str(row[MONTH]): {k: v for k, v in row.items() if k != MONTH} for row in frame.to_dict("records")}


def _save(report: dict[str, Any], output: Path, *, append: bool) -> None:
    path = report_path(output)
    reports = [report]
    if append and path.exists():
        reports = [*json.loads(path.read_text(encoding="utf-8"))["runs"], report]
    with replacing(path) as beside:
        beside.write_text(
            json.dumps({"runs": reports}, ensure_ascii=False, indent=1, default=str), encoding="utf-8"
        )


def format_report(report: dict[str, Any]) -> str:
    """The report as a table of text: what was dropped, corrected and filled, in rows and shares."""
    rows, months = report["rows_read"], report["months"]
    lines = [
        f"{report['input']}: {rows:,} rows of {len(months)} months, {months[0]} to {months[-1]}",
        f"kept {report['rows_kept']:,} customer-months; duplicates resolved: {report['duplicates']:,}",
        f"columns dropped: {', '.join(report['columns_dropped'])}",
        f"{'rule':<24} {'rows':>12} {'share':>9}  what was done",
    ]
    for name, rule in report["rules"].items():
        lines.append(f"{name:<24} {rule['rows']:>12,} {rule['rows'] / rows:>9.4%}  {rule['what']}")
    lines.append(f"{'missing, then filled':<24} {'rows':>12} {'share':>9}")
    for name, by_month in report["by_month"].items():
        if name.startswith("missing ") and (count := sum(by_month.values())):
            lines.append(f"{name.removeprefix('missing '):<24} {count:>12,} {count / rows:>9.4%}")
    return "\n".join(lines)
