"""The configuration is stored as JSON and read back as it was."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, is_dataclass, replace

import pytest

from bankrec.config import Config, RankerConfig, config_from
from tests.santander import BANK


@pytest.mark.parametrize("config", [Config(), replace(Config(), left_out=BANK.personal, ranker=RankerConfig(trees=3))])
def test_what_is_stored_is_read_back(config: Config) -> None:
    again = config_from(json.loads(json.dumps(asdict(config))))
    assert again == config
    parts = [field.name for field in fields(Config) if is_dataclass(getattr(config, field.name))]
    assert all(type(getattr(again, name)) is type(getattr(config, name)) for name in parts) and len(parts) > 5


def test_a_name_that_is_not_known_is_refused() -> None:
    with pytest.raises(TypeError, match="branches"):
        config_from(asdict(Config()) | {"branches": 3})


def test_what_an_earlier_version_did_not_store_has_the_value_of_today() -> None:
    stored = asdict(Config(seed=8))
    del stored["reasons"], stored["base_rates"]["season_noise"], stored["left_out"]
    assert config_from(stored) == Config(seed=8)
