"""A model as MLflow's python model: how it is loaded and what it does are handed in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import pandas as pd


class ServedModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Loads a saved model from a run's artifacts, and answers a frame with a frame.

    `load` reads the folder of the artifact; `answer` takes what it returned and the frame. Both are functions of a
    module, since pickle stores their names.
    """

    def __init__(self, artifact: str, load: Callable[[Path], Any], answer: Callable[[Any, pd.DataFrame], pd.DataFrame]):
        self._artifact, self._load, self._answer = artifact, load, answer

    def load_context(self, context: Any) -> None:
        """Load the model from the run's artifacts."""
        self._model = self._load(Path(context.artifacts[self._artifact]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """The answer to a frame."""
        return self._answer(self._model, model_input)
