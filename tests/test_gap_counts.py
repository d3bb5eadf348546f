"""The attacker with what is missing together, and with findings that are nested in others.

A cohort has numbers of which some are candidates and some only compared, clusters with gaps, a
finding that applies by a union, two unions of the same findings, or a number of three values with
its limits. What the tables say is held against all pairs of them, and all of three findings.
"""

import itertools

import numpy as np
import pandas as pd
import pytest

from cohortbook.report import gaps, models
from tests.test_family_counts import GAP, Family, leaks_of, union
from tests.test_small_counts import REST, YES

FAMILIES = ("apart", "clusters", "nested", "twins", "doses")
SEEDS = range(20)


class Gaps(Family):
    """An invented cohort with gaps in several variables, or with findings nested in others."""

    families = FAMILIES
    first = 3 * 10**6

    def numbers_with_gaps(self, names, link):
        """Numbers of many values, of which few or many have gaps in several."""
        both = self.random.random(self.n) < self.random.choice([0.02, 0.05, 0.15])
        columns = {}
        for name in names:
            values = self.random.normal(50, 9, self.n).round(1).astype(str)
            column = self.gaps(values, [0.1, 0.2])
            columns[name] = np.where(both & (name in link), "", column)
        return columns

    def apart(self):
        """Two candidates, and a number that is only compared."""
        columns = self.numbers_with_gaps("klm", self.random.choice(["kl", "lm", "klm"]))
        rows = [(*row, GAP["missing" in row[:2]]) for row in itertools.product(GAP, repeat=3)]
        self.atoms = pd.DataFrame(rows, columns=[*"klm", "k or l"])
        self.more = "l], compare: [k, l, m"
        return columns, {name: f"kind: number, column: {name}" for name in "klm"}, [*self.atoms]

    def clusters(self):
        """Two candidates, and clusters that are not known of all."""
        columns = self.numbers_with_gaps(
            ["a", "b", "ward"], self.random.choice(["a", "b"]) + "ward"
        )
        wards = self.random.choice(["r", "s", "t"], self.n)
        columns["ward"] = np.where(columns["ward"] == "", "", wards)
        levels = ("r", "s", "t", "missing")
        rows = [
            (*row, GAP["missing" in row[::2]], GAP["missing" in row[1:]])
            for row in itertools.product(GAP, GAP, levels)
        ]
        self.atoms = pd.DataFrame(rows, columns=["a", "b", "ward", "a or ward", "b or ward"])
        self.more = "b], cluster: ward, compare: [a, b, ward"
        words = {name: f"kind: number, column: {name}" for name in "ab"}
        words["ward"] = "kind: category, column: ward, levels: [r, s, t]"
        return columns, words, [*self.atoms]

    def nested(self):
        """A finding that applies to those with any of two others, and its complement."""
        columns = {name: self.binary([0.15, 0.3, 0.5]) for name in "gh"}
        either = [union(row) for row in zip(*(np.where(c == "", "missing", c)
                                              for c in columns.values()), strict=True)]  # fmt: skip
        x = self.binary([0.1, 0.3, 0.5])
        columns["x"] = np.where(np.array(either) == "no", "", x)
        rows = []
        for g, h in itertools.product(YES, repeat=2):
            either = union((g, h))
            applied = [REST[1]] if either == "no" else YES
            rows += [(g, h, either, x, {"yes": "no", "no": "yes"}.get(x, "missing"))
                     for x in applied]  # fmt: skip
        self.atoms = pd.DataFrame(rows, columns=["g", "h", "u", "x", "y"])
        words = {name: f"kind: binary, column: {name}" for name in "gh"}
        words |= {"u": "derive: {any: [g, h]}", "x": "kind: binary, column: x, only_if: u"}
        words["y"] = "derive: {not: x}"
        return columns, words, ["g", "h", "u", "x"]

    def twins(self):
        """Two unions of the same findings, and what both have."""
        columns = {name: self.binary([0.15, 0.3, 0.6]) for name in "gh"}
        rows = [
            (*row, union(row), union(row), both(row)) for row in itertools.product(YES, repeat=2)
        ]
        self.atoms = pd.DataFrame(rows, columns=[*"gh", "one", "other", "all"])
        words = {name: f"kind: binary, column: {name}" for name in "gh"}
        words |= {"one": "derive: {any: [g, h]}", "other": "derive: {any: [h, g]}"}
        words["all"] = "derive: {all: [g, h]}"
        return columns, words, [*self.atoms]

    def doses(self):
        """A number of three values, and whether it is above each."""
        shares = self.random.dirichlet([3, 2, self.random.choice([0.2, 2])])
        k = self.gaps(self.random.choice(list("012"), self.n, p=shares), [0, 0.1])
        self.numbers = ("k",)
        rows = [("0", "no", "no"), ("1", "yes", "no"), ("2", "yes", "yes"), ("missing",) * 3]
        self.atoms = pd.DataFrame(rows, columns=["k", "some", "much"])
        words = {"k": "kind: number, column: k"}
        words |= {"some": "derive: {at_least: [k, 1]}", "much": "derive: {at_least: [k, 2]}"}
        return {"k": k}, words, [*self.atoms]

    def truth(self):
        levels = super().truth_of([name for name in self.levels if " or " not in name])
        for name in self.levels:
            if " or " in name:
                parts = [levels[part] == "missing" for part in name.split(" or ")]
                levels[name] = np.where(parts[0] | parts[1], "missing", "known")
        if "x" in levels:
            levels["x"] = np.where(levels["u"] == "no", REST[1], levels["x"])
        return levels


def both(row):
    return "no" if "no" in row else "missing" if "missing" in row else "yes"


@pytest.mark.slow
def test_gaps_and_nested_findings_tell_no_small_count(tmp_path):
    results = leaks_of(Gaps, SEEDS, tmp_path)
    assert {seed: leaks for seed, (leaks, _) in results.items() if leaks} == {}
    assert sum(tried for _, tried in results.values()) > 500  # there was something to find


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "rule", "unprotected", "seed"),
    [
        (models, "_left_out", lambda *_: "", 11),
        (gaps, "_tell_beside_models", lambda *_: False, 335),
    ],
)
def test_the_attacker_finds_gaps_that_are_not_protected(
    module, rule, unprotected, seed, tmp_path, monkeypatch
):
    (tmp_path / "open").mkdir()
    assert not leaks_of(Gaps, [seed], tmp_path)[seed][0]
    monkeypatch.setattr(module, rule, unprotected)
    assert leaks_of(Gaps, [seed], tmp_path / "open")[seed][0]
