"""An attacker with the written tables alone: does a solver find a count that should be withheld?

For each seed a cohort with ``suppress_below: 5`` is invented, its CSV tables are taken as a reader
would, everything that they say becomes a linear constraint on the joint table of all variables, and
an integer programme looks for the least and the largest value of each count of 1 to 4. Where the
two are equal, the files tell it. Half of the cohorts have findings that apply by each other, half a
number of few values with its bands and a count of findings; of these numbers the means, SDs and
quartiles are used, too.
"""

import io
import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from cohortbook.cohort import load_cohort
from cohortbook.report import suppression, table_one
from cohortbook.report.cohort_book import cohort_tables

LEAST = 5
SEEDS = range(60)
GROUPS = ("with", "without")
REST = ("missing", "not applicable")
QUARTILES = {"q1": 0.25, "median": 0.5, "q3": 0.75}
YES = ("yes", "no", "missing")
UNITED = ("yes", "missing", "no")  # the first of them that one of two findings has
TURNED = {"yes": "no", "no": "yes", "missing": "missing"}
SPEC = """\
data: {{file: d.csv}}
variables:
  ill: {{kind: binary, column: ill}}
  c: {{kind: category, column: c, levels: [u, v, w]}}
{variables}
analysis: {{outcome: ill, candidates: [{candidates}]{groups}}}
suppress_below: {least}
"""
CHAIN = """\
  a: {{kind: binary, column: a}}
  b: {{kind: binary, column: b{b}}}
  o: {{kind: ordinal, column: o, levels: ["1", "2", "3"]{o}}}
  d: {{kind: binary, derive: {{not: a}}}}"""
UNION = """
  u: {kind: binary, derive: {any: [d, b]}}"""
COUNTED = """\
  k: {kind: number, column: k}
  g: {kind: binary, column: g}
  h: {kind: binary, column: h}
"""
DERIVED = {  # of which a cohort has some
    "e": """  e: {kind: ordinal, derive: {bands: {k: ["1", "3"]}}}""",
    "m": "  m: {kind: number, derive: {count: [g, h]}}",
    "s": "  s: {kind: number, derive: {sum: [k, m]}}",
}


class Cohort:
    """An invented cohort: its columns, and the cells of the joint table that a patient can be in.

    With an odd seed it has a number of few values (``k``), and what follows from it and from two
    findings; with an even one findings of which, in two of three, one applies by another. Half
    have a Table 1 by the groups of ``c``.
    """

    def __init__(self, seed, folder):
        self.random, self.seed = np.random.default_rng(seed), seed
        self.n, self.kind = int(self.random.integers(40, 90)), seed // 2 % 3
        self.ill = self.random.random(self.n) < self.random.uniform(0.2, 0.5)
        letters = self.random.choice(["u", "v", "w"], self.n, p=self.random.dirichlet([2, 2, 0.4]))
        columns = {"ill": np.where(self.ill, "yes", "no"), "c": self.gaps(letters, [0, 0.05, 0.12])}
        self.by, self.groups = "c" if seed % 4 > 1 else "", ["u", "v", "w"]
        self.levels = {"group": GROUPS, "c": ("u", "v", "w", "missing")}
        self.numbers = ()
        own, words, candidates = (self.counted if seed % 2 else self.chained)()
        pd.DataFrame(columns | own).to_csv(folder / "d.csv", index=False)
        groups = ", groups: c" if self.by else ""
        text = SPEC.format(variables=words, candidates=candidates, groups=groups, least=LEAST)
        (folder / "cohort.yml").write_text(text, encoding="utf-8")
        self.loaded = load_cohort(folder)
        self.cells = self.possible()
        self.levels |= {name: tuple(dict.fromkeys(self.cells[name])) for name in self.cells}

    def gaps(self, values, shares):
        missing = self.random.random(self.n) < self.random.choice(shares)
        return np.where(missing, "", values).astype(object)

    def binary(self, shares, link=0.0):
        share = np.clip(self.random.choice(shares) + link * self.ill, 0.01, 0.99)
        values = np.where(self.random.random(self.n) < share, "yes", "no")
        return self.gaps(values, [0, 0.03, 0.1])

    def chained(self):
        a = self.binary([0.06, 0.2, 0.5, 0.9], 0.15)
        b = self.binary([0.1, 0.3, 0.6])
        shares = self.random.dirichlet([2, 1, 1])
        o = self.gaps(self.random.choice(["1", "2", "3"], self.n, p=shares), [0, 0.05])
        if self.kind:
            b = np.where(a == "no", "", b)
        if self.kind == 2:
            o = np.where((a == "no") | (b == "no"), "", o)
        self.levels |= {"a": YES, "b": (*YES, REST[1]), "o": ("1", "2", "3", *REST)}
        words = CHAIN.format(b=", only_if: a" * bool(self.kind), o=", only_if: b" * (self.kind > 1))
        words += UNION * (not self.kind)
        return {"a": a, "b": b, "o": o}, words, "a, c"

    def counted(self):
        numbers = self.random.poisson(self.random.choice([0.05, 0.3, 1, 2]), self.n).clip(0, 4)
        k = self.gaps(numbers.astype(str), [0, 0.1])
        g, h = self.binary([0.06, 0.3, 0.6], 0.15), self.binary([0.1, 0.5])
        self.derived = [["e"], ["m"], ["e", "m", "s"]][self.kind]
        self.levels |= {"k": ("0", "1", "2", "3", "4", "missing"), "g": YES, "h": YES}
        self.numbers = ("k", "m", "s")
        words = COUNTED + "\n".join(DERIVED[name] for name in self.derived)
        return {"k": k, "g": g, "h": h}, words, ", ".join(["k", "c", "g", *self.derived[:2]])

    def possible(self):
        """List the cells by variable: those that the spec allows, and what follows from them."""
        cells = pd.DataFrame([*itertools.product(*self.levels.values())], columns=[*self.levels])
        if "a" in cells:
            applies = (cells["a"] != "no") | (not self.kind)
            cells = cells[(cells["b"] == REST[1]) != applies]
            applies = (cells["a"] != "no") & ~cells["b"].isin(["no", REST[1]]) | (self.kind < 2)
            cells = cells[(cells["o"] == REST[1]) != applies]
            cells = cells.assign(d=cells["a"].map(TURNED))
            either = cells[["d", "b"]].to_numpy()
            union = [next(level for level in UNITED if level in row) for row in either]
            return cells if self.kind else cells.assign(u=union)
        k = pd.to_numeric(cells["k"], errors="coerce")
        yes = [(cells[name] == "yes").where(cells[name] != "missing") for name in "gh"]
        m = (yes[0] + yes[1]).astype(float)
        whole = {"m": m, "s": k + m}
        for name in self.derived:
            if name == "e":
                bands = self.loaded.frame["e"].cat.categories.astype(str).to_numpy()
                labels = bands[np.searchsorted([1, 3], k.fillna(0), side="right")]
            else:
                labels = whole[name].map("{:.0f}".format).to_numpy()
            known = k.notna() if name == "e" else whole[name].notna()
            cells = cells.assign(**{name: np.where(known, labels, "missing")})
        return cells

    def truth(self):
        """Give the level of each patient in each variable, as the cells have them."""
        frame, found = self.loaded.frame, {"group": np.where(self.ill, *GROUPS)}
        for name in self.levels:
            if name != "group":
                column = frame[name]
                text = column.astype(object).where(column.notna(), "missing")
                if name in self.numbers:
                    text = text.map(lambda v: v if v == "missing" else f"{float(v):.0f}")
                found[name] = np.array([{True: "yes", False: "no"}.get(v, v) for v in text], str)
        if "a" in found and self.kind:
            found["b"] = np.where(found["a"] == "no", REST[1], found["b"])
        if "a" in found and self.kind == 2:
            other = np.isin(found["b"], ["no", REST[1]])
            found["o"] = np.where(other, REST[1], found["o"])
        return found


class Knowledge:
    """Linear constraints on the cells of the joint table."""

    def __init__(self, cohort):
        self.cohort = cohort
        self.of = {name: cohort.cells[name].to_numpy(str) for name in cohort.cells}
        self.rows, self.low, self.high = [], [], []

    def known(self, name):
        return [level for level in self.cohort.levels[name] if level not in REST]

    def who(self, **levels):
        """Which cells have one of these levels of each variable named."""
        every = [np.isin(self.of[name], list(wanted)) for name, wanted in levels.items()]
        return np.logical_and.reduce([np.ones(len(self.of["c"]), dtype=bool), *every])

    def limit(self, weights, low, high):
        """Take in that a weighted sum of the cells is between two values."""
        self.rows.append(weights.astype(float))
        self.low.append(low)
        self.high.append(high)

    def say(self, who, text):
        """Take in what a file says of the sum of some cells."""
        if text.startswith("<"):
            self.limit(who, 1, int(text[1:]) - 1)
        elif text not in ("", "*"):
            self.limit(who, int(float(text)), int(float(text)))

    def counted(self, table, ends):
        """Take in the counts, and the means of numbers, of a table of variables by groups."""
        for row in table.to_dict("records"):
            name = row["variable"]
            for end, within in ends.items() if name in self.of else ():
                if f"n{end}" not in row:
                    continue
                number = name in self.cohort.numbers
                if not number or row["kind"] == "binary":
                    level = row.get("level") or ("1" if number else "yes")
                    self.say(self.who(**{name: [level]}, **within), row[f"n{end}"])
                self.say(self.who(**{name: self.known(name)}, **within), row[f"total{end}"])
                self.say(self.who(**{name: ["missing"]}, **within), row[f"missing{end}"])
                if number and row[f"total{end}"].isdigit():
                    self.measured(name, row, end, within)

    def measured(self, name, row, end, within):
        """Take in what mean, SD and quartiles, as rounded, say of whole values."""
        n = int(row[f"total{end}"])
        value = np.array([int(of) if of.isdigit() else 0 for of in self.of[name]])
        inside = self.who(**{name: self.known(name)}, **within)
        (mean, m), (sd, s) = (written(row[f"{column}{end}"]) for column in ("mean", "sd"))
        if mean is not None:
            self.limit(value * inside, n * (mean - m), n * (mean + m))
        if mean is not None and sd is not None:
            squares = [(n - 1) * max(0, sd + side * s) ** 2 + n * max(0, mean + side * m) ** 2
                       for side in (-1, 1)]  # fmt: skip
            self.limit(value**2 * inside, *squares)
        for column, share in QUARTILES.items():
            at, half = written(row[f"{column}{end}"])
            if at is not None:  # between two values in order, of which it is a mean
                self.limit(inside & (value <= at + half), int(share * (n - 1)) + 1, np.inf)
                self.limit(inside & (value >= at - half), n - np.ceil(share * (n - 1)), np.inf)

    def bound(self, who, sign):
        """Find the least count of some cells, or with -1 the largest."""
        limits = LinearConstraint(np.array(self.rows), self.low, self.high)
        found = milp(sign * who.astype(float), constraints=limits, integrality=np.ones(len(who)),
                     bounds=Bounds(0, np.inf))  # fmt: skip
        if found.status == 3:  # without a bound
            return np.inf
        assert found.x is not None, found.message
        return round(found.fun * sign)


def written(text):
    """Give a number and half a unit of its last digit."""
    if not text:
        return None, None
    return float(text), 0.5 * 10.0 ** -len(text.partition(".")[2]) + 1e-9


def read(tables):
    """Read the tables as text, as they are written."""
    options = {"dtype": str, "keep_default_na": False, "encoding": "utf-8-sig"}
    return {n: pd.read_csv(io.BytesIO(table.to_csv()), **options) for n, table in tables.items()}


def learn(cohort, tables, truth):
    """Turn all that the tables say into constraints."""
    facts = Knowledge(cohort)
    facts.say(facts.who(), str(cohort.n))
    facts.say(facts.who(group=["with"]), str(cohort.ill.sum()))
    ends = {"": {}} | {f"_{group}": {"group": [group]} for group in GROUPS}
    for table in ("description", "comparison"):
        facts.counted(tables.get(table, pd.DataFrame()), ends)
    by, table_1 = cohort.by, tables.get("table_one", pd.DataFrame())
    levels = [level for level in cohort.groups if level in truth[by]] if by else []
    if f"n_{len(levels)}" in table_1:
        by_group = {f"_{i + 1}": {by: [level]} for i, level in enumerate(levels)}
        facts.counted(table_1, by_group | {"_all": {by: levels}})
    for row in tables.get("risks", pd.DataFrame()).to_dict("records"):
        if (name := row["variable"]) in facts.of:
            usual = [["1"], ["0"]] if name in cohort.numbers else [["yes"], ["no"]]
            one, against, other = row["level"].partition(" against ")
            rest = [level for level in cohort.levels[name] if level not in (one, *REST)]
            sides = [[one], [other] if against else rest] if one else usual
            for levels, n, total in zip(sides, ("a", "b"), ("n1", "n0"), strict=True):
                facts.say(facts.who(**{name: levels, "group": ["with"]}), row[n])
                facts.say(facts.who(**{name: levels}), row[total])
    for row in tables["missing"].to_dict("records"):
        if (name := row["variable"]) in facts.of:
            facts.say(facts.who(**{name: ["missing"]}), row["missing"])
            applies = [level for level in cohort.levels[name] if level != REST[1]]
            facts.say(facts.who(**{name: applies}), row["n"])
    spec = cohort.loaded.spec.variables
    everybody = [name for name in spec if name in facts.of and not spec[name].only_if]
    together = tables["missing_together"].set_index("label")["n"]
    facts.say(facts.who(**{name: facts.known(name) for name in everybody}), together["Nothing"])
    regression = tables.get("regression", pd.DataFrame())
    cluster = [name for name in (cohort.loaded.spec.analysis.cluster,) if name in facts.of]
    for model, rows in regression.groupby("model") if "term" in regression else ():
        names = [term.split("[")[0] for term in rows["term"]]
        sets = [[name] for name in names] if model == "Univariable" else [names] * len(rows)
        for used, row in zip(sets, rows.to_dict("records"), strict=True):
            complete = {name: facts.known(name) for name in (*used, *cluster)}
            facts.say(facts.who(**complete), row["n"])
            facts.say(facts.who(**complete, group=["with"]), row["events"])
    return facts


def told(cohort):
    """Name the small counts that the tables tell: variable, level, groups, count."""
    truth = cohort.truth()
    facts = learn(cohort, read(cohort_tables(cohort.loaded)), truth)
    cells = [{name: [level]} for name, levels in cohort.levels.items() for level in levels]
    if "u" in truth:
        cells += [{"d": [one], "b": [other]} for one, other in itertools.product(YES, YES)]
    return told_of(cohort, facts, truth, cells)


def told_of(cohort, facts, truth, cells):
    """Name which small counts of cells, of all patients and of each group, are known exactly."""
    sides = [{}, *({"group": [group]} for group in GROUPS)]
    sides += [{cohort.by: [level]} for level in cohort.groups] if cohort.by else []
    leaks, tried = [], 0
    for cell, side in itertools.product(cells, sides):
        if not cell.keys() & {"group", *side}:
            asked = cell | side
            count = int(np.logical_and.reduce(
                [np.isin(truth[of], wanted) for of, wanted in asked.items()]).sum())  # fmt: skip
            if 0 < count < LEAST:
                tried += 1
                who = facts.who(**asked)
                low, high = facts.bound(who, 1), facts.bound(who, -1)
                assert low <= count <= high, (cohort.seed, asked, low, count, high)
                if low == high:
                    leaks.append((asked, count))
    return leaks, tried


@pytest.mark.slow
@pytest.mark.parametrize("first", [*SEEDS[::10], 240])
def test_the_tables_tell_no_small_count(first, tmp_path):
    leaks, tried = {}, 0
    for seed in range(first, first + 10):
        (folder := tmp_path / str(seed)).mkdir()
        found, targets = told(Cohort(seed, folder))
        tried += targets
        if found:
            leaks[seed] = found
    assert leaks == {}
    assert tried > 50  # there was something to find


ALONE = {"relatives": lambda cohort, name: [name]}
APART = {"tells_together": lambda cohort, name, groups: False}  # each protects much of the other's


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rules", "seeds"),
    [
        (APART | ALONE, (0, 6, 12)),
        ({"is_sparse": lambda column, groups, least: False}, (1, 15, 19, 21)),
        (APART, (240,)),
    ],
)
def test_the_attacker_finds_what_is_not_protected(rules, seeds, tmp_path, monkeypatch):
    assert any(told_without(rules, seeds, tmp_path, monkeypatch))


@pytest.mark.slow
def test_relatives_protect_also_where_few_with_both_are_not_looked_for(tmp_path, monkeypatch):
    assert not any(told_without(APART, (0, 6, 12), tmp_path, monkeypatch))


def told_without(rules, seeds, tmp_path, monkeypatch):
    for module, (rule, unprotected) in itertools.product((suppression, table_one), rules.items()):
        monkeypatch.setattr(module, rule, unprotected, raising=False)
    folders = [tmp_path / str(seed) for seed in seeds]
    for folder in folders:
        folder.mkdir()
    return [told(Cohort(int(folder.name), folder))[0] for folder in folders]
