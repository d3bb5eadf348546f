"""The shape of the house: what may import what, how big it may be, and what it may know."""

import ast
import importlib
import importlib.util
import re
import textwrap
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from pathlib import Path

import pytest
import yaml

import jdm_utils

ROOT = Path(__file__).resolve().parents[1]
_spec = importlib.util.spec_from_file_location("draw_imports", ROOT / "tools" / "draw_imports.py")
draw_imports = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(draw_imports)
lines_of_code = draw_imports.lines_of_code

PACKAGES = tuple(draw_imports.PACKAGES)
ENGINES = PACKAGES[:3]
MODULES = [path for package in PACKAGES for path in draw_imports.modules(package)]

#: Words of this study and of its disease. Those that `init` offers are declared in one file.
STUDY = re.compile(r"calcinosis|sallum|dermatomyositis|jdm", re.IGNORECASE)
DECLARED = ROOT / "packages/cohortbook/cohortbook/cohort/lexicon.yml"
#: What may hold the letters: classes of CSS, the variable that names a cohort, who wrote it, and
#: the word that ids in figures are hashed with, since another one would change every figure.
NAMES = re.compile(
    r"\bjdm-(?!calcinosis\b)[a-z]+|\bJDM_COHORT\b|jdm-calcinosis authors"
    r'|"svg\.hashsalt": "jdm_utils"'
)
TEXTS = {".py", ".md", ".toml", ".yml", ".css", ".js", ".html", ".j2", ".ipynb", ".txt", ".R"}
MOST_LINES, LONGEST = 1000, 60
#: Names that do not say what a variable holds.
VAGUE = {"found", "told", "known", "shown", "said"}


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def texts(package, *, tests):
    """List the files of text of an engine: those that are installed, or those that test it."""
    for path in sorted((ROOT / "packages" / package).rglob("*")):
        inside = "tests" in path.relative_to(ROOT / "packages" / package).parts
        if path.suffix in TEXTS and path != DECLARED and inside is tests:
            yield path


def words_of_the_study(text):
    """Give the lines that say a word of the study, with their numbers."""
    for number, line in enumerate(text.splitlines(), 1):
        if STUDY.search(NAMES.sub("", line)):
            yield number, line.strip()[:90]


def functions(source):
    """Give each function's name and its lines, without its docstring."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node, clean=False) is not None:
                size -= node.body[0].end_lineno - node.body[0].lineno + 1
            yield node.name, size


def differ_by_a_letter(one, other):
    """Whether one name is the other with a letter added, left out or changed."""
    short, long = sorted((one, other), key=len)
    if len(short) == len(long):
        return sum(a != b for a, b in zip(short, long, strict=True)) == 1
    return len(long) - len(short) == 1 and any(
        long[:i] + long[i + 1 :] == short for i in range(len(long))
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package):
    wrong = {
        f"{name_of(path)} imports {other}"
        for path in draw_imports.modules(package)
        for other in {*draw_imports.imported(path)} & {*PACKAGES} - {package}
        if other not in draw_imports.ALLOWED[package]
    }
    assert wrong == set()


def imported_modules(source, modules):
    """Give which of some modules a source imports when it runs, in functions too."""
    tree = ast.parse(source)
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    at_run_time = (node for node in ast.walk(tree) if id(node) not in for_types)
    for name in draw_imports.imported_names(at_run_time):
        yield from {name if name in modules else name.rpartition(".")[0]} & modules


def test_no_two_modules_import_each_other():
    names = {
        ".".join(path.relative_to(folder.parent).with_suffix("").parts).removesuffix(".__init__"):
        path for folder, _ in draw_imports.PACKAGES.values() for path in folder.rglob("*.py")
    }  # fmt: skip
    graph = {
        name: set(imported_modules(path.read_text(encoding="utf-8"), names.keys()))
        for name, path in names.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


@pytest.mark.parametrize("package", PACKAGES)
def test_the_examples_of_a_package_import_what_it_may(package):
    wrong = [
        f"{name_of(path)}: {line.strip()}"
        for path in draw_imports.modules(package)
        for line in path.read_text(encoding="utf-8").splitlines()
        if (found := re.match(r"\s*(?:>>>|\.\.\.) (?:from|import) (\w+)", line))
        and found[1] in {*PACKAGES} - {package} - draw_imports.ALLOWED[package]
    ]
    assert wrong == []


@pytest.mark.parametrize("tests", [False, True], ids=["installed", "tests"])
@pytest.mark.parametrize("package", ENGINES)
def test_an_engine_knows_no_word_of_the_study(package, tests):
    said = [
        f"{name_of(path)}:{number}: {line}"
        for path in texts(package, tests=tests)
        for number, line in words_of_the_study(path.read_text(encoding="utf-8"))
    ]
    assert said == []


@pytest.mark.parametrize("package", ENGINES)
def test_no_file_of_an_engine_is_named_after_the_study(package):
    assert [p for p in (ROOT / "packages" / package).rglob("*") if STUDY.search(p.name)] == []


def test_the_words_that_init_offers_are_declared_in_one_file():
    declared = yaml.safe_load(DECLARED.read_text(encoding="utf-8"))
    assert isinstance(declared, dict) and declared


def test_the_helper_can_be_read_in_an_evening():
    sizes = {name_of(path): lines_of_code(path) for path in draw_imports.modules("jdm_utils")}
    assert sum(sizes.values()) <= MOST_LINES, sizes


def test_every_name_of_the_flat_namespace_is_there_and_described():
    described = {
        entry.split()[-1]: line
        for names in jdm_utils.NAMES.values()
        for entry, line in names.items()
    }
    assert set(described) == set(jdm_utils.__all__) and len(described) <= 45
    for name, line in described.items():
        value = getattr(jdm_utils, name)
        assert line and "\n" not in line and f"{name:<24}{line}" in jdm_utils.__doc__
        for inner in getattr(value, "__all__", []):
            assert getattr(value, inner) is not None


@pytest.mark.parametrize("package", ENGINES)
def test_every_public_name_of_an_engine_is_there(package):
    engine = importlib.import_module(package)
    assert engine.__all__ and all(getattr(engine, name) is not None for name in engine.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = engine.nothing


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_function_is_long(path):
    sizes = functions(path.read_text(encoding="utf-8"))
    assert {name: size for name, size in sizes if size > LONGEST} == {}


def vague_names(source):
    """Yield the variables and arguments whose name does not say what they hold."""
    for node in ast.walk(ast.parse(source)):
        name = node.id if isinstance(node, ast.Name) else getattr(node, "arg", None)
        if name in VAGUE:
            yield name


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_variable_is_named_after_what_it_holds(path):
    assert list(vague_names(path.read_text(encoding="utf-8"))) == []


def test_no_two_modules_have_nearly_the_same_name():
    stems = sorted({path.stem for path in MODULES} - {"__init__", "__main__"})
    assert [pair for pair in combinations(stems, 2) if differ_by_a_letter(*pair)] == []


def test_the_picture_is_what_the_imports_give():
    drawn = draw_imports.PICTURE.read_text(encoding="utf-8")
    assert drawn == draw_imports.draw(), "run: python tools/draw_imports.py"


@pytest.mark.parametrize("page", ["pages/architecture.md", "CONTRIBUTING.md"])
def test_what_a_map_names_is_there(page):
    named = re.findall(r"`([^`\s]+)`", (ROOT / page).read_text(encoding="utf-8"))
    paths = {
        n for n in named if re.match(r"(data|jdm_utils|notebooks|packages|pages|tests|tools)/", n)
    }
    dotted = {n for n in named if re.fullmatch(rf"({'|'.join(PACKAGES)})(\.\w+)+", n)}
    assert paths
    assert [
        name for name in sorted(paths) if "NAME" not in name and not (ROOT / name).exists()
    ] == []
    assert [name for name in sorted(dotted) if not is_there(name)] == []


def is_there(dotted):
    """Whether a dotted name is a module, or a name in one."""
    try:
        importlib.import_module(dotted)
    except ModuleNotFoundError:
        module, _, name = dotted.rpartition(".")
        return hasattr(importlib.import_module(module), name)
    return True


class TestTheGuards:
    """What each guard has to see, so that it cannot pass for nothing."""

    def test_see_an_import_in_a_function_and_in_a_list_of_names(self, tmp_path):
        module = tmp_path / "a.py"
        module.write_text("def f():\n    from paperaudit.audit import x\nA = {'cohortbook.b': 1}\n")
        assert {*draw_imports.imported(module)} >= {"paperaudit", "cohortbook"}

    def test_see_an_import_in_a_function_and_leave_out_those_for_types(self):
        source = """
            if TYPE_CHECKING:
                from house import roof
            def f():
                from house.cellar import wine
            from house import door, nail
        """
        modules = {"house", "house.roof", "house.cellar", "house.door"}
        found = set(imported_modules(textwrap.dedent(source), modules))
        assert found == {"house", "house.cellar", "house.door"}

    def test_see_a_word_of_the_study_and_no_class_of_css(self):
        text = 'x = "No_Calcinosis"\ny = "jdm-table"\nz = "jdm_utils"\nos.environ["JDM_COHORT"]'
        assert [number for number, _ in words_of_the_study(text)] == [1, 3]

    def test_count_lines_and_functions_without_docstrings(self, tmp_path):
        source = (
            '"""A\nmodule."""\n\n# why\ndef f(\n    x,\n):\n    """It\n    is."""\n    return\n'
        )
        module = tmp_path / "a.py"
        module.write_text(source)
        assert lines_of_code(module) == 4
        assert list(functions(source)) == [("f", 4)]

    def test_see_a_vague_name_of_a_variable_an_argument_and_a_keyword(self):
        assert sorted(vague_names("found = f(known=1)\ndef g(told): ...\nx = y.shown")) == [
            "found",
            "known",
            "told",
        ]
        assert len(MODULES) > 200

    def test_see_names_that_differ_by_a_letter(self):
        pairs = [("table", "tables"), ("check", "chuck"), ("time", "timing"), ("a", "abc")]
        assert [differ_by_a_letter(*pair) for pair in pairs] == [True, True, False, False]
