"""Make .venv with exactly the packages of requirements.txt, or do nothing if it is there.

Needs nothing but Python, and is written so that an old one can still say that it is too old.
"""

import hashlib
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PACKAGES = ("smallstats", "paperaudit", "cohortbook")
OURS = [part for name in PACKAGES for part in ("-e", "packages/" + name)] + ["-e", "."]
STAMP = os.path.join(VENV, "complete")  # written last: without it, or with an old one, start anew
PYTHON = os.path.join(VENV, "Scripts", "python.exe") if os.name == "nt" else VENV + "/bin/python"


def use_newer_python():
    """Go on under a newer Python of this machine, or say in one line that there is none."""
    for minor in (13, 12, 11, 14):
        name = "python3.%d" % minor
        test = "import sys; sys.exit(sys.version_info < %r)" % (OLDEST,)
        try:
            with open(os.devnull, "w") as nowhere:
                found = subprocess.call([name, "-c", test], stderr=nowhere) == 0
        except OSError:
            found = False
        if found:
            sys.exit(subprocess.call([name] + sys.argv))
    text = "This project needs Python %d.%d or newer; %s is %d.%d."
    sys.exit(text % (3, 11, sys.executable, sys.version_info[0], sys.version_info[1]))


def wanted():
    """Digest of all that decides what has to be in the environment."""
    digest = hashlib.sha256(sys.version.encode())
    projects = ["packages/" + name + "/pyproject.toml" for name in PACKAGES]
    for name in ["requirements.txt", "pyproject.toml"] + projects:
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def is_complete():
    """Tell whether the environment was made to the end, for these packages and this Python."""
    try:
        with open(STAMP) as file:
            return file.read() == wanted() and os.path.exists(PYTHON)
    except OSError:
        return False


def run(command):
    """Run a command, and end with one line if it fails."""
    if subprocess.call(command, cwd=ROOT):
        sys.exit("The environment could not be made: see the message above.")


def working_uv():
    """Find a uv that runs: one on the path may be the shim of a Python that has none."""
    uv = shutil.which("uv")
    if not uv:
        return None
    try:
        with open(os.devnull, "w") as nowhere:
            failed = subprocess.call([uv, "--version"], stdout=nowhere, stderr=nowhere, cwd=ROOT)
    except OSError:
        return None
    return None if failed else uv


def make():
    """Make the environment, with uv where there is one that runs."""
    uv = working_uv()
    if not uv:
        try:
            import ensurepip  # noqa: F401
            import venv  # noqa: F401
        except ImportError:
            sys.exit(
                "Python's venv module is missing. On Debian or Ubuntu: apt install python3-venv"
            )
    print("Making .venv (once; a minute or so)")
    base = getattr(sys, "_base_executable", sys.executable)  # this may be .venv's own Python
    shutil.rmtree(VENV, ignore_errors=True)
    if uv:
        run([uv, "venv", "--quiet", "--python", base, VENV])
        install = [uv, "pip", "install", "--quiet", "--python", PYTHON, "--compile-bytecode"]
    else:
        run([base, "-m", "venv", VENV])
        install = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        install += ["--no-compile"]  # as below, on all cores
        # an old pip reads the lock slowly; if there is no newer one, it serves all the same
        subprocess.call(install + ["--require-hashes", "-r", "tools/pip.txt"], cwd=ROOT)
    run(install + ["--require-hashes", "-r", "requirements.txt"])
    run(install + ["--no-deps", "--no-build-isolation"] + OURS)
    if not uv:  # what cannot be compiled, and libraries' own tests, are not imported
        library = os.path.join(VENV, "Lib" if os.name == "nt" else "lib")
        compile_all = [PYTHON, "-m", "compileall", "-qq", "-j", "0"]
        subprocess.call(compile_all + ["-x", r"[/\\]tests[/\\]", library], cwd=ROOT)
    with open(STAMP, "w") as file:
        file.write(wanted())


if __name__ == "__main__":
    if sys.version_info < OLDEST:
        use_newer_python()
    if not is_complete():
        make()
