"""Makes the pictures of MLflow in docs/: runs, a comparison and a registered model in MLflow's own interface.

Run it after `make run` and `python -m bankrec train --compare`. It starts run_mlflow_server.sh over the existing runs,
and needs Chromium on the machine.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mlflow
import requests
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from bankrec.storage import tracking  # noqa: E402
from bankrec.storage.registry import CHAMPION  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
STARTS_WITHIN, DRAWS_WITHIN = 300, 240  # seconds, on a busy machine
SIZE = {"width": 1500, "height": 840}
VIEW = "workflowType=machine_learning"  # the part of the interface that has models
SIDE_PANEL_CLOSED = """
for (const name of ["mlflow.assistant.fab.autoOpenedOnFirstLoad", "mlflow.assistant.fab.dismissed"])
  localStorage.setItem(name + "_v1", "true");
localStorage.setItem("mlflow.assistant.panelOpen_v1", "false");
localStorage.setItem("mlflow.workflowType_v1", JSON.stringify("machine_learning"));
"""


@contextmanager
def server() -> Iterator[str]:
    """Address of run_mlflow_server.sh on a free port, stopped at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "MLFLOW_PORT": str(port)}
    process = subprocess.Popen(["sh", str(ROOT / "run_mlflow_server.sh")], env=environment, start_new_session=True)
    address, until = f"http://127.0.0.1:{port}", time.monotonic() + STARTS_WITHIN
    try:
        while True:
            try:
                requests.get(f"{address}/health", timeout=5)
                break
            except requests.RequestException:
                if time.monotonic() > until or process.poll() is not None:
                    raise SystemExit("run_mlflow_server.sh does not answer: see its output above") from None
                time.sleep(0.5)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def latest_comparison(client: Any) -> tuple[str, list[str], str]:
    """Id of the experiment, of the runs of the newest training with methods, and the model that it registered."""
    experiment = client.get_experiment_by_name(tracking.EXPERIMENT)
    runs = client.search_runs([experiment.experiment_id], "tags.purpose = 'compare'", order_by=["start_time DESC"])
    if not runs:
        raise SystemExit("no compared methods: run python -m bankrec train --compare --data ... --output ...")
    parent = runs[0].data.tags[tracking.PARENT]
    methods = [run.info.run_id for run in runs if run.data.tags[tracking.PARENT] == parent]
    models = [model.name for model in client.search_registered_models() if CHAMPION in model.aliases]
    return experiment.experiment_id, methods[::-1], models[0]


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "docs", help="folder of the pictures")
    folder = parser.parse_args().output
    with server() as address, sync_playwright() as playwright:
        experiment, methods, model = latest_comparison(mlflow.MlflowClient(address))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        page = browser.new_page(viewport=SIZE)
        page.set_default_timeout(DRAWS_WITHIN * 1_000)
        page.add_init_script(SIDE_PANEL_CLOSED)
        for name, path, seen in (
            ("runs", f"experiments/{experiment}/runs?{VIEW}", "preprocess ·"),
            ("compare", f"compare-runs?runs={list_of(methods)}&experiments={list_of([experiment])}&{VIEW}", "map_at_7"),
            ("model", f"models/{model}?{VIEW}", "clean snapshots"),
        ):
            page.goto(f"{address}/#/{path}")
            page.get_by_text(seen).first.wait_for()
            if name == "runs":  # expand the newest training: the button is left of its name and has no name itself
                place = page.get_by_text("train ·").first.bounding_box()
                page.mouse.click(place["x"] - 31, place["y"] + place["height"] / 2)
            page.wait_for_timeout(8_000)  # charts are drawn after the figures are loaded
            page.screenshot(path=str(folder / f"mlflow_{name}.png"))
            print(folder / f"mlflow_{name}.png", flush=True)
        browser.close()


def list_of(ids: list[str]) -> str:
    """Ids in the form that the address of a page has."""
    return "[" + ",".join(f'"{one}"' for one in ids) + "]"


if __name__ == "__main__":
    main()
