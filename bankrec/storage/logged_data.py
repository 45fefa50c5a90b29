"""The data that a run has used, as MLflow stores it: name, digest, columns and counts, but no rows."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.dataset_source_registry import resolve_dataset_source
from mlflow.data.meta_dataset import MetaDataset
from mlflow.types import ColSpec, Schema


class LoggedData(MetaDataset):  # type: ignore[misc]
    """Data called `name`, from a path or made in memory (None).

    `columns` are names with MLflow's types, `counts` numbers such as customers and months. Without a `digest` MLflow
    makes one of name and source.
    """

    def __init__(
        self,
        name: str,
        source: Path | None,
        digest: str | None,
        columns: Sequence[tuple[str, str]],
        counts: Mapping[str, int],
    ) -> None:
        self._counts = dict(counts)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns that a path has two readings, but both give the same
            place = resolve_dataset_source(str(source.resolve())) if source else CodeDatasetSource({"made": "here"})
        schema = Schema([ColSpec(kind, column) for column, kind in columns]) if columns else None
        super().__init__(place, name, digest, schema)

    @property
    def profile(self) -> dict[str, int]:
        """The counts."""
        return self._counts

    def to_dict(self) -> dict[str, Any]:
        """What MLflow stores."""
        return {**super().to_dict(), "profile": json.dumps(self._counts)}
