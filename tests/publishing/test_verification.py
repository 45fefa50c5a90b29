"""Whether a set is whole: any harm to any of its files is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from bankrec.publishing import sets
from bankrec.publishing.verification import problems
from bankrec.publishing.writer import publish
from tests.small_sets import ABOUT, NOW, POPULAR, ranked


@pytest.mark.parametrize("name", [*sets.FILES, sets.MANIFEST])
@pytest.mark.parametrize("harm", ["missing", "cut", "changed"])
def test_any_harm_to_a_file_is_found(tmp_path: Path, name: str, harm: str) -> None:
    publish(tmp_path, [ranked([1])], POPULAR, ABOUT, now=NOW)
    path = tmp_path / "current" / name
    content = path.read_bytes()
    if harm == "missing":
        path.unlink()
    elif harm == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    assert problems(tmp_path / "current"), f"{name} {harm} was not noticed"
