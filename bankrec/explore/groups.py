"""Groups of customers by each column of the description: the code of a row in SQL, and what each code is called."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from bankrec.bank.description import UNKNOWN, Bank, ProfileColumn, State, Value
from bankrec.explore.tables import Tables
from bankrec.storage.engine import sql_name, sql_text

OTHERS, NOT_KNOWN = "all others", "unknown"
LOPSIDED = 0.98  # share of the largest group from which on a column hardly distinguishes customers


@dataclass(frozen=True)
class Grouping:
    """How one column groups customers: `code`, SQL over a clean row, counts from 0; `labels` are the names of codes."""

    name: str
    labels: tuple[str, ...]
    code: str


def groupings(tables: Tables, most: int = 8) -> list[Grouping]:
    """A grouping for each state and profile column of the bank; of open categories the `most` frequent values."""
    states = [_of_state(state) for state in tables.bank.states]
    return states + [_of_profile(tables, column, most) for column in tables.bank.profile]


def _of_state(state: State) -> Grouping:
    if state.kind == "flag":
        return Grouping(state.name, state.names, f"({_text(state.column)} IN ({_yes(state.yes)}))::int")
    known = {str(value): place for place, value in enumerate(state.values, 1)}
    known |= {value: known[same] for value, same in state.same_as.items() if same in known}
    return Grouping(state.name, state.called, _cases(_text(state.column), known, "0"))


def _of_profile(tables: Tables, column: ProfileColumn, most: int) -> Grouping:
    if column.kind == "flag":
        return _of_flag(column)
    if column.kind == "category":
        return _of_category(tables, column, most)
    value = number(column, tables.bank)
    edges, labels = _bands(tables, column, value)
    code = " + ".join(f"({value} >= {edge!r})::int" for edge in edges) or "0"
    return Grouping(column.name, (*labels, NOT_KNOWN), f"CASE WHEN {value} IS NULL THEN {len(labels)} ELSE {code} END")


def _of_flag(column: ProfileColumn) -> Grouping:
    yes = column.groups.get(str(column.yes), "yes")
    others = {value: label for value, label in column.groups.items() if value != str(column.yes)}
    text, unknown = _text(column.column), f"{sql_name(column.column)} IS NULL OR {_text(column.column)} = '{UNKNOWN}'"
    no = next(iter(others.values()), "no")
    code = f"CASE WHEN {unknown} THEN 2 WHEN {text} IN ({_yes(column.yes)}) THEN 1 ELSE 0 END"
    return Grouping(column.name, (no, yes, NOT_KNOWN), code)


def _of_category(tables: Tables, column: ProfileColumn, most: int) -> Grouping:
    text = _text(column.column)
    values = tables.table(
        f"""SELECT {text} AS value, count(*) AS n FROM clean WHERE value IS NOT NULL AND value <> '{UNKNOWN}'
        GROUP BY ALL ORDER BY n DESC, value LIMIT {most}"""
    )["value"]
    known = {str(value): place for place, value in enumerate(values)}
    labels = tuple(column.groups.get(value, value) for value in known)
    unknown = f"{sql_name(column.column)} IS NULL OR {text} = '{UNKNOWN}'"
    code = f"CASE WHEN {unknown} THEN {len(known) + 1} ELSE {_cases(text, known, str(len(known)))} END"
    return Grouping(column.name, (*labels, OTHERS, NOT_KNOWN), code)


def number(column: ProfileColumn, bank: Bank) -> str:
    """SQL of the number of a column: months since, of a date; null where it is not known."""
    value = sql_name(column.column)
    if column.kind == "date":
        return f"date_diff('month', {value}::date, {sql_name(bank.month)}::date)"
    double = f"{value}::double"
    return f"CASE WHEN NOT {sql_name(column.imputed)} THEN {double} END" if column.imputed else double


def _bands(tables: Tables, column: ProfileColumn, value: str) -> tuple[list[float], list[str]]:
    """Where a number is cut and what the bands are called: as the description has it, else into fifths."""
    given = column.bands or column.reason_bands or column.model_bands
    if given is not None:
        return list(given.edges), list(given.names) or between(list(given.edges))
    cuts = tables.table(f"SELECT quantile_disc({value}, [0.2, 0.4, 0.6, 0.8]) AS cuts FROM clean")["cuts"].iloc[0]
    edges = sorted({float(cut) for cut in cuts}) if cuts is not None else []
    return edges, between(edges)


def between(edges: list[float]) -> list[str]:
    """Names of the bands between edges.

    >>> between([18, 45_000])
    ['under 18', '18 to 45,000', '45,000 and over']
    """
    if not edges:
        return ["all"]
    texts = [f"{edge:,.0f}" if abs(edge) >= 100 or float(edge).is_integer() else f"{edge:g}" for edge in edges]
    middle = [f"{low} to {high}" for low, high in pairwise(texts)]
    return [f"under {texts[0]}", *middle, f"{texts[-1]} and over"]


def made_of(tables: Tables, groups: list[Grouping]) -> pd.DataFrame:
    """Rows by column and group, and their share; groups without rows are left out."""
    parts = []
    for one in groups:
        counts = tables.table(f"SELECT {one.code} AS code, count(*) AS rows FROM clean GROUP BY ALL ORDER BY code")
        counts["group"] = [one.labels[code] for code in counts["code"]]
        parts.append(counts.assign(column=one.name, share=counts["rows"] / counts["rows"].sum()))
    if not parts:
        return pd.DataFrame({"rows": [], "share": []}, index=pd.MultiIndex.from_tuples([], names=["column", "group"]))
    return pd.concat(parts).set_index(["column", "group"])[["rows", "share"]]


def imbalance(tables: Tables, groups: list[Grouping]) -> pd.DataFrame:
    """A row a column: different values, the largest group and its share, the share unknown, effective groups.

    The effective number of groups is exp(entropy): of two equal ones 2, of 99 to 1 it is 1.06.
    """
    made = made_of(tables, groups)
    values = {column.name: column.column for column in tables.bank.columns}
    rows = {}
    for column in dict.fromkeys(made.index.get_level_values(0)):
        share = made.loc[column, "share"]
        rows[column] = {
            "values": tables.table(f"SELECT count(DISTINCT {sql_name(values[column])}) AS n FROM clean").loc[0, "n"],
            "largest group": share.idxmax(),
            "its share": share.max(),
            "unknown": share.get(NOT_KNOWN, share.get(UNKNOWN, 0.0)),
            "effective groups": float(np.exp(-(share * np.log(share)).sum())),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("column")


def _text(column: str) -> str:
    """A value as text, whole numbers without a point, true as 1."""
    return f"{sql_name(column)}::varchar"


def _yes(value: Value) -> str:
    return f"{sql_text(value)}, 'true'" if value == 1 else sql_text(value)


def _cases(text: str, known: dict[str, int], other: str) -> str:
    whens = " ".join(f"WHEN {sql_text(value)} THEN {place}" for value, place in known.items())
    return f"CASE {text} {whens} ELSE {other} END" if known else other
