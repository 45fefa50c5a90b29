"""`recommend`: the products of every customer, ranked and published as a verified set."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from bankrec.bank.description import Bank
from bankrec.bank.files import read_bank
from bankrec.cleaning.histories import HISTORIES_FILE, as_of_month, build_histories
from bankrec.cleaning.report_file import accepted_in, read_report
from bankrec.errors import InputError
from bankrec.explain.explainer import Explainer
from bankrec.jobs.publish import publish_from_files
from bankrec.jobs.terms import read_terms
from bankrec.publishing import sets
from bankrec.publishing.gate import Checks
from bankrec.results import Headline
from bankrec.storage import registry, tracking
from bankrec.storage.model_folder import CARD, METRICS, MODEL, check_same_months, read_headline


def command(arguments: Namespace) -> int:
    """Publish, and print the gate's checks and what each rule removed."""
    set_id, checks = _publish(arguments)
    for check in checks.checks:
        print(f"{'ok  ' if check.passed else 'FAIL'} {check.name}: {check.seen} (allowed: {check.allowed})")
    for rule, count in sets.read_manifest(arguments.publish_to / set_id)["removed_by_rule"].items():
        print(f"rule {rule}: {count:,} candidates removed")
    print(f"set {set_id} is in use: {arguments.publish_to / sets.CURRENT}")
    return 0


def _publish(given: Namespace) -> tuple[str, Checks]:
    """Rank the products of every customer in the last month of the data, and publish the lists.

    The models are in a folder of `train`, or `champion`: the bank's best model in MLflow's registry, published with
    the metrics and the run of its training. Returns the set's id and the gate's checks.
    """
    data, models, bank = given.data, given.models, read_bank(given.bank)
    terms = read_terms(given, bank)
    with tracking.temporary_folder() as work:
        folder, headline = _trained(models, bank, Path(work))
        explainer, month = Explainer.load(folder), as_of_month(None, data, bank)
        if explainer.recommender.bank != bank:
            raise InputError(f"{models} was trained with another description of the bank than {bank.name}: train again")
        headline = headline.accepting(tuple(accepted_in(read_report(data))))
        check_same_months(explainer.recommender.as_of, data, month)
        histories = Path(work) / HISTORIES_FILE
        build_histories(data, histories, bank, features=given.features, engine=given.engine)
        return publish_from_files(given.publish_to, histories, explainer, headline, terms, given.engine)


def _trained(models: str, bank: Bank, work: Path) -> tuple[Path, Headline]:
    """The folder of the model and the headline of its metrics; those of the champion are downloaded into `work`."""
    if models != registry.CHAMPION:
        return Path(models) / MODEL, read_headline(Path(models))
    best = registry.champion(bank.name, work)
    training = tracking.artifact(best.run_id, METRICS, work / "training").parent
    tracking.artifact(best.run_id, CARD, work / "training")
    return best.published, read_headline(training).of_version(best.version)
