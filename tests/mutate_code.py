"""Change the statistics and the audit in one place at a time: does a test fail?

Run as ``python tests/mutate_code.py [--count 150] [--seed 1] [--only smallstats/cox ...]``. A
change is one comparison, operator, constant, argument or result of ``smallstats``,
``paperaudit`` or what keeps patients of ``cohortbook`` from being told, drawn at random. Each is
put into the import of its module in a process of its own, so no file is touched, and judged by the
tests that matter: those of the module and its doctests first, then those of its package which name
a function that could have been changed by it (of ``cohortbook``: those that are named here).
Prints the share of changes that a test notices, and the changes that none does.
"""

import argparse
import ast
import copy
import importlib.machinery
import io
import multiprocessing
import os
import random
import re
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import pytest
import scipy.stats  # noqa: F401
import statsmodels.api  # noqa: F401  -- imported once, not in every process
from ortools.sat.python import cp_model  # noqa: F401

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("smallstats", "paperaudit", "cohortbook/report", "cohortbook/cohort")
PRIVATE = {  # modules of cohortbook, and the tests that are to notice a change by themselves
    "suppression": ("report/test_suppression.py", "report/test_table_one.py"),
    "table_one": ("report/test_table_one.py",),
    "gaps": ("report/test_gaps.py", "report/test_suppression.py"),
    "identifiers": ("cohort/test_identifiers.py",),
}
LIMIT = 120  # seconds of processor time that the tests of a change may take; one that hangs fails
WAIT = 3600  # seconds by the clock: on a busy machine a slow test has noticed nothing
OTHER: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
SLOW = {"test_benchmark.py", "test_second_cohort.py"}  # run for what they are about
# Goldens and the raw file are R's work; the other compares with processes that have no change.
LEFT_OUT = ("test_goldens.py", "test_the_raw_file_is_what_r_ships", "the_number_of_processes")


class Change(NamedTuple):
    """One change of one module: of which node, and the number of the way to change it."""

    module: Path
    node: int
    way: int


def changed(node: ast.AST) -> Iterator[ast.AST]:
    """Give every small change of one node."""
    if isinstance(node, ast.Compare | ast.BinOp | ast.BoolOp):
        field = "ops" if isinstance(node, ast.Compare) else "op"
        old = node.ops[0] if isinstance(node, ast.Compare) else node.op
        if type(old) in OTHER:
            other = copy.copy(node)
            new = OTHER[type(old)]()
            setattr(other, field, [new, *node.ops[1:]] if isinstance(node, ast.Compare) else new)
            yield other
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        value = node.value
        yield ast.Constant(not value if isinstance(value, bool) else value + 1)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield node.operand
    elif isinstance(node, ast.IfExp):
        yield node.orelse
        yield node.body
    elif isinstance(node, ast.Return) and ast.unparse(node) not in ("return", "return None"):
        yield ast.Return(None)
    elif isinstance(node, ast.Call):
        if node.keywords and node.keywords[-1].arg != "strict":  # lengths differ by a mistake only
            yield ast.Call(node.func, node.args, node.keywords[:-1])
        elif len(node.args) > 1:
            yield ast.Call(node.func, node.args[:-1], [])


def places(tree: ast.AST) -> list[tuple[ast.AST, str, int | None]]:
    """List where the nodes stand that do something: not in types, texts or what is raised."""
    found: list[tuple[ast.AST, str, int | None]] = []

    def walk(node: ast.AST) -> None:
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "type_params"):
                continue
            for number, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if getattr(child, "arg", "") == "strict":
                    continue
                if isinstance(child, ast.AST) and not isinstance(
                    child, ast.JoinedStr | ast.Raise | ast.Import | ast.ImportFrom
                ):
                    found.append((node, name, number))
                    walk(child)

    walk(tree)
    return found


def source_of(room: str) -> Path:
    package, _, inner = room.partition("/")
    return ROOT / "packages" / package / package / inner


def at(place: tuple[ast.AST, str, int | None]) -> ast.AST:
    node, name, number = place
    return getattr(node, name) if number is None else getattr(node, name)[number]


def changes_of(module: Path) -> list[Change]:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return [
        Change(module, number, way)
        for number, place in enumerate(places(tree))
        for way, _ in enumerate(changed(at(place)))
    ]


def apply(change: Change) -> tuple[ast.Module, str]:
    """Give the module with its change, and what was changed into what."""
    tree = ast.parse(change.module.read_text(encoding="utf-8"))
    node, name, number = place = places(tree)[change.node]
    old = at(place)
    new = ast.copy_location(list(changed(old))[change.way], old)
    if number is None:
        setattr(node, name, new)
    else:
        getattr(node, name)[number] = new
    line = getattr(old, "lineno", 0)
    where = f"{change.module.relative_to(ROOT).as_posix()}:{line}"
    before = " ".join(change.module.read_text(encoding="utf-8").splitlines()[line - 1].split())
    return ast.fix_missing_locations(tree), (
        f"{where}: {ast.unparse(old)}  ->  {ast.unparse(new)}\n      in  {before}"
    )


def tests_of(module: Path) -> list[list[Path]]:
    """Give a module's own tests, those of what imports it, and what else depends on it by name."""
    room, folder = module.parent, module.parents[1] / "tests"
    if room.parent.name == "cohortbook":
        folder = module.parents[2] / "tests"
        named = [folder / name for name in PRIVATE[module.stem]]
        return [[module, *named[:1]], named[1:]]
    sources = {path.stem: path.read_text(encoding="utf-8") for path in room.glob("[!_]*.py")}
    users = [module.stem]
    for user in users:  # which grows
        imported = re.compile(rf"^from {room.name}(\.{user} import| import .*\b{user}\b)", re.M)
        users += [name for name in sources if name not in users and imported.search(sources[name])]
    found = re.findall(r"^(?:def|class) (\w+)", "\n".join(sources[name] for name in users), re.M)
    names = re.compile(rf"\b({'|'.join(found)})\b")
    own, near = module.stem, {f"test_{name}.py" for name in users}
    others = [path for path in sorted(folder.glob("test_*.py")) if path.stem != f"test_{own}"]
    others = [path for path in others if path.name not in LEFT_OUT]
    return [
        [module, *folder.glob(f"test_{own}.py")],
        [path for path in others if path.name in near],
        [
            path
            for path in others
            if path.name not in near | SLOW and names.search(path.read_text())
        ],
    ]


def judge(change: Change | None, tests: list[Path]) -> None:
    """In a process of its own: import the changed module, run the tests, exit with their status."""
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
    tree = apply(change)[0] if change else None
    usual = importlib.machinery.SourceFileLoader.get_code

    def get_code(self, fullname):
        if change and Path(self.path) == change.module:
            return compile(tree, self.path, "exec", dont_inherit=True)
        return usual(self, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    options = ["-x", "-q", "-o", "addopts=", "--doctest-modules", "--import-mode=importlib"]
    options += ["-p", "no:cacheprovider", "-p", "no:nbval", "-p", "no:xdist"]
    options += ["--assert=plain"]  # else pytest itself reads the modules that it is given
    options += ["-k", " and ".join(f"not {name}" for name in LEFT_OUT[1:])]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        status = pytest.main([*options, *map(str, tests)])
    os._exit(int(status))


def noticed(change: Change | None, batches: list[list[Path]]) -> Iterator[bool | None]:
    """Yield None while the tests run, and last whether one failed."""
    for tests in filter(None, batches):
        process = multiprocessing.get_context("fork").Process(target=judge, args=(change, tests))
        process.start()
        end = time.monotonic() + WAIT
        while process.is_alive() and time.monotonic() < end:
            yield None
            process.join(0.02)
        if process.is_alive():
            process.kill()
        process.join()
        if process.exitcode not in (0, 5):  # 5: the module has no doctest and no tests
            if process.exitcode not in (1, 2, -9):  # failed, could not be imported, too slow
                raise RuntimeError(f"pytest gave up: {process.exitcode}")
            yield True
            return
    yield False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", nargs="*", default=[""], help="parts of paths: smallstats/cox")
    parser.add_argument("--trust", action="store_true", help="do not run the tests unchanged first")
    asked = parser.parse_args()
    modules = [
        path
        for room in ROOMS
        for path in sorted(source_of(room).glob("[!_]*.py"))
        if any(part in path.as_posix() for part in asked.only)
        and ("/" not in room or path.stem in PRIVATE)
    ]
    every = [change for module in modules for change in changes_of(module)]
    for room in () if asked.trust else ROOMS:
        tests = [path for module in modules if module.parent == source_of(room)
                 for batch in tests_of(module) for path in batch]  # fmt: skip
        if any(noticed(None, [sorted(set(tests))])):
            sys.exit(f"The tests of {room} fail without any change.")
    waiting = random.Random(asked.seed).sample(every, min(asked.count, len(every)))
    total, judged, missed, running = len(waiting), 0, 0, []
    while waiting or running:
        while waiting and len(running) < asked.jobs:
            change = waiting.pop()
            running.append((change, noticed(change, tests_of(change.module))))
        for change, steps in list(running):
            if (seen := next(steps)) is not None:
                running.remove((change, steps))
                judged, missed = judged + 1, missed + (not seen)
                print(f"{judged} of {total}", file=sys.stderr, flush=True)
                if not seen:
                    print(f"  not noticed: {apply(change)[1]}", flush=True)
    print(f"{total - missed} of {total} changes noticed ({100 * (total - missed) / total:.0f}%), "
          f"of {len(every)} possible ones")  # fmt: skip


if __name__ == "__main__":
    main()
