"""Rules, dashboard, Monitoring.md and code agree; what a tool can check is checked by that tool."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from serving.observability.monitoring import METRICS
from serving.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ROOT / "services"
PROMETHEUS = SERVICES / "prometheus"
DOCUMENT = (ROOT / "Monitoring.md").read_text()
SCRIPTS = ("*.sh", ".ci/*.sh", "services/grafana/*.sh")
FROM_THE_CLIENT = {"process_resident_memory_bytes": ("gauge", ()), "process_cpu_seconds_total": ("counter", ())}


def rules(file: str, kind: str) -> dict[str, Any]:
    groups = yaml.safe_load((PROMETHEUS / file).read_text())["groups"]
    return {rule[kind]: rule for group in groups for rule in group["rules"]}


RECORDS, ALERTS = rules("rules.yml", "record"), rules("alerts.yml", "alert")
PANELS: list[dict[str, Any]] = json.loads((SERVICES / "dashboard.json").read_text())["panels"]


def load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def metrics() -> dict[str, tuple[str, tuple[str, ...]]]:
    return {**METRICS, **FROM_THE_CLIENT}


def written_out(expression: str) -> str:
    """An expression with the recording rules that it uses beside it."""
    return " ".join([expression, *(rule["expr"] for name, rule in RECORDS.items() if name in expression)])


def uses(expression: str, metric: str) -> bool:
    return re.search(rf"\b{metric}(_bucket|_sum|_count)?\b", written_out(expression)) is not None


def table() -> dict[str, list[str]]:
    lines = re.findall(r"^\| `(\w+)` \|(.+)\|$", DOCUMENT, re.MULTILINE)
    return {name: [cell.strip() for cell in re.split(r"(?<!\\)\|", rest)] for name, rest in lines}


def without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_empty(one) for key, one in value.items() if one not in ({}, [])}
    return [without_empty(one) for one in value] if isinstance(value, list) else value


def tool(name: str) -> str:
    path = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_takes_its_configuration() -> None:
    run(tool("promtool"), "check", "config", str(PROMETHEUS / "prometheus.yml"))


def test_each_alert_fires_and_does_not_as_its_cases_say() -> None:
    run(tool("promtool"), "test", "rules", str(PROMETHEUS / "tests/alerts_test.yml"))


def test_each_alert_has_a_case_that_fires_and_one_that_does_not() -> None:
    cases = yaml.safe_load((PROMETHEUS / "tests/alerts_test.yml").read_text())["tests"]
    seen = {(one["alertname"], bool(one["exp_alerts"])) for case in cases for one in case["alert_rule_test"]}
    wanted = {(name, fires) for name in ALERTS for fires in (True, False)}
    assert wanted <= seen, f"no case: {sorted(wanted - seen)}"


def test_alertmanager_takes_its_configuration() -> None:
    run(tool("amtool"), "check-config", str(SERVICES / "alertmanager/alertmanager.yml"))


def test_the_compose_file_fits_its_schema() -> None:
    run(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", str(SERVICES / "docker-compose.yml"))


def test_the_dockerfile_pleases_hadolint() -> None:
    run(tool("hadolint"), str(SERVICES / "Dockerfile"))


@pytest.mark.parametrize("script", [str(p.relative_to(ROOT)) for pattern in SCRIPTS for p in ROOT.glob(pattern)])
def test_scripts_please_shellcheck(script: str) -> None:
    run(tool("shellcheck"), "--severity=warning", str(ROOT / script))


def test_compose_needs_nothing_set_and_knows_what_the_example_sets() -> None:
    text, example = (SERVICES / "docker-compose.yml").read_text(), (SERVICES / ".env.example").read_text()
    used = set(re.findall(r"\$\{(\w+)", text))
    assert used == set(re.findall(r"\$\{(\w+):-[^}]*\}", text)), (
        "a variable without a default, or a form that 1.29 does not have"
    )
    listed = set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))
    assert listed == used - {"MLFLOW_USER"}, listed ^ used


def test_compose_passes_each_setting_of_the_service() -> None:
    """`RECS_DIR` and `HOST` are the image's; `PORT` is the port outside. A default in compose is the service's own."""
    passed = yaml.safe_load((SERVICES / "docker-compose.yml").read_text())["services"]["service"]["environment"]
    fields = {name.upper(): field.default for name, field in Settings.model_fields.items()}
    assert passed.keys() == fields.keys() - {"RECS_DIR", "HOST", "PORT"}
    for name, value in passed.items():
        own = "0" if fields[name] is False else str(fields[name])
        assert value in (f"${{{name}:-}}", f"${{{name}:-{own}}}")
    example = (SERVICES / ".env.example").read_text()
    for name, shown in re.findall(r"^# ([A-Z_]+)=(.+)$", example, re.MULTILINE):
        if isinstance(fields.get(name), float):
            assert float(shown) == fields[name], name
        elif isinstance(fields.get(name), int):
            assert int(shown) == fields[name], name


def test_containers_are_locked_down() -> None:
    services = yaml.safe_load((SERVICES / "docker-compose.yml").read_text())["services"]
    assert set(services) == {"service", "prometheus", "alertmanager", "grafana", "mlflow"}
    for name, service in services.items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service["mem_limit"] and service["cpus"], name
        assert all(port.startswith("${BIND_ADDRESS:-127.0.0.1}:") for port in service["ports"]), name
        assert "build" in service or re.search(r":v?\d+\.\d+\.\d+$", service["image"]), f"{name}: no exact tag"
    assert services["service"]["volumes"] == ["${RECS_FOLDER:-./recs}:/recs:ro", "audit-log:/audit"]


def test_mlflow_in_compose_is_the_version_of_the_requirements() -> None:
    version = re.search(r"^mlflow==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    image = yaml.safe_load((SERVICES / "docker-compose.yml").read_text())["services"]["mlflow"]["image"]
    assert version and image.endswith(f":v{version[1]}")


def test_the_dashboard_is_what_its_code_makes() -> None:
    pytest.importorskip("grafana_foundation_sdk")
    made = load(SERVICES / "grafana/dashboard.py", "dashboard_as_code").text()
    assert (SERVICES / "dashboard.json").read_text() == made, "run: python services/grafana/dashboard.py"


def test_the_dashboard_fits_the_types_of_grafana() -> None:
    dashboard = pytest.importorskip("grafana_foundation_sdk.models.dashboard")
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins

    register_default_plugins()
    committed = json.loads((SERVICES / "dashboard.json").read_text())
    read = dashboard.Dashboard.from_json(committed)
    again = json.loads(JSONEncoder().encode(read))
    assert without_empty(again) == without_empty(committed), "something of the JSON is not known to the SDK's types"


def test_every_panel_says_what_it_shows() -> None:
    for panel in PANELS:
        defaults = panel["fieldConfig"]["defaults"]
        assert len(panel["description"]) > 20 and defaults["unit"], panel["title"]
        assert defaults["thresholds"]["steps"], panel["title"]
        assert panel["targets"] and panel["datasource"]["uid"] == "prometheus", panel["title"]


def test_panels_fill_one_screen_and_do_not_overlap() -> None:
    cells: dict[tuple[int, int], str] = {}
    for panel in PANELS:
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert x < 24 and (x, y) not in cells, f"{panel['title']} lies on {cells.get((x, y))}"
                cells[x, y] = panel["title"]
    height = max(y for _, y in cells) + 1
    assert len(cells) == 24 * height, "holes between panels"
    assert height * 38 <= 950, f"{height} rows of 38 pixels are more than a screen"


def test_dashboard_and_rules_ask_only_for_what_there_is() -> None:
    known = {*metrics(), *RECORDS, "up"}
    bases = {re.sub(r"_(bucket|sum|count)$", "", name) for name in known} | known
    expressions = [target["expr"] for panel in PANELS for target in panel["targets"]]
    expressions += [rule["expr"] for rule in [*RECORDS.values(), *ALERTS.values()]]
    for expression in expressions:
        names = set(re.findall(r"\b(?:recommendations|http|process)_[a-z_]+|recommendations:[a-z_]+:?\w*", expression))
        unknown = {name for name in names if re.sub(r"_(bucket|sum|count)$", "", name) not in bases}
        assert not unknown, f"{unknown} in {expression}"


def test_the_document_has_every_metric_as_it_is() -> None:
    documented, code = table(), metrics()
    assert set(documented) == set(code), f"differ: {set(documented) ^ set(code)}"
    for name, (kind, labels) in code.items():
        meaning, type_and_labels, seen = documented[name]
        assert meaning and type_and_labels == " by ".join(filter(None, [kind, ", ".join(labels)])), name
        panels = dict.fromkeys(p["title"] for p in PANELS if any(uses(t["expr"], name) for t in p["targets"]))
        alerts = [alert for alert, rule in ALERTS.items() if uses(rule["expr"], name)]
        assert seen == ("; ".join(filter(None, [", ".join(panels), ", ".join(alerts)])) or "–"), name


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_says_what_to_do(alert: str) -> None:
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in {"page", "ticket"} and rule["annotations"]["summary"]
    assert rule["annotations"]["runbook_url"] == f"Monitoring.md#{alert.lower()}"
    entry = re.search(rf"^### {alert}\n(.+?)(?=^##)", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert entry, "no entry in the runbook"
    for part in ("*Means*", "*Roll back*"):
        assert part in entry[1], f"the entry does not have {part}"
    assert re.search(r"\*See\*", entry[1]) and re.search(r"\*do\*|\*Do\*", entry[1])


def test_the_runbook_publishes_by_the_monthly_job_alone() -> None:
    assert "make publish" not in DOCUMENT, "it trains on the data of this checkout, which may be a simulated bank's"


def test_commands_of_the_runbook_work_as_written() -> None:
    """With a key, with sets in any folder, with compose's file in `services/`."""
    runbook = " ".join(DOCUMENT.split("## Runbook")[1].split("## How to add a metric")[0].split())
    commands = re.findall(r"`((?:python -m bankrec|docker|curl)[^`]*)`", runbook)
    assert any("docker inspect" in command for command in commands)
    for command in commands:
        assert "services/recs" not in command and command.count("--recs") == command.count('--recs "$RECS"'), command
        assert "curl" not in command or "/health/" in command or '-H "X-API-Key: $API_KEY"' in command, command
        assert "docker inspect" not in command or "$(docker compose ps" in command, command
    assert "Start `docker compose` in `services/`" in runbook


def test_a_pod_has_time_to_leave_the_load_balancer_and_to_finish() -> None:
    text = (ROOT / "docs/operations.md").read_text().split("## Kubernetes")[1]
    pod = yaml.safe_load(text.split("```yaml")[1].split("```")[0])
    (container,) = pod["containers"]
    waits = container["lifecycle"]["preStop"]["sleep"]["seconds"] + Settings().shutdown_seconds
    assert pod["terminationGracePeriodSeconds"] > waits
