"""The recommender as MLflow's python model: histories in, ranked lists out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow.pyfunc
import pandas as pd
import pyarrow as pa


class ServedModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Loads the saved recommender of a run, and ranks the products for a frame of histories."""

    def load_context(self, context: Any) -> None:
        """Load the model from the run's artifacts."""
        from bankrec.training import Recommender

        self.recommender = Recommender.load(Path(context.artifacts["model"]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Ranked lists (`user_id, item_id, rank, score`) for a frame of histories, one row per customer."""
        from bankrec.histories import History
        from bankrec.publish import list_table
        from bankrec.recommend import recommend

        history = History.from_arrow(pa.Table.from_pandas(model_input, preserve_index=False))
        lists: pd.DataFrame = list_table(recommend(history, self.recommender)).to_pandas()
        return lists
