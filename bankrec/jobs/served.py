"""What the registered model of MLflow does: histories in, ranked products out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa

from bankrec.history import History
from bankrec.model.recommender import Recommender
from bankrec.model.scoring import recommend
from bankrec.publishing.set_tables import list_table


def load(folder: Path) -> Recommender:
    """The recommender that a training saved in `folder`."""
    return Recommender.load(folder)


def answer(recommender: Recommender, frame: pd.DataFrame) -> pd.DataFrame:
    """Ranked products (`user_id, item_id, rank, score`) for a frame of histories, one row a customer."""
    history = History.from_arrow(pa.Table.from_pandas(frame, preserve_index=False), recommender.bank)
    lists: pd.DataFrame = list_table(recommend(history, recommender), recommender.bank.ids).to_pandas()
    return lists
