"""The banks of `examples/`: from their generated snapshots to a set, and the effects planted in them are measured."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bankrec.bank.description import Bank
from bankrec.bank.files import bank_from, read_bank
from bankrec.cleaning.histories import build_histories, load_histories
from bankrec.cli import main
from bankrec.config import ActivityConfig, Config, RankerConfig
from bankrec.evaluation.backtest import backtest_last_month
from bankrec.evaluation.baselines import baselines, compare
from bankrec.evaluation.intervals import mean_interval
from bankrec.evaluation.metrics import average_precision
from bankrec.history import History
from bankrec.jobs.evaluate import evaluate
from bankrec.publishing import sets
from bankrec.publishing.verification import problems

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
FAST = replace(Config(), ranker=RankerConfig(trees=100), activity=ActivityConfig(trees=50))
CUSTOMERS = {"credit_union": 15_000, "universal_bank": 4_000}  # enough who add something
SIGNAL, NOISE = ("page_views", "last_page"), ("letters_sent", "lottery_number")


@pytest.fixture(scope="module", params=["credit_union", "universal_bank"])
def example(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Bank, Path]:
    """An example's description and the folder of its data: some thousand customers, 10 months."""
    return _generated(request.param, tmp_path_factory.mktemp(request.param))


def _generated(name: str, folder: Path) -> tuple[Bank, Path]:
    script = ROOT / "examples" / "generate.py"
    sizes = ["--customers", str(CUSTOMERS[name]), "--months", "10", "--seed", "3"]
    subprocess.run([sys.executable, script, name, *sizes, "--output", folder], check=True, capture_output=True)
    return read_bank(ROOT / "examples" / name / "bank.toml"), folder


def _history(bank: Bank, folder: Path) -> History:
    own = folder / "features.parquet" if bank.features else None
    build_histories(folder / "snapshots", folder / "histories.parquet", bank, features=own)
    return load_histories(folder / "histories.parquet", bank)


def test_snapshots_become_a_whole_set_that_is_evaluated(example: tuple[Bank, Path], tmp_path: Path) -> None:
    bank, folder = example
    own = folder / "features.parquet" if bank.features else None
    description = ROOT / "examples" / bank.name / "bank.toml"
    command = ["run", "--bank", description, "--input", folder / "snapshots", "--workdir", tmp_path]
    assert main([*map(str, command), *(["--features", str(own)] if own else [])]) == 0
    current = sets.current(tmp_path / "recs")
    assert current is not None and problems(current) == []
    manifest = sets.read_manifest(current)
    assert manifest["counts"]["products"] == bank.n and sets.bank_of(manifest) == bank
    quality = evaluate(tmp_path / "recs", folder / "truth.parquet").quality
    assert quality.map_at_7.low > quality.map_at_7_popularity
    assert f"The models see the {bank.n} product flags" in (tmp_path / "models" / "model_card.md").read_text("utf-8")


def test_planted_effects_are_measured(example: tuple[Bank, Path]) -> None:
    """Better than popularity by category and age, the intervals apart."""
    bank, folder = example
    history = _history(bank, folder)
    month = backtest_last_month(history, FAST)
    assert month is not None
    rows = history.rows(month.ranked.user_id)
    lists = baselines(history, month.target, rows, FAST) | {"ours": month.ranked.items}
    table = compare(lists, month.added)
    assert table.loc["ours", "low"] > table.loc["popularity by segment and age", "high"], table.to_string()


def test_own_features_with_signal_raise_map_and_noise_does_not_lower_it(tmp_path: Path) -> None:
    bank, folder = _generated("universal_bank", tmp_path)
    whole = _history(bank, folder)
    precision = {
        name: _precision(_seeing(whole, kept)) for name, kept in (("none", ()), ("signal", SIGNAL), ("noise", NOISE))
    }
    gain = mean_interval(precision["signal"] - precision["none"])
    loss = mean_interval(precision["noise"] - precision["none"])
    assert gain.low > 0.0, f"signal gains {gain}"
    assert loss.high > 0.0, f"noise costs {loss}"


def _seeing(history: History, kept: tuple[str, ...]) -> History:
    """The same customers of a bank that describes only these own features."""
    description = history.bank.as_dict()
    features = [one for one in description.pop("features") if one["name"] in kept]
    bank = bank_from(description | ({"features": features} if features else {}), "fewer features")
    return replace(history, bank=bank, own={name: history.own[name] for name in kept})


def _precision(history: History) -> np.ndarray:
    """Average precision at 7 of the acquirers of the last month."""
    month = backtest_last_month(history, FAST)
    assert month is not None
    each = average_precision(month.ranked.items, month.added)
    return np.asarray(each[month.added != 0])
