"""The recommender: all that scoring needs, in memory and in a folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from catboost import CatBoostClassifier, CatBoostError

from bankrec.additive import Additive
from bankrec.atomic import replacing, settled
from bankrec.calibration import Calibration
from bankrec.config import Config, config_from
from bankrec.drift import Reference
from bankrec.errors import InputError
from bankrec.evidence import Evidence
from bankrec.facts import Facts
from bankrec.surrogate import Surrogate

_MODELS = ("ranker", "activity")
_TABLES = {
    "evidence": Evidence,
    "additive": Additive,
    "calibration": Calibration,
    "facts": Facts,
    "surrogate": Surrogate,
    "reference": Reference,
}
ABOUT, POPULAR = "recommender.json", "top_popular.parquet"


@dataclass(frozen=True)
class Recommender:
    """Models, tables learned until as-of, calibration, configuration.

    `facts` and `surrogate`: what may be told as a reason, and what moved the score; `reference`: the customers of the
    training months, that drift is measured against; `popular`: see `top_popular`.
    """

    config: Config
    as_of: date
    evidence: Evidence
    additive: Additive
    ranker: CatBoostClassifier
    activity: CatBoostClassifier
    calibration: Calibration
    facts: Facts
    surrogate: Surrogate
    reference: Reference
    popular: pa.Table

    def save(self, folder: Path) -> None:
        """Write to `folder` (replaced as a whole): models as `.cbm`, tables as `.npz`, the rest as JSON."""
        with replacing(folder) as beside:
            beside.mkdir()
            for name in _MODELS:
                try:
                    getattr(self, name).save_model(str(beside / f"{name}.cbm"))
                except CatBoostError as error:  # what it makes of a full disk
                    raise InputError(f"could not write {folder}: {' '.join(str(error).split())[-200:]}") from error
            for name in _TABLES:
                np.savez(beside / f"{name}.npz", **vars(getattr(self, name)))
            pq.write_table(self.popular, beside / POPULAR)
            about = {"as_of": self.as_of.isoformat(), "config": asdict(self.config)}
            (beside / ABOUT).write_text(json.dumps(about, indent=2) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Recommender:
        """Read what `save` wrote; an `InputError` names the folder when it is not a recommender."""
        try:
            about = json.loads((settled(folder) / ABOUT).read_text())
            models, tables = {}, {}
            for name in _MODELS:
                models[name] = CatBoostClassifier()
                models[name].load_model(str(folder / f"{name}.cbm"))
            for name, kind in _TABLES.items():
                with np.load(folder / f"{name}.npz", allow_pickle=False) as stored:
                    tables[name] = kind(**stored)
            popular, config = pq.read_table(folder / POPULAR), config_from(about["config"])
            as_of = date.fromisoformat(about["as_of"])
        except (OSError, ValueError, TypeError, KeyError, CatBoostError) as error:
            raise InputError(f"{folder} holds no whole recommender ({error}): train again") from error
        return cls(config=config, as_of=as_of, popular=popular, **models, **tables)
