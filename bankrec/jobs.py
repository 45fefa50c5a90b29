"""The jobs of the command line and the notebooks: train, recommend, and the whole way at once.

Files, MLflow and the clock are touched here; what is computed stands in the modules that are called.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bankrec import charts, sets, tracking
from bankrec.atomic import replacing
from bankrec.build_histories import build_histories, load_histories, months_of, read_histories
from bankrec.candidates import scores
from bankrec.clean_format import check_clean
from bankrec.config import Config
from bankrec.engine import connect, read_parquet
from bankrec.errors import InputError
from bankrec.evaluation import by_product, by_rank, in_target, judge_months, reliability
from bankrec.gate import Checks
from bankrec.groups import quality
from bankrec.histories import History, to_frame
from bankrec.judge_set import Report, judge_set
from bankrec.metrics import average_precision
from bankrec.preprocess import preprocess
from bankrec.products import BIT
from bankrec.publish import item_array, list_table, publish
from bankrec.raw import check_header
from bankrec.recommend import Ranked, ranked_items, recommend
from bankrec.recommender import Recommender
from bankrec.stages import Stages, file_state, only_one
from bankrec.training import fit, recommend_all
from bankrec.words import Words, unpack

MODEL, METRICS, CARD = "model", "metrics.json", "model_card.md"
CLEAN_FILE, HISTORIES_FILE = "preprocessed_data.parquet", "histories.parquet"


def as_of_month(text: str | None, data: Path) -> date:
    """The as-of month of `data`: its last month, or the one named as YYYY-MM or YYYY-MM-DD."""
    months = months_of(data)
    if text is None:
        return months[-1]
    found = [month for month in months if text in (f"{month:%Y-%m}", month.isoformat())]
    if not found:
        raise InputError(f"--as-of {text}: {data} has the months {months[0]:%Y-%m} to {months[-1]:%Y-%m}")
    return found[0]


def data_name(path: Path, name: str | None = None) -> str:
    """What the data is called in reports: `name`, else what `source.json` says, else the end of the path."""
    if name:
        return name
    for folder in (path.parent, path.parent / "raw"):
        source = folder / "source.json"
        if source.is_file():
            return str(json.loads(source.read_text(encoding="utf-8"))["name"])
    return "/".join(path.resolve().parts[-2:])


def train(
    data: Path,
    output: Path,
    *,
    as_of: str | None = None,
    name: str | None = None,
    engine: str = "duckdb",
    config: Config | None = None,
    progress: bool = True,
) -> dict[str, Any]:
    """Train on the clean snapshots in `data`, judge the same steps one month back, write it all to `output`.

    Returns the metrics, which are also in `<output>/metrics.json` and in MLflow with the model.
    """
    month = as_of_month(as_of, data)
    if month == months_of(data)[0]:
        raise InputError(f"{data} has no month before {month:%Y-%m}: nothing to learn from, add an earlier one")
    with connect() as connection:
        check_clean(read_parquet(connection, data), str(data))
    output.mkdir(parents=True, exist_ok=True)
    with tracking.temporary_folder() as folder:
        path = Path(folder) / HISTORIES_FILE
        build_histories(data, path, as_of=month, engine=engine)
        history = load_histories(path)
        return train_on(history, output, data_name(data, name), config=config, progress=progress).metrics


@dataclass(frozen=True)
class Judged:
    """The same steps one month back: what would have been published for the last month, and what came.

    `ranked` and `added` are of the customers present in `target`, the number of the last month.
    """

    target: int
    recommender: Recommender
    ranked: Ranked
    added: Words
    metrics: dict[str, Any]


@dataclass(frozen=True)
class Learned:
    """A recommender, how its steps did one month back (None with two months only), all metrics."""

    recommender: Recommender
    judged: Judged | None
    metrics: dict[str, Any]


def train_on(
    history: History, output: Path, name: str, *, config: Config | None = None, progress: bool = True
) -> Learned:
    """`train` from histories that are in memory: judge the steps, fit, save to `output`, log to MLflow."""
    config, month = config or Config(), history.months[-1]
    with tracking.run(f"train {month:%Y-%m}", {"data": name, "as_of": month}) as logged:
        judged = judge_last_month(history, config, progress=progress)
        recommender = fit(history, config, progress=progress)
        recommender.save(output / MODEL)
        metrics = {
            "data": name,
            "as_of": month.isoformat(),
            "customers_in_history": len(history),
            "months": len(history.months),
            "run_id": logged.id,
            **(judged.metrics if judged else {}),
        }
        write_json(output / METRICS, metrics)
        logged.parameters(asdict(config))
        logged.artifact(output / METRICS)
        if judged is not None:
            logged.metrics(judged.metrics)
            log_judgement(logged, history, judged)
        example = history.take(np.arange(min(5, len(history))))
        lists = list_table(recommend(example, recommender)).to_pandas()
        version = logged.model(output / MODEL, to_frame(example), lists, name)
        crown_the_better(history, recommender, name, version)
    return Learned(recommender, judged, metrics)


def judge_last_month(history: History, config: Config, *, progress: bool = True) -> Judged | None:
    """The same steps one month back. Needs three months: with two there is nothing to judge on."""
    target = len(history.months) - 1
    if target < 2:
        return None
    _, recommender, ranked, added, found = next(judge_months(history, config, [target], progress=progress))
    return Judged(target, recommender, ranked, added, {"target_month": history.months[target].isoformat(), **found})


def log_judgement(logged: tracking.Run, history: History, judged: Judged) -> None:
    """Tables and plots of the backtest, as a person wants to see them in MLflow."""
    lists = judged.ranked.items, judged.ranked.scores, judged.added
    products, served = by_product(*lists), quality(history, judged.ranked, judged.added, judged.target)
    bands = reliability(*lists)
    logged.table(products.reset_index(), "by_product")
    logged.table(by_rank(*lists).reset_index(), "by_rank")
    logged.table(served, "by_group")
    logged.table(bands, "reliability")
    logged.figure(charts.recall_by_product(products), "recall_by_product")
    logged.figure(charts.exposure(products), "exposure")
    logged.figure(charts.reliability(bands), "reliability")
    logged.figure(charts.importance(importances(judged.recommender)), "importance")


def importances(recommender: Recommender) -> pd.Series:
    """Importance of each feature of the ranker, in percent of all (CatBoost's prediction values change)."""
    model = recommender.ranker
    return pd.Series(model.get_feature_importance(), index=model.feature_names_)


def crown_the_better(history: History, recommender: Recommender, name: str, version: str) -> None:
    """Make the new model the champion of its data, unless the old one ranks the last month better.

    Both are scored anew on the acquisitions of the last month, which neither was fitted on if it is
    of the same as-of month or an earlier one.
    """
    with tracking.temporary_folder() as folder:
        try:
            path, _ = tracking.champion(name, Path(folder))
            old: Recommender | None = Recommender.load(path)
        except InputError:
            old = None
        if old is None or _ranks_last_month(history, recommender) >= _ranks_last_month(history, old):
            tracking.crown(name, version)


def _ranks_last_month(history: History, recommender: Recommender) -> float:
    """MAP@7 of a model's lists for the last month, from the months before it."""
    target = len(history.months) - 1
    past = history.until(target)
    ranked = recommend_all(past, replace(recommender, as_of=past.months[-1]))
    kept, added = in_target(history, ranked, target)
    return float(average_precision(kept.items, added).mean())


def recommend_to(
    recs: Path,
    data: Path,
    models: str,
    *,
    suppress: Path | None = None,
    keep: int = 3,
    force: bool = False,
    name: str | None = None,
    engine: str = "duckdb",
) -> tuple[str, Checks]:
    """Rank the products of every customer of the last month of `data` and publish the lists to `recs`.

    `models` is a folder of `train`, or `champion`: the best model of this data in MLflow's registry.
    Returns the set's id and the gate's checks.
    """
    suppressed = read_suppressed(suppress)
    with tracking.temporary_folder() as folder:
        if models == tracking.CHAMPION:
            path, version = tracking.champion(data_name(data, name), Path(folder))
            metrics: dict[str, Any] = {"model": f"champion, version {version}"}
        else:
            path, metrics = Path(models) / MODEL, read_metrics(Path(models))
        recommender = Recommender.load(path)
        month = as_of_month(None, data)
        if recommender.as_of > month:
            raise InputError(f"the model has seen {recommender.as_of:%Y-%m}, {data} ends with {month:%Y-%m}")
        histories = Path(folder) / HISTORIES_FILE
        build_histories(data, histories, engine=engine)
        return publish_from(
            recs,
            read_histories(histories),
            recommender,
            metrics,
            suppressed=suppressed,
            keep=keep,
            force=force,
        )


def publish_from(
    recs: Path,
    batches: Iterable[History],
    recommender: Recommender,
    metrics: dict[str, Any],
    *,
    suppressed: frozenset[int] = frozenset(),
    keep: int = 3,
    force: bool = False,
) -> tuple[str, Checks]:
    """Rank batch by batch and publish the lists as a set."""
    about = {"as_of": recommender.as_of.isoformat(), "run_id": metrics.get("run_id"), "metrics": metrics}
    lists = (without(recommend(batch, recommender), suppressed) for batch in batches)
    return publish(recs, lists, popular_table(recommender), about, now=datetime.now(UTC), keep=keep, force=force)


def ranking_tables(history: History, recommender: Recommender) -> tuple[pa.Table, pa.Table]:
    """`als_candidates` and `recommendations` of a batch: `user_id, item_id, rank, score` each."""
    ranked = recommend(history, recommender)
    past = history.take(np.searchsorted(history.user_id, ranked.user_id)).until(len(history.months))
    als = scores(past, recommender.evidence.items, recommender.config.als).astype(np.float64)
    items, values = ranked_items(als, als, unpack(ranked.held))
    return list_table(replace(ranked, items=items, scores=values)), list_table(ranked)


def popular_table(recommender: Recommender) -> pa.Table:
    """`top_popular.parquet` of a set, from what the recommender learned."""
    table = recommender.popular
    bits = np.array([BIT[name] for name in table["item_id"].to_pylist()], np.int8)
    position = table.column_names.index("item_id")
    return table.set_column(position, "item_id", item_array(bits))


def without(ranked: Ranked, suppressed: frozenset[int]) -> Ranked:
    """The same lists, empty and marked `suppressed` for customers on the suppression list."""
    rows = np.isin(ranked.user_id, np.fromiter(suppressed, np.int64, len(suppressed)))
    items, scores = ranked.items.copy(), ranked.scores.copy()
    items[rows], scores[rows] = -1, 0.0
    return replace(ranked, items=items, scores=scores, status=np.where(rows, "suppressed", ranked.status))


def read_suppressed(path: Path | None) -> frozenset[int]:
    """Customer ids of a suppression list, one a line; blank lines are allowed."""
    if path is None:
        return frozenset()
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from error
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.strip().isdigit():
            raise InputError(f"{path}, line {number}: {line.strip()!r} is not a customer id")
    return frozenset(int(line) for line in lines if line.strip())


def evaluate(recs: Path, truth: Path) -> Report:
    """Judge the current set by the month after it; logs to MLflow and writes `<recs>/realised.json`."""
    report = judge_set(recs, truth)
    folder = sets.current(recs)
    data = sets.read_manifest(folder)["metrics"].get("data", "unknown") if folder else "unknown"
    tags = {"data": data, "as_of": report.as_of, "set_id": report.set_id}
    with tracking.run(f"evaluate {report.as_of[:7]}", tags) as logged:
        logged.metrics(report.metrics)
        logged.table(report.products.reset_index(), "by_product")
        logged.table(report.ranks.reset_index(), "by_rank")
    write_json(recs / "realised.json", report.realised())
    return report


def run(
    source: Path,
    workdir: Path,
    *,
    suppress: Path | None = None,
    keep: int = 3,
    force: bool = False,
    name: str | None = None,
    engine: str = "duckdb",
) -> str:
    """Raw months to a published set in `<workdir>/recs`, headless; goes on where a killed run stopped.

    Returns the table of stages: time, rows a second, peak memory.
    """
    check_header(source)
    clean, histories, models = workdir / CLEAN_FILE, workdir / HISTORIES_FILE, workdir / "models"
    with only_one(workdir):
        stages, called = Stages(workdir, force), data_name(source, name)
        raw = [str(source.resolve()), file_state(source), engine]
        stages.run("preprocess", raw, clean, lambda: int(preprocess(source, clean, engine=engine)["rows_kept"]))
        if len(months_of(clean)) < 2:
            raise InputError(f"{source} has a single month: nothing to learn from, add the month before it")
        stages.run(
            "histories",
            file_state(clean),
            histories,
            lambda: build_histories(clean, histories, engine=engine),
        )

        def learn() -> int:
            with connect() as connection:
                check_clean(read_parquet(connection, clean), str(clean))
            history = load_histories(histories)
            train_on(history, models, called)
            return len(history)

        stages.run("train", [file_state(histories), called, asdict(Config())], models / METRICS, learn)

        def offer() -> int:
            set_id, _ = publish_from(
                workdir / "recs",
                read_histories(histories),
                Recommender.load(models / MODEL),
                read_metrics(models),
                suppressed=read_suppressed(suppress),
                keep=keep,
                force=force,
            )
            return int(sets.read_manifest(workdir / "recs" / set_id)["counts"]["recommendations"])

        inputs = [file_state(models), file_state(suppress) if suppress else None, keep]
        stages.run("publish", inputs, workdir / "recs" / sets.CURRENT, offer)
        return stages.report()


def read_metrics(models: Path) -> dict[str, Any]:
    """`metrics.json` of a folder of models."""
    try:
        found = json.loads((models / METRICS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{models} is not a folder of `train`: {METRICS} can't be read ({error})") from error
    return dict(found)


def write_table(path: Path, tables: Iterable[pa.Table]) -> None:
    """Write tables one after the other into one parquet file, atomically."""
    with replacing(path) as beside:
        file: pq.ParquetWriter | None = None
        for table in tables:
            file = file or pq.ParquetWriter(beside, table.schema, compression="zstd")
            file.write_table(table)
        if file is not None:
            file.close()


def write_json(path: Path, content: Any) -> None:
    """Write JSON atomically."""
    with replacing(path) as beside:
        beside.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
