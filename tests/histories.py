"""Small histories for the tests of the model: random ones, and a bank whose answer is known."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from bankrec.bank.columns import USER_ID
from bankrec.config import ActivityConfig, ALSConfig, Config, RankerConfig
from bankrec.history import History, own_column, person_column, word_column
from bankrec.holdings import PRESENT, pack
from tests.santander import ACTIVE, BANK, person, relation, segment

SMALL = Config(
    threads=1,
    als=ALSConfig(factors=4, iterations=5),
    ranker=RankerConfig(trees=30, depth=4, learning_rate=0.2),
    activity=ActivityConfig(trees=15, depth=3, learning_rate=0.3),
)


def months(count: int) -> tuple[date, ...]:
    """The first `count` snapshot dates from January 2015."""
    return tuple(date(2015 + i // 12, i % 12 + 1, 28) for i in range(count))


def history(words: np.ndarray, seed: int = 0) -> History:
    """Histories with these words and a random profile."""
    rng, n = np.random.default_rng(seed), len(words)
    profile = pa.table(
        {
            "sexo": pa.array(rng.choice(["H", "V"], n).tolist()),
            "pais_residencia": pa.array(["ES"] * n),
            "canal_entrada": pa.array(rng.choice(["KHE", "KAT", "KFC"], n).tolist()),
            "ind_empleado": pa.array(["N"] * n),
            "indresi": pa.array(["S"] * n),
            "indext": pa.array(rng.choice(["N", "S"], n).tolist()),
            "cod_prov": pa.array(rng.integers(1, 53, n).astype(np.int8)),
            "age": pa.array(rng.integers(18, 90, n).astype(np.int16)),
            "fecha_alta": pa.array([date(2010, 1, 1)] * n),
            "renta": pa.array(np.where(rng.random(n) < 0.2, np.nan, rng.lognormal(11, 1, n)), from_pandas=True),
        }
    )
    stated = person(rng.integers(18, 90, n), rng.integers(1, 53, n))
    persons = np.where((words & PRESENT) != 0, stated[:, None], np.uint16(0))
    return History(BANK, np.arange(1000, 1000 + n, dtype=np.int64), months(words.shape[1]), words, persons, profile)


def random_words(n: int, count: int, seed: int = 0) -> np.ndarray:
    """Words in which products come and go: more often where product 2 is held."""
    rng = np.random.default_rng(seed)
    flags = rng.random((n, 24)) < 0.08
    words = np.empty((n, count), dtype=np.uint64)
    for month in range(count):
        chance = np.where(flags[:, [2]], 0.06, 0.01) * np.linspace(0.2, 2.0, 24)
        flags = np.where(flags, rng.random((n, 24)) > 0.08, rng.random((n, 24)) < chance)
        words[:, month] = pack(flags)
    words |= PRESENT | segment(rng.integers(1, 4, (n, 1))) | relation(1)
    words |= np.where(rng.random((n, 1)) < 0.5, ACTIVE, np.uint64(0))
    words[rng.random((n, count)) < 0.03] = 0
    return words


def to_frame(history: History) -> pd.DataFrame:
    """A frame that `History.from_arrow` reads back: `user_id`, the columns of each month, the profile."""
    columns = {USER_ID: pa.array(history.user_id)}
    for position, month in enumerate(history.months):
        columns[word_column(month)] = pa.array(history.words[:, position].astype(np.int64))
        columns[person_column(month)] = pa.array(history.persons[:, position].astype(np.int64))
        for name, values in history.own.items():
            columns[own_column(name, month)] = pa.array(values[:, position])
    for name in history.profile.column_names:
        columns[name] = history.profile[name]
    return pa.table(columns).to_pandas()
