from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from smallstats import adjust_p, chance_of_any, chances, compare_frame


@pytest.mark.parametrize("method", ["holm", "bh"])
def test_adjusted_p_agree_with_r(golden, method):
    r = golden("adjusted_p")
    named = r.p.set_axis([f"v{i}" for i in r.index])
    found = adjust_p(named, method=method)
    np.testing.assert_allclose(found, r[method], rtol=1e-12)
    assert found.name == "p" and found.index.equals(named.index)
    assert named.tolist()[0] == 0.02  # nothing is written into what is given


def test_nothing_known_and_nothing_at_all():
    assert adjust_p(pd.Series([np.nan])).isna().all()
    assert adjust_p(pd.Series([], dtype=float)).empty
    assert adjust_p(pd.Series([0.5, None], dtype="Float64")).tolist()[0] == 0.5


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match=r"method='bonferroni' is .*; p has -0.1, .*; p has 1.2"):
        adjust_p(pd.Series([-0.1, 1.2]), method="bonferroni")


def test_a_list_is_a_family_too():
    assert adjust_p([0.1, 0.2]).tolist() == [0.2, 0.2]
    assert adjust_p([0.01, None, 0.03], method="bh").tolist()[::2] == [0.02, 0.03]
    assert adjust_p([]).empty


def deal(frame, test):
    """How often a test has p of at most 5% when the outcome is dealt out among the patients."""
    n, ill, exposed = len(frame), int(frame["ill"].sum()), frame["x"].to_numpy()
    dealt = [exposed[list(who)].sum() for who in combinations(range(n), ill)]
    low = {a: scipy_p(a, ill, exposed.sum() - a, n - ill, test) <= 0.05 for a in set(dealt)}
    return np.mean([low[a] for a in dealt])


def scipy_p(a, n1, b, n0, test):
    table = [[a, n1 - a], [b, n0 - b]]
    if test == "fisher":
        return stats.fisher_exact(table).pvalue
    kind = "log-likelihood" if test == "likelihood_ratio" else "pearson"
    return stats.chi2_contingency(table, correction=test == "yates", lambda_=kind).pvalue


@pytest.mark.parametrize(("ill", "exposed"), [(4, 3), (5, 5), (6, 2), (3, 9)])
@pytest.mark.parametrize("test", ["pearson", "yates", "fisher", "likelihood_ratio"])
def test_the_chance_of_a_table_is_that_of_dealing_out_the_outcome(ill, exposed, test):
    frame = pd.DataFrame({"ill": np.arange(11) < ill, "x": np.arange(11) % 11 < exposed})
    compared = compare_frame(frame, "ill", ["x"], test=test)
    assert chance_of_any(compared) == pytest.approx(deal(frame, test), abs=1e-12)
    assert chances(compared)["test"].tolist() == compared["test"].tolist()


def rows(*counts, test="Fisher exact"):
    columns = ["n_with", "total_with", "n_without", "total_without"]
    frame = pd.DataFrame(counts, columns=columns)
    return frame.assign(variable=[f"v{i}" for i in frame.index], test=test, p=0.5)


def test_a_question_asked_twice_is_one():
    """Its complement is, in the groups of the same sizes; the same counts again are not."""
    one, other = (7, 23, 1, 31), (11, 23, 4, 31)
    both = chances(rows(one, other, (16, 23, 30, 31)))
    assert both["variable"].tolist() == ["v0", "v1"]
    expected = 1 - (1 - both["chance"]).prod()
    assert chance_of_any(rows(one, other, (16, 23, 30, 31))) == pytest.approx(expected)
    assert len(chances(rows(one, one))) == 2
    assert len(chances(rows(one, (16, 23, 29, 30)))) == 2
    assert len(chances(rows((5, 10, 4, 8), (5, 10, 4, 8)))) == 1  # half of each: its own


def test_levels_are_one_question_and_means_have_the_level_of_their_test():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"ill": [True, False] * 20, "age": rng.normal(size=40)})
    frame["stage"] = pd.Categorical(list("abcd") * 10, categories=list("abcd"))
    frame["never"] = False
    compared = compare_frame(frame, "ill", ["stage", "age", "never"], test="pearson")
    assert len(compared) == 6
    found = chances(compared, alpha=0.1)
    assert found["variable"].tolist() == ["stage", "age"]
    assert found["chance"].tolist() == [0.1, 0.1]
    assert chance_of_any(compared, alpha=0.1) == pytest.approx(0.19)
    assert chance_of_any(compared.query("variable == 'never'")) == 0


def test_withheld_rows_do_not_count():
    withheld = rows((7, 23, 1, 31), (11, 23, 4, 31)).assign(p=[0.01, np.nan])
    withheld = withheld.convert_dtypes()
    withheld.loc[1, ["n_with", "n_without"]] = pd.NA
    assert chances(withheld)["variable"].tolist() == ["v0"]
    with pytest.raises(ValueError, match=r"alpha=1 is not between 0 and 1"):
        chance_of_any(withheld, alpha=1)
