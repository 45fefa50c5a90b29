"""The command line, end to end on a small simulated bank."""

import gzip
import json
import os
import shutil
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from banks import write_raw

from bankrec.cleaning.report_file import report_path
from bankrec.cli import main
from bankrec.model.recommender import Recommender
from bankrec.publishing import sets
from bankrec.publishing.verification import problems
from bankrec.santander.columns import PRODUCT_COLUMNS
from bankrec.storage import registry, tracking
from bankrec.storage.model_folder import CARD, METRICS
from recommendations import RecommendationSet
from serving.api.answers import answer
from serving.api.schemas import RecommendationRequest
from serving.observability.served import Served
from serving.observability.set_gauges import QUALITY

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def ran(small_bank: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workdir in which `run` has ended."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'mlflow.db'}")
        assert main(["run", "--input", str(small_bank / "raw.csv"), "--workdir", str(folder)]) == 0
    return folder


def test_run_ends_with_a_whole_set_of_every_customer(ran: Path) -> None:
    folder = sets.current(ran / "recs")
    assert folder is not None and problems(folder) == []
    clean = pd.read_parquet(ran / "preprocessed_data.parquet")
    last = clean[clean["fecha_dato"] == clean["fecha_dato"].max()]
    customers = pq.read_table(folder / "customers.parquet")
    assert customers["user_id"].to_pylist() == sorted(last["ncodpers"])
    assert sets.read_manifest(folder)["as_of"] == "2016-05-28"


def test_preprocess_logs_its_report(tmp_path: Path) -> None:
    raw, output = write_raw(tmp_path / "raw.csv", [{}, {"ncodpers": "2", "age": " NA"}]), tmp_path / "clean.parquet"
    assert main(["preprocess", "--input", str(raw), "--output", str(output)]) == 0
    run = mlflow.search_runs(experiment_names=[tracking.EXPERIMENT], max_results=1).iloc[0]
    assert run["tags.mlflow.runName"].startswith("preprocess · santander 201")
    assert (run["metrics.rows_read"], run["metrics.rows_kept"], run["metrics.duplicates"]) == (2, 2, 0)
    logged = mlflow.artifacts.load_dict(f"{run['artifact_uri']}/cleaning_report.json")
    assert logged == json.loads(report_path(output).read_text(encoding="utf-8"))
    table = mlflow.artifacts.load_dict(f"{run['artifact_uri']}/cleaning_rules.json")
    assert ["age", "missing", "missing", 1, 0.5] in table["data"]


def test_the_service_reads_what_was_published(ran: Path) -> None:
    folder = sets.current(ran / "recs")
    assert folder is not None
    loaded = RecommendationSet(folder)
    lists = pq.read_table(folder / "recommendations.parquet").to_pandas()
    for user_id, rows in list(lists.groupby("user_id"))[:25]:
        answer = loaded.find(int(user_id))
        assert [loaded.ids[bit] for bit in answer.bits] == rows["item_id"].tolist()
        assert np.allclose(answer.scores, rows["score"])
    assert loaded.find(10**12).source == "popular"


def test_the_champion_is_published_as_what_it_is(
    ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After `run`, from a copy under another name: run, metrics and the gate's checks are those of the training."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{ran / 'mlflow.db'}")
    data = shutil.copy(ran / "preprocessed_data.parquet", tmp_path / "another name.parquet")
    command = ["recommend", "--data", str(data), "--models", "champion", "--publish-to", str(tmp_path / "recs")]
    assert main(command) == 0
    assert "ok   MAP@7 of the model in the backtest" in capsys.readouterr().out
    one, other = (sets.read_manifest(folder / "recs" / "current") for folder in (ran, tmp_path))
    assert other["run_id"] == one["run_id"] is not None
    assert other["metrics"] == one["metrics"] | {"model": "champion, version 1"}
    served = Served()
    served.in_use = RecommendationSet((tmp_path / "recs" / "current").resolve())
    quality = {sample.labels["metric"] for family in served.collect() for sample in family.samples
               if sample.name == "recommendations_offline_quality"}  # fmt: skip
    assert quality == set(QUALITY["offline"])


def test_a_champion_of_another_month_is_refused(
    ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its forecast is of the month after its own as-of, so it has no lists for another one."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{ran / 'mlflow.db'}")
    rows, data = pq.read_table(ran / "preprocessed_data.parquet"), tmp_path / "earlier.parquet"
    pq.write_table(rows.filter(pc.less(rows["fecha_dato"], pc.max(rows["fecha_dato"]))), data)
    command = ["recommend", "--data", str(data), "--models", "champion", "--publish-to", str(tmp_path / "recs")]
    assert main(command) == 2
    assert "earlier.parquet ends with 2016-04: give the same months" in capsys.readouterr().err
    assert not (tmp_path / "recs").exists()


def test_without_a_champion_the_names_registered_are_listed(
    ran: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, recs = str(ran / "preprocessed_data.parquet"), str(tmp_path / "recs")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    command = ["recommend", "--data", data, "--models", "champion", "--publish-to", recs]
    assert main(command) == 2
    assert "no champion is registered as recommender-santander" in (error := capsys.readouterr().err)
    assert "(registered: none): train first" in error
    mlflow.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])
    client = mlflow.MlflowClient()
    client.create_registered_model("recommender-another-bank")
    client.create_model_version("recommender-another-bank", source=str(ran))
    client.set_registered_model_alias("recommender-another-bank", registry.CHAMPION, "1")
    assert main(command) == 2
    assert "(registered: recommender-another-bank)" in capsys.readouterr().err
    assert not Path(recs).exists()


@pytest.mark.parametrize("k", range(1, 25))
def test_the_stability_index_compares_with_what_the_set_states_of_itself(ran: Path, k: int) -> None:
    """2,000 answers of the published set: no drift; the commonest product's places given to the rarest: drift."""
    loaded, request = RecommendationSet((ran / "recs" / "current").resolve()), RecommendationRequest(user_id=1, k=k)
    customers = np.random.default_rng(k).choice(loaded.user_id, 2_000)
    given = [answer(customer, loaded, request) for customer in customers.tolist()]
    listed = np.bincount(np.frombuffer(b"".join(one.first for one in given), np.uint8), minlength=24)
    shift = bytes.maketrans(bytes([int(listed.argmax())]), bytes([int(listed.argmin())]))
    indices = []
    for first in ([one.first for one in given], [one.first.translate(shift) for one in given]):
        served = Served()
        served.in_use = loaded
        for one, asked in zip(given, first, strict=True):
            served.count(one.source, one.places, one.bits, one.scores, asked)
        indices.append(served.stability_index())
    assert indices[0] < 0.05 and indices[1] > 0.25, indices


def test_reasons_are_stored_true_and_put_into_words(ran: Path) -> None:
    folder = sets.current(ran / "recs")
    assert folder is not None
    lists = pq.read_table(folder / "recommendations.parquet").to_pandas()
    explained = lists[lists["reasons"].map(len) > 0]
    assert explained["rank"].max() <= 7 and explained["reasons"].map(len).max() == 2
    assert len(explained) > 0.5 * (lists["rank"] <= 7).sum()
    clean = pd.read_parquet(ran / "preprocessed_data.parquet")
    held = clean.set_index(["ncodpers", clean["fecha_dato"].astype(str).str[:7]])
    checked = 0
    for row in explained[explained["reasons"].map(lambda codes: codes[0].startswith("held_until"))].itertuples():
        month = row.reasons[0].partition(":")[2]
        flags = held.loc[row.user_id, row.item_id]
        assert flags[month] == 1 and not flags[flags.index > month].any()
        checked += 1
    assert checked > 0
    loaded = RecommendationSet(folder)
    for code in set(explained["reasons"].explode()):
        texts = {loaded.reason_texts.text(code, language) for language in ("en", "es")}
        assert len(texts) == 2 and not any("{" in text or text in code for text in texts)


@pytest.mark.slow
def test_a_short_history_is_run_with_a_caution(ran: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw, workdir = str(tmp_path / "raw.csv"), tmp_path / "work"
    assert main(["simulate", "--customers", "1000", "--months", "3", "--output", raw]) == 0
    assert main(["run", "--input", raw, "--workdir", str(workdir)]) == 0
    assert "\ncaution: the history has 3 months" in capsys.readouterr().out
    assert "**Caution**: the history has 3 months" in (workdir / "models" / CARD).read_text(encoding="utf-8")
    assert sets.read_manifest(workdir / "recs" / "current")["as_of"] == "2015-03-28"
    assert json.loads((ran / "models" / "metrics.json").read_text())["cautions"] == []


def test_a_second_run_reuses_every_stage(ran: Path, small_bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (ran / "recs" / "current").resolve()
    assert main(["run", "--input", str(small_bank / "raw.csv"), "--workdir", str(ran)]) == 0
    assert capsys.readouterr().err.count("is reused") == 4
    assert (ran / "recs" / "current").resolve() == before


@pytest.mark.slow
def test_the_same_input_gives_the_same_lists(ran: Path, tmp_path: Path) -> None:
    data, models, recs = ran / "preprocessed_data.parquet", tmp_path / "models", tmp_path / "recs"
    assert main(["train", "--data", str(data), "--output", str(models)]) == 0
    assert main(["recommend", "--data", str(data), "--models", str(models), "--publish-to", str(recs)]) == 0
    one, other = (pq.read_table(folder / "recs" / "current" / sets.RECOMMENDATIONS) for folder in (ran, tmp_path))
    assert one.equals(other)


def test_a_set_is_published_beside_a_damaged_one(ran: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recs = tmp_path / "recs"
    shutil.copytree(ran / "recs", recs, symlinks=True)
    used = sets.current(recs)
    assert used is not None
    (used / sets.MANIFEST).write_text("{")
    data, models = ran / "preprocessed_data.parquet", ran / "models"
    arguments = ["recommend", "--data", str(data), "--models", str(models), "--publish-to", str(recs)]
    capsys.readouterr()
    assert main(arguments) == 3
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("bankrec recommend: ")]
    assert len(errors) == 1 and "a last set to compare with" in errors[0] and sets.MANIFEST in errors[0]
    assert sets.current(recs) == used
    assert main([*arguments, "--force"]) == 0
    new = sets.current(recs)
    assert new is not None and new != used and problems(new) == []


@pytest.mark.slow
def test_months_after_as_of_change_nothing(ran: Path, tmp_path: Path) -> None:
    clean = pd.read_parquet(ran / "preprocessed_data.parquet")
    clean["fecha_dato"] = pd.to_datetime(clean["fecha_dato"]).dt.date
    months = sorted(clean["fecha_dato"].unique())
    few = clean[clean["fecha_dato"].isin(months[:6])].copy()
    changed = few.copy()
    later = changed["fecha_dato"] == months[5]
    changed.loc[later, "ind_recibo_ult1"] = 1 - changed.loc[later, "ind_recibo_ult1"]
    changed.loc[later, ["renta", "age", "segmento"]] = [1.0, 99, "TOP"]
    lists = []
    for name, frame in (("few", few), ("changed", changed)):
        for kind in ("int8", "int16", "int64"):
            frame = frame.astype({column: kind for column in frame.columns if str(few[column].dtype) == kind})
        schema = pq.read_schema(ran / "preprocessed_data.parquet")
        frame.to_parquet(tmp_path / f"{name}.parquet", schema=schema, index=False)
        models = tmp_path / name
        arguments = ["--data", str(tmp_path / f"{name}.parquet"), "--output", str(models), "--as-of", "2015-05"]
        assert main(["train", *arguments]) == 0
        lists.append((models / "metrics.json").read_text())
        lists.append(Recommender.load(models / "model").ranker.get_leaf_values().tolist())
    first, second = (json.loads(text) for text in lists[::2])
    for metrics in (first, second):
        metrics.pop("run_id"), metrics.pop("data")
    assert first == second
    assert lists[1] == lists[3], "the ranker learned from a month after as-of"


def test_evaluate_by_pairs_and_by_the_next_snapshot(
    ran: Path, small_bank: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = pd.read_parquet(small_bank / "truth.parquet")
    added = truth[truth["added"]]
    added[["ncodpers", "product"]].to_csv(tmp_path / "pairs.csv", index=False)
    assert main(["evaluate", "--recs", str(ran / "recs"), "--truth", str(tmp_path / "pairs.csv")]) == 0
    report = capsys.readouterr().out
    assert "MAP@7" in report and "acquisitions lost" in report
    realised = json.loads((ran / "recs" / "realised.json").read_text())
    assert realised["month"] == "2016-06" and 0 < realised["map_at_7"] <= realised["map_at_7_maximum"]
    after = truth.assign(now=(truth["held"] | truth["added"]).astype(int))
    snapshot = after.pivot(index="ncodpers", columns="product", values="now").reset_index()
    snapshot.insert(0, "fecha_dato", "2016-06-28")
    snapshot.to_csv(tmp_path / "june.csv", index=False)
    assert main(["evaluate", "--recs", str(ran / "recs"), "--truth", str(tmp_path / "june.csv")]) == 0
    by_snapshot = json.loads((ran / "recs" / "realised.json").read_text())
    assert by_snapshot["map_at_7"] == pytest.approx(realised["map_at_7"], rel=0.05)


@pytest.mark.slow
def test_suppressed_customers_get_nothing(ran: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = sets.current(ran / "recs")
    assert folder is not None
    user_id = pq.read_table(folder / "recommendations.parquet")["user_id"][0].as_py()
    data, models = ran / "preprocessed_data.parquet", ran / "models"
    known = pq.read_table(data, columns=["ncodpers"])["ncodpers"].to_pylist()
    gone = min(set(known) - set(pq.read_table(folder / "customers.parquet")["user_id"].to_pylist()))
    strangers = [gone, min(known) - 1, max(known) + 1]
    (tmp_path / "no.txt").write_text("\n".join(map(str, [user_id, *strangers])) + "\n\n")
    arguments = ["--data", str(data), "--models", str(models), "--publish-to", str(tmp_path / "recs")]
    assert main(["recommend", *arguments, "--suppress", str(tmp_path / "no.txt")]) == 0
    loaded = RecommendationSet((tmp_path / "recs" / "current").resolve())
    assert [loaded.find(user).source for user in (user_id, *strangers)] == ["none"] * 4
    assert loaded.find(max(known) + 2).source == "popular"
    assert main(["verify", "--recs", str(tmp_path / "recs")]) == 0
    counts = loaded.manifest["counts"]
    assert (counts["suppressed_without_a_row"], counts["status_suppressed"], counts["customers"]) == (3, 4, len(loaded))
    assert sets.read_manifest(tmp_path / "recs" / "current")["removed_by_rule"]["suppressed"] > 0
    models = tmp_path / "models"
    clean = pd.read_parquet(data)
    clean[clean["fecha_dato"] <= sorted(set(clean["fecha_dato"]))[2]].to_parquet(
        tmp_path / "few.parquet", schema=pq.read_schema(data), index=False
    )
    few = ["train", "--data", str(tmp_path / "few.parquet"), "--output", str(models)]
    assert main([*few, "--suppress", str(tmp_path / "no.txt")]) == 0
    assert "rule suppressed: " in capsys.readouterr().out
    assert json.loads((models / "metrics.json").read_text())["rules"]["suppressed"]["candidates_removed"] > 0
    (tmp_path / "no.txt").write_text("12x\n")
    assert main(["recommend", *arguments, "--suppress", str(tmp_path / "no.txt")]) == 2


def test_a_banks_own_rules_hold_and_are_counted(ran: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Direct debit for inactive customers only, and no current account for customers younger than 200."""
    own = tmp_path / "own.toml"
    entry = '[[eligible]]\nname = "{}"\nreason = "a test"\nproducts = ["{}"]\nwhere.{}\n'
    first = entry.format("debit", "ind_recibo_ult1", "ind_actividad_cliente = [0]")
    own.write_text(first + entry.format("account", "ind_cco_fin_ult1", "age = { min = 200 }"))
    data, recs = ran / "preprocessed_data.parquet", tmp_path / "recs"
    arguments = ["--data", str(data), "--models", str(ran / "models"), "--publish-to", str(recs)]
    assert main(["recommend", *arguments, "--eligibility", str(own), "--force"]) == 0
    clean = pd.read_parquet(data)
    last = clean[clean["fecha_dato"] == clean["fecha_dato"].max()].set_index("ncodpers")
    lists = pq.read_table(recs / "current" / sets.RECOMMENDATIONS).to_pandas()
    debit = set(lists.loc[lists["item_id"] == "ind_recibo_ult1", "user_id"])
    assert debit and not last.loc[sorted(debit), "ind_actividad_cliente"].any()
    assert not (lists["item_id"] == "ind_cco_fin_ult1").any()
    unknown = RecommendationSet((recs / "current").resolve()).find(1)
    popular = {PRODUCT_COLUMNS[bit] for bit in unknown.bits}
    assert unknown.source == "popular" and popular and not popular & {"ind_recibo_ult1", "ind_cco_fin_ult1"}
    removed = sets.read_manifest(recs / "current")["removed_by_rule"]
    assert removed["debit"] > 0 and removed["account"] > 0 and removed["not_held"] > 0
    own.write_text(own.read_text().replace("age =", "wage ="))
    assert main(["recommend", *arguments, "--eligibility", str(own)]) == 2
    assert "where.wage: not a column" in capsys.readouterr().err


def test_a_set_that_the_gate_refuses_is_not_published_unless_forced(
    ran: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models, recs = shutil.copytree(ran / "models", tmp_path / "models"), tmp_path / "recs"
    metrics = json.loads((models / METRICS).read_text())
    (models / METRICS).write_text(json.dumps(metrics | {"map_at_7": 0.0}))
    data = ran / "preprocessed_data.parquet"
    command = ["recommend", "--data", str(data), "--models", str(models), "--publish-to", str(recs)]
    assert main(command) == 3
    refused = capsys.readouterr().err.splitlines()[-1]
    assert "MAP@7 of the model in the backtest" in refused and "--force overrides" in refused
    assert not list(recs.glob("*"))
    assert main([*command, "--force"]) == 0
    assert sets.read_manifest(recs / "current")["forced"] is True


def test_train_says_what_the_rules_cost(ran: Path) -> None:
    metrics = json.loads((ran / "models" / "metrics.json").read_text())
    rules = metrics["rules"]
    assert set(rules) >= {"not_held", "deceased", "until_age", "minors", "stopped"}
    assert rules["not_held"]["candidates_removed"] > 0 == rules["not_held"]["acquisitions_lost"]
    assert 0.5 < metrics["reasons"]["agreement"] <= 1 and metrics["reasons"]["customers"] > 250


def test_run_prints_the_table_of_cleaning_again_when_it_is_reused(
    ran: Path, small_bank: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = str(small_bank / "raw.csv")
    assert main(["preprocess", "--input", raw, "--output", str(tmp_path / "clean.parquet")]) == 0
    table = capsys.readouterr().out.split("clean snapshots: ")[0]
    assert main(["run", "--input", raw, "--workdir", str(ran)]) == 0
    assert table.startswith("raw.csv: ") and table in capsys.readouterr().out


@pytest.mark.parametrize("command", ["train", "recommend"])
@pytest.mark.parametrize("form", ["raw.csv", "raw.csv.gz", "raw.parquet", "histories.parquet", "text.parquet", "a.csv"])
def test_what_is_not_clean_is_one_line_with_the_way_out(
    ran: Path, small_bank: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, form: str
) -> None:
    path = tmp_path / form
    if form == "histories.parquet":
        path = ran / form
    elif form == "raw.parquet":
        pd.read_csv(small_bank / "raw.csv", dtype=str, nrows=100).to_parquet(path)
    elif form.startswith("raw"):
        text = (small_bank / "raw.csv").read_bytes()
        path.write_bytes(gzip.compress(text) if form.endswith("gz") else text)
    else:
        path.write_text("a,b\n1,2\n")
    rest = {"train": ["--output", str(tmp_path / "m")], "recommend": ["--models", "m", "--publish-to", str(tmp_path)]}
    assert main([command, "--data", str(path), *rest[command]]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"bankrec {command}: {path} ") and "preprocess" in line and len(line) < 400
    raw = f"python -m bankrec preprocess --input {path} --output CLEAN.parquet"
    assert (raw in line) == form.startswith("raw"), line
    assert not any(word in line for word in ("SELECT", "LINE 1", "Binder", "Traceback"))


def test_train_on_one_month_is_refused(ran: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--data", str(ran / "preprocessed_data.parquet"), "--output", str(tmp_path / "m")]
    assert main(["train", *arguments, "--as-of", "2015-01"]) == 2
    assert "which training needs" in capsys.readouterr().err
    assert main(["train", *arguments, "--as-of", "2014-01"]) == 2
    assert not (tmp_path / "m" / "model").exists()
