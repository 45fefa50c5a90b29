"""Write docs/licences.csv: the licence of every package in requirements.txt, as the package states it.

Run `python docs/list_licences.py` in the environment that has the packages. The column `service` states whether a
package is in the service's image.
"""

from __future__ import annotations

import csv
import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "docs" / "licences.csv"
COLUMNS = ("package", "version", "licence", "service")


def pinned(path: Path) -> dict[str, str]:
    """Names and versions of a requirements file; the first pin of a package counts."""
    versions: dict[str, str] = {}
    for name, version in re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;]+)", path.read_text(), re.MULTILINE):
        versions.setdefault(name, version)
    return versions


def licence(name: str) -> str:
    """The licence that a package's own metadata names."""
    try:
        stated = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return "not installed here"
    classifiers = [line.rsplit(" :: ", 1)[-1] for line in stated.get_all("Classifier", []) if "License ::" in line]
    expression, text = stated.get("License-Expression"), (stated.get("License") or "").strip()
    first = text.splitlines()[0] if text else ""
    short = expression or ", ".join(line for line in classifiers if line != "OSI Approved") or first
    return short[:80] or "see its files"


def main() -> None:
    """Write the table."""
    serving = pinned(ROOT / "services" / "requirements.txt")
    packages = sorted(pinned(ROOT / "requirements.txt").items())
    with OUTPUT.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows((name, version, licence(name), "yes" if name in serving else "no") for name, version in packages)
    print(f"{OUTPUT.relative_to(ROOT)}: {len(packages)} packages")


if __name__ == "__main__":
    main()
