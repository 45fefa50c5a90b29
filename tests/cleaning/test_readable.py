"""Product flags in every spelling, and the stop where they can't be read: with column, count and examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from banks import write_raw

from bankrec.cleaning.preprocess import preprocess
from bankrec.cleaning.report import format_report
from bankrec.cleaning.report_file import report_path
from bankrec.errors import InputError
from bankrec.santander.columns import CUSTOMER, MONTH

CARD, PAYROLL = "ind_tjcr_fin_ult1", "ind_nomina_ult1"
YES = [
    "1",
    " 1",
    "1.0",
    "YES",
    "yes",
    "Yes",
    " sí ",
    "Sí",
    "SÍ",
    "si",
    "SI",
    "true",
    "True",
    "TRUE",
    "T",
    "t",
    "S",
    "Y",
]
NO = ["0", " 0", "0.0", "NO", "no", " No ", "false", "False", "FALSE", "F", "f", "N", "n"]
MONTHS = ("2015-01-28", "2015-02-28", "2015-03-28")
Row = dict[str, str]


def bank(month: str, customers: int = 200, holders: int = 20, **changes: str) -> list[Row]:
    """Customers of a month, the first of whom hold the card; `changes` are for all of them."""
    return [{MONTH: month, CUSTOMER: str(at), CARD: str(int(at < holders)), **changes} for at in range(customers)]


def spoilt(rows: list[Row], texts: list[str], column: str = CARD) -> list[Row]:
    """The same rows, the last of them with `texts` in `column`."""
    kept = len(rows) - len(texts)
    return rows[:kept] + [{**row, column: text} for row, text in zip(rows[kept:], texts, strict=True)]


def cleaned(tmp_path: Path, rows: list[Row], **options: Any) -> tuple[pd.DataFrame, dict[str, Any]]:
    report = preprocess(write_raw(tmp_path / "raw.csv", rows), tmp_path / "clean.parquet", **options)
    return pd.read_parquet(tmp_path / "clean.parquet").sort_values([MONTH, CUSTOMER], ignore_index=True), report


def refused(tmp_path: Path, rows: list[Row], **options: Any) -> str:
    """The line that cleaning ends with; what was there before stays."""
    before = {path: path.read_bytes() for path in tmp_path.glob("clean*")}
    with pytest.raises(InputError) as stop:
        cleaned(tmp_path, rows, **options)
    assert {path: path.read_bytes() for path in tmp_path.glob("clean*")} == before
    assert not list(tmp_path.glob(".*")), "nothing half-written"
    line = str(stop.value)
    assert "\n" not in line
    return line


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_flags_are_read_in_every_spelling(tmp_path: Path, form: str) -> None:
    texts = YES + NO
    rows = [{CUSTOMER: str(at), CARD: text, "ind_actividad_cliente": text} for at, text in enumerate(texts)]
    path = write_raw(tmp_path / "raw.csv", rows)
    if form == "parquet":
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        path = tmp_path / "raw.parquet"
        frame.to_parquet(path)
    report = preprocess(path, tmp_path / "clean.parquet")
    clean = pd.read_parquet(tmp_path / "clean.parquet").sort_values(CUSTOMER)
    for column in (CARD, "ind_actividad_cliente"):
        read = dict(zip(texts, clean[column], strict=True))
        assert read == dict.fromkeys(YES, 1) | dict.fromkeys(NO, 0), column
    assert not clean["flags_imputed"].any()
    assert not [rule for rule in report["rules"] if rule["action"] == "unreadable" and rule["rows"]]


def test_parquet_of_booleans_and_numbers_is_read(tmp_path: Path) -> None:
    raw = pd.read_csv(write_raw(tmp_path / "raw.csv", bank(MONTHS[0])), dtype=str, keep_default_na=False)
    raw.assign(**{CARD: raw[CARD] == "1", PAYROLL: raw[CARD].astype(float)}).to_parquet(tmp_path / "raw.parquet")
    preprocess(tmp_path / "raw.parquet", tmp_path / "clean.parquet")
    clean = pd.read_parquet(tmp_path / "clean.parquet")
    assert clean[CARD].sum() == clean[PAYROLL].sum() == 20


def test_residence_and_death_are_read_in_every_spelling(tmp_path: Path) -> None:
    spelled = {"S": ["S", "SI", "sí", "yes", "true", "1", "1.0"], "N": ["N", "NO", "no", "false", "0", "0.0"]}
    texts = [text for some in spelled.values() for text in some] + ["?"]
    names = ("indresi", "indext", "indfall")
    rows = [{CUSTOMER: str(at), **dict.fromkeys(names, text)} for at, text in enumerate(texts)]
    clean, report = cleaned(tmp_path, rows)
    for name in names:
        assert clean[name].tolist() == ["S"] * 7 + ["N"] * 6 + ["OTHER"]
        rules = {rule["rule"]: rule for rule in report["rules"] if rule["column"] == name}
        assert (rules["spelling"]["rows"], rules["unknown_value"]["rows"]) == (11, 1)
        assert rules["unknown_value"]["examples"] == ["?"]


def test_more_than_a_thousandth_of_a_column_unreadable_stops(tmp_path: Path) -> None:
    rows = bank(MONTHS[0], 3_000)
    cleaned(tmp_path, spoilt(rows, ["maybe"] * 3))
    line = refused(tmp_path, spoilt(rows, ["maybe", "held", "maybe", "x", "held", "maybe", "z"]))
    assert f"{CARD}: 7 values (0.23%) can't be read, as 'maybe', 'held', 'x'" in line
    assert f"--accept-unreadable {CARD}" in line


def test_a_column_in_other_words_is_stopped_and_several_are_named(tmp_path: Path) -> None:
    names = [CARD, PAYROLL, "ind_recibo_ult1", "ind_viv_fin_ult1", "ind_cco_fin_ult1"]
    line = refused(tmp_path, [{CUSTOMER: str(at), **dict.fromkeys(names, "has\nit" * 30)} for at in range(9)])
    assert all(name in line for name in names) and line.count("9 values (100.00%)") == 3 and len(line) < 700, line


def test_a_product_that_all_lose_at_once_stops(tmp_path: Path) -> None:
    kept, gone = bank(MONTHS[0]), bank(MONTHS[1], holders=0)
    line = refused(tmp_path, kept + gone)
    assert f"{CARD}: 20 customers hold it in 2015-01 and none in 2015-02" in line
    assert f"--accept-unreadable {CARD}" in line
    cleaned(tmp_path, bank(MONTHS[0], 1_000, holders=10) + gone)  # 1% is not over 1%
    cleaned(tmp_path, bank(MONTHS[0], holders=4) + gone)  # 2%, and so few that they may leave by themselves
    cleaned(tmp_path, gone + bank(MONTHS[2]))  # a new product


def test_an_empty_column_in_the_middle_stops(tmp_path: Path) -> None:
    rows = bank(MONTHS[0]) + bank(MONTHS[1], **{CARD: ""}) + bank(MONTHS[2])
    assert "none in 2015-02" in refused(tmp_path, rows)


@pytest.mark.parametrize("name", ["clean.parquet", "clean"])
def test_a_product_that_all_lose_in_the_appended_month_stops(tmp_path: Path, name: str) -> None:
    output = tmp_path / name
    preprocess(write_raw(tmp_path / "first.csv", bank(MONTHS[0]) + bank(MONTHS[1])), output)
    last = write_raw(tmp_path / "last.csv", bank(MONTHS[2], holders=0))
    with pytest.raises(InputError, match="hold it in 2015-02 and none in 2015-03"):
        preprocess(last, output, append=True)
    assert len(pd.read_parquet(output)) == 400
    preprocess(last, output, append=True, accept=[CARD])
    # What was accepted once is not asked again.
    april = write_raw(tmp_path / "april.csv", bank("2015-04-28", holders=0))
    preprocess(april, output, append=True)
    report = json.loads(report_path(output).read_text(encoding="utf-8"))
    assert report["accepted_unreadable"] == [] and [len(run["accepted_unreadable"]) for run in report["earlier"]] == [
        0,
        1,
    ]


def test_an_accepted_column_is_unknown_in_the_rows_and_named_in_the_report(tmp_path: Path) -> None:
    rows = spoilt(bank(MONTHS[0]), ["maybe"] * 5) + spoilt(bank(MONTHS[1]), ["x"] * 9, PAYROLL)
    assert refused(tmp_path, rows).endswith(f"--accept-unreadable {CARD} --accept-unreadable {PAYROLL}")
    assert CARD not in refused(tmp_path, rows, accept=[CARD])
    clean, report = cleaned(tmp_path, rows, accept=[CARD, PAYROLL])
    assert clean["flags_imputed"].sum() == 14 and clean[[CARD, PAYROLL]].sum().tolist() == [40, 0]
    assert [entry["column"] for entry in report["accepted_unreadable"]] == [CARD, PAYROLL]
    text = format_report(report)
    assert f"caution: {CARD} was accepted although 5 values (1.25%) can't be read, as 'maybe'" in text
    assert "neither yes nor no: 0, not held; marked in flags_imputed, as 'x'" in text
    assert json.loads(report_path(tmp_path / "clean.parquet").read_text(encoding="utf-8")) == report


def test_examples_are_the_most_frequent_values_of_every_column(tmp_path: Path) -> None:
    changes = [
        *({"age": text} for text in ("forty", "old", "forty", "young", "old", "forty", "ripe", "-5", " NA")),
        *({"fecha_alta": text} for text in ("soon", "2015-02-30", "1808-01-01")),
        *({"cod_prov": text} for text in ("100", "Madrid", "")),
        *({"ind_nuevo": text} for text in ("2", "perhaps", "yes", "NA")),
        *({"indrel": text} for text in ("2", "99")),
        *({"sexo": text} for text in ("X", "v")),
        {"segmento": "04 - AGRO"},
    ]
    _, report = cleaned(tmp_path, [{CUSTOMER: str(at), **change} for at, change in enumerate(changes)])
    examples = {rule["column"]: (rule["rows"], rule["examples"]) for rule in report["rules"] if "examples" in rule}
    assert examples == {
        "age": (7, ["forty", "old", "ripe"]),
        "fecha_alta": (2, ["2015-02-30", "soon"]),
        "cod_prov": (2, ["100", "Madrid"]),
        "ind_nuevo": (2, ["2", "perhaps"]),
        "indrel": (1, ["2"]),
        "sexo": (1, ["X"]),
        "segmento": (1, ["04 - AGRO"]),
    }


def test_only_product_columns_can_be_accepted(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--accept-unreadable age: not a product column"):
        cleaned(tmp_path, bank(MONTHS[0]), accept=["age"])


def test_months_that_training_can_not_use_are_reported_before_cleaning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bankrec.cleaning.preprocess.typed", lambda raw: pytest.fail("rows were cleaned"))
    assert "a single month, 2015-01" in refused(tmp_path, bank(MONTHS[0]), for_training=True)
    gap = refused(tmp_path, bank(MONTHS[0]) + bank(MONTHS[2]), for_training=True)
    assert "no month between 2015-01 and 2015-03" in gap


def test_cleaning_alone_takes_such_months_and_says_so(tmp_path: Path) -> None:
    _, report = cleaned(tmp_path, bank(MONTHS[0]))
    assert "caution: there is a single month" in format_report(report)
    _, report = cleaned(tmp_path, bank(MONTHS[0]) + bank(MONTHS[2]))
    assert "caution: there is no month between 2015-01 and 2015-03" in format_report(report)
    february = write_raw(tmp_path / "february.csv", bank(MONTHS[1]))
    assert preprocess(february, tmp_path / "clean.parquet", append=True)["cautions"] == []


def test_a_damaged_report_is_one_line_before_anything_is_appended(tmp_path: Path) -> None:
    cleaned(tmp_path, bank(MONTHS[0]))
    before = (tmp_path / "clean.parquet").read_bytes()
    report_path(tmp_path / "clean.parquet").write_text('{"input": ')
    with pytest.raises(InputError, match=r"clean_report\.json can't be read"):
        cleaned(tmp_path, bank(MONTHS[1]), append=True)
    assert (tmp_path / "clean.parquet").read_bytes() == before
