"""A model as an MLflow python model; its functions to load and to answer are passed in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import pandas as pd


class ServedModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Loads a saved model from a run's artifacts, and answers a frame with a frame.

    `load` reads the folder of the artifact; `answer` takes its result and the frame. Both must be functions of a
    module or a class, since pickle stores only their names.
    """

    def __init__(self, artifact: str, load: Callable[[Path], Any], answer: Callable[[Any, pd.DataFrame], pd.DataFrame]):
        self._artifact, self._load, self._answer = artifact, load, answer

    def load_context(self, context: Any) -> None:
        """Load the model from the run's artifacts."""
        self._model = self._load(Path(context.artifacts[self._artifact]))

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """The answer to a frame."""
        return self._answer(self._model, model_input)
