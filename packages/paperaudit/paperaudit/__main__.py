"""``python -m paperaudit``."""

import sys

from paperaudit.cli import main

if __name__ == "__main__":
    sys.exit(main())
