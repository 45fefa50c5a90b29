"""The commands of README and documents: CI runs each one, or its own parser takes it here."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from tests.test_result_files import parse

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = runpy.run_path(str(ROOT / ".ci" / "document_commands.py"))
commands, where, DOCUMENTS = SCRIPT["commands"], SCRIPT["where"], SCRIPT["DOCUMENTS"]
TAKEN = re.compile(r"python -m (bankrec (?!new)|benchmarks\.)")


def in_text(document: str) -> list[str]:
    """Commands that stand in a sentence, with every option they have: `python -m MODULE ...` between backticks."""
    text = (ROOT / document).read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    commands = [
        " ".join(command.split()) for command in re.findall(r"`(python -m (?:bankrec|benchmarks\.)[^`]*)`", text)
    ]
    return [command for command in commands if "--" in command and "--help" not in command]


def test_every_document_with_commands_is_covered() -> None:
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "examples" / "README.md"]:
        name = str(path.relative_to(ROOT))
        assert name in DOCUMENTS or not commands(name), name


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_are_taken_by_their_parsers(document: str, monkeypatch: pytest.MonkeyPatch) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in [*commands(document), *in_text(document)]:
        command = re.sub(r"^.*\|\| ", "", re.sub(r"^[A-Z_]+=\S+ ", "", command)).replace('"', "")
        if TAKEN.match(command):
            if not re.search(r" --(customers|seed|seeds|months|user) [A-Z]", command):
                parse(re.sub(r"--user ID", "--user 1", command), monkeypatch)
                monkeypatch.undo()
        elif target := re.match(r"make ([a-z-]+)", command):
            assert re.search(rf"^{target[1]}:.*## ", makefile, flags=re.M), command
        elif script := re.match(r"(?:python3?|sh) (\S+\.(?:py|sh))", command):
            assert (ROOT / script[1]).exists() or (ROOT / "services" / script[1]).exists(), command


def test_steps_that_run_a_command_elsewhere_exist() -> None:
    """No entry of the list is left over, and none names a test that is gone."""
    everything = [command for document in DOCUMENTS for command in commands(document)]
    for start, step in SCRIPT["ELSEWHERE"].items():
        assert any(command.startswith(start) for command in everything), start
        assert not step.startswith("tests/") or (ROOT / step).exists(), step
    assert where("README.md", "python -m benchmarks.quality") == "parsed"
    assert where("README.md", "curl -s -X POST http://localhost:4601/recommendations") == "here"
