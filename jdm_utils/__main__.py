"""``python -m jdm_utils``."""

from jdm_utils.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
