"""What tells who a patient is, by a heading or by how the values look."""

from collections import Counter

import pytest

from cohortbook.cohort.identifiers import is_personal, list_values, named, personal, with_article

NAMES = ["Ana Souza", "Rui da Costa", "Li Wei", "O’Neil, Pat", "Eva Lund"]


@pytest.mark.parametrize(
    ("heading", "values", "kind"),
    [
        ("Nome do paciente", [], "name"),
        ("E-mail", [], "e-mail address"),
        ("Contact", ["ana@example.org", "rui@example.org", "", "", ""], "e-mail address"),
        ("Contact", ["ana@example.org", *["none"] * 9], ""),  # one in ten
        ("Call", ["+55 11 98877-6655", "(11) 4002-8922", "none", "none"], "phone number"),
        ("Kept", ["5511988", "5511989", "5511990"], "record number"),
        ("Kept", ["1234567", "1234568", "1234569", "1234567"], ""),  # repeats
        ("Kept", ["1234567", "12345678", "123456789"], ""),  # of any length
        ("Kept", ["123456", "123457", "123458"], ""),
        ("Kept", ["1234567", "12345678", "12345679"], "record number"),  # of two lengths
        ("Kept", ["1234567"], "record number"),
        ("Kept", ["123.456.789-01", "123.456.789-02"], "record number"),
        ("Kept", ["123-45-6789", "123-45-6780", "987-65-4321"], "phone number"),  # and no dates
        ("Income", ["1000-1999", "2000-2999"] * 5, ""),  # bands
        ("Income", ["1000-1999", "5000+"] * 5, ""),
        ("Call", ["3214-5678", "none"] * 5, "phone number"),
        ("Call", ["9214-5678", "8214-5670"] * 5, "phone number"),
        ("Call", ["1000-1999", "2000-2999", "3000-3999"], "phone number"),  # all different
        ("CK", [], ""),
        ("Who", NAMES, "name"),
        ("Who", [*NAMES[:3], "x", "y"], ""),  # three of five are not more than 0.6
        ("Who", [*NAMES[:4], "x"], "name"),
        ("Drug", ["Ana Souza", "Rui Costa"] * 5, ""),  # few different
        ("Row", ["1", "2", "3"], "record number"),
        ("Row", ["1", "2"], ""),
        ("Row", ["1", "3", "2"], ""),
        ("Row", ["2", "3", "4"], ""),
        ("Date of onset", ["2001-03-04", "2002-04-05"], ""),
        ("Born", ["2001-03-04", "2002-04-05"], "date of birth"),
        ("Day of being born", ["2001-03-04", "x"], ""),  # half
        ("Day of being born", ["2001-03-04", "2001-03-05", "x"], "date of birth"),
        ("Day of being born", ["2001", "2002"], ""),
        ("CK", ["31", "32"], ""),
        ("Patient no.", ["101", "102"], "record number"),
        ("Study number", ["7", "9"], "record number"),
        ("SUBJID", ["7", "9"], "record number"),
        ("PatID", ["7", "9"], "record number"),
        ("No. of joints", ["101", "102"], ""),
        ("Day", ["01/02/2003 10:30", "02/02/2003 11:00"], ""),
    ],
)
def test_columns(heading, values, kind):
    assert personal(heading, Counter(filter(None, values))) == kind


def test_a_word_in_a_heading_counts_where_values_tell_patients_apart():
    """Above 0.3 of the values are different."""
    many = Counter({f"a{i}": 1 for i in range(4)} | {"same": 6})
    few = Counter({f"a{i}": 1 for i in range(2)} | {"same": 8})
    assert (personal("Maiden name", many), personal("Maiden name", few)) == ("name", "")
    assert named("Maiden name") == "name" and named("CK") == ""


@pytest.mark.parametrize(
    ("text", "personally"),
    [
        *((name, True) for name in NAMES),
        ("123456", False),
        ("1234567", True),
        ("12.5", False),
        ("2001-03-04", False),
        ("2001-03-04 10:30", False),
        ("+55 11 98877-6655", True),
        ("a@b.org", True),
        ("mild", False),
        ("Mild", False),
    ],
)
def test_single_values(text, personally):
    assert is_personal(text) is personally


def test_a_comment_lists_five_values_and_none_that_is_personal():
    assert list_values(["a", "b"]) == "“a”, “b”" or list_values(["a", "b"]).count(",") == 1
    assert list_values(["Ana Souza", "a  b"]).endswith(", …") and "Ana" not in list_values(
        ["Ana Souza"]
    )
    assert "a b" in list_values(["a  b"]) and "…" not in list_values(list("abcde"))
    six = list_values(list("abcdef"))
    assert six.endswith(", …") and "f" not in six and "e" in six


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("e-mail address", "an e-mail address"),
        ("phone number", "a phone number"),
        ("identifier", "an identifier"),
    ],
)
def test_articles(kind, told):
    assert with_article(kind) == told
