"""What every test runs under: quiet kernels, the book's own matplotlib settings, fixed examples."""

import os
import tempfile
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")

# The kernels that nbval starts would otherwise warn on the terminal and read the user's settings.
_ipython = tempfile.TemporaryDirectory(prefix="ipython-")
_profile = Path(_ipython.name, "profile_default")
_profile.mkdir()
(_profile / "ipython_kernel_config.py").write_text(
    "c.IPKernelApp.log_level = 40\nc.HistoryManager.enabled = False\n", encoding="utf-8"
)
os.environ["IPYTHONDIR"] = _ipython.name
os.environ["MPLCONFIGDIR"] = str(ROOT / "_build" / "matplotlib")
