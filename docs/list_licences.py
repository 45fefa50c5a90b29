"""Write docs/licences.md: the licence of every package in requirements.txt, as the package states it.

`python docs/list_licences.py` in the environment that the packages are installed in.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def pinned(path: Path) -> dict[str, str]:
    """Names and versions of a requirements file; the first pin of a package counts."""
    found: dict[str, str] = {}
    for name, version in re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;]+)", path.read_text(), re.MULTILINE):
        found.setdefault(name, version)
    return found


def licence(name: str) -> str:
    """The licence that a package's own metadata names."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return "not installed here"
    classifiers = [line.rsplit(" :: ", 1)[-1] for line in told.get_all("Classifier", []) if "License ::" in line]
    expression, text = told.get("License-Expression"), (told.get("License") or "").strip()
    first = text.splitlines()[0] if text else ""
    short = expression or ", ".join(line for line in classifiers if line != "OSI Approved") or first
    return short[:80] or "see its files"


def main() -> None:
    """Write the table."""
    serving = pinned(ROOT / "services" / "requirements.txt")
    rows = [
        f"| {name} | {version} | {licence(name)} | {'yes' if name in serving else ''} |"
        for name, version in sorted(pinned(ROOT / "requirements.txt").items())
    ]
    head = (
        "# Licences of all dependencies\n\nEvery pinned package and the licence its metadata names. Those with a yes"
        " are in the service's image.\nMade by `python docs/list_licences.py`.\n\n"
        "| package | version | licence | in the service |\n|---|---|---|---|\n"
    )
    (ROOT / "docs" / "licences.md").write_text(head + "\n".join(rows) + "\n")
    print(f"docs/licences.md: {len(rows)} packages")


if __name__ == "__main__":
    main()
