"""Run the commands of README.md and the documents, as they are written, on the output of `make run` in this folder.

`python .ci/document_commands.py PORT` after `make run` and `make run BANK=examples/credit_union`, with a service of the
set on PORT. Each command of a block of shell or Python runs, unless `ELSEWHERE` says which other step of CI runs it.
`tests/test_document_commands.py` parses benchmarks, and checks that no command is left out.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = (
    "README.md",
    "docs/consent.md",
    "docs/mlflow.md",
    "docs/operations.md",
    "docs/quality.md",
    "docs/scale.md",
    "docs/serving.md",
    "docs/your_bank.md",
    "examples/README.md",
    "Monitoring.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs" / "decisions").glob("*.md")),
)
# What another step of CI runs: the start of the command, and the step.
ELSEWHERE = {
    "make run": "this script's caller",
    "make test": "make test-all",
    "python3 -m venv": "make run does the same",
    "pip install -r": "make run does the same",
    "python3 download_dataset.py": "make run does the same",
    "python -m venv venv": "tests/jobs/test_served.py",
    "pip install mlflow": "tests/jobs/test_served.py",
    "jupyter lab": "make run executes both notebooks",
    "cd services && docker compose": "make test-containers",
    "pip install '.[spark]'": "make test-spark",
    "python -m bankrec run --input raw_months.parquet": "make test-spark",
}
PYTHON_ELSEWHERE = ("docs/mlflow.md",)  # tests/jobs/test_served.py and test_mlflow_runs.py do the same
BENCHMARK = re.compile(r"python -m benchmarks\.")
MONTHLY = "docs/operations.md"  # its commands with $BANK run in .ci/monthly_job.sh
SHORTER = {
    "python3 test_requests.py": "python3 services/test_requests.py --duration 5",
    "--customers 20000": "--customers 3000",
}
LIMIT = 900  # seconds a command


def blocks(document: str) -> Iterator[tuple[str, str]]:
    """Language and text of each block of code of a document."""
    text = (ROOT / document).read_text(encoding="utf-8")
    yield from re.findall(r"^```(\w+)\n(.*?)^```", text, flags=re.M | re.S)


def commands(document: str) -> list[str]:
    """The commands of its blocks of shell, one a line; continued lines joined, comments cut off."""
    lines = []
    for language, text in blocks(document):
        if language == "sh":
            joined = re.sub(r"(\\|\|\|)\n\s*", lambda end: " " if end[1] == "\\" else "|| ", text)
            lines += [re.sub(r"\s+#.*", "", line).strip() for line in joined.splitlines()]
    return [command for command in lines if command and not command.startswith("#")]


def where(document: str, command: str) -> str:
    """`here`, `parsed`, or the other step of CI that runs the command."""
    if BENCHMARK.match(command):
        return "parsed"
    if document == MONTHLY and ("$BANK" in command or "$RECS" in command):
        return ".ci/monthly_job.sh"
    return next((step for start, step in ELSEWHERE.items() if command.startswith(start)), "here")


def prepare() -> None:
    """Files that the commands name: snapshots and next month's of the credit union, a bank's features, consents."""
    import duckdb  # here: the tests read this file without it

    months = sorted((ROOT / "examples/credit_union/data/snapshots").glob("*.parquet"))
    if len(months) < 4:
        raise SystemExit("run `make run BANK=examples/credit_union` first: its snapshots are missing")
    for name, parts in (("snapshots.parquet", months[:-1]), ("NEXT_MONTH.parquet", months[-1:])):
        paths = [str(path) for path in parts]
        duckdb.sql(f"COPY (SELECT * FROM read_parquet({paths})) TO '{ROOT / name}' (FORMAT parquet)")
    duckdb.sql(
        "COPY (SELECT user_id, 'email' AS channel, true AS allowed, TIMESTAMP '2024-05-28 09:30:00' AS since FROM "
        f"'{ROOT}/services/recs/current/customers.parquet') TO '{ROOT}/consent_export.parquet' (FORMAT parquet)"
    )


def same_keys(example: Any, answer: Any, place: str = "answer") -> None:
    """The example of a document has the keys of the real answer, at every depth."""
    if isinstance(example, dict):
        if not isinstance(answer, dict) or example.keys() != answer.keys():
            raise SystemExit(f"the example's {place} has {list(example)}, the service answers {answer}")
        for key, value in example.items():
            same_keys(value, answer[key], f"{place}.{key}")
    elif isinstance(example, list) and example and answer:
        same_keys(example[0], answer[0], f"{place}[0]")


def run(command: str, port: str, environment: dict[str, str]) -> str:
    """Run one command in bash and return what it printed; ends the script where it fails."""
    for text, shorter in SHORTER.items():
        command = command.replace(text, shorter)
    command = re.sub(r"\b4601\b", port, command)
    if "test_requests.py" in command:
        command += f" --url http://127.0.0.1:{port}"
    for word in ("DIR", "WORKDIR"):
        command = re.sub(rf"(?<![\w$]){word}\b(?!=)", environment[word], command)
    print(f"+ {command}", flush=True)
    done = subprocess.run(
        ["bash", "-euc", command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=LIMIT
    )
    if done.returncode:
        raise SystemExit(f"exit code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def served(command: str, port: str, environment: dict[str, str], path: str) -> subprocess.Popen[bytes]:
    """Start a server in the background, and wait until it answers on `path`."""
    print(f"+ {command} &", flush=True)
    ports = {"PORT": port, "MLFLOW_PORT": port}
    process = subprocess.Popen(["bash", "-c", f"exec env {command}"], cwd=ROOT, env=environment | ports)
    for _ in range(120):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1)
            return process
        except OSError:
            time.sleep(0.5)
    process.terminate()
    raise SystemExit(f"not ready within a minute: {command}")


def document(name: str, port: str, environment: dict[str, str]) -> None:
    """Run all commands of a document that belong here; a service that it starts answers the rest of the document."""
    service, own, printed = None, str(int(port) + 1), ""
    (ROOT / "bank.toml").unlink(missing_ok=True)
    try:
        for command in commands(name):
            if where(name, command) != "here":
                continue
            if "recommendation_service.py" in command:
                service, port = served(command, own, environment, "/health/ready"), own
            elif "run_mlflow_server.sh" in command:
                interface = served(command, str(int(port) + 2), environment, "/health")
                interface.terminate()
                interface.wait(30)
            elif "--features" in command:
                whole = ROOT / "examples/universal_bank"
                with_features = command.replace("bank.toml", f"{whole}/bank.toml").replace("dir work", "dir features")
                with_features = with_features.replace("snapshots.parquet", f"{whole}/data/snapshots")
                run(with_features.replace(" features.parquet", f" {whole}/data/features.parquet"), port, environment)
            else:
                printed = run(command, port, environment)
            if command.startswith("curl") and name == "README.md":
                example = next(text for language, text in blocks(name) if language == "json")
                same_keys(json.loads(example), json.loads(printed))
        for language, text in blocks(name):
            if language == "python" and name not in PYTHON_ELSEWHERE:
                code = text.replace("4601", port)
                subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, timeout=LIMIT)
    finally:
        if service is not None:
            service.terminate()
            service.wait(30)


def main() -> None:
    """Run the documents one after the other."""
    (port,) = sys.argv[1:]
    prepare()
    environment = dict(os.environ)
    environment |= {
        "PATH": f"{ROOT}/.venv/bin:{environment['PATH']}",
        "MLFLOW_TRACKING_URI": f"sqlite:///{ROOT}/documents.db",
    }
    for name in DOCUMENTS:
        here = [command for command in commands(name) if where(name, command) == "here"]
        if here:
            print(f"--- {name}: {len(here)} commands", flush=True)
            scratch = ROOT / "documents" / name.replace("/", "_")
            scratch.mkdir(parents=True, exist_ok=True)
            document(name, port, environment | {"DIR": str(scratch / "dir"), "WORKDIR": str(scratch / "workdir")})


if __name__ == "__main__":
    main()
