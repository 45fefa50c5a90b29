"""The size of a simulated bank: whoever refuses one names the same limits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bankrec import cli
from bankrec.errors import InputError
from bankrec.jobs.download import download
from bankrec.santander.size import CUSTOMERS, MONTHS, SIMULATED_CUSTOMERS, SIMULATED_MONTHS
from bankrec.simulator.figures import facts
from bankrec.simulator.simulate import simulate


def test_the_largest_simulated_bank_is_as_large_as_the_real_one() -> None:
    known = facts()
    assert (known["customers"], len(known["rows_by_month"])) == (CUSTOMERS, MONTHS)
    assert (SIMULATED_CUSTOMERS[1], SIMULATED_MONTHS[1]) == (CUSTOMERS, MONTHS)


@pytest.mark.parametrize("customers", [999, 956_646])
def test_the_command_the_download_and_the_simulator_name_the_same_limits(
    customers: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "bank.csv"
    with pytest.raises(InputError, match="choose from 1,000 to 956,645"):
        simulate(customers, 1, output)
    with pytest.raises(InputError, match="choose from 1,000 to 956,645"):
        download("simulate", output, customers=customers, tell=print)
    assert cli.main(["simulate", "--customers", str(customers), "--output", str(output)]) == 2
    assert "a simulated bank has 1,000 to 956,645 customers" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_months_are_limited_too(tmp_path: Path) -> None:
    for months in (1, 18):
        with pytest.raises(InputError, match=f"a bank of {months} months: choose from 2 to 17"):
            simulate(1_000, 1, tmp_path / "bank.csv", months=months)


def test_help_names_the_limits(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["simulate", "--help"])
    text = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "1,000 to 956,645 (20000)" in text and "2 to 17, the first from January 2015 on (17)" in text
