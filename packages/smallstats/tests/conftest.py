from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings

GOLDEN = Path(__file__).parent / "golden"

settings.register_profile(
    "same every time", derandomize=True, deadline=None, max_examples=50, database=None
)
settings.load_profile("same every time")


@pytest.fixture(scope="session")
def golden():
    """Read a golden file made by the R script beside it."""
    return lambda name: pd.read_csv(GOLDEN / f"{name}.csv")


@pytest.fixture(scope="session")
def data():
    """Read a data set of R's packages; what R treats as a factor is categorical."""
    factors = {"birthwt": ["race"], "infert": ["education"], "mtcars": ["cyl"]}

    def read(name):
        frame = pd.read_csv(GOLDEN / f"data_{name}.csv")
        return frame.astype(dict.fromkeys(factors.get(name, []), "category"))

    return read
