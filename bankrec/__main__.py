"""`python -m bankrec`."""

import sys

from bankrec.cli import main

if __name__ == "__main__":
    sys.exit(main())
