"""Record RecTools' metrics on the random data of `tests/test_metrics.py`.

Run in an environment of its own (`pip install rectools`), from the root of the repository:
`python tests/data/record_rectools.py`. RecTools is no test dependency: it brings another build of implicit.
"""

import importlib.metadata
import json
from pathlib import Path

import numpy as np
import pandas as pd
from rectools import Columns
from rectools.metrics import MAP, NDCG, CatalogCoverage, HitRate, MeanInvUserFreq, Precision, Recall, calc_metrics

METRICS = {
    "map_at_7": MAP(k=7),
    "precision_at_7": Precision(k=7),
    "recall_at_7": Recall(k=7),
    "ndcg_at_7": NDCG(k=7, divide_by_achievable=True),
    "hit_rate_at_7": HitRate(k=7),
    "coverage_at_1": CatalogCoverage(k=1, normalize=True),
    "novelty_at_7": MeanInvUserFreq(k=7),
}


def frames(seed: int, n: int = 300) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same random lists and acquisitions as `random_bank` makes."""
    rng = np.random.default_rng(seed)
    items = np.argsort(rng.random((n, 24)), axis=1)
    added = [rng.choice(24, rng.integers(1, 6), replace=False) for _ in range(n)]
    lists = pd.DataFrame(
        {
            Columns.User: np.repeat(np.arange(n), 24),
            Columns.Item: items.ravel(),
            Columns.Rank: np.tile(np.arange(1, 25), n),
        }
    )
    truth = pd.DataFrame(
        {Columns.User: np.repeat(np.arange(n), [len(row) for row in added]), Columns.Item: np.concatenate(added)}
    )
    return lists, truth


recorded = {"rectools": importlib.metadata.version("rectools")}
for seed in (0, 1, 2):
    lists, truth = frames(seed)
    recorded[str(seed)] = calc_metrics(METRICS, lists, truth, prev_interactions=truth, catalog=range(24))
target = Path(__file__).with_name("rectools.json")
target.write_text(json.dumps(recorded, indent=1, default=float) + "\n")
print(target)
