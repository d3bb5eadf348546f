from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from cohortbook.cohort import Cohort, CohortError, Spec, load_cohort, read_spec


class Desk:
    """A folder with a specification and a table, and what comes of them."""

    def __init__(self, folder: Path) -> None:
        self.path, self.table = folder / "cohort.yml", folder / "forms.csv"

    def write(self, table: str, variables: Any, **sections: Any) -> None:
        spec = {"data": {"file": "forms.csv"} | sections.pop("data", {}), "variables": variables}
        spec |= {key: value for key, value in sections.items() if value is not None}
        self.path.write_text(yaml.safe_dump(spec, allow_unicode=True, sort_keys=False), "utf-8")
        self.table.write_text(table, "utf-8")

    def load(self, table: str, variables: Any, **sections: Any) -> Cohort:
        self.write(table, variables, **sections)
        return load_cohort(self.path)

    def column(self, table: str, variables: Any, name: str, **sections: Any) -> list[Any]:
        """Give the values of one variable, missing ones as None."""
        values = self.load(table, variables, **sections).frame[name]
        return [None if missing else v for v, missing in zip(values, values.isna(), strict=True)]

    def refusal(self, table: str, variables: Any, **sections: Any) -> CohortError:
        self.write(table, variables, **sections)
        with pytest.raises(CohortError) as caught:
            load_cohort(self.path)
        return caught.value

    def problems(self, table: str, variables: Any, **sections: Any) -> list[tuple[Any, ...]]:
        """Give (row, column, value, problem, allowed) of each problem."""
        found = self.refusal(table, variables, **sections).problems
        return [tuple(None if pd.isna(c) else c for c in r) for r in found.to_numpy()[:, 1:6]]

    def spec(self, text: str) -> Spec:
        self.path.write_text(text, "utf-8")
        return read_spec(self.path)

    def spec_problems(self, text: str) -> list[tuple[Any, ...]]:
        """Give (line, place, value, problem, allowed) of each problem of a specification."""
        with pytest.raises(CohortError) as caught:
            self.spec(text)
        assert set(caught.value.problems["file"]) == {"cohort.yml"}
        found = caught.value.problems.to_numpy()[:, 1:6]
        return [tuple(None if pd.isna(cell) else cell for cell in row) for row in found]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
