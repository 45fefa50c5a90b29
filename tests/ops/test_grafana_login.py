"""Who can view Grafana: its entrypoint, run by a real shell with replacements for Grafana's two programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from itertools import product
from pathlib import Path

import pytest

ENTRYPOINT = Path(__file__).resolve().parents[2] / "services/grafana/entrypoint.sh"
SHELLS = [shell for shell in ("sh", "dash", "bash --posix", "busybox sh") if shutil.which(shell.split()[0])]

HERE, NETWORK = ("127.0.0.1", "127.0.0.2", "::1", "[::1]"), ("0.0.0.0", "10.1.2.3", "::", "[::]", "", None)
NONE, BAD, GOOD = (None, ""), ("admin", "abc"), ("correct horse", "pass$word'\"\\n", "-x --y", "Admin")
VOLUMES = ("new", "has an administrator", "has none that can be found", "its command line fails")
CLI = """#!/bin/sh
echo "$*" >"$GF_PATHS_DATA/cli"
IFS= read -r password
case $VOLUME in
"has an administrator")
    printf '%s' "$password" >"$GF_PATHS_DATA/password"
    echo "Admin password changed successfully ✔" ;;
"has none that can be found") echo "Admin user cannot be found ✘." ;;
*) echo "database is locked" >&2; exit 1 ;;
esac
"""


class Started:
    """The result of a start: the environment that Grafana gets (None: not started), what was printed, the volume."""

    def __init__(self, folder: Path, password: str | None, address: str | None, volume: str, shell: str = "sh") -> None:
        data, programs = folder / "data", folder / "programs"
        data.mkdir(parents=True)
        programs.mkdir()
        if volume != "new":
            (data / "grafana.db").touch()
        for name, text in {"grafana": CLI, "run.sh": '#!/bin/sh\nenv -0 >"$GF_PATHS_DATA/environment"\n'}.items():
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        paths = {
            "GF_PATHS_DATA": data,
            "GF_PATHS_HOME": "/usr/share/grafana",
            "GF_PATHS_CONFIG": "/etc/grafana/grafana.ini",
        }
        values = {"GRAFANA_ADMIN_PASSWORD": password, "BIND_ADDRESS": address, "VOLUME": volume, **paths}
        given = {name: str(value) for name, value in values.items() if value is not None}
        done = subprocess.run(
            [*shell.split(), str(ENTRYPOINT), str(programs / "run.sh")],
            env={"PATH": f"{programs}:{os.environ['PATH']}", **given}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.output, self.code = done.stdout + done.stderr, done.returncode
        self.grafana: dict[str, str] | None = None
        if (data / "environment").exists():
            entries = (data / "environment").read_text().split("\0")
            self.grafana = dict(entry.split("=", 1) for entry in entries if entry)
        self.reset_to = (data / "password").read_text() if (data / "password").exists() else None
        self.cli = (data / "cli").read_text() if (data / "cli").exists() else ""


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("volume", VOLUMES)
def test_no_password_on_this_machine_shows_the_dashboard_and_lets_nobody_log_in(
    tmp_path: Path, volume: str, shell: str
) -> None:
    for number, (password, address) in enumerate(product(NONE, HERE)):
        started = Started(tmp_path / str(number), password, address, volume, shell)
        assert started.code == 0 and started.grafana is not None, started.output
        wanted = {
            "GF_AUTH_ANONYMOUS_ENABLED": "true", "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
            "GF_AUTH_DISABLE_LOGIN_FORM": "true", "GF_AUTH_BASIC_ENABLED": "false",
            "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION": "true",
        }  # fmt: skip
        assert wanted.items() <= started.grafana.items()
        assert "GF_SECURITY_ADMIN_PASSWORD" not in started.grafana and not started.cli


def test_no_password_and_an_open_address_is_refused_with_what_to_do(tmp_path: Path) -> None:
    for number, (password, address, volume) in enumerate(product(NONE, NETWORK, VOLUMES)):
        started = Started(tmp_path / str(number), password, address, volume)
        assert started.code == 1 and started.grafana is None, (address, volume)
        assert "GRAFANA_ADMIN_PASSWORD in services/.env" in started.output
        assert f"BIND_ADDRESS={address or ''} " in started.output


@pytest.mark.parametrize("shell", SHELLS)
def test_a_password_brings_the_login(tmp_path: Path, shell: str) -> None:
    for number, (password, address) in enumerate(product(GOOD, (*HERE, *NETWORK))):
        started = Started(tmp_path / str(number), password, address, "new", shell)
        assert started.grafana is not None, started.output
        assert started.grafana["GF_SECURITY_ADMIN_PASSWORD"] == password
        assert started.grafana["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
        shut = {"GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION", "GF_AUTH_DISABLE_LOGIN_FORM", "GF_AUTH_BASIC_ENABLED"}
        assert not shut & set(started.grafana)
        assert password not in started.output and not started.cli, "a new volume takes the password of the settings"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_volume_that_was_there_before_gets_the_password(tmp_path: Path, shell: str) -> None:
    for number, password in enumerate(GOOD):
        started = Started(tmp_path / str(number), password, "127.0.0.1", "has an administrator", shell)
        assert started.reset_to == password
        assert password not in started.cli and password not in started.output, "others can read command lines and logs"
        assert started.grafana is not None and "GF_AUTH_DISABLE_LOGIN_FORM" not in started.grafana


@pytest.mark.parametrize("volume", ["has none that can be found", "its command line fails"])
def test_where_the_password_cannot_be_set_nobody_can_log_in(tmp_path: Path, volume: str) -> None:
    started = Started(tmp_path, GOOD[0], "0.0.0.0", volume)
    assert started.grafana is not None
    assert started.grafana["GF_AUTH_DISABLE_LOGIN_FORM"] == "true"
    assert started.grafana["GF_AUTH_BASIC_ENABLED"] == started.grafana["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert "could not be set" in started.output and ("locked" in started.output or "cannot be found" in started.output)


def test_no_combination_leaves_admin_admin(tmp_path: Path) -> None:
    everything = product((*NONE, *BAD, *GOOD), (*HERE, *NETWORK), VOLUMES)
    for number, (password, address, volume) in enumerate(everything):
        started = Started(tmp_path / str(number), password, address, volume)
        if started.grafana is None:
            assert password in (*NONE, *BAD) and started.code == 1 and started.output, (password, address, volume)
            continue
        form = started.grafana.get("GF_AUTH_DISABLE_LOGIN_FORM") != "true"
        basic = started.grafana.get("GF_AUTH_BASIC_ENABLED") != "false"
        known = started.grafana.get("GF_SECURITY_ADMIN_PASSWORD") if volume == "new" else started.reset_to
        assert not (form or basic) or known in GOOD, (password, address, volume)
        if started.grafana["GF_AUTH_ANONYMOUS_ENABLED"] == "true":
            assert address in HERE and password in NONE, (password, address, volume)
        assert "GRAFANA_ADMIN_PASSWORD" not in started.grafana
