import pytest

from cohortbook.cohort import CohortError, document
from cohortbook.cohort.document import suggest

HEAD = "data: {file: forms.csv}\n"
GOOD = HEAD + "variables: {a: {kind: number}}\n"


def test_plain_values_stay_texts(desk):
    spec = desk.spec(
        HEAD + "title: 0012\n"
        "spellings: {yes: [on, 1], no: [off, 0, no]}\n"
        "variables: {a: {kind: binary, label: 1995-02-28}, b: {kind: number, label: yes}}\n"
    )
    assert spec.title == "0012"
    assert spec.spellings.yes == ("on", "1")
    assert spec.spellings.no == ("off", "0", "no")
    assert spec.variables["a"].label == "1995-02-28"
    assert spec.variables["b"].label == "yes"


@pytest.mark.parametrize(
    ("word", "value"),
    [("true", True), ("Yes", True), ("false", False), ("no", False), ("NO", False)],
)
def test_flags(desk, word, value):
    assert desk.spec(f"simulated: {word}\n" + GOOD).simulated is value
    text = HEAD + f"variables: {{a: {{kind: number, export: {word}}}}}\n"
    assert desk.spec(text).variables["a"].export is value


def test_a_text_is_a_list_of_one_and_a_list_is_levels_by_their_names(desk):
    spec = desk.spec(
        "data: {file: forms.csv, missing: NR, date_formats: '%d.%m.%Y'}\n"
        "variables:\n"
        "  a: {kind: category, levels: [mild, severe]}\n"
        "  b: {kind: ordinal, levels: {low: l, high: [h, hi]}}\n"
    )
    assert spec.data.missing == ("NR",)
    assert spec.data.date_formats == ("%d.%m.%Y",)
    assert spec.variables["a"].levels == {"mild": ("mild",), "severe": ("severe",)}
    assert spec.variables["b"].levels == {"low": ("l",), "high": ("h", "hi")}


def test_aliases_stand_for_what_they_name(desk):
    spec = desk.spec(
        HEAD + "variables:\n"
        "  a: {kind: ordinal, levels: &grades {low: [l], high: [h]}}\n"
        "  b: {kind: ordinal, levels: *grades}\n"
    )
    assert (
        spec.variables["a"].levels == spec.variables["b"].levels == {"low": ("l",), "high": ("h",)}
    )


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("data:\n\tfile: a.csv\n", 2, "a tab, where YAML needs spaces"),
        ("data: {file: a: b}\n", 1, "not YAML"),
        ("data: [1,\n", 2, "not YAML"),
        ("a: 1\nb: *nothing\n", 2, "not YAML: found undefined alias"),
        ("a: 1\n---\nb: 1\n", 2, "not YAML"),
        ("a: 1\nb: \x07\n", None, "control characters"),
        ("a: " + "[" * 2000 + "\n", 1, "nested too deeply"),
        ("a: &x [*x]\n", None, "too long, or aliases that multiply"),
        ("a: " + "x" * 1_000_000, None, "too large"),
    ],
)
def test_what_is_not_a_document_is_refused_in_one_line(desk, text, line, problem):
    ((row, place, value, told, _),) = desk.spec_problems(text)
    assert (row, place, value) == (line, "", "")
    assert problem in told


def test_a_document_of_the_largest_size_is_read(desk, monkeypatch):
    monkeypatch.setattr(document, "LARGEST", len(GOOD))
    assert desk.spec(GOOD).variables
    ((*_, problem, allowed),) = desk.spec_problems(GOOD + "\n")
    assert (problem, allowed) == ("too large", f"{len(GOOD)} bytes")


def test_nesting_is_bounded_exactly(desk):
    limit = document.DEEPEST
    (unknown, *_) = desk.spec_problems("x: " + "[" * (limit - 1) + "]" * (limit - 1) + "\n")
    assert unknown[3] == "unknown key"
    ((*_, problem, allowed),) = desk.spec_problems("x: " + "[" * limit + "]" * limit + "\n")
    assert (problem, allowed) == ("nested too deeply", f"{limit} levels")


def test_closed_brackets_do_not_count_as_nesting(desk):
    lists = ", ".join(["[a]"] * 50)
    assert desk.spec_problems(f"x: [{lists}]\n")[0][3] == "unknown key"


def test_an_alias_bomb_is_refused(desk):
    bomb = "a: &a [" + ", ".join(["x"] * 50) + "]\n"
    for last, this in zip("abcde", "bcdef", strict=True):
        bomb += f"{this}: &{this} [" + ", ".join([f"*{last}"] * 50) + "]\n"
    ((*_, problem, _),) = desk.spec_problems(bomb)
    assert problem == "too long, or aliases that multiply"


def test_an_absent_file_a_folder_and_another_encoding(desk, tmp_path):
    desk.path.write_bytes("data: 1\ntitle: não\n".encode("latin-1"))
    with pytest.raises(CohortError, match=r"cohort\.yml: not text in UTF-8 .*\n  row 2$"):
        document.Document(desk.path, secret="x")
    with pytest.raises(CohortError, match=r"none\.yml: cannot be read: No such file"):
        document.Document(tmp_path / "none.yml", secret="x")
    with pytest.raises(CohortError, match="cannot be read"):
        document.Document(tmp_path, secret="x")


def test_a_byte_order_mark_does_not_matter(desk):
    desk.path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert desk.spec("\ufeff" + GOOD).variables


def test_an_empty_document_lacks_everything(desk):
    for text in ("", "# nothing\n"):
        told = [problem for *_, problem, _ in desk.spec_problems(text)]
        assert told[:2] == ["data is missing", "variables is missing"]


def test_a_document_that_is_no_mapping(desk):
    for text in ("<html>", "[a, b]"):
        first = desk.spec_problems(text)[0]
        assert first[3:] == ("wrong type", "key: value")


@pytest.mark.parametrize(
    ("text", "line", "place", "value", "problem", "allowed"),
    [
        ("ttle: x\n", 3, "ttle", "ttle", "unknown key", "did you mean 'title'?"),
        ("title: [x]\n", 3, "title", "", "wrong type", "one text"),
        ("title: {x: y}\n", 3, "title", "", "wrong type", "one text"),
        ("simulated: maybe\n", 3, "simulated", "maybe", "wrong type", "true or false"),
        ("simulated: [yes]\n", 3, "simulated", "", "wrong type", "true or false"),
        ("id: Nr\n", 3, "id", "Nr", "wrong type", "key: value"),
        ("id: {}\n", 3, "id", "", "column is missing", ""),
        ("rules: {order: [a]}\n", 3, "rules", "", "wrong type", "a list"),
        ("rules: order\n", 3, "rules", "order", "wrong type", "a list"),
        ("rules:\n  - a\n", 4, "rules[0]", "a", "wrong type", "key: value"),
        ("rules:\n  - order: [[a], b]\n", 4, "rules[0].order[0]", "", "wrong type", "one text"),
        ("rules:\n  - {order: {a: b}}\n", 4, "rules[0].order", "", "wrong type", "a list"),
        ("spellings: {yes: {a: b}}\n", 3, "spellings.yes", "", "wrong type", "a list"),
        ("title: x\ntitle: y\n", 4, "title", "title", "duplicate key", "each key once"),
        ("? [a]\n: b\n", 3, "", "", "a key that is not text", "key: value"),
    ],
)
def test_wrong_keys_and_types_are_told_with_their_place(
    desk, text, line, place, value, problem, allowed
):
    first = desk.spec_problems(GOOD + text)[0]
    assert first[:3] == (line, place, value)
    assert first[3].startswith(problem)
    assert allowed in first[4]


def test_wrong_types_in_variables(desk):
    text = HEAD + (
        "variables:\n"
        "  a: [kind]\n"
        "  b: {kind: [number]}\n"
        "  c: {kind: category, levels: x}\n"
        "  d: {kind: category, levels: [x, [y]]}\n"
        "  e: {kind: category, levels: {x: {y: z}}}\n"
        "  f: {derive: a}\n"
        "  g: {derive: {is: a}}\n"
    )
    told = {(line, place, allowed) for line, place, _, _, allowed in desk.spec_problems(text)}
    assert {
        (3, "variables.a", "key: value"),
        (4, "variables.b.kind", "one text"),
        (5, "variables.c.levels", "key: value"),
        (6, "variables.d.levels", "key: value"),
        (7, "variables.e.levels.x", "a list"),
        (8, "variables.f.derive", "key: value"),
        (9, "variables.g.derive.is", "key: value"),
    } <= told


def test_all_mistakes_are_told_at_once(desk):
    text = (
        "data: {flie: a.csv}\ntitle: [x]\nvariables: {a: {kind: numbr}, b: {kind: date, unit: d}}\n"
    )
    places = [place for _, place, *_ in desk.spec_problems(text)]
    assert places == [
        "data.flie",
        "data",
        "title",
        "variables.a.kind",
        "variables.b.unit",
    ]


def test_values_in_corrections_are_never_shown(desk):
    text = GOOD + (
        "id: {column: Nr}\n"
        "corrections:\n"
        "  - {id: [CANARY1], column: CANARY2, from: {CANARY3: CANARY4}, to: x, CANARY5: y}\n"
        "  - CANARY6\n"
        "  - {id: x, id: CANARY7, column: a, from: x, to: y}\n"
    )
    with pytest.raises(CohortError) as caught:
        desk.spec(text)
    assert "CANARY" not in str(caught.value)
    assert (
        not caught.value.problems.astype(str)
        .apply(lambda c: c.str.contains("CANARY"))
        .any(axis=None)
    )
    places = set(caught.value.problems["column"])
    assert places == {"corrections[0]", "corrections[1]", "corrections[2]"}
    assert set(caught.value.problems["row"]) == {5, 6, 7}
    with pytest.raises(CohortError) as caught:
        desk.spec(GOOD + "corrections: {CANARY: x, CANARY: y}\n")
    assert "CANARY" not in str(caught.value)


def test_suggestions():
    assert suggest("kidn", ["kind", "label"]) == "kind, label; did you mean 'kind'?"
    assert suggest("zzz", ["kind", "label"]) == "kind, label"
    many = [f"v{i:02}" for i in range(21)]
    assert suggest("zzz", many[:20]) == ", ".join(many[:20])
    assert suggest("zzz", many) == ", ".join(many[:20]) + ", …"
    assert suggest("v19x", many).endswith("did you mean 'v19'?")
