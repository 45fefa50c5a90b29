"""Write the raw months to data/raw/train_ver2.csv: from Kaggle, a path, a URL, or a simulated bank."""

import argparse
import sys
from pathlib import Path

from bankrec.errors import InputError
from bankrec.jobs.download import download

OUTPUT = Path(__file__).resolve().parent / "data" / "raw" / "train_ver2.csv"


def main() -> int:
    """Run the command; returns the exit code (2: bad input, with a one-line message)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", metavar="kaggle|simulate|PATH|URL", help="default: kaggle if credentials are set")
    parser.add_argument("--customers", type=int, default=20_000, help="size of a simulated bank (20000)")
    parser.add_argument("--seed", type=int, default=1, help="seed of a simulated bank (1)")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="path of the raw file to write")
    parser.add_argument("--force", action="store_true", help="replace a raw file that exists")
    arguments = parser.parse_args()
    if arguments.output.exists() and not arguments.force:
        print(f"{arguments.output} exists already; --force replaces it")
        return 0
    try:
        download(arguments.source, arguments.output, customers=arguments.customers, seed=arguments.seed, tell=print)
    except InputError as error:
        print(f"download_dataset: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
