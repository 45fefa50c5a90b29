"""Run a piece of code again and again, each time killed at the next of its calls that change the disk.

    python killed_writer.py FOLDER CODE

FOLDER holds `start`. For n = 0, 1, 2 ... a copy of it, `FOLDER/<n>`, becomes the working directory of a process
that runs CODE and is killed before its n-th such call; the last one runs to its end. Prints the calls, a line each.
What stands before a line `#---` in CODE, the imports, is run once: the processes are forks.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.symlink", "os.link", "os.truncate", "shutil.move")


def killed_everywhere(folder: Path, code: str) -> list[str]:
    """The calls of `code` that change the disk: it was killed at each, in a copy of `folder / "start"`."""
    script = Path(__file__)
    command = [sys.executable, str(script), str(folder), code]
    path = os.pathsep.join([str(script.parents[1]), str(script.parent)])
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path})
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def changes_the_disk(event: str, arguments: tuple[Any, ...]) -> bool:
    """Whether an audit event of Python is a change of the disk; opening a file to write is one."""
    if event == "open":
        return isinstance(arguments[2], int) and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    return event in CHANGES


def killed_at(n: int, code: Any) -> None:
    """Run `code`; before the n-th change of the disk write down what it is, and die."""
    seen = 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal seen
        if changes_the_disk(event, arguments):
            if seen == n:
                os.write(1, f"{event} {arguments[0]}\n".encode())
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1

    sys.addaudithook(watch)
    exec(code, {})


def main(folder: Path, text: str) -> int:
    """All processes, one after the other; an error of the code ends it."""
    imports, _, rest = text.partition("#---\n")
    exec(imports, {})  # once: processes are forks of this one
    code, n = compile(imports + rest, "<code>", "exec"), 0
    while True:
        shutil.copytree(folder / "start", folder / str(n), symlinks=True)
        child = os.fork()
        if not child:
            os.chdir(folder / str(n))
            try:
                killed_at(n, code)
            except BaseException as error:
                os.write(2, f"{type(error).__name__}: {error}\n".encode())
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            return os.waitstatus_to_exitcode(status)
        n += 1


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
