"""The page of an audit, and tables that a reader can filter, in a real browser."""

import base64
import hashlib
import os
import re
import shutil

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from paperaudit.audit_page import MARK, SCRIPT, audit_page
from paperaudit.verdict import MEANINGS, TO_WEIGH, VERDICTS
from smallstats.table import Table, table_of

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
HOSTILE = '</td></script><script>document.title="hit"</script><img src=x onerror=alert(1)>"\''
COLUMNS = [
    "location", "item", "group", "statistic", "printed", "verdict", "computed", "method",
    "severity", "explanation", "ask", "rescue", "power", "kind", "report", "letter",
]  # fmt: skip
AUDIT = pd.DataFrame(
    [
        ["abstract", "age_at_onset", "all", "mean", "6.5", "reproduced", "6.50", "", "", "", "",
         "", 0.25, "means and ranges", "", ""],
        ["table3", "crp", "", "p", "0.09", "not_reproduced", "0.044", "Pearson",
         "changes a conclusion", "another test", "the test of crp", "agrees if it is 0.04", 0.9,
         "p values of tests", "Table 3, crp, p: the printed 0.09 ...", "You print 0.09 ..."],
        ["table3", "crp", "no_rash", "n", "six", "reproduced", "6", "", "", "", "", "", None,
         "counts and percentages", "", ""],
    ],
    columns=COLUMNS, index=["a", "b", "c"],
)  # fmt: skip
QUESTIONS = pd.DataFrame(
    [["the test of crp", 1, ("b",), "changes a conclusion"]],
    columns=["ask", "numbers", "claims", "severity"],
)


def page(audit: pd.DataFrame = AUDIT, questions: pd.DataFrame = QUESTIONS, **text: str) -> str:
    words = {"title": "A study", "source": "Ledger: a.csv", **text}
    return audit_page(audit, **words, questions=questions)


def soup_of(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def filterable(**columns: list[str]) -> Table:
    return Table(pd.DataFrame(columns, dtype=object), "Rows", filters=("kind",))


# The markup of a table


def test_a_filterable_table_says_so_and_others_do_not():
    frame = pd.DataFrame({"drug": ["Aspirin"], "odds_ratio": [4.0182]})
    plain, marked = table_of(frame, "x"), table_of(frame, "x", filterable=True)
    filtered = table_of(frame, "x", filters=("Odds ratio",))
    boxes = [soup_of(t._repr_html_()).find(class_="jdm-table") for t in (plain, marked, filtered)]
    assert [box.has_attr("data-filterable") for box in boxes] == [False, True, True]
    marks = [[th.has_attr("data-filter") for th in box("th", scope="col")] for box in boxes]
    assert marks == [[False, False], [False, False], [False, True]]
    assert [len(box("style")) for box in boxes] == [1, 2, 2]


def test_links_lead_from_their_own_cells_and_are_escaped():
    links = {"B": ['x.html?a=1&b="><i>#c', ""], "A": ["", "#here"]}
    frame = pd.DataFrame({"a": ["<1>", "2"], "b": ["<b>", "4"], "c": ["5", "6"]})
    table = table_of(frame, "x", links=links, headings={"a": "A", "b": "B"})
    found = [(a.text, a["href"], a.parent.name) for a in soup_of(table._repr_html_())("a")]
    assert found == [("<b>", 'x.html?a=1&b="><i>#c', "td"), ("2", "#here", "th")]
    assert "http" not in repr(table)


def test_an_empty_cell_has_no_link():
    table = Table(pd.DataFrame({"a": ["", "x"]}), "x", links={"a": ["p.html", "q.html"]})
    assert [a["href"] for a in soup_of(table._repr_html_())("a")] == ["q.html"]


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", " JavaScript:alert(1)", "java\nscript:x", "data:text/html,x"]
)
def test_no_link_runs_a_script(href):
    with pytest.raises(ValueError, match="no web address"):
        Table(pd.DataFrame({"a": ["x"]}), "x", links={"a": [href]})


@pytest.mark.parametrize("href", ["https://x.org/a:b", "a.html#b:c", "a/b:c", "?q=a:b", "#a:b"])
def test_pages_may_have_a_colon_behind_their_address(href):
    assert Table(pd.DataFrame({"a": ["x"]}), "x", links={"a": [href]}).links["a"] == [href]


def test_filters_and_links_must_fit_the_table():
    frame = pd.DataFrame({"a": ["x"]})
    with pytest.raises(ValueError, match="'b' is not a column"):
        Table(frame, "x", filters=("b",))
    with pytest.raises(ValueError, match="'b' is not a column"):
        Table(frame, "x", links={"b": [""]})
    with pytest.raises(ValueError, match="2 links, not one a row"):
        Table(frame, "x", links={"a": ["", ""]})


# The markup of the page


def test_the_page_counts_verdicts_and_lists_every_claim_and_question():
    soup = soup_of(page())
    assert soup.html["lang"] == "en" and soup.find("meta", attrs={"name": "viewport"})
    assert soup.title.text == soup.h1.text == "Audit: A study"
    assert [li.text for li in soup.select(".counts li")] == ["1 Not reproduced", "2 Reproduced"]
    asked = [li.text for li in soup.select("ol li")]
    assert asked == ["the test of crp (1 printed number; changes a conclusion)"]
    cells = [[cell.text for cell in row("td")] for row in soup.select("#verdicts tbody tr")]
    where = [th.text for th in soup.select("#verdicts tbody th")]
    assert where == ["Abstract", "Table 3", "Table 3"]
    assert cells[1] == [
        "crp", "", "p", "0.09", "Not reproduced", "changes a conclusion", "0.044", "Pearson",
        "another test", "agrees if it is 0.04", "the test of crp", "90%", "b",
    ]  # fmt: skip
    assert cells[0][0] == "age at onset" and cells[2][1] == "no rash"
    filters = [th.text for th in soup.select("th[data-filter]")]
    assert filters == ["Where", "Statistic", "Verdict", "Severity"]
    assert [dt.text for dt in soup("dt")] == [verdict.words for verdict in VERDICTS.values()]


def test_the_page_begins_with_coverage():
    audit = AUDIT.copy()
    audit.attrs["sha256"] = "0f" * 32
    soup = soup_of(page(audit))
    assert soup.h2.text == "Coverage"
    first = soup.h2.find_next("p").text
    assert first.startswith("3 numbers read, 3 testable, 1 tested with power, 1 objected to.")
    rows = [[cell.text for cell in row(["th", "td"])] for row in soup.select("#coverage tbody tr")]
    assert rows[-1] == ["All", "3", "3", "1", "1"]
    assert soup.code.text == "0f" * 32
    assert [s.text for s in soup("summary")] == ["For a report", "For a letter"]
    nothing = page(audit.assign(verdict="not_checkable", explanation="medians are printed"))
    assert "Nothing in it could be tested: that is no pass." in nothing
    assert "3: medians are printed" in nothing


def test_every_verdict_of_the_audit_has_a_meaning():
    assert {verdict.meaning for verdict in VERDICTS.values()} == set(MEANINGS)
    words = [verdict.words for verdict in VERDICTS.values()]
    assert len(set(words)) == len(words) == 9 and set(TO_WEIGH) < set(VERDICTS)
    assert all(verdict.text.endswith(".") for verdict in VERDICTS.values())
    with pytest.raises(KeyError):
        page(AUDIT.assign(verdict="fine"))


def test_a_page_without_questions_says_so():
    assert "<p>Nothing needs asking.</p>" in page(questions=QUESTIONS[:0])
    assert "2 printed numbers; " in page(questions=QUESTIONS.assign(numbers=2))


def test_the_page_names_no_other_host_and_lets_no_other_script_run():
    text = page()
    assert not re.search(r"(https?:)?//\w|@import|url\(", re.sub(r"(?s)<script>.*", "", text))
    assert MARK.encode() in text.encode()[:1000]
    script = soup_of(text).script.string
    assert script == SCRIPT.read_text(encoding="utf-8") and "</" not in script
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text and "default-src 'none'" in text


# In a browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if BROWSER is None:
        pytest.skip(f"no browser on PATH: {', '.join(NAMES)}")
    from playwright.sync_api import sync_playwright

    arguments = ["--disable-gpu", *(["--no-sandbox"] if getattr(os, "geteuid", int)() == 0 else [])]
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("browser"), executable_path=BROWSER, args=arguments
        )
        yield context
        context.close()


@pytest.fixture
def visit(browser, tmp_path):
    tabs = []

    def visit(text: str):
        tab = browser.new_page()
        tabs.append(tab)
        tab.complaints = []
        tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.on("console", lambda line: tab.complaints.append(line.text))
        tab.on("dialog", lambda dialog: tab.complaints.append("dialog") or dialog.dismiss())
        (tmp_path / "page.html").write_text(text, encoding="utf-8")
        tab.goto((tmp_path / "page.html").as_uri())
        return tab

    yield visit
    for tab in tabs:
        assert tab.complaints == []
        tab.close()


def show(table: Table) -> str:
    script = f"<script>{SCRIPT.read_text(encoding='utf-8')}</script>"
    return f"<!doctype html><meta charset=utf-8>{script}{table._repr_html_()}"


def rows(tab) -> list[str]:
    return tab.locator("tbody tr:visible th").all_inner_texts()


def combobox(tab, name: str):
    return tab.get_by_role("combobox", name=name, exact=True)


TABLE = filterable(
    name=["Érica", "bob", "<i>Ann</i>", "Émile"],
    kind=["b", "a", "", "b"],
    size=["10 (5%)", "9", "–", "<0.5"],
)


def test_search_takes_every_word_in_any_cell_without_accents_or_case(visit):
    tab = visit(show(TABLE))
    count = tab.get_by_role("status")
    assert rows(tab) == ["Érica", "bob", "<i>Ann</i>", "Émile"]
    assert count.inner_text() == "4 of 4 rows" and count.get_attribute("aria-live") == "polite"
    search = tab.get_by_role("searchbox", name="Search all columns")
    for text, found in [("ERICA", ["Érica"]), ("5%) ca", ["Érica"]), ("erica <0.5", []),
                        ("<i>", ["<i>Ann</i>"]), ("  ", ["Érica", "bob", "<i>Ann</i>", "Émile"]),
                        ("émi", ["Émile"]), ("mi", ["Émile"])]:  # fmt: skip
        search.fill(text)
        assert (text, rows(tab)) == (text, found)
        assert count.inner_text() == f"{len(found)} of 4 rows"


def test_a_filter_lists_values_with_counts_and_joins_the_search(visit):
    tab = visit(show(TABLE))
    kind = combobox(tab, "kind")
    options = kind.locator("option").all_inner_texts()
    assert options == ["all (4)", "a (1)", "b (2)", "(empty) (1)"]
    kind.select_option("b (2)")
    assert rows(tab) == ["Érica", "Émile"]
    tab.get_by_role("searchbox").fill("e")
    tab.get_by_role("searchbox").fill("il")
    assert rows(tab) == ["Émile"]
    tab.get_by_role("button", name="Show all").click()
    assert rows(tab) == ["Érica", "bob", "<i>Ann</i>", "Émile"]
    kind.select_option("(empty) (1)")
    assert rows(tab) == ["<i>Ann</i>"]
    assert tab.get_by_role("combobox").count() == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?kind=b", ["Érica", "Émile"]),
        ("?kind=a&size=9&name=x", ["bob"]),
        ("?kind=", ["<i>Ann</i>"]),
        ("?kind=none", ["Érica", "bob", "<i>Ann</i>", "Émile"]),
        ("?other=b", ["Érica", "bob", "<i>Ann</i>", "Émile"]),
    ],
)
def test_a_link_chooses_rows(visit, query, found):
    tab = visit(show(TABLE))
    tab.goto(tab.url + query)
    assert rows(tab) == found
    tab.get_by_role("button", name="Show all").click()
    assert len(rows(tab)) == 4


def test_a_link_to_a_table_that_it_filters_brings_it_into_sight(visit):
    table = filterable(name=["x", "y"], kind=["a", "b c"])
    named = Table(table.frame, "Rows", name="here", filters=("kind",))
    space = "<p style='height:3000px'></p>"
    tab = visit(show(named).replace("<div", f"{space}<div", 1) + space)
    tab.goto(tab.url + "?kind=b+c#here")
    assert rows(tab) == ["y"]
    assert 0 <= tab.get_by_role("search").bounding_box()["y"] < 100


def test_sorting_goes_up_down_and_back_by_keyboard(visit):
    tab = visit(show(TABLE))
    heading = tab.locator("th[scope=col]", has_text="size")
    tab.get_by_role("button", name="size", exact=True).focus()
    wanted = [("ascending", ["Émile", "bob", "Érica", "<i>Ann</i>"]),
              ("descending", ["Érica", "bob", "Émile", "<i>Ann</i>"]),
              (None, ["Érica", "bob", "<i>Ann</i>", "Émile"])]  # fmt: skip
    for order, found in wanted:
        tab.keyboard.press("Enter")
        assert (heading.get_attribute("aria-sort"), rows(tab)) == (order, found)
    tab.get_by_role("button", name="size", exact=True).click()
    tab.get_by_role("button", name="name", exact=True).click()
    assert tab.locator("[aria-sort]").all_inner_texts() == ["name"]
    assert rows(tab) == ["<i>Ann</i>", "bob", "Émile", "Érica"]


def test_numbers_sort_as_numbers_and_words_behind_them(visit):
    ordered = ["−∞", "−2.5", "-1", "<0.001", "0.001", "0,5", ".75", "6.5", "7 (2%)", "10",
               "1,234", "∞", "Table 2", "Table 10", "–", ""]  # fmt: skip
    mixed = ordered[::2] + ordered[1::2][::-1]
    table = filterable(name=list(map(str, range(len(mixed)))), kind=mixed)
    tab = visit(show(table))
    button = tab.get_by_role("button", name="kind", exact=True)
    shown = tab.locator("tbody td")
    button.click()
    assert shown.all_inner_texts() == sorted(mixed, key=lambda v: ordered.index(v or "–"))
    button.click()
    assert shown.all_inner_texts()[:-2] == ordered[-3::-1]


def test_without_scripts_the_table_is_complete(browser, tmp_path):
    tab = browser.new_page()
    (tmp_path / "page.html").write_text(TABLE._repr_html_(), encoding="utf-8")
    tab.goto((tmp_path / "page.html").as_uri())
    assert rows(tab) == ["Érica", "bob", "<i>Ann</i>", "Émile"]
    assert tab.locator(".jdm-table").evaluate("box => getComputedStyle(box).maxHeight") == "none"
    tab.close()


def test_plain_tables_are_left_alone_and_several_do_not_mix(visit):
    plain = Table(pd.DataFrame({"name": ["x"]}), "Plain")
    tab = visit(show(TABLE) + plain._repr_html_() + TABLE._repr_html_())
    assert tab.get_by_role("search").count() == 2
    tab.get_by_role("searchbox").last.fill("bob")
    assert tab.get_by_role("status").all_inner_texts() == ["4 of 4 rows", "1 of 4 rows"]
    assert rows(tab) == ["Érica", "bob", "<i>Ann</i>", "Émile", "x", "bob"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_hostile_text_is_shown_and_not_run_and_no_page_is_wider_than_the_screen(
    visit, browser, scheme, width
):
    fields = ["location", "item", "group", "statistic", "printed", "computed", "method"]
    audit = AUDIT.copy()
    audit.loc["a", fields] = HOSTILE
    audit.loc["b", ["item", "explanation"]] = ["x" * 3000, "\u202eمرحبا بالعالم " * 99]
    audit = audit.rename({"c": HOSTILE})
    asked = QUESTIONS.assign(ask=HOSTILE, severity=HOSTILE)
    tab = visit(page(audit, asked, title=f"{HOSTILE} $total", source=HOSTILE))
    tab.set_viewport_size({"width": width, "height": 800})
    tab.emulate_media(color_scheme=scheme)
    assert tab.title() == f"Audit: {HOSTILE} $total"
    assert tab.locator("img, td script").count() == 0
    assert tab.locator("#verdicts tbody tr").first.locator("td").nth(1).inner_text() == HOSTILE
    assert tab.get_by_role("status").inner_text() == "3 of 3 rows"
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    combobox(tab, "Verdict").select_option("Reproduced (2)")
    assert tab.locator("#verdicts tbody tr:visible").count() == 2
    colour = tab.locator("body").evaluate("body => getComputedStyle(body).color")
    assert (colour == "rgb(0, 0, 0)") == (scheme == "light")


@pytest.mark.parametrize(
    ("width", "position", "label"), [(1280, "sticky", "none"), (390, "static", '"kind"')]
)
def test_headings_stay_in_sight_and_on_a_telephone_stand_before_each_cell(
    visit, width, position, label
):
    tab = visit(show(TABLE))
    tab.set_viewport_size({"width": width, "height": 800})
    heading, cell = tab.locator("th[scope=col]").first, tab.locator("tbody td").first
    assert heading.evaluate("node => getComputedStyle(node).position") == position
    assert cell.evaluate("node => getComputedStyle(node, '::before').content") == label


def test_the_policy_of_the_page_stops_any_other_script(browser, tmp_path):
    text = page().replace("</main>", "</main><script>document.title = 'hit'</script>")
    tab = browser.new_page()
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    tab.goto((tmp_path / "page.html").as_uri())
    assert tab.title() == "Audit: A study" and tab.get_by_role("search").count() == 1
    tab.close()


PRINTED = [
    "0.001", "<0.001", "6.56 ± 2.6", "six", "16 (70%)", "2,200", "–", "−1.5", "∞", "1", "20",
    "Pearson 0.0046; Yates 0.0115", "16 (65%)", ">20", "none",
]  # fmt: skip
SORTED = [
    "−1.5", "<0.001", "0.001", "Pearson 0.0046; Yates 0.0115", "1", "six", "6.56 ± 2.6",
    "16 (65%)", "16 (70%)", "20", ">20", "2,200", "∞", "none",
]  # fmt: skip


def test_printed_words_are_sorted_by_their_numbers(visit):
    table = filterable(kind=[str(i) for i in range(len(PRINTED))], printed=PRINTED)
    tab = visit(show(table))
    button = tab.get_by_role("button", name="printed", exact=True)
    for found in (SORTED, SORTED[-2::-1]):
        button.click()
        cells = [text.replace("\xa0", " ") for text in tab.locator("tbody td").all_inner_texts()]
        assert [text for text in cells if text not in ("–", "none")] == [
            text for text in found if text != "none"
        ]
        assert cells[-1] == "–"


def test_words_that_mention_numbers_are_no_column_of_numbers(visit):
    table = filterable(kind=["a", "b", "c"], place=["Table 10", "Table 4", "Abstract"])
    tab = visit(show(table))
    tab.get_by_role("button", name="place", exact=True).click()
    assert rows(tab) == ["c", "b", "a"]


def test_a_sentence_stands_where_no_row_is_left(visit):
    tab = visit(show(TABLE))
    sentence = tab.get_by_text("No row has all of this.")
    assert not sentence.is_visible()
    tab.get_by_role("searchbox").fill("nobody")
    assert sentence.is_visible() and tab.get_by_role("status").inner_text() == "0 of 4 rows"
    tab.get_by_role("button", name="Show all").click()
    assert not sentence.is_visible() and len(rows(tab)) == 4


def test_an_address_keeps_words_filters_and_order(visit, browser):
    named = Table(TABLE.frame, "x", name="all", filters=("kind",))
    other = Table(TABLE.frame, "y", name="others", filters=("kind",))
    tab = visit(show(named) + other._repr_html_())
    first, second = (tab.locator(f"#{name} tbody tr:visible th") for name in ("all", "others"))
    tab.get_by_role("searchbox").first.fill("é")
    tab.get_by_role("combobox").first.select_option("b (2)")
    tab.get_by_role("button", name="name", exact=True).first.click()
    tab.get_by_role("button", name="name", exact=True).first.click()
    chosen = first.all_inner_texts()
    assert chosen == ["Érica", "Émile"] and tab.url.endswith("#all")
    browser.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.get_by_role("button", name="Copy link").first.click()
    tab.get_by_text("Link copied").wait_for()
    address = tab.evaluate("navigator.clipboard.readText()")
    tab.goto("about:blank")
    tab.goto(address)
    assert first.all_inner_texts() == chosen
    assert tab.locator("#all [aria-sort=descending]").inner_text() == "name"
    assert tab.get_by_role("searchbox").first.input_value() == "é"
    assert len(second.all_inner_texts()) == 4  # what is kept is of one table


def test_the_links_of_a_table_are_one_stop_and_arrows_go_on(visit):
    links = {"kind": ["#1", "", "#3", "#4"], "size": ["", "#2", "", ""]}
    frame = TABLE.frame.assign(kind=["b", "a", "c", "b"])
    tab = visit(show(Table(frame, "x", filters=("kind",), links=links)))
    assert tab.locator("tbody a[tabindex='0']").all_inner_texts() == ["b"]
    focused = "document.activeElement.getAttribute('href')"
    tab.locator("tbody a").first.focus()
    for key, there in [("ArrowDown", "#2"), ("ArrowDown", "#3"), ("ArrowUp", "#2")]:
        tab.keyboard.press(key)
        assert tab.evaluate(focused) == there
    tab.keyboard.press("Tab")
    assert not tab.evaluate("!!document.activeElement.closest('tbody')")
    combobox(tab, "kind").select_option("c (1)")
    assert tab.locator("tbody a[tabindex='0']").get_attribute("href") == "#3"
