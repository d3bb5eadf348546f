import numpy as np
import pandas as pd
import pytest

from jdm_utils.stats import adjust_p


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
