"""Four customers whom each rule treats in another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bankrec.config import Config
from bankrec.holdings import PRESENT
from bankrec.model.base_rates import base_rates
from bankrec.rules.offerable import learn_offerable
from tests.santander import BIT, person

JUNIOR, PENSION, CCO = (BIT[name] for name in ("ind_ctju_fin_ult1", "ind_nom_pens_ult1", "ind_cco_fin_ult1"))


@pytest.fixture(scope="session")
def batch(make, config: Config):
    """Four customers: a minor, an adult, an adult who died, an adult with a current account."""
    history = make(300, 5)
    tables = learn_offerable(history.until(5), base_rates(history).acquisitions(), config.offerable)
    four = history.take(np.arange(4))
    words = np.full((4, 5), PRESENT, dtype=np.uint64)
    words[3] |= np.uint64(1 << CCO)
    years = np.array([[12] * 5, [40] * 5, [40] * 5, [17, 17, 17, 17, 18]])
    persons = person(years, deceased=np.array([False, False, True, False])[:, None])
    return replace(four, words=words, persons=persons), tables
