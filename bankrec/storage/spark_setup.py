"""Checks whether this machine has what Spark needs, without starting it."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from bankrec.errors import InputError


def check_spark() -> None:
    """Raise an `InputError` that says what to install where pyspark or Java is missing."""
    if find_spec("pyspark") is None:
        raise InputError("the Spark engine needs pyspark: pip install '.[spark]' (and Java 17)")
    java = Path(os.environ["JAVA_HOME"], "bin", "java") if os.environ.get("JAVA_HOME") else None
    if not (java.is_file() if java else shutil.which("java")):
        where = f"{java} (from JAVA_HOME) does not exist" if java else "no java on the PATH, and JAVA_HOME is not set"
        raise InputError(f"the Spark engine needs Java 17, as openjdk-17-jre-headless: {where}")
