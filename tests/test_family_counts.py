"""The attacker with variables of one source: what is between two of them is a count, too.

A cohort has two limits of a number with its bands, two sets of levels of a variable that is in no
table, unions of two and of three findings, two numbers with what they make up, or two readings of a
column. What the tables say of each is held against all pairs of them.
"""

import itertools

import numpy as np
import pandas as pd
import pytest

from cohortbook.cohort import load_cohort
from cohortbook.report import suppression
from cohortbook.report.cohort_book import cohort_tables
from tests.test_small_counts import GROUPS, LEAST, SPEC, YES, Cohort, learn, read, told_of

FAMILIES = ("limits", "sets", "unions", "made", "readings")
GAP = ("known", "missing")
SEEDS = (*range(10), 10, 16, 18, 21, 29, 32, 38)
"""Half of these cohorts told such a count before pairs of variables were looked at."""


class Family(Cohort):
    """An invented cohort with a family of variables that tell of each other."""

    families, first, more = FAMILIES, 2 * 10**6, ""

    def __init__(self, seed, folder):
        self.random, self.seed = np.random.default_rng(seed + self.first), seed
        self.n = int(self.random.integers(60, 160))
        self.ill = self.random.random(self.n) < self.random.uniform(0.3, 0.5)
        letters = self.random.choice(["u", "v", "w"], self.n, p=[0.4, 0.35, 0.25]).astype(object)
        self.by, self.groups = "c" if seed % 3 == 0 else "", ["u", "v", "w"]
        self.numbers = ()
        columns, words, self.own = getattr(self, self.families[seed % len(self.families)])()
        rows = 1 + ("id" in columns)
        columns |= {
            "ill": np.tile(np.where(self.ill, "yes", "no"), rows),
            "c": np.tile(letters, rows),
        }
        pd.DataFrame(columns).to_csv(folder / "d.csv", index=False)
        lines = "\n".join(f"  {name}: {{{text}}}" for name, text in words.items())
        candidates = next(name for name in self.own if name in words)
        candidates += f", {self.more}" * bool(self.more)
        groups = ", groups: c" if self.by else ""
        text = SPEC.format(variables=lines, candidates=candidates, groups=groups, least=LEAST)
        text += "id: {column: id}\none_row: last\n" * (rows > 1)
        (folder / "cohort.yml").write_text(text, encoding="utf-8")
        self.loaded = load_cohort(folder)
        levels = itertools.product(GROUPS, ("u", "v", "w"), self.atoms.itertuples(index=False))
        rows = [(group, letter, *atom) for group, letter, atom in levels]
        self.cells = pd.DataFrame(rows, columns=["group", "c", *self.atoms])
        self.levels = {name: tuple(dict.fromkeys(self.cells[name])) for name in self.cells}

    def limits(self):
        """Two limits of a number, of which few or more patients may be between."""
        first, width = int(self.random.integers(20, 60)), int(self.random.integers(1, 25))
        k = self.gaps(self.random.integers(0, 100, self.n).astype(str), [0, 0.1])
        ends = [first, first + width]
        inside = [tuple("yes" if i > j else "no" for j in range(2)) for i in range(3)]
        self.atoms = pd.DataFrame(
            [("known", *row) for row in inside] + [("missing",) * 3], columns=["k", "lo", "hi"]
        )
        words = {"k": "kind: number, column: k"}
        words |= {f"{name}": f"derive: {{at_least: [k, {end}]}}"
                  for name, end in zip(("lo", "hi"), ends, strict=True)}  # fmt: skip
        return {"k": k}, words, ["lo", "hi"]

    def sets(self):
        """Sets of levels, one of them rare, of a variable that is in no table."""
        rare = self.random.uniform(0, 0.06)
        shares = [0.3, 0.4 - rare, 0.3, rare]
        s = self.gaps(self.random.choice(list("1234"), self.n, p=shares), [0, 0.1])
        sets = {"p": "12", "q": self.random.choice(["124", "123", "14"]), "r": "1"}
        rows = [tuple("yes" if level in of else "no" for of in sets.values()) for level in "1234"]
        self.atoms = pd.DataFrame([*rows, ("missing",) * 3], columns=[*sets]).drop_duplicates()
        words = {"s": 'kind: category, column: s, export: no, levels: ["1", "2", "3", "4"]'}
        for name, of in sets.items():
            words[name] = f"derive: {{in: {{s: [{', '.join(repr(x) for x in of)}]}}}}"
        return {"s": s}, words, [*sets]

    def unions(self):
        """Any of two and of three findings."""
        columns = {name: self.binary([0.15, 0.3, 0.5]) for name in "gh"}
        columns["i"] = self.binary([0.06, 0.1, 0.3])
        rows = [(*row, union(row[:2]), union(row)) for row in itertools.product(YES, repeat=3)]
        self.atoms = pd.DataFrame(rows, columns=[*"ghi", "two", "three"])
        words = {name: f"kind: binary, column: {name}" for name in "ghi"}
        words |= {"two": "derive: {any: [g, h]}", "three": "derive: {any: [g, h, i]}"}
        return columns, words, ["g", "h", "i", "two", "three"]

    def made(self):
        """Two numbers of many values, each with gaps, and their difference."""
        values = self.random.normal(50, 9, (2, self.n)).round(1).astype(str)
        link = self.random.random(self.n) < self.random.choice([0.02, 0.05, 0.12])
        columns = {name: self.gaps(column, [0.08, 0.15, 0.25])
                   for name, column in zip("kl", values, strict=True)}  # fmt: skip
        columns = {name: np.where(link, "", column) for name, column in columns.items()}
        rows = [(*row, GAP["missing" in row]) for row in itertools.product(GAP, repeat=2)]
        self.atoms = pd.DataFrame(rows, columns=["k", "l", "m"])
        words = {name: f"kind: number, column: {name}" for name in "kl"}
        return columns, words | {"m": "derive: {difference: [k, l]}"}, ["k", "l", "m"]

    def readings(self):
        """Two readings of a column: in the last row of each patient, and in any of the two."""
        last = self.random.random(self.n) < 0.3
        first = np.where(
            self.random.random(self.n) < self.random.choice([0.05, 0.1, 0.2]), True, last
        )
        e = np.where(np.concatenate([first, last]), "yes", "no")
        self.atoms = pd.DataFrame([("yes", "yes"), ("no", "yes"), ("no", "no")], columns=["e", "f"])
        words = {name: "kind: binary, column: e" for name in "ef"}
        words["f"] += ", row: any"
        return {"e": e, "id": np.tile(np.arange(self.n), 2)}, words, ["e", "f"]

    def truth(self):
        return self.truth_of(self.levels)

    def truth_of(self, names):
        frame, levels = self.loaded.frame, {"group": np.where(self.ill, *GROUPS)}
        for name in names:
            if name != "group":
                column = frame[name]
                if set(self.levels[name]) <= set(GAP):
                    levels[name] = np.where(column.isna(), "missing", "known")
                    continue
                text = column.astype(object).where(column.notna(), "missing")
                levels[name] = np.array([{True: "yes", False: "no"}.get(v, v) for v in text], str)
        return levels


def union(row):
    return "yes" if "yes" in row else "missing" if "missing" in row else "no"


def told_between(cohort):
    """Name the small counts of two of a family together that the tables tell."""
    truth = cohort.truth()
    facts = learn(cohort, read(cohort_tables(cohort.loaded)), truth)
    cells = [{name: [level]} for name in cohort.own for level in cohort.levels[name]]
    cells += [
        {one: [a], other: [b]}
        for one, other in itertools.combinations(cohort.own, 2)
        for a, b in itertools.product(cohort.levels[one], cohort.levels[other])
    ]
    return told_of(cohort, facts, truth, cells)


def leaks_of(kind, seeds, folder):
    """Attack a cohort of a kind for each seed."""
    results = {}
    for seed in seeds:
        (own := folder / str(seed)).mkdir()
        results[seed] = told_between(kind(seed, own))
    return results


@pytest.mark.slow
def test_a_family_of_variables_tells_no_small_count(tmp_path):
    results = leaks_of(Family, SEEDS, tmp_path)
    assert {seed: leaks for seed, (leaks, _) in results.items() if leaks} == {}
    assert sum(tried for _, tried in results.values()) > 100  # there was something to find


@pytest.mark.slow
def test_the_attacker_finds_pairs_that_are_not_protected(tmp_path, monkeypatch):
    monkeypatch.setattr(suppression, "_beside", lambda *_: ())
    results = leaks_of(Family, SEEDS, tmp_path)
    assert {FAMILIES[seed % len(FAMILIES)] for seed, (leaks, _) in results.items() if leaks} == {
        *FAMILIES
    }
