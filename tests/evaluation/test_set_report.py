import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bankrec.errors import InputError
from bankrec.evaluation.groups import gaps
from bankrec.evaluation.set_report import evaluate_set
from bankrec.publishing import sets
from bankrec.publishing.verification import sha256
from bankrec.publishing.writer import about_bank, catalogue
from tests.santander import BANK, IDS

CCO, RECIBO, CARD = "ind_cco_fin_ult1", "ind_recibo_ult1", "ind_tjcr_fin_ult1"
HOLDS_CCO = 1 << IDS.index(CCO)
REMOVED = {"not_held": 3, "deceased": 0, "stopped": 60, "suppressed": 2}


HELD = {1: pa.uint32(), 2: pa.uint64()}  # its type, by format
HEADS = {1: {"format_version": 1}, 2: {"format_version": 2, "bank": about_bank(BANK)}}


@pytest.fixture(params=[1, 2], ids=["format 1", "format 2"])
def version(request: pytest.FixtureRequest) -> int:
    format_version: int = request.param
    return format_version


@pytest.fixture
def recs(tmp_path: Path, version: int) -> Path:
    """Three customers who hold the current account: 10 is offered card, debit; 20 debit, card; 30 nothing."""
    folder = tmp_path / "recs" / "set"
    folder.mkdir(parents=True)
    coded = pa.dictionary(pa.int8(), pa.string())
    lists = pa.table(
        {
            "user_id": pa.array([10, 10, 20, 20], pa.int64()),
            "item_id": pa.array([CARD, RECIBO, RECIBO, CARD]).cast(coded),
            "rank": pa.array([1, 2, 1, 2], pa.uint8()),
            "score": pa.array([0.5, 0.25, 0.5, 0.25], pa.float32()),
        }
    )
    customers = pa.table(
        {
            "user_id": pa.array([10, 20, 30], pa.int64()),
            "held": pa.array([HOLDS_CCO] * 3, HELD[version]),
            "segment": ["TOP", "PARTICULARES", "TOP"],
            "status": ["ok", "ok", "suppressed"],
        }
    )
    popular = pa.table(
        {
            "segment": pa.array([None, None], pa.string()),
            "item_id": pa.array([RECIBO, CARD]).cast(coded),
            "rank": pa.array([1, 2], pa.uint8()),
            "score": pa.array([0.2, 0.1], pa.float32()),
        }
    )
    pq.write_table(lists, folder / "recommendations.parquet")
    pq.write_table(customers, folder / "customers.parquet")
    pq.write_table(popular, folder / "top_popular.parquet")
    (folder / "products.json").write_text(json.dumps(catalogue(BANK)))
    (folder / "reasons.json").write_text("{}")
    write_manifest(folder, version)
    (tmp_path / "recs" / "current").symlink_to("set")
    return tmp_path / "recs"


def write_manifest(folder: Path, version: int) -> None:
    """The manifest of the files that are in `folder`."""
    files = {
        path.name: {
            "sha256": sha256(path),
            "rows": pq.read_metadata(path).num_rows if path.suffix == ".parquet" else None,
        }
        for path in folder.iterdir()
        if path.name != "manifest.json"
    }
    counts = {name: files[f"{name}.parquet"]["rows"] for name in ("customers", "recommendations")}
    manifest = {"set_id": "set", "as_of": "2016-05-28", "created_at": "2016-06-01T12:00:00Z", **HEADS[version]}
    manifest |= {"counts": counts, "files": files, "metrics": {}, "removed_by_rule": REMOVED}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def snapshot(holds: dict[int, list[str]], month: str = "2016-06-28") -> pd.DataFrame:
    rows = [
        {"fecha_dato": month, "ncodpers": user, **{name: int(name in names) for name in IDS}}
        for user, names in holds.items()
    ]
    return pd.DataFrame(rows)


def test_pairs_of_what_was_added(recs: Path, tmp_path: Path) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_text(f"ncodpers,product\n10,{RECIBO}\n20,{RECIBO}\n99,{CARD}\n")
    report = evaluate_set(recs, truth)
    assert report.unknown_customers == 1
    assert report.quality.customers == 3 and report.quality.acquirers == 2
    assert report.quality.map_at_7.value == pytest.approx((0.5 + 1.0) / 3)
    assert report.quality.map_at_7_of_maximum.value == pytest.approx(0.75)
    assert report.quality.map_at_7_popularity_of_maximum == pytest.approx(1.0)
    assert report.quality.expected_acquisitions == pytest.approx(1.5)
    groups = report.groups.set_index(["grouping", "group"])
    assert groups.loc[("segment", "TOP"), ["customers", "acquirers", "acquisitions"]].tolist() == [2, 1, 1]
    assert groups.loc[("status", "suppressed"), ["customers", "acquirers"]].tolist() == [1, 0]
    assert set(groups["note"]) == {"too few customers to say anything"}
    assert "1 customers of the truth file are not in the set" in report.text()
    assert max(map(len, report.text().splitlines())) <= 120
    assert report.realised()["month"] == "2016-06"


def test_what_rules_took_and_cost(recs: Path, tmp_path: Path) -> None:
    """30 is suppressed and adds two; 10 adds a product that is in no list."""
    truth = tmp_path / "truth.csv"
    truth.write_text(f"ncodpers,product\n10,{RECIBO}\n10,ind_hip_fin_ult1\n30,{RECIBO}\n30,{CARD}\n")
    report = evaluate_set(recs, truth)
    assert report.rules["candidates removed"].to_dict() == {**REMOVED, "other rules": 60}
    lost = report.rules["acquisitions lost"]
    assert lost.dropna().to_dict() == {"not_held": 0, "deceased": 0, "suppressed": 2, "other rules": 1}
    assert lost.index[lost.isna()].tolist() == ["stopped"]
    assert "suppressed" in report.text() and "nan" not in report.text().partition("by rule")[2]


def test_truth_of_a_simulated_bank_lists_all_pairs(recs: Path, tmp_path: Path) -> None:
    truth = tmp_path / "truth.parquet"
    rows = [(user, name, user == 10 and name == RECIBO) for user in (10, 20) for name in IDS]
    pd.DataFrame(rows, columns=["ncodpers", "product", "added"]).to_parquet(truth)
    quality = evaluate_set(recs, truth).quality
    assert (quality.customers, quality.acquirers, quality.observed_acquisitions) == (2, 1, 1)
    assert quality.map_at_7_of_maximum.value == pytest.approx(0.5)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_next_months_snapshot(recs: Path, tmp_path: Path, kind: str) -> None:
    """30 has left, 40 is new: neither counts. An earlier month in the file is passed over."""
    now = snapshot({10: [CCO, RECIBO], 20: [], 40: [CARD]})
    now = now.assign(age=["  25", " NA", "50"], sexo="H", antiguedad="     20", ind_actividad_cliente=[" 1", "0", "1"])
    frame = pd.concat([snapshot({10: [CCO, CARD]}, "2016-05-28"), now])
    truth = tmp_path / f"june.{kind}"
    if kind == "csv":
        frame.to_csv(truth, index=False)
    else:
        frame.to_parquet(truth)
    report = evaluate_set(recs, truth)
    groups = report.groups.set_index(["grouping", "group"])["customers"]
    assert groups["age"].to_dict() == {"18-25": 1, "unknown": 1}
    assert groups["active"].to_dict() == {"active": 1, "inactive": 1}
    assert groups["tenure"].to_dict() == {"1-3 years": 2} and groups["sex"].to_dict() == {"women": 2}
    assert report.products.loc[RECIBO, ["acquisitions", "hits of popularity"]].tolist() == [1, 1]
    assert report.ranks["share acquired, popularity"].tolist()[:2] == [0.5, 0.0]
    assert (report.quality.customers, report.quality.acquirers) == (2, 1)
    assert report.quality.map_at_7_of_maximum.value == pytest.approx(0.5)
    assert report.unknown_customers == 1


def test_groups_are_as_of_the_sets_month_where_the_file_has_it(recs: Path, tmp_path: Path) -> None:
    """10 turns 26 and moves abroad in June; 20 has no row in May."""
    may = snapshot({10: [CCO]}, "2016-05-28").assign(age=25, indresi="S", indext="S")
    june = snapshot({10: [CCO], 20: [CCO]}).assign(age=26, indresi="N", indext=["S", "N"])
    pd.concat([may, june]).to_csv(tmp_path / "months.csv", index=False)
    groups = evaluate_set(recs, tmp_path / "months.csv").groups.set_index(["grouping", "group"])["customers"]
    assert groups["age"].to_dict() == {"18-25": 1, "26-35": 1}
    assert groups["residence"].to_dict() == {"in the country": 1, "abroad": 1}
    assert groups["foreigner"].to_dict() == {"foreign": 1, "national": 1}


def many_customers(recs: Path, without_a_row: int, version: int) -> None:
    """The set of `recs` with 200 customers: 40 are suppressed, 40 deceased, others offered all but what they hold."""
    status = ["suppressed"] * 40 + ["deceased"] * 40 + ["ok"] * 120
    ids, listed = np.arange(200), np.arange(80, 200)
    places = [name for name in IDS if name != CCO]
    n = without_a_row
    customers = {
        "user_id": pa.array([*ids, *range(900, 900 + n)], pa.int64()),
        "held": pa.array([HOLDS_CCO] * 200 + [0] * n, HELD[version]),
        "segment": pa.array(["TOP"] * 200 + [None] * n, pa.string()),
        "status": [*status, *["suppressed"] * n],
    }
    lists = {
        "user_id": pa.array(np.repeat(listed, len(places)), pa.int64()),
        "item_id": pa.array(places * len(listed)).cast(sets.CODED),
        "rank": pa.array([*range(1, len(places) + 1)] * len(listed), pa.uint8()),
        "score": pa.array([0.02] * len(places) * len(listed), pa.float32()),
    }
    pq.write_table(pa.table(customers), recs / "set" / "customers.parquet")
    pq.write_table(pa.table(lists), recs / "set" / "recommendations.parquet")
    write_manifest(recs / "set", version)


def test_who_must_not_be_offered_anything_has_no_list_on_purpose(recs: Path, tmp_path: Path, version: int) -> None:
    many_customers(recs, 0, version)
    added = "".join(f"{user},{RECIBO}\n" for user in range(200))
    (tmp_path / "truth.csv").write_text(f"ncodpers,product\n{added}")
    report = evaluate_set(recs, tmp_path / "truth.csv")
    groups = report.groups.set_index(["grouping", "group"])
    assert (groups["full list"].dropna() == 1.0).all() and not gaps(report.groups)
    for status in ("suppressed", "deceased"):
        row = groups.loc[("status", status)]
        assert (row["customers"], row["acquirers"], row["note"]) == (40, 40, "nothing is offered to them, on purpose")
        assert np.isnan(row["full list"]) and np.isnan(row["of max"])
    assert report.rules.loc["suppressed", "acquisitions lost"] == 40
    assert "no group is served worse" in report.text()


def test_suppressed_customers_without_a_row_are_not_evaluated(recs: Path, tmp_path: Path, version: int) -> None:
    (tmp_path / "truth.csv").write_text(f"ncodpers,product\n100,{RECIBO}\n905,{RECIBO}\n")
    reports = []
    for without_a_row in (0, 50):
        many_customers(recs, without_a_row, version)
        reports.append(evaluate_set(recs, tmp_path / "truth.csv"))
    assert reports[0].quality == reports[1].quality
    assert [report.unknown_customers for report in reports] == [1, 1]
    assert reports[1].groups["customers"].max() == 200


def test_the_baseline_counts_products_that_rules_take_from_the_unknown(recs: Path, tmp_path: Path) -> None:
    """If the manifest has the popularity of products, the popular list of the service is no baseline."""
    (tmp_path / "truth.csv").write_text(f"ncodpers,product\n10,{CARD}\n")
    share = [evaluate_set(recs, tmp_path / "truth.csv").quality.map_at_7_popularity_of_maximum]
    manifest = json.loads((recs / "set" / "manifest.json").read_text())
    (recs / "set" / "manifest.json").write_text(json.dumps(manifest | {"popularity": {CARD: 0.2, RECIBO: 0.1}}))
    share.append(evaluate_set(recs, tmp_path / "truth.csv").quality.map_at_7_popularity_of_maximum)
    assert share == [0.5, 1.0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2\n", "no column ncodpers"),
        ("ncodpers,other\n1,2\n", "neither"),
        ("ncodpers,product\n10,ind_nothing\n", "line 2: product is 'ind_nothing', not a product"),
        ("ncodpers,product\nten,ind_cco_fin_ult1\n", "line 2: ncodpers is 'ten', not a customer id, a whole number"),
    ],
)
def test_bad_truth_is_one_clear_line(recs: Path, tmp_path: Path, content: str, message: str) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        evaluate_set(recs, truth)
    assert "\n" not in str(caught.value)


def test_flags_of_the_next_snapshot_are_read_in_words_and_refused_where_they_can_not_be(
    recs: Path, tmp_path: Path
) -> None:
    frame = snapshot({10: [CCO, RECIBO], 20: [CCO, CARD], 30: [CCO]})
    frame[CARD] = [" no ", "Sí", ""]
    frame.to_csv(tmp_path / "june.csv", index=False)
    in_words = evaluate_set(recs, tmp_path / "june.csv").quality
    assert in_words.acquirers == 2 and in_words.map_at_7.value == pytest.approx((0.5 + 0.5) / 3)
    frame.assign(**{CARD: ["no", "perhaps", "yes"]}).to_csv(tmp_path / "june.csv", index=False)
    with pytest.raises(InputError, match=f"june.csv, line 3: {CARD} is 'perhaps', not 0 or 1"):
        evaluate_set(recs, tmp_path / "june.csv")
