"""What helps a reader to find and to follow: search, previews, pages of code, light pages."""

import ast
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.core import publish_doctree

from cohortbook.report import lighter
from cohortbook.report.code_pages import code_page, modules_linked, places
from cohortbook.report.lighter import cut_styles, lighten
from cohortbook.report.notebook_cells import table_numbers
from cohortbook.report.previews import links_of, targets_of
from cohortbook.report.search import Words, sections_of

PAGE = """
Title
=====

First words of `x`.

.. raw:: html

   <style>p {}</style><table><tr><td>0.31 &lt; p</td></tr></table><script>let a</script>

Second
------

* A point.

Third
^^^^^

Deep words.
"""


class TestSearch:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("p=0.31;", ["p", "0.31"]),
            ("1,234.5 of 23.", ["1,234.5", "of", "23"]),
            ("follow-up", ["follow-up", "follow", "up"]),
            ("- a – b", ["a", "b"]),
            ("two_by_two()", ["two_by_two"]),
        ],
    )
    def test_words_are_split_where_they_end(self, text, words):
        assert Words({}).split(text) == words

    def test_every_section_has_its_own_text(self):
        assert sections_of(with_sections(publish_doctree(PAGE))) == [
            ("", "Title", "First words of x. 0.31 < p"),
            ("second", "Second", "A point."),
            ("third", "Third", "Deep words."),
        ]

    def test_the_code_of_a_cell_is_no_text_but_its_output_is(self):
        tree = nodes.document(None, None)
        section = nodes.section("", nodes.title("", "A"), ids=["a"])
        code = nodes.container("", nodes.literal_block("", "secret = 1"), classes=["cell_input"])
        output = nodes.container("", nodes.literal_block("", "42"), classes=["cell_output"])
        tree += section
        section += [code, output]
        assert sections_of(tree) == [("", "A", "42")]


def with_sections(tree):
    """Docutils makes a lone title that of the document; Sphinx keeps its section."""
    section = nodes.section("", *tree.children, ids=tree["ids"])
    tree.children = []
    tree += section
    return tree


class TestPreviews:
    def test_a_term_a_source_and_a_figure_are_told(self):
        tree = publish_doctree(".. [A1] A source.\n")
        image, caption = nodes.image(uri="../_images/curve.svg"), nodes.caption("", "A caption.")
        tree += nodes.figure("", image, caption, ids=["fig"])
        term = nodes.term("", "word", ids=["term-word"])
        tree += nodes.definition_list(
            "",
            nodes.definition_list_item(
                "", term, nodes.definition("", nodes.paragraph("", "Meaning."))
            ),
        )
        shown = targets_of(tree)
        assert shown["fig"] == {"text": "A caption.", "image": "_images/curve.svg"}
        assert shown["term-word"] == {"text": "Meaning."}
        assert shown["a1"] == {"text": "A source."}

    def test_a_long_table_is_cut_and_keeps_no_names_and_links(self):
        rows = "".join(f'<tr id="r{i}"><td><a href="x">{i}</a></td></tr>' for i in range(9))
        html = f'<div class="jdm-table" id="t"><table><tbody>{rows}</tbody></table></div>'
        tree = nodes.document(None, None, "", nodes.raw("", html, format="html"))
        table = targets_of(tree)["t"]["table"]
        assert table.count("<tr>") == table.count("</tr>") == 5 and table.count("<table>") == 1
        assert table.endswith("</tbody></table><p>…</p>")
        assert " id=" not in table and "<a" not in table
        html = html.replace(rows, rows[:100])
        short = nodes.document(None, None, "", nodes.raw("", html, format="html"))
        assert not targets_of(short)["t"]["table"].endswith("…</p>")

    def test_links_are_those_to_places_of_the_book(self):
        tree = nodes.document(None, None)
        tree += nodes.reference("", "", refid="here")
        tree += nodes.reference("", "", internal=True, refuri="../pages/glossary.html#term-p")
        tree += nodes.reference("", "", internal=True, refuri="#there")
        tree += nodes.reference("", "", internal=True, refuri="other.html")
        tree += nodes.reference("", "", refuri="https://example.org/#x")
        assert [*links_of(tree, "notebooks/a")] == [
            "notebooks/a#here", "pages/glossary#term-p", "notebooks/a#there",
        ]  # fmt: skip


def test_tables_have_the_numbers_that_stand_at_them():
    html = (
        '<div class="jdm-table" id="one" role="group"><table><caption>'
        '<span class="jdm-number">Table 4.2.</span> A</caption></table></div>'
    )
    cells = [{"outputs": [{"data": {"text/html": [html]}}]}, {"source": ""}]
    assert table_numbers(cells) == {"one": "Table 4.2"}


class TestCode:
    APP = SimpleNamespace(
        builder=SimpleNamespace(
            highlighter=SimpleNamespace(
                highlight_block=lambda code, language: f"<div><pre>{code}</pre></div>"
            )
        )
    )

    def test_functions_inside_others_are_named_by_them(self):
        tree = ast.parse("def a():\n    class B:\n        async def c(self): ...\n")
        assert [*places(tree)] == [("a", 1), ("a.B", 2), ("a.B.c", 3)]

    def test_each_function_of_a_module_is_a_place(self):
        name, context, template = code_page("cohortbook.report.code_pages", self.APP)
        assert (name, template) == ("code/cohortbook/report/code_pages", "page.html")
        assert '<span class="code-place" id="places">def places(' in context["body"]
        assert context["title"] == "cohortbook.report.code_pages"

    def test_a_link_to_no_module_is_an_error(self):
        with pytest.raises(ModuleNotFoundError, match="the code of no_such_module"):
            code_page("no_such_module", self.APP)

    def test_only_links_to_code_count(self):
        html = '<a href="../../code/a/b.html#c"><a href="code/d.html"><a href="x/code/e.html#f">'
        assert modules_linked(html) == {"a.b"}


class TestLighter:
    @pytest.mark.parametrize(
        "rule",
        [
            "a:not(.gone){b:c}",
            '@charset "utf-8";.used{b:c}',
            "@font-face{src:url(x)}",
            "@keyframes k{0%{b:c}to{d:e}}",
            "[class*=gone]{b:c}",
            ".a\\/b{b:c}",
            ":is(.gone,.used) p{b:c}",
        ],
    )
    def test_what_may_apply_stays(self, rule):
        assert cut_styles(rule, {"used", "a/b"}) == rule

    @pytest.mark.parametrize(
        "rule", [".gone{b:c}", "p .gone.used{b:c}", "@media print{.gone{b:c}.gone p{d:e}}"]
    )
    def test_what_cannot_apply_goes(self, rule):
        assert cut_styles(rule, {"used"}) == ""

    def test_a_page_that_searches_keeps_its_index(self):
        tags = [
            '\n<script defer src="_static/scripts/fontawesome.js?digest=1"></script>',
            '\n<script src="../_static/searchtools.js"></script>',
            '\n<script src="../searchindex.js"></script>',
            '\n<script src="_static/search.js" defer="defer"></script>',
        ]
        assert lighten("".join(tags), searches=True) == "".join(tags[1:])
        assert lighten("".join(tags), searches=False) == tags[3]

    def test_classes_that_a_script_sets_are_used(self, tmp_path, monkeypatch):
        monkeypatch.setattr(lighter, "HEAVY", 0)
        (tmp_path / "a.js").write_text('node.classList.add("from-script")')
        (tmp_path / "a.css").write_text(".from-script{b:c}.of-page{b:c}.of-none{b:c}")
        lighter.lighten_static(tmp_path, ['<p class="x of-page">'])
        assert (tmp_path / "a.css").read_text() == ".from-script{b:c}.of-page{b:c}"
