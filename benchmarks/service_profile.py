"""Time of a request by package: the service under cProfile with a load on it.

A profiler overstates the time of small functions: read the shares, not the times.
"""

from __future__ import annotations

import pstats
from collections import defaultdict
from pathlib import Path

PROFILE = "profile"  # written beside the sets
SERVICES = Path(__file__).resolve().parent.parent / "services"
PACKAGES = ("uvicorn", "starlette", "fastapi", "pydantic", "prometheus_client", "asyncio", "httptools", "anyio")


def part_of(file: str, function: str) -> str:
    """The part of the work that a profiled function belongs to: a module of ours, a package, or Python's core."""
    path = Path(file)
    if SERVICES in path.parents:
        return f"ours: {path.relative_to(SERVICES)}"
    for package in PACKAGES:
        if package in path.parts:
            return package
    if "pydantic" in function:
        return "pydantic"
    if "orjson" in function or "numpy" in file or "numpy" in function:
        return "numpy and orjson"
    return "Python's core"


def shares(profile: Path) -> list[tuple[str, float]]:
    """Share of the own time by part, largest first, of a file that cProfile wrote."""
    stats = pstats.Stats(str(profile))
    times: dict[str, float] = defaultdict(float)
    for (file, _, function), (_, _, own, _, _) in stats.stats.items():  # type: ignore[attr-defined]
        times[part_of(file, function)] += own
    total = sum(times.values())
    return sorted(((part, time / total) for part, time in times.items()), key=lambda one: -one[1])


def table(profile: Path, least: float = 0.01) -> str:
    """The same as a table, parts below `least` together."""
    by_part = shares(profile)
    rest = sum(share for _, share in by_part if share < least)
    rows = [(part, share) for part, share in by_part if share >= least] + [("all else", rest)]
    return "\n".join(["| part | share of time |", "|---|---|", *(f"| {part} | {share:.1%} |" for part, share in rows)])
