"""The recommender: everything that scoring needs, in memory and in a folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from catboost import CatBoostClassifier, CatBoostError

from bankrec.bank.description import Bank
from bankrec.bank.files import bank_from
from bankrec.config import Config, config_from
from bankrec.errors import InputError
from bankrec.model.additive import Additive
from bankrec.model.calibration import Calibration
from bankrec.model.drift import Reference
from bankrec.model.forecast_interval import Spread
from bankrec.model.ranker import Models
from bankrec.model.vocabulary import Vocabulary
from bankrec.rules.offerable import Offerable
from bankrec.storage.atomic import replacing, settled

_MODELS = ("ranker", "activity")
_TABLES = {
    "offerable": Offerable,
    "additive": Additive,
    "calibration": Calibration,
    "reference": Reference,
    "spread": Spread,
}
ABOUT, BANK, ITEMS = "recommender.json", "bank.json", "als_items.npy"
POPULAR, VOCABULARY = "top_popular.parquet", "vocabulary.npz"


@dataclass(frozen=True)
class Recommender:
    """Models of a `bank`, what was learned until as-of, calibration, configuration.

    `items` float64 [products, factors]: the products' factors of ALS; `vocabulary`: values of open categories;
    `reference`: the customers of the training months, for
    the measurement of drift; `spread`: that of the errors of earlier forecasts; `popular`: see `top_popular`.
    """

    bank: Bank
    config: Config
    as_of: date
    items: npt.NDArray[np.float64]
    offerable: Offerable
    vocabulary: Vocabulary
    additive: Additive
    ranker: CatBoostClassifier
    activity: CatBoostClassifier
    calibration: Calibration
    reference: Reference
    spread: Spread
    popular: pa.Table

    @property
    def models(self) -> Models:
        """The models that turn a history into log-odds."""
        return Models(self.config, self.vocabulary, self.additive, self.ranker, self.activity)

    def save(self, folder: Path) -> None:
        """Write to `folder` (replaced as a whole): models as `.cbm`, tables as `.npz`, the rest as JSON."""
        with replacing(folder) as beside:
            beside.mkdir()
            self.write(beside)

    def write(self, folder: Path) -> None:
        """Write the files of `save` into `folder`, which must exist and be empty."""
        for name in _MODELS:
            try:
                getattr(self, name).save_model(str(folder / f"{name}.cbm"))
            except CatBoostError as error:  # what CatBoost raises for a full disk
                raise InputError(f"could not write {folder}: {' '.join(str(error).split())[-200:]}") from error
        for name in _TABLES:
            np.savez(folder / f"{name}.npz", **vars(getattr(self, name)))
        np.save(folder / ITEMS, self.items)
        np.savez(folder / VOCABULARY, **dict[str, Any](self.vocabulary))
        (folder / BANK).write_text(
            json.dumps(self.bank.as_dict(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        pq.write_table(self.popular, folder / POPULAR)
        about = {"as_of": self.as_of.isoformat(), "config": asdict(self.config)}
        (folder / ABOUT).write_text(json.dumps(about, indent=2) + "\n")

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
            items = np.load(folder / ITEMS, allow_pickle=False)
            with np.load(folder / VOCABULARY, allow_pickle=False) as stored:
                vocabulary = dict(stored)
            bank = bank_from(json.loads((folder / BANK).read_text(encoding="utf-8")), str(folder / BANK))
            popular, config = pq.read_table(folder / POPULAR), config_from(about["config"])
            as_of = date.fromisoformat(about["as_of"])
        except (OSError, ValueError, TypeError, KeyError, CatBoostError) as error:
            raise InputError(f"{folder} holds no whole recommender ({error}): train again") from error
        return cls(
            bank=bank,
            config=config,
            as_of=as_of,
            popular=popular,
            items=items,
            vocabulary=vocabulary,
            **models,
            **tables,
        )
