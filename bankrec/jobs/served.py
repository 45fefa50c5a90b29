"""The registered model of MLflow: its input is clean snapshots, its output ranked products."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from bankrec.bank.description import Bank
from bankrec.cleaning.snapshot_frame import expectation, expected_columns, frame_of, history_of, optional_columns
from bankrec.errors import InputError
from bankrec.history import History, present
from bankrec.ingest.snapshot_header import INTEGER, TEXT
from bankrec.model.recommender import Recommender
from bankrec.model.scoring import recommend_all
from bankrec.publishing.set_tables import list_table
from bankrec.storage.registry import ANY, Servable, registered_name

# The packages that a model needs to load and answer, MLflow aside; a test installs these alone.
PACKAGES = (
    "catboost",
    "cloudpickle",
    "duckdb",
    "ibis-framework[duckdb]",
    "implicit",
    "numpy",
    "pandas",
    "psutil",
    "pyarrow",
    "pydantic",
    "scipy",
    "threadpoolctl",
    "tqdm",
)
EXAMPLES = 3  # customers


def answer(recommender: Recommender, frame: pd.DataFrame) -> pd.DataFrame:
    """Ranked products (`user_id, item_id, rank, score`) for clean snapshots: a row a customer and month.

    Customers without a row in the model's as-of month get none. Other input is an `InputError` that states the expected
    columns.
    """
    history = history_of(frame, recommender.bank)
    if (last := history.months[-1]) != recommender.as_of:
        raise InputError(
            f"the last month is {last}, but the as-of month of the model is {recommender.as_of}: give snapshots up to"
            f" that month; {expectation(recommender.bank)}"
        )
    lists: pd.DataFrame = list_table(recommend_all(history, recommender), recommender.bank.ids).to_pandas()
    return lists.astype({"item_id": str, "rank": np.int64})


def example(history: History) -> pd.DataFrame:
    """Snapshots of a few customers who are present in the last month, numbered from 1 on."""
    some = history.take(np.flatnonzero(present(history))[:EXAMPLES])
    frame = frame_of(some)
    numbers = {customer: number for number, customer in enumerate(some.user_id, start=1)}
    return frame.assign(**{some.bank.customer: frame[some.bank.customer].map(numbers)})


def servable(history: History) -> Servable:
    """The model of the bank of `history`, as MLflow serves it outside of this repository."""
    bank, left_out = history.bank, optional_columns(history.bank)
    columns = [
        (name, {INTEGER: "long", TEXT: "string"}.get(kind, ANY), name not in left_out)
        for name, (_, kind) in expected_columns(bank).items()
    ]
    return Servable(
        Recommender.load, answer, example(history), columns, PACKAGES, description(bank, history.months[-1])
    )


def description(bank: Bank, as_of: date) -> str:
    """The description of a model in the registry, in Markdown: how to use it, and each column of the input."""
    left_out = optional_columns(bank)
    products = f"Products, 0 or 1 each: {', '.join(f'`{item}`' for item in bank.ids)}."
    rows = [
        f"| `{name}` | {meaning} | {kind.called}{'; may be left out' if name in left_out else ''} |"
        for name, (meaning, kind) in expected_columns(bank).items()
        if name not in bank.bit
    ]
    table = "\n".join(["| column | what it is | what it must be |", "|---|---|---|", *rows])
    return f"""Ranks the products that customers of **{bank.title or bank.name}** do not hold by the probability \
that they acquire them in the month after the last one given.

**Input**: clean snapshots, a row for each customer and month, up to the as-of month of the version \
({as_of} for the newest one). Give every month of a customer: with fewer the ranking is less exact. \
**Output**: `user_id`, `item_id`, `rank` from 1 on, `score` (the probability, 0 to 1); customers without a row in the \
as-of month get none. The bank's own rules of eligibility, consent and suppression are not applied here.

```python
import mlflow.pyfunc, pandas as pd

model = mlflow.pyfunc.load_model("models:/{registered_name(bank.name)}@champion")
lists = model.predict(pd.read_parquet("clean_snapshots.parquet"))
```

Dates may be dates or texts as 2016-05-28, flags 0 and 1 or booleans. Other columns are ignored.

{products}

{table}"""
