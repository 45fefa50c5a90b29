"""The search behind the frozen configuration: Optuna over `bankrec.config`, each trial a nested MLflow run.

`python -m benchmarks.search --trials 40` starts a search, or continues one that was stopped: trials are kept in
`--folder`/search.db, and the MLflow run of the whole search is opened again. The value of a trial is the mean
share of the maximum MAP@7 over late months of several banks. It starts from the configuration as it is.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import optuna

from bankrec.config import Config
from bankrec.storage import tracking
from benchmarks import known_months
from benchmarks.banks import Bank

STUDY, RUN = "frozen configuration", "mlflow_run"


def suggested(trial: optuna.Trial, base: Config) -> Config:
    """A configuration of the space that is searched."""
    return replace(
        base,
        als=replace(
            base.als,
            factors=trial.suggest_categorical("als.factors", [4, 8, 12, 16]),
            alpha=trial.suggest_float("als.alpha", 2.0, 40.0, log=True),
            decay=trial.suggest_float("als.decay", 0.5, 1.0),
        ),
        base_rates=replace(
            base.base_rates,
            decay=trial.suggest_float("base_rates.decay", 0.3, 0.9),
        ),
        ranker=replace(
            base.ranker,
            trees=trial.suggest_int("ranker.trees", 100, 500, step=50),
            depth=trial.suggest_int("ranker.depth", 3, 7),
            learning_rate=trial.suggest_float("ranker.learning_rate", 0.03, 0.2, log=True),
            l2=trial.suggest_float("ranker.l2", 1.0, 30.0, log=True),
        ),
        additive=replace(
            base.additive,
            l2=trial.suggest_float("additive.l2", 0.2, 10.0, log=True),
        ),
    )


def as_it_is(config: Config) -> dict[str, float]:
    """The point of the space that `config` is: the first trial."""
    return {
        "als.factors": config.als.factors,
        "als.alpha": config.als.alpha,
        "als.decay": config.als.decay,
        "base_rates.decay": config.base_rates.decay,
        "ranker.trees": config.ranker.trees,
        "ranker.depth": config.ranker.depth,
        "ranker.learning_rate": config.ranker.learning_rate,
        "ranker.l2": config.ranker.l2,
        "additive.l2": config.additive.l2,
    }


def open_study(folder: Path, seed: int) -> optuna.Study:
    """The study kept in `folder`, a new one if there is none; its first trial is the configuration as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        study_name=STUDY,
        storage=f"sqlite:///{folder / 'search.db'}",
        direction="maximize",
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
    )
    # The seed changes with the number of trials: a continued search does not draw its first ones again.
    study.sampler = optuna.samplers.TPESampler(seed=seed + len(study.trials), n_startup_trials=8)
    if not study.trials:
        study.enqueue_trial(as_it_is(Config()))
    return study


def search(banks: Sequence[Bank], trials: int, folder: Path, base: Config) -> optuna.Study:
    """Run until `trials` are done, those of earlier calls counted."""
    study = open_study(folder, base.seed)
    tags = {"data": ", ".join(bank.name for bank in banks), "search": STUDY}
    with tracking.run("search", tags, run_id=study.user_attrs.get(RUN)) as whole:
        study.set_user_attr(RUN, whole.id)

        def worth(trial: optuna.Trial) -> float:
            config = suggested(trial, base)
            with tracking.run(f"trial {trial.number}", tags) as logged:
                logged.parameters(asdict(config))
                means: list[float] = []
                for place, bank in enumerate(banks):
                    month = known_months.evaluate(bank, *known_months.fitted(bank, config))
                    means.append(float(month.precision.mean()))
                    logged.metrics({f"of_maximum.{place}": means[-1], "seconds": month.seconds})
                    trial.report(float(np.mean(means)), place)
                    if trial.should_prune():
                        raise optuna.TrialPruned
                logged.metrics({"of_maximum": float(np.mean(means))})
                return float(np.mean(means))

        done = sum(trial.state.is_finished() for trial in study.trials)
        study.optimize(worth, n_trials=max(0, trials - done))
        whole.metrics({"of_maximum": study.best_value, "trials": len(study.trials)})
        whole.tags({f"best.{name}": value for name, value in study.best_params.items()})
    return study


def main() -> None:
    """Read the options, search, print the best beside the configuration as it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--trials", type=int, default=40, help="in all, those of earlier calls counted")
    parser.add_argument("--customers", type=int, default=20_000, help="of each simulated bank")
    parser.add_argument("--seeds", type=int, nargs="*", default=[11, 12, 13], help="one simulated bank each")
    parser.add_argument("--real", type=Path, help="folder of real rows; the month after its last stays unseen")
    parser.add_argument("--folder", type=Path, default=Path("data/quality"), help="where banks and trials are kept")
    options = parser.parse_args()
    banks = known_months.months(options.customers, options.seeds, options.real, [1], options.folder)
    study = search(banks, options.trials, options.folder, Config())
    first = study.trials[0]
    best = study.best_trial
    print(f"{len(study.trials)} trials; as it is {first.value:.4f}; best, trial {best.number}: {best.value:.4f}")
    for name, value in study.best_params.items():
        print(f"  {name}: {first.params[name]} -> {value}")


if __name__ == "__main__":
    main()
