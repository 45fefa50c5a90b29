"""The list of licences has every pinned package, in the version that is pinned."""

from __future__ import annotations

import runpy
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parent.parent


def test_every_pinned_package_is_listed() -> None:
    pinned = runpy.run_path(str(ROOT / "docs" / "list_licences.py"))["pinned"]
    listed = pd.read_csv(ROOT / "docs" / "licences.csv", dtype=str)
    assert dict(zip(listed["package"], listed["version"], strict=True)) == pinned(ROOT / "requirements.txt"), (
        "run `python docs/list_licences.py`"
    )
    served = listed.loc[listed["service"] == "yes", "package"]
    assert set(served) == set(pinned(ROOT / "services" / "requirements.txt"))
