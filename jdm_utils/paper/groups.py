"""The groups that a ledger compares, and how many patients each of them has."""

from dataclasses import dataclass

import pandas as pd

ALL = "all"
OWN = ("built_in", "predicted")


@dataclass(frozen=True)
class Groups:
    """The patients of a study, as a ledger tells of them.

    Attributes
    ----------
    sizes
        Patients of each group that the ledger has a row ``patients`` for, ``all`` among them.
    compared
        The two groups that the study compares, in the order of the ledger; empty if the ledger
        does not have just two.
    """

    sizes: dict[str, int]
    compared: tuple[str, ...]

    @property
    def add_up(self) -> bool:
        """Whether the two groups are all patients."""
        both = sum(self.sizes[group] for group in self.compared)
        return bool(self.compared) and both == self.sizes.get(ALL, both)


def own_claims(claims: pd.DataFrame) -> pd.DataFrame:
    """Keep the study's own numbers: not those it cites, nor choices of its design."""
    return claims[claims["role"].isin(OWN)]


def read_groups(claims: pd.DataFrame) -> Groups:
    """Find the groups of a ledger.

    A size is the one printed most often, as a count of patients or as a denominator, so that a
    slip in one place does not move the others.

    Examples
    --------
    >>> from jdm_utils import load_claims
    >>> read_groups(load_claims())
    Groups(sizes={'all': 54, 'calcinosis': 23, 'no_calcinosis': 31},
           compared=('calcinosis', 'no_calcinosis'))
    """
    own = own_claims(claims)
    patients = own[(own["item"] == "patients") & (own["statistic"] == "n")]
    names = [str(group) for group in patients["group"].unique() if group]
    said = pd.concat(
        [
            patients[["group", "value"]],
            own[["group", "denominator"]].set_axis(["group", "value"], axis=1),
        ]
    ).dropna()
    sizes = {
        name: int(said.loc[said["group"] == name, "value"].value_counts().index[0])
        for name in names
    }
    compared = tuple(name for name in names if name != ALL)
    return Groups(sizes, compared if len(compared) == 2 else ())
