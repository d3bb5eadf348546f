"""An attacker with the written tables alone: does a solver find a count that should be withheld?

For each seed a cohort with ``suppress_below: 5`` is invented, its CSV tables are taken as a reader
would, everything that they say becomes a linear constraint on the joint table of all variables, and
an integer programme looks for the least and the largest value of each count of 1 to 4. Where the
two are equal, the files tell it. Means and SDs are not used.
"""

import io
import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from cohortbook.cohort import load_cohort
from cohortbook.report import suppression
from cohortbook.report.cohort_book import cohort_tables

LEAST = 5
SEEDS = range(60)
GROUPS = ("with", "without")
LEVELS = {
    "a": ("yes", "no", "missing"),
    "b": ("yes", "no", "missing", "not applicable"),
    "c": ("u", "v", "w", "missing"),
    "o": ("1", "2", "3", "missing", "not applicable"),
    "d": ("yes", "no", "missing"),  # not a, so that its table tells of theirs
}
REST = ("missing", "not applicable")
SPEC = """\
data: {{file: d.csv}}
variables:
  ill: {{kind: binary, column: ill}}
  a: {{kind: binary, column: a}}
  b: {{kind: binary, column: b{b}}}
  c: {{kind: category, column: c, levels: [u, v, w]}}
  o: {{kind: ordinal, column: o, levels: ["1", "2", "3"]{o}}}
  d: {{kind: binary, derive: {{not: a}}}}
analysis: {{outcome: ill, candidates: [a, c]{groups}}}
suppress_below: {least}
"""


def invent(seed, folder):
    """Write a cohort: chains of ``only_if`` in two of three, Table 1 by a group in half."""
    random = np.random.default_rng(seed)
    n, chain = int(random.integers(40, 90)), seed % 3
    ill = random.random(n) < random.uniform(0.2, 0.5)

    def gaps(values, shares):
        return np.where(random.random(n) < random.choice(shares), "", values).astype(object)

    def binary(shares, link=0.0):
        share = np.clip(random.choice(shares) + link * ill, 0.01, 0.99)
        return gaps(np.where(random.random(n) < share, "yes", "no"), [0, 0.03, 0.1])

    a = binary([0.06, 0.2, 0.5, 0.9], 0.15)
    b = binary([0.1, 0.3, 0.6])
    c = gaps(random.choice(["u", "v", "w"], n, p=random.dirichlet([2, 2, 0.4])), [0, 0.05, 0.12])
    o = gaps(random.choice(["1", "2", "3"], n, p=random.dirichlet([2, 1, 1])), [0, 0.05])
    if chain:
        b = np.where(a == "no", "", b)
    if chain == 2:
        o = np.where((a == "no") | (b == "no"), "", o)
    frame = pd.DataFrame({"ill": np.where(ill, "yes", "no"), "a": a, "b": b, "c": c, "o": o})
    frame.to_csv(folder / "d.csv", index=False)
    (folder / "cohort.yml").write_text(
        SPEC.format(
            b=", only_if: a" * bool(chain),
            o=", only_if: b" * (chain == 2),
            groups=", groups: c" * (seed % 2),
            least=LEAST,
        ),
        encoding="utf-8",
    )
    return chain


def labels(frame, chain):
    """Give the level of each patient in each variable, as the joint table has them."""
    a, b, c, o, d = (frame[name] for name in "abcod")

    def binary(column):
        return np.where(column.isna(), "missing", np.where(column.fillna(False), "yes", "no"))

    found = {"a": binary(a), "b": binary(b), "d": binary(d)}
    found |= {k: v.astype(object).where(v.notna(), "missing").to_numpy(str)
              for k, v in (("c", c), ("o", o))}  # fmt: skip
    if chain:
        found["b"] = np.where(found["a"] == "no", "not applicable", found["b"])
    if chain == 2:
        other = (found["b"] == "no") | (found["b"] == "not applicable")
        found["o"] = np.where(other, "not applicable", found["o"])
    ill = frame["ill"].to_numpy(bool)
    return {"group": np.where(ill, *GROUPS)} | found


class Knowledge:
    """Linear constraints on the cells of the joint table."""

    def __init__(self, chain):
        names = [name for name in LEVELS if name != "d"]
        cells = itertools.product(GROUPS, *(LEVELS[name] for name in names))
        kept = [
            cell for cell in cells if self.possible(dict(zip(names, cell[1:], strict=True)), chain)
        ]
        table = np.array(kept)
        self.of = {"group": table[:, 0]} | {n: table[:, i + 1] for i, n in enumerate(names)}
        turned = {"yes": "no", "no": "yes", "missing": "missing"}
        self.of["d"] = np.array([turned[level] for level in self.of["a"]])
        self.rows, self.low, self.high = [], [], []

    @staticmethod
    def possible(cell, chain):
        b_applies = not chain or cell["a"] != "no"
        o_applies = chain != 2 or (b_applies and cell["b"] != "no")
        return (cell["b"] == "not applicable") != b_applies and (
            cell["o"] == "not applicable"
        ) != o_applies

    def who(self, **levels):
        """Which cells have one of these levels of each variable named."""
        return np.logical_and.reduce(
            [np.isin(self.of[name], list(wanted)) for name, wanted in levels.items()]
        )

    def say(self, who, text):
        """Take in what a file says of the sum of some cells."""
        if text.startswith("<"):
            low, high = 1, int(text[1:]) - 1
        elif text in ("", "*"):
            return
        else:
            low = high = int(float(text))
        self.rows.append(who.astype(float))
        self.low.append(low)
        self.high.append(high)

    def bound(self, who, sign):
        limits = LinearConstraint(np.array(self.rows), self.low, self.high)
        size = len(who)
        found = milp(sign * who.astype(float), constraints=limits, integrality=np.ones(size),
                     bounds=Bounds(0, np.inf))  # fmt: skip
        if found.status == 3:  # without a bound
            return np.inf
        assert found.x is not None, found.message
        return round(found.fun * sign)


def read(tables):
    """Read the tables as text, as they are written."""
    options = {"dtype": str, "keep_default_na": False, "encoding": "utf-8-sig"}
    return {n: pd.read_csv(io.BytesIO(table.to_csv()), **options) for n, table in tables.items()}


def known(name):
    return [level for level in LEVELS[name] if level not in REST]


def learn(tables, chain, n, ill):
    """Turn all that the tables say into constraints."""
    facts = Knowledge(chain)
    facts.say(facts.who(group=GROUPS), str(n))
    facts.say(facts.who(group=["with"]), str(ill))
    ends = {"": GROUPS} | {f"_{group}": [group] for group in GROUPS}
    for table in ("description", "comparison", "table_one"):
        for row in tables.get(table, pd.DataFrame()).to_dict("records"):
            if (name := row["variable"]) not in LEVELS:
                continue
            for end, group in ends.items():
                if f"n{end}" not in row:
                    continue
                level = row.get("level") or "yes"
                within = {"group": group}
                facts.say(facts.who(**{name: [level]}, **within), row[f"n{end}"])
                facts.say(facts.who(**{name: known(name)}, **within), row.get(f"total{end}", ""))
                facts.say(facts.who(**{name: ["missing"]}, **within), row.get(f"missing{end}", ""))
    for row in tables["missing"].to_dict("records"):
        if (name := row["variable"]) in LEVELS:
            facts.say(facts.who(**{name: ["missing"]}), row["missing"])
            applies = [level for level in LEVELS[name] if level != "not applicable"]
            facts.say(facts.who(**{name: applies}), row["n"])
    whole = {name: known(name) for name in "abcod" if chain == 0 or name in "acd"}
    if chain == 1:
        whole["o"] = known("o")
    together = tables["missing_together"].set_index("label")["n"]
    facts.say(facts.who(**whole), together["Nothing"])
    regression = tables.get("regression", pd.DataFrame())
    for model, rows in regression.groupby("model") if "term" in regression else ():
        names = [term.split("[")[0] for term in rows["term"]]
        sets = [[name] for name in names] if model == "Univariable" else [names] * len(rows)
        for used, row in zip(sets, rows.to_dict("records"), strict=True):
            complete = {name: known(name) for name in used}
            facts.say(facts.who(**complete), row["n"])
            facts.say(facts.who(**complete, group=["with"]), row["events"])
    return facts


def told(folder, seed):
    """Name the small counts that the tables tell: variable, level, groups, count."""
    chain = invent(seed, folder)
    cohort = load_cohort(folder)
    truth = labels(cohort.frame, chain)
    ill = int((truth["group"] == "with").sum())
    facts = learn(read(cohort_tables(cohort)), chain, len(cohort.frame), ill)
    found, tried = [], 0
    for name, group in itertools.product(LEVELS, (GROUPS, *([g] for g in GROUPS))):
        for level in LEVELS[name]:
            count = int(((truth[name] == level) & np.isin(truth["group"], group)).sum())
            if 0 < count < LEAST:
                tried += 1
                who = facts.who(**{name: [level]}, group=group)
                low, high = facts.bound(who, 1), facts.bound(who, -1)
                assert low <= count <= high, (name, level, group, low, count, high)
                if low == high:
                    found.append((name, level, *group, count))
    return found, tried


@pytest.mark.slow
@pytest.mark.parametrize("first", SEEDS[::10])
def test_the_tables_tell_no_small_count(first, tmp_path):
    leaks, tried = {}, 0
    for seed in range(first, first + 10):
        (folder := tmp_path / str(seed)).mkdir()
        found, targets = told(folder, seed)
        tried += targets
        if found:
            leaks[seed] = found
    assert leaks == {}
    assert tried > 50  # there was something to find


@pytest.mark.slow
def test_the_attacker_finds_what_is_not_protected(tmp_path, monkeypatch):
    monkeypatch.setattr(suppression, "relatives", lambda cohort, name: [name])
    for seed in range(12):
        (tmp_path / str(seed)).mkdir()
    assert any(told(tmp_path / str(seed), seed)[0] for seed in range(12))
