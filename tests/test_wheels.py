"""Each engine as a stranger has it: its wheel, in an environment with only what it asks for."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
NEEDS = {
    "smallstats": ["smallstats"],
    "paperaudit": ["smallstats", "paperaudit"],
    "cohortbook": ["smallstats", "cohortbook"],
}
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
LEDGER = """\
id,location,item,group,statistic,printed,value,decimals,denominator,unit,role,note
n_drug,table1,patients,drug,n,20,20,0,,,built_in,
n_placebo,table1,patients,placebo,n,20,20,0,,,built_in,
relapse_drug_n,table1,relapse,drug,n,4,4,0,20,,built_in,
relapse_drug_percent,table1,relapse,drug,percent,55,55,0,20,,predicted,
relapse_placebo_n,table1,relapse,placebo,n,12,12,0,20,,built_in,
relapse_p,table1,relapse,,p,0.02,0.02,2,,,predicted,
"""
IMPORT_ALL = """
import importlib, importlib.util, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith("__main__"):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:  # of an extra, which says how to install it
            extra = {"matplotlib": "[figures]", "flask": "[app]"}
            assert extra.get(error.name, "?") in str(error), error
others = {"smallstats", "paperaudit", "cohortbook", "jdm_utils"} - {*sys.argv[2:]}
print([name for name in sorted(others) if importlib.util.find_spec(name)])
"""


def run(*command, **options):
    """Run a command outside the repository and return what it prints; a failure shows it all."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "JDM_"))}
    done = subprocess.run(
        [*map(str, command)], capture_output=True, encoding="utf-8", env=environment, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """The wheel of each engine, built without a network."""
    folder = tmp_path_factory.mktemp("wheels")
    for name in NEEDS:
        source = folder / "source" / name
        shutil.copytree(ROOT / "packages" / name, source)
        run(sys.executable, "-m", "flit_core.wheel", "--outdir", folder, source, cwd=folder)
    return {path.name.split("-")[0]: path for path in folder.glob("*.whl")}


@pytest.fixture(scope="module")
def install(wheels, tmp_path_factory):
    """Make an environment with one engine and what it needs, in the versions of the lock."""
    folder = tmp_path_factory.mktemp("environments")
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    constraints = folder / "constraints.txt"
    pins = re.findall(r"^([\w.-]+)(?:\[[^]]*\])?(==[^ \\\n]+)", lock, re.MULTILINE)
    constraints.write_text("".join(f"{name}{pin}\n" for name, pin in pins), encoding="utf-8")
    made = {}

    def make(name):
        if name in made:
            return made[name]
        target = folder / name
        python = target / SCRIPTS / "python"
        uv = shutil.which("uv")
        if uv and subprocess.run([uv, "--version"], capture_output=True).returncode == 0:
            run(uv, "venv", "--quiet", "--python", sys.executable, target, cwd=folder)
            pip = [uv, "pip", "install", "--quiet", "--python", python]
        else:
            run(sys.executable, "-m", "venv", target, cwd=folder)
            pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run(*pip, "-c", constraints, *(wheels[need] for need in NEEDS[name]), cwd=folder)
        made[name] = target / SCRIPTS
        return made[name]

    return make


@pytest.mark.parametrize("name", NEEDS)
def test_a_wheel_says_that_it_is_typed_and_brings_what_its_modules_read(name, wheels):
    folder = ROOT / "packages" / name / name
    files = [
        path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in str(path)
    ]
    with zipfile.ZipFile(wheels[name]) as wheel:
        names = set(wheel.namelist())
        metadata = wheel.read(next(n for n in names if n.endswith("METADATA"))).decode()
    assert f"{name}/py.typed" in names
    assert {path.relative_to(folder.parent).as_posix() for path in files} <= names
    assert not any("test" in Path(n).parts[0] for n in names)
    assert "Requires-Python: >=3.11" in metadata and f"# {name}" in metadata
    assert "License-File: LICENSE" in metadata


@pytest.mark.parametrize("name", NEEDS)
def test_a_wheel_and_an_sdist_are_the_same_bytes_wherever_they_are_made(name, tmp_path):
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").split("\nwheels:")[1].split("\n\n")[0]
    code = re.search(r'"(from flit_core[^"]*)"', recipe)[1]
    epoch = re.search(r"SOURCE_DATE_EPOCH:-(\d+)", recipe)[1]
    made = []
    for number, (mode, day) in enumerate([(0o644, 500_000_000), (0o664, 1_500_000_000)]):
        folder = tmp_path / f"place {number}" / "packages" / name
        shutil.copytree(ROOT / "packages" / name, folder)
        for path in folder.rglob("*"):
            path.chmod(mode | 0o111 * path.is_dir())
            os.utime(path, (day, day))
        (folder.parents[1] / "dist").mkdir()
        environment = os.environ | {"SOURCE_DATE_EPOCH": epoch, "TZ": f"UTC{number}"}
        subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, check=True)
        made.append({p.name: p.read_bytes() for p in (folder.parents[1] / "dist").iterdir()})
    assert len(made[0]) == 2
    assert made[0] == made[1]


@pytest.mark.parametrize("name", NEEDS)
def test_every_module_imports_with_only_what_the_wheel_asks_for(name, install, tmp_path):
    shown = run(install(name) / "python", "-c", IMPORT_ALL, name, *NEEDS[name], cwd=tmp_path)
    assert shown.splitlines()[-1] == "[]"


def test_smallstats_computes(install, tmp_path):
    code = "from smallstats import two_by_two; print(f'{two_by_two(7, 23, 1, 31).fisher:.4f}')"
    assert run(install("smallstats") / "python", "-c", code, cwd=tmp_path) == "0.0078\n"


def test_paperaudit_audits_a_ledger(install, tmp_path):
    ledger = tmp_path / "trial.csv"
    ledger.write_text(LEDGER, encoding="utf-8")
    shown = run(install("paperaudit") / "paperaudit", ledger, cwd=tmp_path)
    assert shown.startswith("6 numbers read, ")
    assert "relapse_drug_percent: printed 55" in shown
    page = (tmp_path / "trial.audit.html").read_text(encoding="utf-8")
    assert "relapse_drug_percent" in page and "<script" in page


@pytest.fixture(scope="module")
def cohort(install, tmp_path_factory):
    """A cohort of forty patients, drafted by the command."""
    folder = tmp_path_factory.mktemp("cohort")
    rows = ["Patient,Sex,Age (years),Smoker,Relapse"]
    for n in range(40):
        sex, smoker = "FM"[n % 3 == 0], ("yes", "no")[n % 4 > 0]
        rows.append(f"P{n:02},{sex},{20 + n * 7 % 41},{smoker},{('yes', 'no')[n % 5 > 1]}")
    data = folder / "patients.csv"
    data.write_text("\n".join(rows) + "\n", encoding="utf-8")
    command = install("cohortbook") / "cohortbook"
    run(command, "init", "mine", "--data", data, "--outcome", "Relapse", cwd=folder)
    return command, folder


def test_cohortbook_checks_and_tabulates_what_it_drafted(cohort):
    command, folder = cohort
    assert run(command, "check", "mine", cwd=folder).splitlines()[-1].startswith("0 errors")
    written = run(command, "tables", "mine", cwd=folder).splitlines()
    assert {Path(name).suffix for name in written} >= {".csv", ".docx", ".html", ".tex"}
    assert all((folder / name).stat().st_size for name in written)


def test_cohortbook_makes_a_book(cohort):
    command, folder = cohort
    shown = run(command, "book", "mine", cwd=folder)
    page = folder / "mine" / "book" / "_build" / "html" / "index.html"
    assert str(page.relative_to(folder)) in shown
    assert "Relapse" in page.read_text(encoding="utf-8")
