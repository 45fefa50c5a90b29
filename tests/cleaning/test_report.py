"""The report of cleaning: rows by rule and month."""

from __future__ import annotations

from typing import Any

import pandas as pd
from banks import raw_table

from bankrec.cleaning.report import format_report, reported, tallied
from bankrec.cleaning.rules import NEARLY_EMPTY
from bankrec.cleaning.typed_rows import typed
from bankrec.santander.columns import MONTH

FEBRUARY = {MONTH: "2015-02-28"}


def test_the_report_counts_by_rule_and_month(engine: Any) -> None:
    rows = typed(
        raw_table(
            {"renta": None},
            FEBRUARY | {"renta": None},
            {"ind_recibo_ult1": "NA"},
            {"ind_recibo_ult1": "9"},
            dict.fromkeys(NEARLY_EMPTY),
        )
    )
    fill = pd.DataFrame({MONTH: [pd.Timestamp("2015-01-28")], "fill_age": [35]})
    report = reported(engine.to_pandas(tallied(rows)), {"2015-01-28": 1}, fill, "raw.csv")
    counted = {(rule["column"], rule["rule"]): rule for rule in report["rules"]}
    assert (report["rows_read"], report["rows_kept"], report["duplicates"]) == (6, 4, 1)
    assert counted["renta", "missing"]["by_month"] == {
        "2015-01-28": {"rows": 1, "share": 0.333333},
        "2015-02-28": {"rows": 1, "share": 1.0},
    }
    assert counted["row", "nearly_empty"]["rows"] == counted["row", "duplicate"]["rows"] == 1
    assert counted["age", "missing"]["rows"] == 0, "of a dropped row only the dropping counts"
    assert counted["ind_recibo_ult1", "missing"]["rows"] == counted["ind_recibo_ult1", "unreadable"]["rows"] == 1
    assert report["filled_with"] == {"2015-01-28": {"age": 35}}
    text = format_report(report)
    assert "6 rows read, 4 kept" in text and "renta" in text and "spouse" not in text
