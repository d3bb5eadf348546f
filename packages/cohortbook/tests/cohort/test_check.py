import pytest

from cohortbook.cohort import CohortError, read_spec

READ = """
data: {file: forms.csv}
id: {column: Nr}
variables:
  one: {kind: binary}
  two: {kind: binary}
  grade: {kind: ordinal, levels: [low, high]}
  stage: {kind: ordinal, levels: [i, ii]}
  type: {kind: category, levels: [a, b]}
  size: {kind: number, unit: cm, range: [0, 10]}
  weight: {kind: number}
  seen: {kind: date, range: ["1990-01-01", "1999-12-31"]}
  gone: {kind: date}
  drugs: {kind: list, items: [x, y]}
  secret: {kind: number, column: Name, identifier: true}
"""


def derived(text):
    return READ + f"  new: {{derive: {text}}}\n"


@pytest.mark.parametrize(
    ("text", "kind", "inputs"),
    [
        ("{any: [one, two]}", "binary", ("one", "two")),
        ("{all: [one, two]}", "binary", ("one", "two")),
        ("{count: [one, two]}", "number", ("one", "two")),
        ("{not: one}", "binary", ("one",)),
        ("{is: {grade: low}}", "binary", ("grade",)),
        ("{in: {type: [a, b]}}", "binary", ("type",)),
        ("{contains: {drugs: [x]}}", "binary", ("drugs",)),
        ("{above: [size, weight]}", "binary", ("size", "weight")),
        ("{above: [size, 6.5]}", "binary", ("size",)),
        ("{at_least: [seen, gone]}", "binary", ("seen", "gone")),
        ("{at_least: [size, -3]}", "binary", ("size",)),
        ("{lowest: [size, weight]}", "number", ("size", "weight")),
        ("{lowest: [grade]}", "ordinal", ("grade",)),
        ("{years: [seen, gone]}", "number", ("seen", "gone")),
        ("{months: [seen, gone]}", "number", ("seen", "gone")),
        ("{days: [seen, gone]}", "number", ("seen", "gone")),
    ],
)
def test_every_operator_gives_a_kind(desk, text, kind, inputs):
    new = desk.spec(derived(text)).variables["new"]
    assert (new.kind, new.derive.inputs, new.column) == (kind, inputs, "")
    assert new.levels == ({"low": ("low",), "high": ("high",)} if kind == "ordinal" else {})
    assert desk.spec(derived(text)[:-2] + f", kind: {kind}}}\n").variables["new"].kind == kind
    other = "date" if kind != "date" else "number"
    ((line, place, value, problem, allowed),) = desk.spec_problems(
        derived(text)[:-2] + f", kind: {other}}}\n"
    )
    assert (line, place, value) == (16, "variables.new.kind", other)
    assert (problem, allowed) == ("not the kind that is derived", kind)


@pytest.mark.parametrize(
    ("text", "place", "value", "problem", "allowed"),
    [
        ("{any: [one, tow]}", "any[1]", "tow", "no such variable", "did you mean 'two'?"),
        ("{any: [one, size]}", "any[1]", "size", "a variable of kind number", "binary"),
        ("{any: [one, one]}", "any", "", "duplicate variable", "each variable once"),
        ("{all: [grade]}", "all[0]", "grade", "a variable of kind ordinal", "binary"),
        ("{count: [seen]}", "count[0]", "seen", "a variable of kind date", "binary"),
        ("{not: [one, two]}", "not", "", "wrong number of operands", "1"),
        ("{not: drugs}", "not[0]", "drugs", "a variable of kind list", "binary"),
        ("{is: {grade: lo}}", "is.grade", "lo", "no such level", "did you mean 'low'?"),
        ("{is: {grade: []}}", "is.grade", "", "no level", "[level, …]"),
        ("{is: {one: yes}}", "is.one", "one", "a variable of kind binary", "category or ordinal"),
        ("{is: {gade: low}}", "is.gade", "gade", "no such variable", "did you mean 'grade'?"),
        ("{in: {grade: low, type: a}}", "in", "", "wrong number of operands", "1"),
        ("{contains: {drugs: [x, z]}}", "contains.drugs", "z", "no such level", "x, y"),
        ("{contains: {type: a}}", "contains.type", "type", "a variable of kind category", "list"),
        ("{above: [size]}", "above", "", "wrong number of operands", "2"),
        ("{above: [3, size]}", "above[0]", "3", "no such variable", ""),
        ("{above: [size, 3, 4]}", "above", "", "wrong number of operands", "2"),
        ("{above: [size, sise]}", "above[1]", "sise", "no such variable", "did you mean 'size'?"),
        ("{above: [seen, 3]}", "above", "", "operands of different kinds or levels", ""),
        ("{at_least: [seen, size]}", "at_least", "", "operands of different kinds or levels", ""),
        ("{at_least: [grade, 1]}", "at_least[0]", "grade", "a variable of kind ordinal", "number"),
        ("{lowest: [grade, stage]}", "lowest", "", "operands of different kinds or levels", ""),
        ("{lowest: [grade, size]}", "lowest", "", "operands of different kinds or levels", ""),
        ("{lowest: [type]}", "lowest[0]", "type", "a variable of kind category", "ordinal or"),
        (
            "{lowest: [secret, size]}",
            "lowest",
            "",
            "is computed from an identifier",
            "identifier: true",
        ),
        ("{years: [seen]}", "years", "", "wrong number of operands", "2"),
        ("{days: [seen, 3]}", "days[1]", "3", "no such variable", ""),
        ("{months: [seen, size]}", "months[1]", "size", "a variable of kind number", "date"),
        ("{any: [one], all: [two]}", "", "", "not one operator with its operands", "any, all, not"),
        ("{}", "", "", "not one operator with its operands", "contains, above, at_least"),
        ("{any: []}", "", "", "not one operator with its operands", "years, months, days"),
        ("{some: [one]}", "some", "some", "unknown key", "any, all, not, is, in"),
    ],
)
def test_every_wrong_derivation_is_told(desk, text, place, value, problem, allowed):
    place = f"variables.new.derive.{place}".rstrip(".")
    found = {told[1]: told for told in desk.spec_problems(derived(text))}
    assert found[place][:4] == (16, place, value, problem)
    assert allowed in found[place][4]


def test_a_derived_identifier_may_repeat_an_identifier(desk):
    text = READ + "  new: {derive: {lowest: [secret, size]}, identifier: true}\n"
    assert desk.spec(text).variables["new"].identifier


def test_variables_are_computed_after_what_they_depend_on(desk):
    spec = desk.spec(
        "data: {file: forms.csv}\n"
        "variables:\n"
        "  c: {derive: {not: b}, only_if: d}\n"
        "  b: {derive: {any: [a]}}\n"
        "  d: {derive: {not: b}}\n"
        "  a: {kind: binary}\n"
    )
    assert list(spec.variables) == ["c", "b", "d", "a"]
    assert spec.sequence == ("a", "b", "d", "c")


def test_circles_are_told_with_their_way(desk):
    told = desk.spec_problems(
        "data: {file: forms.csv}\n"
        "variables:\n"
        "  z: {derive: {not: a}}\n"
        "  a: {derive: {not: b}}\n"
        "  b: {derive: {any: [c, a]}}\n"
        "  c: {kind: binary, only_if: c}\n"
    )
    assert [(line, place, value, problem) for line, place, value, problem, _ in told] == [
        (6, "variables.c.only_if", "c", "a variable that depends on itself: c -> c"),
        (5, "variables.b.derive.any[1]", "a", "a variable that depends on itself: a -> b -> a"),
    ]


def test_a_long_chain_of_derivations_is_no_crash(desk):
    chain = "".join(f"  v{i}: {{derive: {{not: v{i + 1}}}}}\n" for i in range(3000))
    text = f"data: {{file: forms.csv}}\nvariables:\n{chain}  v3000: {{kind: binary}}\n"
    ((*_, problem, _),) = desk.spec_problems(text)
    assert problem == "derivations that depend on too many others"


@pytest.mark.parametrize(
    ("variable", "place", "value", "problem", "allowed"),
    [
        ("x: {}", "x.kind", "", "not a kind", "binary, category, ordinal, number, date, list"),
        ("x: {kind: ''}", "x.kind", "", "not a kind", "binary"),
        ("x: {kind: bnary}", "x.kind", "bnary", "not a kind", "did you mean 'binary'?"),
        (
            "x: {kind: binary, label: [a]}",
            "x.label",
            "",
            "wrong type",
            "one text",
        ),
        ("x: {kind: binary, lable: a}", "x.lable", "lable", "unknown key", "did you mean 'label'?"),
        ("x: {kind: binary, levels: [a]}", "x.levels", "levels", "not for kind binary", "category"),
        ("x: {kind: binary, items: [a]}", "x.items", "items", "not for kind binary", "list"),
        ("x: {kind: binary, unit: cm}", "x.unit", "unit", "not for kind binary", "number"),
        (
            "x: {kind: binary, range: [0, 1]}",
            "x.range",
            "range",
            "not for kind binary",
            "number or",
        ),
        ("x: {kind: number, yes: [a]}", "x.yes", "yes", "not for kind number", "binary"),
        ("x: {kind: number, no: [a]}", "x.no", "no", "not for kind number", "binary"),
        ("x: {kind: number, levels: [a]}", "x.levels", "levels", "not for kind number", "category"),
        (
            "x: {kind: number, separators: [a]}",
            "x.separators",
            "separators",
            "not for kind",
            "list",
        ),
        ("x: {kind: date, unit: d}", "x.unit", "unit", "not for kind date", "number"),
        ("x: {kind: category}", "x", "", "no level", "levels:"),
        ("x: {kind: ordinal, levels: []}", "x", "", "no level", "levels:"),
        ("x: {kind: list}", "x", "", "no level", "items:"),
        ("x: {kind: number, range: [1]}", "x.range", "", "not a range", "[lowest, highest]"),
        ("x: {kind: number, range: [1, 2, 3]}", "x.range", "", "not a range", ""),
        ("x: {kind: number, range: [2, 1]}", "x.range", "", "not a range", ""),
        ("x: {kind: number, range: [0, much]}", "x.range", "", "not a range", ""),
        ("x: {kind: number, range: [nan, 1]}", "x.range", "", "not a range", ""),
        ("x: {kind: date, range: [0, 1]}", "x.range", "", "not a range", "dates as 1987-01-31"),
        ("x: {kind: date, range: ['1990-01-02', '1990-01-01']}", "x.range", "", "not a range", ""),
        ("x: {kind: binary, only_if: one_}", "x.only_if", "one_", "no such variable", "'one'"),
        (
            "x: {kind: binary, only_if: size}",
            "x.only_if",
            "size",
            "a variable of kind number",
            "bi",
        ),
        ("x y: {kind: binary}", "x y", "x y", "not a name", "letters, digits and _"),
        ("1x: {kind: binary}", "1x", "1x", "not a name", "letters"),
        ("inf: {kind: binary}", "inf", "inf", "not a name", "letters"),
        ("patient: {kind: binary}", "patient", "patient", "not a name", "not patient"),
        ("x: {derive: {not: one}, column: a}", "x.column", "column", "not for a derived", ""),
        ("x: {derive: {not: one}, yes: [a]}", "x.yes", "yes", "not for a derived variable", ""),
        ("x: {derive: {not: one}, missing: [a]}", "x.missing", "missing", "not for a derived", ""),
        (
            "x: {derive: {lowest: grade}, levels: [a]}",
            "x.levels",
            "levels",
            "not for a derived",
            "",
        ),
        ("x: {derive: {not: one}, unit: cm}", "x.unit", "unit", "not for kind binary", "number"),
        ("x: {derive: {lowest: [size]}, range: [3, 2]}", "x.range", "", "not a range", ""),
        (
            "x: {kind: category, levels: {a: [p], b: [' P  ']}}",
            "x",
            " P  ",
            "a spelling with two",
            "one",
        ),
        (
            "x: {kind: category, levels: {a: [ção], b: [CAO]}}",
            "x",
            "CAO",
            "a spelling with two",
            "",
        ),
        (
            "x: {kind: category, levels: {a: [''], b: ['']}}",
            "x",
            "",
            "a spelling with two meanings",
            "missing",
        ),
        ("x: {kind: category, missing: 9, levels: {a: '9'}}", "x", "9", "a spelling with two", ""),
        ("x: {kind: binary, yes: [p], no: [P]}", "x", "P", "a spelling with two meanings", ""),
        ("x: {kind: list, items: {a: [p], b: [p]}}", "x", "p", "a spelling with two meanings", ""),
        ("x: {kind: list, items: {a: ['p+q']}}", "x.items", "p+q", "contains a separator", "other"),
        ("x: {kind: list, items: {a/b: [p]}}", "x.items", "a/b", "contains a separator", "other"),
        (
            "x: {kind: list, items: [a], separators: ['']}",
            "x.items",
            "a",
            "contains a separator",
            "",
        ),
        (
            "x: {kind: number, column: Nr}",
            "x",
            "",
            "its column is an identifier elsewhere",
            "ident",
        ),
        ("x: {kind: number, column: Name}", "x", "", "its column is an identifier elsewhere", ""),
    ],
)
def test_every_wrong_variable_is_told(desk, variable, place, value, problem, allowed):
    text = READ.replace("{column: Nr}", "{column: Nr, identifier: true}") + f"  {variable}\n"
    found = {told[1]: told for told in desk.spec_problems(text)}
    line, place, found_value, found_problem, found_allowed = found[f"variables.{place}"]
    assert (line, found_value) == (16, value)
    assert found_problem.startswith(problem)
    assert allowed in found_allowed


def test_what_a_variable_says_goes_before_what_all_say(desk):
    spec = desk.spec(
        "data: {file: forms.csv, missing: ['0', yes]}\n"
        "spellings: {yes: [s], no: [n]}\n"
        "variables: {a: {kind: binary, yes: [n]}, b: {kind: binary, missing: [s]}}\n"
    )
    assert set(spec.variables) == {"a", "b"}


@pytest.mark.parametrize(
    ("data", "place", "value", "problem"),
    [
        ("file: ../forms.csv", "file", "../forms.csv", "a path that leaves the folder"),
        ("file: a/../../forms.csv", "file", "a/../../forms.csv", "a path that leaves the folder"),
        ("file: /etc/passwd", "file", "/etc/passwd", "a path that leaves the folder"),
        (r"file: C:\forms.csv", "file", r"C:\forms.csv", "a path that leaves the folder"),
        (r"file: ..\forms.csv", "file", r"..\forms.csv", "a path that leaves the folder"),
        ('file: "a\\0"', "file", "a\0", "a path that leaves the folder"),
        ("file: ''", "file", "", "a path that leaves the folder"),
        ("file: link/forms.csv", "file", "link/forms.csv", "a path that leaves the folder"),
        ("{file: a.csv, analysis: ../b.csv}", "analysis", "../b.csv", "a path that leaves"),
        ("{file: a.csv, analysis: ./a.csv}", "analysis", "./a.csv", "a file that is read"),
        ("{file: a.csv, analysis: cohort.yml}", "analysis", "cohort.yml", "a file that is read"),
        ("file: cohort.yml", "file", "cohort.yml", "a file that is read"),
        ("file: analysis.csv", "analysis", "analysis.csv", "a file that is read"),
        ("{file: a.csv, delimiter: ''}", "delimiter", "", "not a delimiter"),
        ("{file: a.csv, delimiter: ;;}", "delimiter", ";;", "not a delimiter"),
        ("{file: a.csv, delimiter: '\"'}", "delimiter", '"', "not a delimiter"),
        ('{file: a.csv, delimiter: "\\n"}', "delimiter", "\n", "not a delimiter"),
        ("{file: a.csv, encoding: utf-9}", "encoding", "utf-9", "not an encoding"),
        ("{file: a.csv, encoding: hex}", "encoding", "hex", "not an encoding"),
        ('{file: a.csv, encoding: "\\0"}', "encoding", "\0", "not an encoding"),
        ("{file: a.csv, decimal: comma}", "decimal", "comma", "not a decimal mark"),
        ("{file: a.csv, date_formats: []}", "date_formats[0]", "", "not a date format"),
        (
            "{file: a.csv, date_formats: dd/mm/yyyy}",
            "date_formats[0]",
            "dd/mm/yyyy",
            "not a date f",
        ),
        ("{file: a.csv, date_formats: ['%Y-%m-%d', '%d/%m']}", "date_formats[1]", "%d/%m", "not a"),
        ("{file: a.csv, date_formats: '%m'}", "date_formats[0]", "%m", "not a date format"),
        ("{file: a.csv, date_formats: '%d/%d/%Y'}", "date_formats[0]", "%d/%d/%Y", "not a date f"),
        (
            "{file: a.csv, date_formats: '%d/%m/%Y %Z'}",
            "date_formats[0]",
            "%d/%m/%Y %Z",
            "not a da",
        ),
        ("{file: a.csv, date_formats: '%d/%m/%Q'}", "date_formats[0]", "%d/%m/%Q", "not a date f"),
    ],
)
def test_every_wrong_way_to_write_data_is_told(desk, data, place, value, problem):
    (desk.path.parent / "link").symlink_to("/tmp")
    data = data if data.startswith("{") else f"{{{data}}}"
    ((line, found_place, found_value, found_problem, allowed),) = desk.spec_problems(
        f"data: {data}\nvariables: {{a: {{kind: number}}}}\n"
    )
    assert (line, found_place, found_value) == (1, f"data.{place}", value)
    assert found_problem.startswith(problem)
    assert allowed


@pytest.mark.parametrize(
    "form", ["%d/%m/%Y", "%d.%m.%y", "%Y%m%d", "%d-%b-%Y", "%d %B %Y", "%Y-%m-%d %H:%M:%S"]
)
def test_date_formats(desk, form):
    text = f"data: {{file: a.csv, date_formats: '{form}'}}\nvariables: {{a: {{kind: date}}}}\n"
    assert desk.spec(text).data.date_formats == (form,)


@pytest.mark.parametrize("file", ["forms.csv", "./raw/forms.csv", r"raw\forms.csv"])
def test_paths_inside_the_folder(desk, file):
    spec = desk.spec(f"data: {{file: '{file}'}}\nvariables: {{a: {{kind: number}}}}\n")
    assert spec.inside(file).is_relative_to(desk.path.parent)
    assert spec.inside(file).name == "forms.csv"


@pytest.mark.parametrize(
    ("section", "place", "value", "problem", "allowed"),
    [
        (
            "spellings: {yes: [p], no: [P]}",
            "spellings",
            "P",
            "a spelling with two meanings",
            "one level",
        ),
        ("duplicates: {latest: sen}", "duplicates.latest", "sen", "no such variable", "'seen'"),
        ("duplicates: {latest: size}", "duplicates.latest", "size", "a variable of kind", "date"),
        ("rules: [{order: [seen]}]", "rules[0].order", "", "not an order", "two or more"),
        ("rules: [{order: [seen, size]}]", "rules[0].order", "", "not an order", "two or more"),
        ("rules: [{order: [seen, gne]}]", "rules[0].order[1]", "gne", "no such variable", "'gone'"),
        ("rules: [{order: [seen, one]}]", "rules[0].order[1]", "one", "a variable of kind", "date"),
        ("rules: [{order: [seen, seen]}]", "rules[0].order", "", "duplicate variable", "once"),
        ("rules: [{odrer: []}]", "rules[0].odrer", "odrer", "unknown key", "'order'"),
        ("eligibility: [{label: a}]", "eligibility[0]", "", "not one condition", "require:"),
        (
            "eligibility: [{label: a, require: one, complete: [two]}]",
            *("eligibility[0]", "", "not one condition", "complete:"),
        ),
        ("eligibility: [{require: one}]", "eligibility[0]", "", "label is missing", ""),
        (
            "eligibility: [{label: a, require: size}]",
            *("eligibility[0].require", "size", "a variable of kind number", "binary"),
        ),
        (
            "eligibility: [{label: a, complete: [one, tow]}]",
            *("eligibility[0].complete[1]", "tow", "no such variable", "'two'"),
        ),
        ("analysis: {outcome: oen}", "analysis.outcome", "oen", "no such variable", "'one'"),
        ("analysis: {outcome: size}", "analysis.outcome", "size", "a variable of kind", "binary"),
        (
            "analysis: {describe: [seen]}",
            "analysis.describe[0]",
            "seen",
            "a variable of",
            "ordinal",
        ),
        (
            "analysis: {describe: [drugs]}",
            "analysis.describe[0]",
            "drugs",
            "a variable of",
            "number",
        ),
        ("analysis: {describe: [secret]}", "analysis.describe", "secret", "an identifier", "other"),
        (
            "analysis: {outcome: one, compare: [two, one]}",
            *("analysis.compare", "one", "the outcome", "other variables"),
        ),
        (
            "analysis: {outcome: one, candidates: [one]}",
            *("analysis.candidates", "one", "the outcome", "other variables"),
        ),
        (
            "corrections: [{column: Nr, from: a, to: b}]",
            "corrections[0]",
            "",
            "names no row",
            "id:",
        ),
        (
            "corrections: [{column: wieght, id: a, from: a, to: b}]",
            *("corrections[0]", "", "not a column that is read", "did you mean 'weight'?"),
        ),
    ],
)
def test_every_wrong_section_is_told(desk, section, place, value, problem, allowed):
    found = {told[1]: told for told in desk.spec_problems(READ + section + "\n")}
    line, _, found_value, found_problem, found_allowed = found[place]
    assert (line, found_value) == (16, value)
    assert found_problem.startswith(problem)
    assert allowed in found_allowed


def test_an_outcome_that_is_an_identifier(desk):
    text = READ + "  y: {kind: binary, identifier: true}\nanalysis: {outcome: y}\n"
    ((_, place, value, problem, _),) = desk.spec_problems(text)
    assert (place, value, problem) == ("analysis.outcome", "y", "an identifier")


def test_without_an_id_there_are_no_duplicates_and_no_corrections_by_id(desk):
    text = READ.replace("id: {column: Nr}\n", "")
    text += "duplicates: {latest: seen}\ncorrections:\n"
    text += "  - {id: a, column: one, from: x, to: y}\n  - {row: 3, column: one, from: x, to: y}\n"
    text += "  - {id: a, row: 3, column: one, from: x, to: y}\n"
    assert [(place, problem) for _, place, _, problem, _ in desk.spec_problems(text)] == [
        ("duplicates", "needs id: without it no row is a duplicate"),
        ("corrections[0]", "names no row and no id"),
        ("corrections[2]", "names no row and no id"),
    ]


def test_no_variable(desk):
    ((line, place, *_, problem, _),) = desk.spec_problems("data: {file: a.csv}\nvariables: {}\n")
    assert (line, place, problem) == (2, "variables", "no variable")


def test_what_is_not_said_has_defaults(desk):
    spec = desk.spec(READ + "analysis: {outcome: one}\n")
    one, seen = spec.variables["one"], spec.variables["seen"]
    assert (one.name, one.label, one.column, one.export) == ("one", "One", "one", True)
    assert (
        desk.spec(READ.replace("  gone", "  gone_away")).variables["gone_away"].label == "Gone away"
    )
    assert (seen.bounds[0].year, seen.bounds[1].year) == (1990, 1999)
    assert spec.variables["size"].bounds == (0, 10)
    assert spec.variables["weight"].bounds is None
    assert spec.data.analysis == "analysis.csv"
    every = ("one", "two", "grade", "stage", "type", "size", "weight")
    assert spec.analysis.describe == every
    assert spec.analysis.compare == every[1:]
    assert spec.analysis.candidates == ()
    assert spec.columns == ("Nr", *every, "seen", "gone", "drugs", "Name")
    assert spec.hidden == {"Name"}
    assert (spec.title, spec.simulated) == ("", False)


def test_what_is_said_of_the_analysis_stands(desk):
    asked = "analysis: {outcome: one, describe: [one], compare: [size], candidates: [two]}\n"
    analysis = desk.spec(READ + asked).analysis
    assert (analysis.describe, analysis.compare) == (("one",), ("size",))
    assert analysis.candidates == ("two",)


def test_variables_that_are_not_exported_are_not_analysed_by_default(desk):
    text = READ.replace("size: {", "size: {export: false, ")
    assert "size" not in desk.spec(text).analysis.describe


def test_headings_are_trimmed(desk):
    spec = desk.spec("data: {file: a.csv}\nvariables: {a: {kind: number, column: ' A '}}\n")
    assert spec.columns == ("A",)


def test_a_specification_is_not_shown_with_its_corrections(desk):
    text = READ + "corrections: [{id: CANARY, column: one, from: x, to: y}]\n"
    spec = desk.spec(text)
    assert spec.corrections[0].id == "CANARY"
    assert "CANARY" not in repr(spec)
    assert str(desk.path.parent) not in repr(spec)


def test_the_file_is_named_without_its_folder(desk, tmp_path):
    with pytest.raises(CohortError) as caught:
        read_spec(tmp_path / "none.yml")
    assert str(tmp_path) not in str(caught.value)
