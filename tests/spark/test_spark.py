"""Spark against DuckDB: the same bank of 20,000 customers, on a cluster of two worker processes on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import worker_killer

from bankrec.bank.files import read_bank
from bankrec.cleaning.histories import build_histories, load_histories, read_histories
from bankrec.cleaning.preprocess import preprocess
from bankrec.cleaning.report_file import report_path
from bankrec.cli import main
from bankrec.config import ActivityConfig, Config, RankerConfig
from bankrec.explain.explainer import Explainer, explain
from bankrec.jobs.publish import publish_from_files
from bankrec.jobs.ranking import offer
from bankrec.model.training import fit
from bankrec.publishing import sets
from bankrec.publishing.verification import problems
from bankrec.results import Headline
from bankrec.simulator.simulate import simulate
from bankrec.storage.engine import parquet_files, spark_session
from tests.santander import BANK

pytestmark = [pytest.mark.spark, pytest.mark.timeout(1200)]
CUSTOMERS = 20_000
# Two workers of one core and 1 GB, each a process of its own; small batches, so that a task has several.
CLUSTER = (
    "--master local-cluster[2,1,1024] --conf spark.ui.enabled=false --conf spark.sql.shuffle.partitions=4"
    " --conf spark.sql.execution.arrow.maxRecordsPerBatch=2000 pyspark-shell"
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """One Spark session for all tests of this file."""
    os.environ["PYSPARK_SUBMIT_ARGS"], os.environ["SPARK_LOCAL_IP"] = CLUSTER, "127.0.0.1"
    session = spark_session()
    yield
    session.stop()


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bank as parquet of text, cleaned, grouped and published by DuckDB; the model is of those histories."""
    folder = tmp_path_factory.mktemp("bank")
    simulate(CUSTOMERS, 1, folder / "raw.parquet")
    preprocess(folder / "raw.parquet", folder / "clean.parquet")
    build_histories(folder / "clean.parquet", folder / "histories.parquet", BANK)
    config = Config(ranker=RankerConfig(trees=60), activity=ActivityConfig(trees=40))
    history = load_histories(folder / "histories.parquet", BANK)
    explainer = explain(history, fit(history, config))
    explainer.save(folder / "model")
    publish_from_files(folder / "recs", folder / "histories.parquet", explainer, Headline())
    return folder


@pytest.fixture(scope="module")
def spark_bank(bank: Path, cluster: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, cleaned and grouped by Spark."""
    folder = tmp_path_factory.mktemp("spark")
    preprocess(bank / "raw.parquet", folder / "clean", engine="spark")
    build_histories(folder / "clean", folder / "histories", BANK, engine="spark")
    return folder


def lists(recs: Path) -> pa.Table:
    folder = sets.current(recs)
    assert folder is not None and problems(folder) == []
    return pq.read_table(folder / sets.RECOMMENDATIONS)


def assert_same_lists(one: pa.Table, other: pa.Table) -> None:
    assert one.num_rows > 10 * CUSTOMERS
    same = one.drop_columns("score").equals(other.drop_columns("score"))
    assert same, "the same products in the same order, for the same reasons"
    np.testing.assert_allclose(one["score"].to_numpy(), other["score"].to_numpy(), rtol=0, atol=1e-6)


def differing(one: str, other: str) -> int:
    both = f"(FROM '{one}' EXCEPT ALL FROM '{other}') UNION ALL (FROM '{other}' EXCEPT ALL FROM '{one}')"
    (count,) = duckdb.sql(f"SELECT count(*) FROM ({both})").fetchall()[0]
    return int(count)


def test_clean_snapshots_and_histories_are_the_same_rows(bank: Path, spark_bank: Path) -> None:
    assert differing(str(bank / "clean.parquet"), str(spark_bank / "clean" / "*" / "*.parquet")) == 0
    assert differing(str(bank / "histories.parquet"), str(spark_bank / "histories" / "*.parquet")) == 0
    here, there = pq.read_schema(bank / "clean.parquet"), pq.read_schema(parquet_files(spark_bank / "clean")[0])
    assert [(field.name, field.type) for field in here] == [(field.name, field.type) for field in there]
    ids = np.concatenate([batch.user_id for batch in read_histories(spark_bank / "histories", BANK)])
    assert (np.diff(ids) > 0).all(), "sorted over all files"
    report = report_path(spark_bank / "clean").read_text(encoding="utf-8")
    assert report == report_path(bank / "clean.parquet").read_text(encoding="utf-8")


def test_published_lists_are_the_same_row_for_row(bank: Path, spark_bank: Path) -> None:
    explainer = Explainer.load(bank / "model")
    publish_from_files(spark_bank / "recs", spark_bank / "histories", explainer, Headline(), engine="spark")
    assert_same_lists(lists(bank / "recs"), lists(spark_bank / "recs"))
    here, there = (sets.read_manifest(sets.current(folder / "recs") or folder) for folder in (bank, spark_bank))
    for name in ("counts", "removed_by_rule", "distributions", "drift"):
        assert here[name] == there[name]
    assert not list((spark_bank / "recs").glob(".*")), "nothing is left beside the sets"


def test_a_worker_that_dies_in_the_middle_changes_nothing(bank: Path, spark_bank: Path, tmp_path: Path) -> None:
    from bankrec.jobs.spark_ranking import rank_on_spark, read_ranked

    spark_session().sparkContext.addPyFile(worker_killer.__file__)
    customers = np.concatenate([batch.user_id for batch in read_histories(bank / "histories.parquet", BANK)])
    marker, rank = tmp_path / "killed", partial(offer, explainer=Explainer.load(bank / "model"))
    in_the_middle = int(customers[len(customers) // 4])  # of the first of two partitions
    killing = partial(worker_killer.rank_and_kill, rank=rank, customer=in_the_middle, marker=marker)
    rank_on_spark(spark_bank / "histories", tmp_path / "ranked", killing, BANK)
    assert marker.exists(), "a worker was killed"
    rank_on_spark(spark_bank / "histories", tmp_path / "undisturbed", rank, BANK)
    hurt, whole = (list(read_ranked(tmp_path / name)) for name in ("ranked", "undisturbed"))
    for name in ("user_id", "items", "scores", "status"):
        one, other = (np.concatenate([getattr(part, name) for part in parts]) for parts in (hurt, whole))
        np.testing.assert_array_equal(one, other)


def test_the_command_runs_the_whole_way_on_spark(cluster: None, tmp_path: Path) -> None:
    simulate(2_000, 5, tmp_path / "raw.parquet")
    work = tmp_path / "work"
    command = ["run", "--input", str(tmp_path / "raw.parquet"), "--workdir", str(work), "--engine", "spark"]
    assert main(command) == 0
    assert lists(work / "recs").num_rows > 20_000


def test_without_java_it_says_what_to_install(bank: Path, tmp_path: Path) -> None:
    command = ["preprocess", "--input", str(bank / "raw.parquet"), "--output", str(tmp_path / "clean")]
    without = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"} | {"PATH": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-m", "bankrec", *command, "--engine", "spark"], env=without, capture_output=True, text=True
    )
    assert ended.returncode == 2
    assert "needs Java 17" in ended.stderr and "Traceback" not in ended.stderr


def test_raw_months_as_csv_are_refused_with_the_way_out(cluster: None, tmp_path: Path) -> None:
    simulate(1_000, 1, tmp_path / "raw.csv")
    command = ["preprocess", "--input", str(tmp_path / "raw.csv"), "--output", str(tmp_path / "clean")]
    assert main([*command, "--engine", "spark"]) == 2


def test_histories_of_another_bank_with_own_features_are_the_same_rows(cluster: None, tmp_path: Path) -> None:
    """Forty products, nulls, categories, numbers and flags, and the bank's own features of customers and months."""
    examples = Path(__file__).resolve().parents[2] / "examples"
    made = [sys.executable, examples / "generate.py", "universal_bank", "--customers", "1500", "--months", "4"]
    subprocess.run([*made, "--output", tmp_path], check=True, capture_output=True)
    bank, own = read_bank(examples / "universal_bank" / "bank.toml"), tmp_path / "features.parquet"
    build_histories(tmp_path / "snapshots", tmp_path / "duckdb.parquet", bank, features=own)
    build_histories(tmp_path / "snapshots", tmp_path / "spark", bank, features=own, engine="spark")
    one, other = (load_histories(tmp_path / name, bank) for name in ("duckdb.parquet", "spark"))
    for name in ("user_id", "words", "persons"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert one.profile.to_pandas().equals(other.profile.to_pandas())
    assert set(one.own) == {feature.name for feature in bank.features}
    for name, values in one.own.items():
        np.testing.assert_array_equal(values, other.own[name], err_msg=name)
