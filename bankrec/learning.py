"""The job of `train`: judge the steps one month back, fit, save, and log to MLflow.

Files and MLflow are touched here; what is computed stands in the modules that are called.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bankrec import charts, rules, tracking
from bankrec.atomic import write_json, write_text
from bankrec.build_histories import build_histories, load_histories, months_of
from bankrec.champion import crown_the_better
from bankrec.clean_format import check_clean
from bankrec.cleaning_report import Report, missing_shares
from bankrec.config import Config
from bankrec.eligibility import read_eligibility
from bankrec.engine import connect, read_parquet
from bankrec.errors import InputError
from bankrec.evaluation import judge_months
from bankrec.histories import History, to_frame
from bankrec.judgement import judgement, without_personal
from bankrec.model_card import model_card
from bankrec.model_folder import CARD, METRICS, MODEL, data_name
from bankrec.publish import list_table
from bankrec.reason_check import agreement
from bankrec.recommend import Ranked, recommend
from bankrec.recommender import Recommender
from bankrec.report_file import ACCEPTED, accepted_in, read_report
from bankrec.rules import Rule
from bankrec.seasonality import cautions
from bankrec.suppression import as_rules, read_suppressed
from bankrec.training import fit
from bankrec.words import Words

HISTORIES_FILE = "histories.parquet"


def as_of_month(text: str | None, data: Path) -> date:
    """The as-of month of `data`: its last month, or the one named as YYYY-MM or YYYY-MM-DD."""
    months = months_of(data)
    if text is None:
        return months[-1]
    found = [month for month in months if text in (f"{month:%Y-%m}", month.isoformat())]
    if not found:
        raise InputError(f"--as-of {text}: {data} has the months {months[0]:%Y-%m} to {months[-1]:%Y-%m}")
    return found[0]


def train(
    data: Path,
    output: Path,
    *,
    as_of: str | None = None,
    name: str | None = None,
    engine: str = "duckdb",
    eligibility: Path | None = None,
    suppress: Path | None = None,
    config: Config | None = None,
    price_personal: bool = False,
    progress: bool = True,
) -> dict[str, Any]:
    """Train on the clean snapshots in `data`, judge the same steps one month back, write it all to `output`.

    `eligibility` is a file of the bank's own rules, `suppress` its suppression list: their cost is reported.
    With `price_personal` the month is judged once more without sex, age and nationality. Returns the metrics,
    which are also in `<output>/metrics.json`, in the model card and in MLflow with the model.
    """
    month, own = as_of_month(as_of, data), (*read_eligibility(eligibility), *as_rules(read_suppressed(suppress)))
    if month == months_of(data)[0]:
        raise InputError(f"{data} has no month before {month:%Y-%m}: nothing to learn from, add an earlier one")
    with connect(engine) as connection:
        check_clean(read_parquet(connection, data, engine), str(data))
    output.mkdir(parents=True, exist_ok=True)
    with tracking.temporary_folder() as folder:
        path = Path(folder) / HISTORIES_FILE
        build_histories(data, path, as_of=month, engine=engine)
        history = load_histories(path)
        called = data_name(data, name)
        learned = train_on(
            history,
            output,
            called,
            own=own,
            config=config,
            report=read_report(data),
            price_personal=price_personal,
            progress=progress,
        )
        return learned.metrics


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
    history: History,
    output: Path,
    name: str,
    *,
    own: tuple[Rule, ...] = (),
    config: Config | None = None,
    report: Report | None = None,
    price_personal: bool = False,
    progress: bool = True,
) -> Learned:
    """`train` from histories that are in memory: judge the steps, fit, save to `output`, log to MLflow.

    `report` is that of the cleaning: the model card states its shares of missing values, and with caution the product
    columns that were cleaned though they could not be read.
    """
    config, month = config or Config(), history.months[-1]
    with tracking.run(
        f"train {month:%Y-%m}", {"data": name, "data_hash": data_hash(history), "as_of": month}
    ) as logged:
        judged = judge_last_month(history, config, own=own, progress=progress)
        tables = judgement(history, judged.ranked, judged.added, judged.target, config) if judged else None
        if judged is not None and price_personal:
            lists = judged.ranked, judged.added, judged.target
            judged.metrics["without_personal"] = without_personal(history, *lists, config, own, progress=progress)
        recommender = fit(history, config, progress=progress)
        recommender.save(output / MODEL)
        metrics = {
            "data": name,
            "as_of": month.isoformat(),
            "customers_in_history": len(history),
            "months": len(history.months),
            "cautions": cautions(len(history.months)),
            "run_id": logged.id,
            ACCEPTED: accepted_in(report),
            "reasons": agreement(history, recommender),
            **({"missing_values": missing_shares(report)} if report else {}),
            **(judged.metrics if judged else {}),
            **(tables.as_dict() if tables else {}),
        }
        write_json(output / METRICS, metrics)
        write_text(output / CARD, model_card(metrics, config, tables, tracking.git_commit()))
        logged.parameters(asdict(config))
        for file in (METRICS, CARD):
            logged.artifact(output / file)
        logged.metrics({"reasons": {name: value for name, value in metrics["reasons"].items() if name != "by_group"}})
        if judged is not None and tables is not None:
            logged.metrics(judged.metrics)
            tables.log(logged)
            logged.figure(charts.importance(importances(judged.recommender)), "importance")
        example = history.take(np.arange(min(5, len(history))))
        lists = list_table(recommend(example, recommender)).to_pandas()
        twin = judged.recommender if judged else None
        with tracking.temporary_folder() as folder:
            beside = Path(folder) / tracking.TWIN
            if twin is not None:
                twin.save(beside)
            version = logged.model(output / MODEL, beside if twin else None, to_frame(example), lists, config.bank)
        logged.tags({"version": version, "champion": crown_the_better(history, twin, config.bank, version)})
    return Learned(recommender, judged, metrics)


def data_hash(history: History) -> str:
    """SHA-256 of customers, months, words and profile, 16 digits of it: the same data, the same hash."""
    found = hashlib.sha256(",".join(map(str, history.months)).encode())
    found.update(np.ascontiguousarray(history.user_id).tobytes())
    found.update(np.ascontiguousarray(history.words).tobytes())
    with pa.ipc.new_stream(sink := pa.BufferOutputStream(), history.profile.schema) as writer:
        writer.write_table(history.profile.combine_chunks())
    found.update(sink.getvalue())
    return found.hexdigest()[:16]


def judge_last_month(
    history: History, config: Config, *, own: tuple[Rule, ...] = (), progress: bool = True
) -> Judged | None:
    """The same steps one month back. Needs three months: with two there is nothing to judge on."""
    target = len(history.months) - 1
    if target < 2:
        return None
    judged = next(judge_months(history, config, [target], own=own, progress=progress))
    _, recommender, ranked, added, found = judged
    past = history.take(np.searchsorted(history.user_id, ranked.user_id)).until(target)
    metrics = {
        "target_month": history.months[target].isoformat(),
        **found,
        "rules": rules.toll(past, recommender.evidence, added, (*rules.RULES, *own)),
    }
    return Judged(target, recommender, ranked, added, metrics)


def importances(recommender: Recommender) -> pd.Series:
    """Importance of each feature of the ranker, in percent of all (CatBoost's prediction values change)."""
    model = recommender.ranker
    return pd.Series(model.get_feature_importance(), index=model.feature_names_)
