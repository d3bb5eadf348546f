import pandas as pd
import pytest

from smallstats import refuse_repeated


def test_one_row_a_patient_passes():
    refuse_repeated(pd.DataFrame({"id": [3, 1, 2]}), "id")
    refuse_repeated(pd.DataFrame({"x": [1, 1]}, index=["a", "b"]))


def test_repeated_patients_are_counted_and_not_named(data):
    frame = pd.DataFrame({"id": ["Ann", "Bea", "Ann", "Cy", "Bea", "Ann"]})
    with pytest.raises(ValueError, match=r"column 'id' has 2 values in more than one row") as error:
        refuse_repeated(frame, "id")
    assert "(one of them in 3)" in str(error.value) and "Ann" not in str(error.value)
    with pytest.raises(ValueError, match="the index has 1 value in more than one row"):
        refuse_repeated(pd.DataFrame({"x": [1, 2]}, index=[7, 7]))
    with pytest.raises(ValueError, match=r"'stratum' has 83 values.*method='exact' and strata"):
        refuse_repeated(data("infert"), "stratum")


def test_unknown_patients_are_refused():
    with pytest.raises(ValueError, match="column 'id' has no value in 2 of 3 rows"):
        refuse_repeated(pd.DataFrame({"id": [None, "a", None]}), "id")
    with pytest.raises(ValueError, match="there is no column 'who'"):
        refuse_repeated(pd.DataFrame({"id": [1]}), "who")
