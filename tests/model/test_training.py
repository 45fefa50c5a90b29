"""Training: repeatable, saved whole, an error for too little data, better than popularity."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bankrec.cleaning.histories import load_histories
from bankrec.config import CalibrationConfig, Config
from bankrec.errors import InputError
from bankrec.evaluation.metrics import average_precision
from bankrec.history import History
from bankrec.holdings import PRESENT, acquired, unpack
from bankrec.model import popularity, training
from bankrec.model.scoring import recommend_all
from bankrec.model.training import Recommender, fit, with_shares
from bankrec.ranked import Ranked
from tests.histories import to_frame
from tests.santander import BANK, N, person


def test_same_seed_same_lists(make, config: Config) -> None:
    history = make(300, 5)
    one, two = (recommend_all(history, fit(history, config)) for _ in range(2))
    np.testing.assert_array_equal(one.items, two.items)
    np.testing.assert_array_equal(one.scores, two.scores)


def test_saved_and_loaded_is_the_same(make, config: Config, tmp_path: Path) -> None:
    history = make(300, 8)
    recommender = fit(history, config)
    recommender.save(tmp_path / "model")
    recommender.save(tmp_path / "model")  # over an older one
    (tmp_path / "model").rename(tmp_path / ".model.replaced")  # as a kill between two renames leaves it
    loaded = Recommender.load(tmp_path / "model")
    assert loaded.bank == BANK and loaded.config == recommender.config and loaded.as_of == recommender.as_of
    one, two = recommend_all(history, recommender), recommend_all(history, loaded)
    np.testing.assert_array_equal(one.items, two.items)
    np.testing.assert_array_equal(one.scores, two.scores)
    assert loaded.popular.equals(recommender.popular)
    files = list((tmp_path / "model").iterdir())
    assert len(files) > 10
    for file in files:
        file.rename(tmp_path / "aside")
        with pytest.raises(InputError, match=file.name):
            Recommender.load(tmp_path / "model")
        (tmp_path / "aside").rename(file)


def test_folder_that_is_no_recommender_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no whole recommender"):
        Recommender.load(tmp_path / "nothing")


def test_single_month_has_nothing_to_learn_from(make, config: Config) -> None:
    with pytest.raises(InputError, match="nothing to learn from"):
        fit(make(50, 1), config)


def test_a_bank_without_acquisitions_has_nothing_to_learn_from(make, config: Config) -> None:
    history = make(50, 3)
    with pytest.raises(InputError, match="no customer acquires"):
        fit(replace(history, words=np.full_like(history.words, PRESENT)), config)


@pytest.mark.parametrize("months", [2, 3, 6, 8])
def test_few_months_do(make, config: Config, months: int) -> None:
    history = make(400, months)
    ranked = recommend_all(history, fit(history, config))
    assert (ranked.status == "ok").all() and np.isfinite(ranked.scores).all()


def lists(history: History, target: int, config: Config) -> Ranked:
    """The lists for month number `target` by a recommender of the months before it."""
    past = history.until(target)
    return recommend_all(past, fit(past, config))


@pytest.mark.parametrize("months", [5, 9])
def test_lists_do_not_see_their_target(make, config: Config, months: int) -> None:
    history = make(300, months)
    changed = history.words.copy()
    changed[:, -1] = PRESENT
    one, two = (lists(of, months - 1, config) for of in (history, replace(history, words=changed)))
    np.testing.assert_array_equal(one.items, two.items)
    np.testing.assert_array_equal(one.scores, two.scores)


def test_better_than_popularity_where_acquisitions_follow_from_holdings(make, config: Config) -> None:
    """Holders of product k add product k + 12, whatever is popular."""
    rng, history = np.random.default_rng(0), make(4000, 8)
    kind = rng.integers(0, 12, 4000)
    words = np.empty((4000, 8), dtype=np.uint64)
    held = np.uint64(1) << kind.astype(np.uint64)
    for month in range(8):
        words[:, month] = held | PRESENT
        held = held | np.where(rng.random(4000) < 0.05, np.uint64(1) << (kind + 12).astype(np.uint64), np.uint64(0))
    history = replace(history, words=words)
    ranked, added = lists(history, 7, config), acquired(words[:, 6], words[:, 7], N)
    acquirers = added != 0
    precision = average_precision(ranked.items, added, 7)[acquirers].mean()
    rates = popularity.of_acquisitions(history.until(7), config.popularity)
    order = np.argsort(-np.where(unpack(ranked.held, N), -1.0, rates), axis=1).astype(np.int8)
    assert precision > 0.9, precision
    assert average_precision(order, added, 7)[acquirers].mean() < 0.5


def test_expected_acquisitions_are_about_what_comes(make, config: Config) -> None:
    history = make(3000, 9, 3)
    ranked = lists(history, 8, config)
    before, after = history.words[history.rows(ranked.user_id)][:, [7, 8]].T
    there = (after & PRESENT) != 0
    observed = unpack(acquired(before, after, N), N).sum()
    assert abs(ranked.scores[there].sum() / observed - 1) < 0.15, (ranked.scores[there].sum(), observed)


def test_what_is_left_out_moves_nothing(make, config: Config) -> None:
    """Without sex, age and nationality, adults who differ in them alone get the same lists."""
    history = make(300, 5)
    without = replace(config, left_out=BANK.personal)
    blind, seeing = (fit(history, chosen) for chosen in (without, config))
    profile = history.profile
    for name, value in (("sexo", "V"), ("indext", "S"), ("age", 33)):
        column = pa.array([value] * len(history)).cast(profile[name].type)
        profile = profile.set_column(profile.column_names.index(name), name, column)
    place = BANK.stated_fields["province"].of(history.persons)
    other = replace(history, profile=profile, persons=person(33, place))
    np.testing.assert_array_equal(*(recommend_all(part, blind).scores for part in (history, other)))
    assert (recommend_all(history, seeing).scores != recommend_all(other, seeing).scores).any()


def close(count: int, wanted: float) -> bool:
    """Within five standard deviations of a sample by independent draws."""
    return abs(count - wanted) < 5 * np.sqrt(wanted)


def test_of_sampled_histories_as_many_calibrate_as_asked(
    make, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same through the code that trains: a third of a bank's histories, a twelfth of those calibrates."""
    path = tmp_path / "histories.parquet"
    to_frame(make(9000, 8)).to_parquet(path, index=False)
    history = load_histories(path, BANK, at_most=3000)
    assert pq.read_metadata(path).num_rows == 9000 and close(len(history), 3000)
    there = ((history.words[:, -2] & history.words[:, -1] & PRESENT) != 0).mean()
    rows, calibrate = [], training.calibrate

    def counted(logits: np.ndarray, *more: Any) -> training.Calibration:
        rows.append(len(logits))
        return calibrate(logits, *more)

    monkeypatch.setattr(training, "calibrate", counted)
    fit(history, replace(config, calibration=CalibrationConfig(customers=250)))
    assert close(rows[0], 250 * there), rows


def test_a_short_history_is_forecast_by_losses_and_by_shares() -> None:
    """Two customers who acquire something, of products 0 and 1 alike; product 1 is to be three times as likely."""
    free = np.zeros((2, 24), np.bool_)
    free[:, :2] = True
    logits, shift, sums = np.full((2, 24), -3.0), np.zeros(24), np.zeros(24)
    shift[1], sums[:2] = np.log(3.0), 8.0
    by_shares = with_shares(sums, logits, free, shift, 1.0)
    np.testing.assert_allclose(by_shares[:3], [4.0, 12.0, 0.0])
    np.testing.assert_allclose(with_shares(sums, logits, free, shift, 0.0), sums)
    np.testing.assert_allclose(with_shares(sums, logits, free, shift, 0.5)[:2], np.sqrt([32.0, 96.0]))
