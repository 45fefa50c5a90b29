"""A DuckDB connection for the tests of expressions."""

from __future__ import annotations

from typing import Any

import pytest

import bankrec.storage.engine  # sets how Ibis writes queries


@pytest.fixture(scope="session")
def engine() -> Any:
    with bankrec.storage.engine.connect() as connection:
        yield connection
