"""``python -m cohortbook``."""

import sys

from cohortbook.cli import main

if __name__ == "__main__":
    sys.exit(main())
