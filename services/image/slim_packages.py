"""Remove files that serving never loads from the installed packages, and check that parquet can still be read.

Runs while the image is built, inside its virtual environment; it refuses to run anywhere else.
"""

from __future__ import annotations

import io
import shutil
import sys
import sysconfig
from pathlib import Path

UNUSED = (
    "pyarrow/include", "pyarrow/includes", "pyarrow/src", "pyarrow/tests",
    "pyarrow/*flight*", "pyarrow/*_flight*", "pyarrow/*.pyx", "pyarrow/*.pxi", "pyarrow/*_cpp_tests*",
    "numpy/f2py", "numpy/distutils", "numpy/_core/include", "numpy/**/tests", "pip", "**/*.pyi",
    "uvloop/*.pyx", "uvloop/*.c", "httptools/**/*.c",
)  # fmt: skip


def main() -> None:
    """Remove, then write and read a table as the service does."""
    if sys.prefix != "/venv":
        sys.exit(f"slim_packages.py works on the image's /venv only, this is {sys.prefix}")
    packages = Path(sysconfig.get_path("purelib"))
    for pattern in UNUSED:
        for path in list(packages.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(pa.table({"user_id": [1, 2]}), file)
    if pq.read_table(file, columns=["user_id"]).num_rows != 2:
        sys.exit("parquet can't be read any more: UNUSED of slim_packages.py names a file that pyarrow needs")


if __name__ == "__main__":
    main()
