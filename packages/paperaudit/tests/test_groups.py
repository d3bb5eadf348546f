"""The sizes of the groups, where what a paper prints of them does not agree."""

import pandas as pd
import pytest

from paperaudit.groups import read_groups


@pytest.mark.parametrize(
    ("sums", "others", "patients"),
    [(2, 0, 22), (2, 1, 22), (1, 0, 25), (2, 2, 25), (0, 3, 25)],
)
def test_the_groups_are_all_patients_if_the_counts_of_most_items_say_so(sums, others, patients):
    """10 and 12 patients of "25": two items at least, and most, count all as the groups."""
    counts = {"patients": (25, 10, 12)}
    counts |= {f"sum_{i}": (7, 3, 4) for i in range(sums)}
    counts |= {f"other_{i}": (9, 3, 4) for i in range(others)}
    claims = pd.DataFrame(
        [(item, group, "n", float(n), "built_in", None)
         for item, printed in counts.items()
         for group, n in zip(("all", "a", "b"), printed, strict=True)],
        columns=["item", "group", "statistic", "value", "role", "denominator"],
    )  # fmt: skip
    found = read_groups(claims)
    assert found.sizes == {"all": patients, "a": 10, "b": 12}
    assert found.compared == ("a", "b")
    assert found.add_up == (patients == 22)
