"""The commands of the command line: each runs a job and prints what it did and where.

A job is imported by the command that runs it: together they take seconds, which `--help` need not wait for.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Any


def simulate(arguments: Namespace) -> int:
    """`simulate`: a raw bank, and the truth of the month after."""
    from bankrec.simulator import simulate as simulate_bank

    summary = simulate_bank(
        arguments.customers, arguments.seed, arguments.output, arguments.truth, months=arguments.months
    )
    print(f"{arguments.output}: {summary['rows']:,} customer-months of {summary['customers']:,} customers")
    if arguments.truth:
        print(f"{arguments.truth}: the true probabilities of the month after")
    return 0


def preprocess(arguments: Namespace) -> int:
    """`preprocess`: clean snapshots, and the report."""
    from bankrec.jobs import clean_snapshots
    from bankrec.preprocess import format_report
    from bankrec.report_file import report_path

    report = clean_snapshots(
        arguments.input,
        arguments.output,
        append=arguments.append,
        accept=arguments.accept_unreadable,
        engine=arguments.engine,
    )
    print(format_report(report))
    print(f"clean snapshots: {arguments.output}\nreport: {report_path(arguments.output)}")
    return 0


def train(arguments: Namespace) -> int:
    """`train`: models, metrics, model card."""
    from bankrec import learning
    from bankrec.evaluation import format_metrics
    from bankrec.rules import format_rules

    metrics = learning.train(
        arguments.data,
        arguments.output,
        as_of=arguments.as_of,
        name=arguments.name,
        engine=arguments.engine,
        eligibility=arguments.eligibility,
        suppress=arguments.suppress,
        price_personal=arguments.without_personal,
    )
    if "map_at_7" in metrics:
        print(f"backtest, target month {metrics['target_month']}")
        print(format_metrics(metrics))
        print(format_rules(metrics["rules"]))
        print("\n".join(metrics["gaps"]) or "no group is served worse than the bank as a whole")
    _print_cautions(metrics)
    print(f"models, metrics and model card: {arguments.output}\nMLflow run: {metrics['run_id']}")
    return 0


def recommend(arguments: Namespace) -> int:
    """`recommend`: a published set."""
    from bankrec import offering, sets

    set_id, checks = offering.recommend_to(
        arguments.publish_to,
        arguments.data,
        arguments.models,
        suppress=arguments.suppress,
        eligibility=arguments.eligibility,
        keep=arguments.keep,
        force=arguments.force,
        engine=arguments.engine,
    )
    for check in checks.checks:
        print(f"{'ok  ' if check.passed else 'FAIL'} {check.name}: {check.seen} (allowed: {check.allowed})")
    for rule, count in sets.read_manifest(arguments.publish_to / set_id)["removed_by_rule"].items():
        print(f"rule {rule}: {count:,} candidates removed")
    print(f"set {set_id} is in use: {arguments.publish_to / sets.CURRENT}")
    return 0


def evaluate(arguments: Namespace) -> int:
    """`evaluate`: the current set against what was added in the month after."""
    from bankrec import jobs

    print(jobs.evaluate(arguments.recs, arguments.truth).text())
    return 0


def run(arguments: Namespace) -> int:
    """`run`: raw months to a published set."""
    from bankrec import jobs, sets
    from bankrec.model_folder import read_metrics

    print(
        jobs.run(
            arguments.input,
            arguments.workdir,
            accept=arguments.accept_unreadable,
            suppress=arguments.suppress,
            eligibility=arguments.eligibility,
            keep=arguments.keep,
            force=arguments.force,
            name=arguments.name,
            engine=arguments.engine,
        )
    )
    _print_cautions(read_metrics(arguments.workdir / "models"))
    print(f"the set: {arguments.workdir / 'recs' / sets.CURRENT}")
    return 0


def rollback(arguments: Namespace) -> int:
    """`rollback`: the set before the current one again, or the one named; mends a lost `current`."""
    from bankrec import sets

    lost = sets.lost_current(arguments.recs)
    chosen = sets.roll_back(arguments.recs, arguments.set)
    which = chosen if arguments.set else f"{chosen}, the newest whole set,"
    print(f"{lost}: {which} is in use now" if lost else f"{chosen} is in use again")
    return 0


def verify(arguments: Namespace) -> int:
    """`verify`: whether every set kept is whole; exit code 1 if one is not, or if none is in use."""
    from bankrec import sets

    now, harmed = sets.current(arguments.recs), False
    if now is None or sets.lost_current(arguments.recs):
        print(sets.none_in_use(arguments.recs))
        return 1
    for folder in sorted(path.resolve() for path in sets.all_sets(arguments.recs)):
        wrong = sets.problems(folder)
        harmed |= bool(wrong)
        mark = " (in use)" if folder == now else ""
        print(f"{folder.name}{mark}: {'; '.join(wrong) if wrong else 'whole'}")
    return int(harmed)


def list_sets(arguments: Namespace) -> int:
    """`sets`: a table of the sets kept."""
    from bankrec import sets

    found = sets.table(arguments.recs)
    print(found.to_string(index=False) if len(found) else f"no sets in {arguments.recs}")
    if sets.lost_current(arguments.recs):
        print(sets.none_in_use(arguments.recs))
    return 0


def _print_cautions(metrics: dict[str, Any]) -> None:
    for caution in metrics["cautions"]:
        print(f"caution: {caution}")
