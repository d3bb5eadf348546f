"""The attacker with other cohorts: numbers of up to ten values, and derived findings.

Table 1 is by any of them, or by none; one finding may apply by another.
"""

import itertools

import numpy as np
import pandas as pd
import pytest

from cohortbook.cohort import load_cohort
from cohortbook.report import suppression, table_one
from tests.test_small_counts import GROUPS, LEAST, REST, SPEC, TURNED, YES, Cohort, told

SEEDS = (*range(6, 14), 42, 112, 136)
DERIVED = {
    "y": "{any: [g, h]}",
    "z": "{all: [g, h]}",
    "x": "{is: {c: w}}",
    "q": "{at_least: [k, 2]}",
    "m": "{count: [g, h]}",
    "t": "{not: g}",
}


class Related(Cohort):
    """An invented cohort of a number, two findings, and some that are derived from them."""

    def __init__(self, seed, folder):
        self.random, self.seed = np.random.default_rng(seed + 10**6), seed
        self.n = int(self.random.integers(40, 140))
        self.ill = self.random.random(self.n) < self.random.uniform(0.2, 0.5)
        shares = self.random.dirichlet([2, 2, 0.4])
        c = self.gaps(self.random.choice(["u", "v", "w"], self.n, p=shares), [0, 0.05, 0.12])
        most = int(self.random.choice([3, 6, 9]))
        k = self.gaps(self.number(most).astype(str), [0, 0.1])
        g, h = self.binary([0.06, 0.3, 0.6], 0.15), self.binary([0.1, 0.5])
        if self.random.random() < 0.4:  # h is nearly what g is
            rare = self.random.random(self.n) < 0.9
            h = np.where(g == "no", np.where(rare, "no", "yes"), h).astype(object)
        self.by_other = self.random.random() < 0.3
        if self.by_other:
            h = np.where(g == "no", "", h).astype(object)
        if self.random.random() < 0.3:
            h = np.where(g == "", "", h).astype(object)
        self.derived = [name for name in DERIVED if self.random.random() < 0.5]
        sides = [name for name in self.derived if name != "m"]
        self.by = str(self.random.choice(["", "c", "g", *sides]))
        self.groups = ["u", "v", "w"] if self.by == "c" else ["no", "yes"]
        names = [v for v in ["k", "c", "g", "h", *self.derived] if self.random.random() < 0.6]
        self.numbers = ("k", "m")
        self.levels = {
            "group": GROUPS,
            "c": ("u", "v", "w", "missing"),
            "k": (*map(str, range(most + 1)), "missing"),
            "g": YES,
            "h": (*YES, REST[1]) if self.by_other else YES,
        }
        columns = {"ill": np.where(self.ill, "yes", "no"), "c": c, "k": k, "g": g, "h": h}
        pd.DataFrame(columns).to_csv(folder / "d.csv", index=False)
        (folder / "cohort.yml").write_text(self.spec(names or ["k"]), encoding="utf-8")
        self.loaded = load_cohort(folder)
        self.cells = self.possible()
        self.levels |= {name: tuple(dict.fromkeys(self.cells[name])) for name in self.cells}

    def number(self, most):
        zero = self.random.choice([0, 0.5, 0.8])
        if self.random.random() < 0.6:
            draws = self.random.random(self.n), self.random.integers(0, most + 1, self.n)
            return np.where(draws[0] < zero, 0, draws[1])
        return self.random.poisson(self.random.choice([0.3, 1, 3]), self.n).clip(0, most)

    def spec(self, candidates):
        own = ["k: {kind: number, column: k}", "g: {kind: binary, column: g}"]
        own += ["h: {kind: binary, column: h" + ", only_if: g" * self.by_other + "}"]
        for name in self.derived:
            kind = "number" if name == "m" else "binary"
            own.append(f"{name}: {{kind: {kind}, derive: {DERIVED[name]}}}")
        groups = f", groups: {self.by}" if self.by else ""
        return SPEC.format(
            variables="\n".join(f"  {line}" for line in own),
            candidates=", ".join(candidates),
            groups=groups,
            least=LEAST,
        )

    def possible(self):
        cells = pd.DataFrame([*itertools.product(*self.levels.values())], columns=[*self.levels])
        if self.by_other:
            cells = cells[(cells["h"] == REST[1]) == (cells["g"] == "no")]
        g, h = cells["g"], cells["h"].replace(REST[1], "missing")
        k = pd.to_numeric(cells["k"], errors="coerce")
        yes, no = (g == "yes", h == "yes"), (g == "no", h == "no")
        gap = (g == "missing") | (h == "missing")
        follows = {
            "y": np.select([yes[0] | yes[1], no[0] & no[1]], ["yes", "no"], "missing"),
            "z": np.select([no[0] | no[1], yes[0] & yes[1]], ["no", "yes"], "missing"),
            "x": np.select([cells["c"] == "missing", cells["c"] == "w"], ["missing", "yes"], "no"),
            "q": np.select([k.isna(), k >= 2], ["missing", "yes"], "no"),
            "m": np.where(gap, "missing", (yes[0].astype(int) + yes[1]).astype(str)),
            "t": g.map(TURNED).to_numpy(),
        }
        return cells.assign(**{name: follows[name] for name in self.derived})

    def truth(self):
        found = super().truth()
        if self.by_other:
            found["h"] = np.where(found["g"] == "no", REST[1], found["h"])
        return found


def told_by(seed, tmp_path):
    (folder := tmp_path / str(seed)).mkdir()
    return told(Related(seed, folder))


@pytest.mark.slow
def test_related_findings_tell_no_small_count(tmp_path):
    results = {seed: told_by(seed, tmp_path) for seed in SEEDS}
    assert {seed: leaks for seed, (leaks, _) in results.items() if leaks} == {}
    assert sum(tried for _, tried in results.values()) > 100  # there was something to find


@pytest.mark.slow
def test_the_attacker_finds_numbers_that_are_not_protected(tmp_path, monkeypatch):
    for module in (suppression, table_one):
        monkeypatch.setattr(module, "is_sparse", lambda *_: False, raising=False)
    assert all(told_by(seed, tmp_path)[0] for seed in (8, 13))
