"""The compose file on a real Docker engine: `pytest -m docker tests/ops`, about five minutes.

Without a registry, stand-ins for the base images are built by the program that `BANKREC_LOCAL_IMAGES` names, and
Grafana's is one that only shows how it was started. Its panels' queries are asked of Prometheus.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ROOT / "services"
SERVICE, PROMETHEUS, ALERTMANAGER, GRAFANA = 4691, 9191, 9193, 3191
BASES = ("python:3.11-slim-bookworm", "prom/prometheus:v3.5.0", "prom/alertmanager:v0.28.1")
GRAFANA_IMAGE = yaml.safe_load((SERVICES / "docker-compose.yml").read_text())["services"]["grafana"]["image"]
GRAFANA_STAND_IN = {
    "Dockerfile": """FROM python:3.11-slim-bookworm
ENV GF_PATHS_DATA=/var/lib/grafana GF_PATHS_HOME=/usr/share/grafana GF_PATHS_CONFIG=/etc/grafana/grafana.ini
RUN install -d -o 472 /var/lib/grafana
COPY run.sh /
COPY grafana /usr/local/bin/
RUN chmod 755 /run.sh /usr/local/bin/grafana
USER 472
ENTRYPOINT ["/run.sh"]
""",
    "run.sh": """#!/bin/sh
mkdir -p /tmp/site/api && touch /tmp/site/api/health /var/lib/grafana/grafana.db
exec python -m http.server 3000 --directory /tmp/site
""",
    "grafana": """#!/bin/sh
cat >/var/lib/grafana/reset && echo "Admin password changed successfully"
""",
}

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]


def get(port: int, path: str, **query: str) -> Any:
    url = f"http://127.0.0.1:{port}{path}" + ("?" + urllib.parse.urlencode(query) if query else "")
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.loads(answer.read() or b"null")


def status(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def post(path: str, body: dict[str, Any]) -> tuple[int, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{SERVICE}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def ask(expression: str) -> list[Any]:
    return list(get(PROMETHEUS, "/api/v1/query", query=expression)["data"]["result"])


def until(what: str, holds: Callable[[], Any], seconds: float, seen: Callable[[], Any] = str) -> Any:
    """Wait until `holds`; after `seconds` fail with a message of `what` and what was `seen`."""
    end = time.monotonic() + seconds
    while True:
        try:
            result = holds()
        except OSError:
            result = None
        if result:
            return result
        assert time.monotonic() < end, f"not within {seconds:g} s: {what} {seen()}"
        time.sleep(0.5)


class Stack:
    """Compose in a project of its own, on ports of its own, over a folder of sets of its own."""

    def __init__(self, recs: Path) -> None:
        self.recs = recs
        self.settings: dict[str, str] = {}
        self._nothing_set = recs.with_name("empty.env")
        self._nothing_set.touch()
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0
        self._command = ["docker", "compose"] if plugin else ["docker-compose"]
        given = re.findall(r"\$\{(\w+)", (SERVICES / "docker-compose.yml").read_text())
        self._environment = {name: value for name, value in os.environ.items() if name not in given} | {
            "COMPOSE_PROJECT_NAME": "bankrec-stack-test", "RECS_FOLDER": str(recs), "PORT": str(SERVICE),
            "PROMETHEUS_PORT": str(PROMETHEUS), "ALERTMANAGER_PORT": str(ALERTMANAGER), "GRAFANA_PORT": str(GRAFANA),
        }  # fmt: skip

    def __call__(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._command, "--project-directory", ".", "--env-file", str(self._nothing_set), *arguments],
            cwd=SERVICES, env=self._environment | self.settings, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"compose {' '.join(arguments)}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def container(self, form: str) -> str:
        name = self("ps", "-q", "service").strip()
        return subprocess.check_output(["docker", "inspect", "-f", form, name], text=True).strip()

    def log(self, service: str) -> str:
        done = subprocess.run(["docker", "logs", self("ps", "-q", service).strip()], capture_output=True, text=True)
        return done.stdout + done.stderr

    def grafana(self) -> dict[str, str]:
        """The environment that Grafana runs with."""
        entries = self("exec", "-T", "grafana", "cat", "/proc/1/environ").split("\0")
        return dict(entry.split("=", 1) for entry in entries if "=" in entry)


@pytest.fixture(scope="module")
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    if "docker" not in (request.config.option.markexpr or ""):
        pytest.skip("the containers are tested on request: pytest -m docker tests/ops")
    builder = os.environ.get("BANKREC_LOCAL_IMAGES")
    if builder:
        subprocess.run([builder, *BASES], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        engine = subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        engine = False
    if not engine:
        pytest.skip("no Docker engine answers, and BANKREC_LOCAL_IMAGES names no builder of images")
    if missing := [image for image in BASES if not had(image)]:
        pytest.skip(f"neither here nor in a registry that answers: {', '.join(missing)}")
    recs, context = tmp_path_factory.mktemp("recs"), tmp_path_factory.mktemp("grafana")
    recs.chmod(0o755)
    made, stands_in = Stack(recs), not had(GRAFANA_IMAGE)
    try:
        if stands_in:
            for name, text in GRAFANA_STAND_IN.items():
                (context / name).write_text(text)
            subprocess.run(["docker", "build", "--quiet", "--tag", GRAFANA_IMAGE, str(context)], check=True)
        made("down", "--volumes")
        yield made
    finally:
        made("down", "--volumes", "--timeout", "15")
        if stands_in:
            subprocess.run(["docker", "image", "rm", "--force", GRAFANA_IMAGE], check=False, capture_output=True)


def had(image: str) -> bool:
    """Whether the engine has an image, or can pull it."""
    asked = (["docker", "image", "inspect", image], ["docker", "pull", "--quiet", image])
    return any(subprocess.run(one, capture_output=True, check=False, timeout=120).returncode == 0 for one in asked)


def made_sets() -> Any:
    spec = importlib.util.spec_from_file_location("made_sets", ROOT / "tests/services/made_sets.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["made_sets"] = module
    spec.loader.exec_module(module)
    return module


def publish(recs: Path, set_id: str, customers: int) -> None:
    sets, now = made_sets(), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    folder = sets.write_big(recs, customers, set_id)
    manifest = json.loads((folder / "manifest.json").read_text()) | {"created_at": now}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    quality = {"map_at_7": 0.5, "map_at_7_maximum": 0.9, "map_at_7_popularity": 0.3, "forecast_error": 0.05}
    forecast = {"forecast_expected": 50.5, "forecast_low": 40, "forecast_high": 62, "forecast_observed": 48}
    (recs / "realised.json").write_text(json.dumps(quality | forecast | {"hit_rate": 0.7}))


def send_traffic(seconds: float) -> None:
    """Known and unknown customers, bad requests and batches, for a while."""
    end, ids = time.monotonic() + seconds, [15_889 + 7 * n for n in range(1_000)]

    def one(number: int) -> None:
        while time.monotonic() < end:
            post("/recommendations", {"user_id": ids[number % len(ids)], "k": 7})
            post("/recommendations", {"user_id": 10**12, "k": 3})
            post("/recommendations", {"user_id": "x"})
            post("/recommendations/batch", {"user_ids": ids, "k": 7})
            number += 1
            time.sleep(0.1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))


def dashboard_queries() -> list[tuple[str, str]]:
    panels = json.loads((SERVICES / "dashboard.json").read_text())["panels"]
    return [
        (panel["title"], target["expr"].replace("$instance", ".*").replace("$interval", "1m"))
        for panel in panels for target in panel["targets"]
    ]  # fmt: skip


def recording_rules() -> list[str]:
    groups = yaml.safe_load((SERVICES / "prometheus/rules.yml").read_text())["groups"]
    return [rule["record"] for group in groups for rule in group["rules"]]


def test_the_stack_comes_up_serves_is_watched_and_goes_down(stack: Stack) -> None:
    started = time.monotonic()

    def lap(what: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {what}", flush=True)

    stack("up", "--build", "--detach")
    lap("up, with nothing set")
    assert status(SERVICE, "/health/live") == 200
    assert status(SERVICE, "/health/ready") == 503, "ready before the first set is published"
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(SERVICE, "/health/ready")
    assert "make publish" in json.loads(refused.value.read())["detail"]
    assert "make publish" in post("/recommendations", {"user_id": 1})[1]["detail"]
    assert "make publish" in stack.log("service"), "the log does not say what to run"
    assert "API_KEY is not set" in stack.log("service")
    until("Grafana answers", lambda: status(GRAFANA, "/api/health") == 200, 120, lambda: stack.log("grafana"))
    open_to_all = {"GF_AUTH_ANONYMOUS_ENABLED": "true", "GF_AUTH_DISABLE_LOGIN_FORM": "true"}
    assert open_to_all.items() <= stack.grafana().items()

    assert stack.container("{{.HostConfig.ReadonlyRootfs}} {{.Config.User}} {{.HostConfig.CapDrop}}") == (
        "true 10001:10001 [ALL]"
    )
    assert "no-new-privileges" in stack.container("{{.HostConfig.SecurityOpt}}")
    assert stack.container("{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}") == f"{2**30} {10**9}"
    writable = stack.container('{{range .Mounts}}{{if eq .Destination "/recs"}}{{.RW}}{{end}}{{end}}')
    assert writable == "false", "recs is not mounted read-only"
    assert "127.0.0.1" in stack.container("{{.HostConfig.PortBindings}}")
    unwanted = ["bankrec", "pandas", "scipy", "implicit", "catboost", "mlflow", "pip"]
    own = f"import importlib.util as u; print([m for m in {unwanted} if u.find_spec(m)])"
    importable = stack("exec", "-T", "service", "python", "-c", own).strip()
    assert importable == "[]", f"the image holds {importable}"
    code = set(stack("exec", "-T", "service", "find", ".", "-type", "f").split())
    files = [*SERVICES.glob("*.py"), *(SERVICES / "serving").rglob("*.py"), *(SERVICES / "page").iterdir()]
    wanted = {f"./{path.relative_to(SERVICES).as_posix()}" for path in files} - {"./test_requests.py"}
    assert code == wanted, f"/app differs by {code ^ wanted}"

    publish(stack.recs, "2016-05-28_first", 5_000)
    until("ready after publishing", lambda: status(SERVICE, "/health/ready") == 200, 15)
    assert get(SERVICE, "/set")["set_id"] == "2016-05-28_first"
    lap("first set in use")

    stack.settings = {
        "GRAFANA_ADMIN_PASSWORD": "chosen later", "API_KEY": "",
        "AUDIT_LOG": "/audit/answers.jsonl", "AUDIT_KEY": "k", "AUDIT_DAYS": "30",
    }  # fmt: skip
    stack("up", "--detach")
    until("ready with settings", lambda: status(SERVICE, "/health/ready") == 200, 30, lambda: stack.log("service"))
    until("Grafana answers", lambda: status(GRAFANA, "/api/health") == 200, 120, lambda: stack.log("grafana"))
    login = stack.grafana()
    assert login["GF_SECURITY_ADMIN_PASSWORD"] == "chosen later" and login["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    assert "GF_AUTH_DISABLE_LOGIN_FORM" not in login, stack.log("grafana")
    lap("a password and an audit log set later")
    until("every target up", lambda: len(ask("up == 1")) == 3 and not ask("up == 0"), 40)
    send_traffic(45)
    lap("traffic sent")
    audited = [json.loads(line) for line in stack("exec", "-T", "service", "cat", "/audit/answers.jsonl").splitlines()]
    assert len(audited) > 1_000 and {line["set_id"] for line in audited} == {"2016-05-28_first"}
    with pytest.raises(AssertionError, match="Read-only file system"):
        stack("exec", "-T", "service", "touch", "/app/other")

    def silent() -> list[str]:
        asked = dashboard_queries() + [(name, name) for name in recording_rules()]
        return [f"{title}: {expression}" for title, expression in asked if not ask(expression)]

    def busy() -> bool:
        send_traffic(1)
        return not silent()

    until("every query and rule has data", busy, 60, silent)
    lap("every dashboard query and recording rule returns data")

    publish(stack.recs, "2016-05-28_second", 6_000)
    until("the second set", lambda: get(SERVICE, "/set")["set_id"] == "2016-05-28_second", 10)
    sets = 'recommendations_set_loads_total{result="loaded"} == 2'
    until("the switch in Prometheus", lambda: ask(sets), 30)
    lap("second set picked up")

    stack("stop", "--timeout", "15", "service")
    assert stack("ps", "-q", "service") == "" or stack.container("{{.State.ExitCode}}") == "0", "no clean exit"
    down = 'alertname="RecommendationServiceDown"'
    firing: Callable[[], list[Any]] = lambda: get(ALERTMANAGER, "/api/v2/alerts", filter=down, active="true")  # noqa: E731
    until("the alert in Alertmanager", firing, 120)
    lap("alert fires")
    stack("start", "service")
    until("answers again", lambda: status(SERVICE, "/health/ready") == 200, 30)
    until("the alert is over", lambda: not firing() and not ask(f"ALERTS{{{down}}}"), 90)
    lap("alert resolved")

    stack("down", "--volumes", "--timeout", "15")
    assert status(SERVICE, "/health/live") == 0
    lap("down")
    assert time.monotonic() - started < 420, "over seven minutes"
