"""The built book in a real browser, opened as files: complete, and asking no other host."""

import os
import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlencode, urlsplit

import pandas as pd
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import expect
from pypdf import PdfReader

from jdm_utils import load_claims
from jdm_utils.one_child import change_counts, change_table4
from paperaudit.inverse import read_model
from smallstats.table import table_of

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def html():
    """The book, built as ``make book`` builds it."""
    command = shutil.which("jupyter-book", path=str(Path(sys.executable).parent))
    build = subprocess.run(
        [command, "build", str(ROOT), "-q", "-W", "--keep-going", "-n"],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert build.returncode == 0, build.stdout + build.stderr
    return ROOT / "_build" / "html"


@pytest.fixture(scope="module")
def pages(html):
    """Every page of the book."""
    return [
        path
        for path in sorted(html.rglob("*.html"))
        if not path.relative_to(html).parts[0].startswith("_")
    ]


@pytest.fixture(scope="module")
def soups(pages):
    """Every page as it was written, taken apart once; tests only look."""
    return {path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in pages}


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if BROWSER is None:
        pytest.skip(f"no browser on PATH: {', '.join(NAMES)}")
    from playwright.sync_api import sync_playwright

    arguments = [*ARGUMENTS, *(["--no-sandbox"] if getattr(os, "geteuid", int)() == 0 else [])]
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("browser"), executable_path=BROWSER, args=arguments
        )
        yield context
        context.close()


# Of rows that look alike one stays: the time that axe takes grows with every cell.
ONE_ROW_OF_EACH_LOOK = """() => document.querySelectorAll("main tbody").forEach(body => {
  const seen = new Set();
  for (const row of [...body.rows]) {
    const look = [row, ...row.querySelectorAll("*")].map(
      node => [node.tagName, node.getAttribute("class"), node.getAttribute("style")]).join();
    seen.has(look) ? row.remove() : seen.add(look);
  }
})"""
#: What code writes and a reader should not meet in a table.
CODE = re.compile(
    r"[a-z]+_[a-z0-9_]+|\bci (low|high)\b|\b[qQ]0?\d{2,3}\b|\b([Dd]f|[Ss]d)\b|\d[eE][-−+]\d"
    r"|\bn[aA][nT]\b|\bNa[NT]\b|\bNone\b|\bTrue\b|\bFalse\b|<NA>|\b[Nn] [01]{2}\b"
    r"|\bnp\.|\b\w+\(['\"\[]|[\[({]['\"]\w|\bdtype\b|<class\b|<[a-z]+\.\w+"
)
#: A word in small letters that a row begins with, where names such as "log-F" may stand.
SMALL = re.compile(r"[a-z]{2,}(?=[\s,]|$)")
AS_IN_A_FILE = {"Some forms and some columns, as handed over From one simulated cohort"}
REPR = re.compile(r"\s*(['\"\[{(<]|array\()")
ENTRY = r"^((?:\d+\. )?[^\d\n][^\n]*?)\s+(\d+)$"  # of the contents: "5. The regression  61"
FLOAT = r"^((?:Table|Fig\.) \d+\.\d+.*?)\s(\d+)$"  # of the lists; a title may have two lines
ZERO = re.compile(r"(?<![\d.])[−-]?0\.0+(?!\d)")
WHOLE = re.compile(r"\d+\.0+")
CONTENT = """() => {
  const all = selector => [...document.querySelectorAll(selector)];
  const drawings = all("main :is(figure, .cell_output) :is(img, svg:not(button svg))");
  const wider = box => box.scrollWidth > box.clientWidth + 1;
  return {
    title: document.title,
    scrolled: all(".jdm-table").filter(wider).map(box => box.getAttribute("aria-label")),
    heading: document.querySelector("main h1")?.innerText,
    text: document.querySelector("main").innerText,
    ids: all("[id]").map(node => node.id),
    links: all("a[href]").map(link => link.href),
    told: drawings.map(d => d.getAttribute("alt") ?? d.closest("[aria-label]")?.ariaLabel ?? ""),
    tables: all("main .jdm-table").length,
    figures: all("main figure").filter(figure => figure.querySelector("img, svg")).length,
    files: all("main a.download").length,
  };
}"""


#: What sticks out of the page, and captions and notes that stick out of their table's box.
STICKS_OUT = """() => {
  const out = [...document.querySelectorAll(".jdm-table")].flatMap(box => {
    const edge = box.getBoundingClientRect().right;
    return [box, ...box.querySelectorAll("caption, p")]
      .filter(part => part.getBoundingClientRect().right > Math.min(edge, innerWidth) + 1)
      .map(part => part.textContent.slice(0, 80));
  });
  const wide = document.documentElement.scrollWidth - innerWidth;
  return wide > 0 ? [`the page: ${wide} px`, ...out] : out;
}"""
BROKEN = """() => [...document.querySelectorAll(".jdm-table td.num")].filter(cell => {
  const text = cell.firstChild;
  const words = text?.data?.replaceAll("\u00a0", " ");
  const found = /\\([^()]* to [^()]*\\)|^[^ ]* to [^ ]*$/.exec(words);
  if (!found) return false;
  const range = document.createRange();
  range.setStart(text, found.index);
  range.setEnd(text, found.index + found[0].length);
  return new Set([...range.getClientRects()].map(place => Math.round(place.top))).size > 1;
}).map(cell => cell.textContent)"""
#: The least contrast of a text in a figure.
LUMINANCE = """(dark) => {
  const rgb = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = text => rgb(text).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  const root = getComputedStyle(document.body);
  const least = { contrast: 99 };
  for (const svg of document.querySelectorAll("svg.drawing"))
    for (const text of svg.querySelectorAll("text")) {
      const box = text.getBoundingClientRect();
      const at = [box.left + box.width / 2, box.top + box.height / 2];
      const under = [...svg.querySelectorAll("path")].filter(path => {
        const b = path.getBoundingClientRect(), style = getComputedStyle(path);
        return style.fill !== "none" && style.fillOpacity > 0.5 && style.opacity > 0.5
          && path.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING
          && b.left < at[0] && at[0] < b.right && b.top < at[1] && at[1] < b.bottom
          && !path.closest("defs");
      }).at(-1);
      const ground = under ? getComputedStyle(under).fill : root.backgroundColor;
      const found = contrast(light(getComputedStyle(text).fill), light(ground));
      if (found < least.contrast)
        Object.assign(least, { contrast: found, text: text.textContent });
    }
  return least;
}"""


@pytest.fixture(scope="module")
def visits(browser, pages):
    """What each page asked for, complained of and holds."""
    found = {}
    tab = browser.new_page()
    tab.set_viewport_size({"width": 1280, "height": 800})
    tab.emulate_media(color_scheme="light")
    asked, complaints = [], []
    tab.on("request", lambda request: asked.append(request.url))
    aborted = "net::ERR_ABORTED"  # what the next page interrupts
    tab.on(
        "requestfailed",
        lambda r: r.failure == aborted or complaints.append(f"failed: {r.url}: {r.failure}"),
    )
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda line: line.type == "error" and complaints.append(line.text))
    for path in pages:
        tab.goto(path.as_uri())
        found[path] = tab.evaluate(CONTENT) | {"asked": asked[:], "complaints": complaints[:]}
        found[path] |= {"wrong": tab.evaluate(STICKS_OUT) + tab.evaluate(BROKEN)}
        found[path] |= {"contrast": tab.evaluate(LUMINANCE)}
        asked.clear()
        complaints.clear()
    tab.close()
    return found


def test_every_entry_of_the_contents_has_a_page(pages, html):
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [chapter for part in toc.get("parts", [toc]) for chapter in part["chapters"]]
    files = {toc["root"], *(chapter["file"] for chapter in chapters if "file" in chapter)}
    assert {html / f"{file}.html" for file in files} <= set(pages)


def test_no_page_asks_another_host(visits):
    for path, page in visits.items():
        assert {urlsplit(url).scheme for url in page["asked"]} <= {"file", "data", "blob"}, path


def test_no_page_complains(visits):
    assert {
        str(path): page["complaints"] for path, page in visits.items() if page["complaints"]
    } == {}


def test_every_page_has_a_title_and_text(visits):
    for path, page in visits.items():
        if path.stem not in {"genindex", "search"}:
            assert page["title"] and page["heading"], path
            assert len(page["text"]) > len(page["heading"]), path


def test_every_internal_link_leads_somewhere(visits):
    broken = []
    for path, page in visits.items():
        for link in page["links"]:
            url, fragment = urldefrag(link)
            if urlsplit(url).scheme != "file":
                continue
            target = Path(unquote(urlsplit(url).path.lstrip("/" if os.name == "nt" else "")))
            ids = visits[target]["ids"] if target in visits else []
            if not target.is_file() or (fragment and unquote(fragment) not in ids):
                broken.append((path.name, link))
    assert broken == []


class TestSearch:
    """Search finds what readers ask for, from a file, chapters first, with the words around it."""

    @pytest.fixture
    def results(self, browser, html):
        tab = browser.new_page()
        complaints = []
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", lambda line: line.type == "error" and complaints.append(line.text))

        def ask(query):
            tab.goto((html / "search.html").as_uri() + "?" + urlencode({"q": query}))
            tab.locator(".search-summary", has_text="found").wait_for(timeout=10_000)
            items = tab.locator("#search-results li")
            links = items.locator("> a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
            return [*zip(links, items.all_inner_texts(), strict=True)]

        yield ask
        assert complaints == []
        tab.close()

    @staticmethod
    def code(link):
        return link.startswith(("pages/api", "code/"))

    def test_a_term_is_found_with_its_meaning_before_the_code(self, results):
        links, texts = zip(*results("E-value"), strict=True)
        assert links[0] == "pages/glossary.html#term-E-value"
        assert links[1].startswith("notebooks/11_robustness.html#")
        assert "The E-value is the risk ratio" in texts[1]
        kinds = [self.code(link) for link in links]
        assert kinds == sorted(kinds) and True in kinds and len(links) < 15

    @pytest.mark.parametrize("query", ["p = 0.31", "p=0.31"])
    def test_a_printed_p_is_found_where_it_is_discussed(self, results, query):
        found = results(query)
        pages = [link.partition("#")[0] for link, _ in found]
        assert pages[0] == "notebooks/08_delay.html" and "index.html" in pages[:5]
        assert all("p = 0.31" in text for _, text in found[:4])
        assert len(pages) == len({*pages})

    @pytest.mark.parametrize("query", ["7 of 23", "backward-elimination", "firth"])
    def test_numbers_and_words_written_otherwise_are_found(self, results, query):
        assert results(query)[0][0].startswith(("notebooks/", "pages/glossary"))

    def test_a_name_of_the_code_leads_to_the_code(self, results):
        assert results("two_by_two")[0][0] == "pages/api/jdm_utils.html#jdm_utils.two_by_two"

    def test_every_result_leads_somewhere(self, results, html, visits):
        for query in ("fragility", "p = 0.31"):
            for link, _ in results(query):
                page, _, anchor = link.partition("#")
                assert not anchor or unquote(anchor) in visits[html / page]["ids"], link

    def test_letters_are_not_marked_on_the_pages_that_are_opened(self, results, browser, html):
        results("p = 0.31")
        tab = browser.new_page()
        tab.goto((html / "notebooks/08_delay.html").as_uri())
        marked = tab.locator("span.highlighted").all_inner_texts()
        tab.close()
        assert "p" not in {text.lower() for text in marked}


class TestPreviews:
    """A link shows what it leads to, for mouse and keyboard; Escape closes it."""

    @pytest.fixture
    def tab(self, browser, html):
        tab = browser.new_page()
        tab.goto((html / "notebooks" / "05_regression.html").as_uri())
        yield tab
        tab.close()

    def test_a_term_is_told_to_the_mouse_which_may_go_into_it(self, tab):
        tip = tab.locator("#link-tip")
        tab.locator("a[href*='term-separation']").first.hover()
        tip.wait_for()
        assert tip.inner_text().startswith("When predictors tell the outcome without error")
        tip.hover()
        tab.wait_for_timeout(500)
        assert tip.is_visible()
        tab.mouse.move(0, 0)
        tip.wait_for(state="hidden")

    def test_the_keyboard_gets_it_too_and_escape_closes_it(self, tab):
        link, tip = tab.locator("a[href*='references.html#']").first, tab.locator("#link-tip")
        said = link.get_attribute("title")
        link.focus()
        tab.keyboard.press("Shift+Tab")
        tab.keyboard.press("Tab")
        tip.wait_for()
        assert link.get_attribute("aria-describedby") == "link-tip"
        assert link.get_attribute("title") is None  # one box, not two
        assert tip.inner_text()[:40] == said[:40]
        tab.keyboard.press("Escape")
        assert tip.is_hidden() and link.evaluate("a => a === document.activeElement")
        assert link.get_attribute("title") == said
        assert link.get_attribute("aria-describedby") is None

    def test_a_figure_and_a_table_are_shown(self, tab, html):
        tip = tab.locator("#link-tip")
        tab.locator("a.reference.internal[href='#fig-forest']").first.hover()
        tip.locator("img").wait_for()
        tab.wait_for_function("document.querySelector('#link-tip img').naturalWidth > 100")
        tab.goto((html / "index.html").as_uri())
        link = tab.locator("a[href$='06_audit.html#all-verdicts']").first
        link.hover()
        tip.locator("td").first.wait_for()
        caption = tip.locator("caption").inner_text()
        assert caption.startswith(f"{link.inner_text()}. ") and not tip.locator("[id], a").count()

    def test_print_has_none(self, tab):
        tab.locator("a[href*='term-separation']").first.hover()
        tab.locator("#link-tip").wait_for()
        tab.emulate_media(media="print")
        assert not tab.locator("#link-tip").is_visible()


class TestSpeed:
    """A reader waits for nothing that the page does not need."""

    @staticmethod
    def weight(page):
        paths = {unquote(urlsplit(url).path) for url in page["asked"] if url.startswith("file:")}
        return sum(Path(path).stat().st_size for path in paths)

    def test_the_first_page_is_light_and_no_page_is_heavy(self, visits, html):
        assert self.weight(visits[html / "index.html"]) < 500_000
        assert {p.name: n for p, v in visits.items() if (n := self.weight(v)) > 2_000_000} == {}

    def test_the_first_page_is_ready_within_a_second(self, browser, html):
        tab, ready = browser.new_page(), []
        for _ in range(3):
            tab.goto((html / "index.html").as_uri())
            ready.append(
                tab.evaluate(
                    "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
                )
            )
        tab.close()
        assert min(ready) < 1000

    def test_icons_are_drawn(self, browser, html):
        tab = browser.new_page()
        tab.goto((html / "notebooks/06_audit.html").as_uri())
        tab.evaluate("document.fonts.ready")
        assert tab.evaluate("document.fonts.check('900 16px \"Font Awesome 6 Free\"', '\\uf0c9')")
        widths = tab.evaluate(
            "[...document.querySelectorAll('.bd-header-article :is(i, svg, span)[class*=fa-]')]"
            ".filter(node => node.checkVisibility())"
            ".map(node => node.getBoundingClientRect().width)"
        )
        tab.close()
        assert len(widths) >= 3 and all(10 < width < 40 for width in widths)


def test_numbers_of_chapters_and_tables_lead_to_them(browser, html):
    tab = browser.new_page()
    tab.goto((html / "index.html").as_uri())
    links = tab.locator(".bd-article a.reference.internal").evaluate_all(
        "all => all.map(a => [a.textContent, a.href])"
    )
    numbered = [
        (text, url) for text, url in links if re.match(r"(Chapter|Table \d+\.)\s?\d+$", text)
    ]
    assert len(numbered) >= 10
    for text, url in numbered:
        tab.goto(url)
        kind, number = text.split()
        place = "article h1" if kind == "Chapter" else f"#{urldefrag(url)[1]} caption"
        said = tab.locator(place).first.inner_text()
        assert said.startswith(f"{number}. " if kind == "Chapter" else f"{text}. ")
    tab.close()


def test_each_verdict_leads_to_the_code_that_came_to_it(visits, browser, html):
    tab = browser.new_page()
    tab.goto((html / "notebooks/06_audit.html").as_uri())
    rows = tab.locator("#all-verdicts tbody tr").count()
    links = tab.locator("#all-verdicts a[href*='/code/']").evaluate_all(
        "all => all.map(a => a.href)"
    )
    assert len(links) == rows > 200
    for link in {*links}:
        tab.goto(link)
        name = urldefrag(link)[1].rpartition(".")[2]
        assert re.match(
            rf"(async )?(def|class) {name}\b", tab.locator(":target").inner_text().strip()
        )
    tab.close()


def complaints_of_axe(browser, pages, theme, **options):
    """What axe-core finds on pages in a theme."""
    axe, tab, found = Axe(), browser.new_page(), {}
    tab.emulate_media(color_scheme=theme)
    options |= {"resultTypes": ["violations"], "preload": False}
    for path in pages:
        tab.goto(path.as_uri())
        assert tab.locator("html").get_attribute("data-theme") == theme
        tab.evaluate(ONE_ROW_OF_EACH_LOOK)
        response = axe.run(tab, options=options).response
        found[path.stem] = [each["id"] for each in response["violations"]]
    tab.close()
    return {page: ids for page, ids in found.items() if ids}


@pytest.mark.slow
def test_axe_finds_nothing_on_any_page(browser, pages):
    assert complaints_of_axe(browser, pages, "light") == {}


@pytest.mark.slow
def test_the_dark_theme_has_contrast_on_every_page(browser, pages):
    assert complaints_of_axe(browser, pages, "dark", runOnly=["color-contrast"]) == {}


def test_the_theme_can_be_switched_and_stays(browser, html):
    tab = browser.new_page()
    tab.goto((html / "index.html").as_uri())
    seen = set()
    for _ in range(3):
        tab.locator(".theme-switch-button:visible").first.click()
        seen.add(tab.locator("html").get_attribute("data-mode"))
    assert seen == {"light", "dark", "auto"}
    mode = tab.locator("html").get_attribute("data-mode")
    tab.goto((html / "pages" / "about.html").as_uri())
    assert tab.locator("html").get_attribute("data-mode") == mode
    tab.close()


def test_no_table_of_a_chapter_has_to_be_scrolled_on_a_screen_of_1280(visits):
    scrolled = {path.stem: page["scrolled"] for path, page in visits.items() if page["scrolled"]}
    assert scrolled == {}


def test_every_figure_says_in_words_what_it_shows(visits):
    for path, page in visits.items():
        assert all(len(text) > 20 for text in page["told"]), path


def test_every_table_and_figure_can_be_had_as_files(visits):
    for path, page in visits.items():
        if path.parent.name == "notebooks":  # a picture of the code has no data
            files, figures = page["files"] - 2 * page["tables"], page["figures"]
            assert 2 * figures <= files <= 3 * figures, path  # most have their data, too
    assert sum(page["tables"] for page in visits.values()) > 20
    assert sum(page["figures"] for page in visits.values()) > 5


def test_the_files_are_what_their_names_say(browser, html):
    tab = browser.new_page()
    tab.goto((html / "notebooks" / "04_univariate.html").as_uri())
    found = {}
    for ending in ("csv", "docx"):
        with tab.expect_download() as waited:
            tab.locator(f"a.download[href$='table-3-printed-and-computed.{ending}']").click()
        found[ending] = Path(waited.value.path()).read_bytes()
    assert found["csv"].decode("utf-8-sig").startswith("id,location,")
    assert found["docx"].startswith(b"PK")
    tab.close()


def rows_of(table) -> list[list[str]]:
    """The texts of a table's rows; of headings in two rows, the lower ones."""
    rows = [row.find_all(["th", "td"]) for row in table("tr")]
    if len(table.thead("tr")) == 2:
        below = iter(rows.pop(1))
        rows[0] = [
            next(below) if head.has_attr("colspan") else head
            for head in rows[0]
            for _ in range(int(head.get("colspan", 1)))
        ]
    return [[cell.get_text() for cell in row] for row in rows]


def table_faults(html: str) -> list[str]:
    """What a reader of a page's tables should not meet."""
    faults = []
    for table in BeautifulSoup(html, "html.parser").select(".jdm-table table"):
        caption = table.caption.get_text()
        cells = [cell.get_text() for cell in table.find_all(["th", "td"])]
        rows = rows_of(table)
        faults += [f"{caption}: {text!r}" for text in cells if CODE.search(text)]
        faults += [f"{caption}: {text!r}" for text in cells if ZERO.search(text)]
        begun = [cell.get_text() for cell in table.select("tbody th:not(.level)")]
        if caption.partition(". ")[2] not in AS_IN_A_FILE:
            faults += [f"{caption}: {text!r}" for text in begun if SMALL.match(text)]
        kind = rows[0].index("Statistic") if "Statistic" in rows[0] else 0
        for row in rows:
            if kind and row[kind] == "count" and any(map(WHOLE.fullmatch, row)):
                faults.append(f"{caption}: {row}")
        for heading, *column in zip(*rows, strict=True):
            numbers = [text for text in column if re.match(r"\d", text)]
            if len(numbers) > 1 and all(map(WHOLE.fullmatch, numbers)):
                faults.append(f"{caption}: {heading} {numbers}")
    return faults


def text_faults(html: str) -> list[str]:
    """What a reader should not meet in the headings, captions and printed outputs of a chapter."""
    page = BeautifulSoup(html, "html.parser")
    for code in page.select("code, .headerlink"):
        code.extract()  # a name of the code that is set as one
    told = [
        part.get_text() for part in page.select("article :is(h1, h2, h3), figcaption .caption-text")
    ]
    printed = [part.get_text() for part in page.select(".cell_output .output pre")]
    faults = [text for text in told if CODE.search(text) or ZERO.search(text)]
    return faults + [text for text in printed if CODE.search(text) or REPR.match(text)]


def faults_of(pages):
    """The faults of those pages that have any."""
    html = {page.name: page.read_text(encoding="utf-8") for page in pages}
    wrong = {name: table_faults(text) + text_faults(text) for name, text in html.items()}
    return {name: found for name, found in wrong.items() if found}


def test_no_page_shows_code_a_p_of_zero_or_parts_of_patients(pages):
    chapters = [page for page in pages if page.parent.name not in ("api", "paperaudit")]
    assert len(chapters) > 25 and faults_of(chapters) == {}


@pytest.mark.slow
def test_nor_does_a_page_of_the_second_cohort(tmp_path):
    shutil.copytree(ROOT / "data" / "pbc", tmp_path / "pbc")
    subprocess.run([sys.executable, "-m", "jdm_utils", "book", tmp_path / "pbc"], check=True)
    html = tmp_path / "pbc" / "book" / "_build" / "html"
    found = [html / "index.html", *html.glob("[0-9]_*.html")]
    assert len(found) == 7 and faults_of(found) == {}


@pytest.mark.parametrize(
    "html",
    [
        "<h2>What ci_low says</h2>",
        "<h2>p = 0.00</h2>",
        '<figcaption><span class="caption-text">Mean, q025</span></figcaption>',
        '<div class="cell_output"><div class="output"><pre>[np.True_]</pre></div></div>',
        '<div class="cell_output"><div class="output"><pre>\'none\'</pre></div></div>',
        '<div class="cell_output"><div class="output"><pre>(\'an estimate\',)</pre></div></div>',
    ],
)
def test_the_search_of_the_text_sees_what_it_looks_for(html):
    assert text_faults(f"<article>{html}</article>")
    output = '<div class="cell_output"><div class="output"><pre>none</pre></div></div>'
    harmless = f"<h2>Which <code>ci_low</code></h2>{output}"
    assert not text_faults(f"<article>{harmless}</article>")


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("Odds ratio", ["ci_low"]),
        ("Item", ["table3_immunosuppressor_calcinosis_n"]),
        ("Df", ["1"]),
        ("Sd", ["1.5"]),
        ("p", ["1.2e-05"]),
        ("p", ["3e−16"]),
        ("Drugs", ["['methotrexate', 'cyclosporine']"]),
        ("Limits", ["(np.float64(1.5), 2.0)"]),
        ("When", ["Timestamp('2008-01-02')"]),
        ("Mean, q025", ["1.5"]),
        ("Q025", ["1.5"]),
        ("p", ["0.00"]),
        ("Odds ratio", ["0.00 (0.00 to 2.13)"]),
        ("Patients", ["15.00", "10.00"]),
        ("N 00", ["20"]),
    ],
)
def test_the_search_sees_what_it_looks_for(heading, cells):
    def format(text):
        return str(text)

    table = table_of(
        pd.DataFrame({heading: cells}), "A table", headings={heading: heading},
        formats={heading: format},
    )  # fmt: skip
    assert table_faults(table._repr_html_())
    assert not table_faults(table_of(pd.DataFrame({"p": [0.0046]}), "A table")._repr_html_())


class TestTablesFit:
    """On a telephone a table scrolls in its own box or is cards; no interval is on two lines."""

    def test_no_table_sticks_out_and_no_interval_is_broken(self, visits):
        assert {path.stem: page["wrong"] for path, page in visits.items() if page["wrong"]} == {}

    def test_nor_on_a_telephone(self, browser, pages):
        tab, wrong = browser.new_page(), {}
        tab.set_viewport_size({"width": 390, "height": 800})
        for page in pages:
            tab.goto(page.as_uri())
            wrong[page.name] = tab.evaluate(STICKS_OUT) + tab.evaluate(BROKEN)
        tab.close()
        assert {name: found for name, found in wrong.items() if found} == {}

    def test_tables_in_the_text_keep_their_words_whole(self, browser, html):
        tab = browser.new_page()
        tab.set_viewport_size({"width": 390, "height": 800})
        tab.goto((html / "pages" / "benchmark.html").as_uri())
        broken = tab.evaluate(
            """() => [...document.querySelectorAll("table.table td p")].flatMap(p => {
              const text = p.firstChild;
              return [...(text?.data ?? "").matchAll(/[\\p{L}\\d\\u00a0]+/gu)].filter(word => {
                const range = document.createRange();
                range.setStart(text, word.index);
                range.setEnd(text, word.index + word[0].length);
                return new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1;
              }).map(word => word[0]);
            })"""
        )
        tab.close()
        assert broken == []

    def test_the_first_column_stays_where_the_others_scroll(self, browser, html):
        tab = browser.new_page()
        tab.set_viewport_size({"width": 390, "height": 800})
        tab.goto((html / "notebooks" / "06_audit.html").as_uri())
        box = tab.locator(".jdm-table:not([data-cards]):has(td:nth-child(9))").last
        names = box.locator("tbody th, thead th:first-child, caption, p")
        before = [names.nth(i).bounding_box()["x"] for i in range(names.count())]
        assert box.evaluate("box => { box.scrollLeft = 200; return box.scrollLeft }") > 100
        after = [names.nth(i).bounding_box()["x"] for i in range(names.count())]
        assert after == pytest.approx(before, abs=0.5)
        tab.close()

    @pytest.mark.parametrize(
        ("chapter", "table"),
        [
            ("06_audit", ":not([data-filterable]):has(td.long)"),
            ("07_table4", "#table-tried"),
            ("04_univariate", ":has([colspan])"),
        ],
    )
    def test_rows_with_sentences_or_limits_are_cards_on_a_telephone_alone(
        self, browser, html, chapter, table
    ):
        tab = browser.new_page()
        tab.goto((html / "notebooks" / f"{chapter}.html").as_uri())
        cell = tab.locator(f".jdm-table{table} tbody td").first
        heads = tab.locator(f".jdm-table{table}").first.locator("thead tr:first-child th")
        assert cell.get_attribute("data-label").startswith(heads.nth(1).inner_text())
        for width, display in ((390, "grid"), (1280, "table-cell")):
            tab.set_viewport_size({"width": width, "height": 800})
            assert cell.evaluate("cell => getComputedStyle(cell).display") == display
        tab.close()


def test_a_figure_says_more_where_the_pointer_rests(browser, html):
    tab = browser.new_page()
    tab.goto((html / "notebooks" / "11_robustness.html").as_uri())
    figure = tab.locator("svg.drawing.wide:has(.figure-mark)").first
    assert figure.get_attribute("aria-label").startswith("The odds ratio is")
    said = figure.locator(".figure-mark").evaluate_all(
        """marks => marks.map(mark => {
          mark.scrollIntoView({block: "center"});
          const {x, y, width, height} = mark.getBoundingClientRect();
          const hit = document.elementFromPoint(x + width / 2, y + height / 2);
          return [mark.dataset.told, hit.closest(".figure-mark").dataset.told];
        })"""
    )
    assert len(said) > 20
    for wanted, found in said:
        assert wanted == found
    tab.close()


@pytest.fixture(scope="module")
def printed(pages):
    """The book as PDF, printed as ``make pdf`` prints it."""
    if BROWSER is None:
        pytest.skip(f"no browser on PATH: {', '.join(NAMES)}")
    command = shutil.which("jupyter-book", path=str(Path(sys.executable).parent))
    single, pdf = ROOT / "_build" / "singlehtml" / "index.html", ROOT / "_build" / "book.pdf"
    builder = ["--builder", "custom", "--custom-builder", "singlehtml"]
    subprocess.run([command, "build", ROOT, "-q", "-W", *builder], check=True, capture_output=True)
    subprocess.run([sys.executable, ROOT / "tools" / "print_book.py", single, pdf], check=True)
    return PdfReader(pdf)


def plain(text):
    """Text without spaces and ligatures, which a PDF sets as it likes."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def read(page):
    """Give the text of a page, and where each piece of it begins: from the left, from below."""
    places = []
    text = page.extract_text(
        visitor_text=lambda piece, user, matrix, *_: (
            piece.strip()
            and places.append(
                (
                    matrix[4] * user[0] + matrix[5] * user[2] + user[4],
                    matrix[4] * user[1] + matrix[5] * user[3] + user[5],
                )
            )
        )
    )
    return text, places


@pytest.fixture(scope="module")
def leaves(printed):
    """The text and its places of each page of the PDF."""
    return [read(page) for page in printed.pages]


def entries(leaves, name, following):
    """The titles and pages in one of the lists at the front of the PDF."""
    text = "\n".join(re.sub(r"^\d+\n", "", text) for text, _ in leaves[:10])
    part = text.partition(f"\n{name}\n")[2] if name != "Contents" else text.split("Contents\n")[1]
    kind = ENTRY if name == "Contents" else FLOAT
    return re.findall(kind, part.partition(f"\n{following}\n")[0], re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_the_pdf_has_lists_with_right_page_numbers_and_running_heads(leaves):
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    chapters = entries(leaves, "Contents", "Tables")
    assert len(chapters) == sum(not file.startswith("pages/api") for file in files)
    starts = [int(number) for _, number in chapters]
    for (title, _), first, after in zip(chapters, starts, [*starts[1:], len(leaves)], strict=True):
        for number in range(first, max(after, first + 1)):
            page = plain(leaves[number - 1][0])
            assert page.startswith(plain(title) + str(number)), (title, number)
        assert plain(leaves[first - 1][0]).count(plain(title)) > 1, title
    tables, figures = (
        entries(leaves, "Tables", "Figures"),
        entries(leaves, "Figures", chapters[0][0]),
    )
    assert len(tables) > 100 and len(figures) > 15
    for title, number in [*tables, *figures]:
        assert re.match(r"(Table|Fig\.) \d+\.\d+", title)
        mark = plain(re.match(r"(Table|Fig\.) [\d.]+", title)[0])
        assert mark in plain(leaves[int(number) - 1][0]), title


@pytest.mark.slow
def test_the_pdf_is_short_and_has_no_hole(printed, leaves):
    assert len(leaves) < 200
    margin = 18 / 25.4 * 72
    starts = {int(number) for _, number in entries(leaves, "Contents", "Tables")}
    half_empty = []
    for number, (page, (_, places)) in enumerate(zip(printed.pages, leaves, strict=True), 1):
        text = [(x, y) for x, y in places if 20 / 25.4 * 72 < y < page.mediabox.height - 65]
        assert text, number
        assert min(x for x, _ in text) > margin - 1, number
        assert max(x for x, _ in text) < float(page.mediabox.width) - margin, number
        last = number + 1 in starts or number == len(leaves)
        if not last and min(y for _, y in text) > float(page.mediabox.height) / 2:
            half_empty.append(number)
    assert len(half_empty) <= 0.03 * len(leaves), half_empty


@pytest.mark.slow
def test_the_pdf_is_tagged_and_has_an_outline(printed):
    root = printed.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root and root["/Lang"] == "en"
    assert printed.outline and printed.metadata.title == "Calcinosis in juvenile dermatomyositis"


class TestOneChild:
    """The page on which a reader changes counts: it shows what Python computed, and no other."""

    @pytest.fixture
    def tab(self, browser, html):
        tab = browser.new_page()
        tab.goto((html / "notebooks" / "14_one_child.html").as_uri())
        yield tab
        tab.close()

    @staticmethod
    def choose(tab, name, counts):
        for i, count in enumerate(counts):
            tab.locator(f"#{name}-{i}").fill(str(count))

    @staticmethod
    def shown(tab, name):
        return tab.locator(f"#{name} tbody td").all_inner_texts()

    @pytest.mark.parametrize("counts", [(7, 1), (7, 0), (0, 0), (23, 31), (11, 4), (3, 19)])
    def test_a_finding_is_what_was_computed(self, tab, counts):
        self.choose(tab, "counts", counts)
        assert self.shown(tab, "counts") == change_counts(23, 31).loc[counts].tolist()

    def test_no_patients_can_have_more_early_ones_than_late_ones(self, tab):
        before = self.shown(tab, "early")
        self.choose(tab, "early", (2, 4, 4))
        assert set(self.shown(tab, "early")) == {""}
        assert "No patients can have these counts" in tab.locator("#early output").inner_text()
        self.choose(tab, "early", (11, 0, 4))
        assert self.shown(tab, "early") == before

    @pytest.mark.parametrize("counts", [(5, 12, 0, 14), (7, 16, 1, 30), (0, 0, 0, 0)])
    def test_table_4_is_what_was_computed(self, tab, counts):
        labels = {"cardiac": "Cardiac involvement", "immunosuppressor": "Treatment"}
        model = read_model(load_claims(), [*labels], "table4")
        self.choose(tab, "table4", counts)
        assert self.shown(tab, "table4") == change_table4(model, labels).loc[counts].tolist()

    def test_a_count_beyond_its_group_or_no_whole_number_gives_nothing(self, tab):
        for wrong in ("24", "-1", "1.5", ""):
            self.choose(tab, "counts", (wrong, 1))
            assert set(self.shown(tab, "counts")) == {""}, wrong

    def test_by_keyboard_and_aloud(self, tab):
        more = tab.get_by_role("button", name="Without calcinosis: one more").first
        more.focus()
        tab.keyboard.press("Enter")
        expected = change_counts(23, 31).loc[(7, 2), "Fisher's exact test, p"].iloc[0]
        words = tab.locator("#counts output")
        expect(words).to_contain_text(f"Fisher's exact test, p: Computed {expected}")
        tab.keyboard.press("Shift+Tab")
        tab.keyboard.press("ArrowDown")
        assert tab.locator("#counts-1").input_value() == "1"

    def test_an_address_keeps_the_counts(self, tab):
        tab.get_by_role("button", name="Late diagnosis", exact=True).click()
        assert tab.url.endswith("#counts=11,4")
        tab.reload()
        assert [tab.locator(f"#counts-{i}").input_value() for i in (0, 1)] == ["11", "4"]
        pressed = tab.locator("#counts button[aria-pressed=true]").all_inner_texts()
        assert pressed == ["Late diagnosis"]

    def test_print_shows_the_table_and_no_buttons(self, tab):
        tab.emulate_media(media="print")
        assert tab.locator("#counts table").is_visible()
        assert not tab.locator("#counts button").first.is_visible()


class TestReaderMode:
    """Code is folded; one switch opens it all and is remembered; print has none."""

    CODE = "div.cell > details.above-input"

    @pytest.fixture
    def tab(self, browser, html):
        tab = browser.new_page()
        tab.goto((html / "notebooks" / "05_regression.html").as_uri())
        tab.evaluate("localStorage.clear()")
        tab.reload()
        yield tab
        tab.evaluate("localStorage.clear()")
        tab.close()

    def opened(self, tab):
        return tab.evaluate(f"[...document.querySelectorAll('{self.CODE}')].map(d => d.open)")

    def test_code_is_folded_until_the_switch_opens_it(self, tab):
        assert not any(self.opened(tab))
        switch = tab.get_by_role("button", name="Code", exact=True)
        switch.focus()
        tab.keyboard.press("Enter")
        assert switch.get_attribute("aria-pressed") == "true"
        assert all(self.opened(tab))
        assert tab.locator(".cell_input").first.is_visible()
        tab.reload()
        assert all(self.opened(tab))

    def test_an_address_opens_it(self, tab):
        tab.goto(tab.url + "?code=1")
        assert all(self.opened(tab))

    def test_a_fold_opens_what_comes_before_it_and_shows_nothing(self, tab):
        before = ".cell.tag_code-only:has(+ .cell:not(.tag_code-only))"
        result = tab.locator(f"{before} + .cell").first
        assert not tab.locator(before).first.is_visible()
        result.locator("summary").click()
        expect(tab.locator(before).first.locator(".cell_input")).to_be_visible()

    def test_print_has_no_code(self, tab):
        tab.goto(tab.url + "?code=1")
        tab.emulate_media(media="print")
        assert not tab.locator(".cell_input").first.is_visible()
        assert not any(tab.locator(self.CODE).nth(i).is_visible() for i in range(5))

    def test_the_notebook_that_can_be_downloaded_is_the_notebook(self, html):
        name = "05_regression.ipynb"
        assert (html / "_sources/notebooks" / name).read_bytes() == (
            ROOT / "notebooks" / name
        ).read_bytes()


class TestKeyboard:
    """Whoever has no mouse sees where they are, and passes a long table in one step."""

    OUTLINE = "getComputedStyle(document.activeElement).outlineStyle"

    @pytest.mark.parametrize("page", ["index", "notebooks/06_audit"])
    def test_every_stop_is_seen(self, browser, html, page):
        tab = browser.new_page()
        tab.goto((html / f"{page}.html").as_uri())
        unseen, stops = [], 0
        for _ in range(60):
            tab.keyboard.press("Tab")
            if tab.evaluate("document.activeElement === document.body"):
                break
            stops += 1
            card = "document.activeElement.closest('.sd-card')"
            seen = tab.evaluate(self.OUTLINE) != "none" or tab.evaluate(
                f"{card} && getComputedStyle({card}).outlineStyle !== 'none'"
            )
            if not seen:
                unseen.append(tab.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
        tab.close()
        assert stops > 10
        assert unseen == []

    def test_a_long_table_can_be_skipped(self, browser, html):
        tab = browser.new_page()
        tab.goto((html / "notebooks/06_audit.html").as_uri())
        skip = tab.get_by_role("link", name="Skip the table").first
        skip.focus()
        tab.keyboard.press("Enter")
        tab.keyboard.press("Tab")
        inside = tab.evaluate("!!document.activeElement.closest('[data-filterable]')")
        tab.close()
        assert not inside

    def test_links_with_the_same_words_say_their_row(self, browser, html):
        tab = browser.new_page()
        tab.goto((html / "notebooks/06_audit.html").as_uri())
        names = tab.evaluate(
            "[...document.querySelectorAll('[data-filterable=on] td a')]"
            ".map(a => a.ariaLabel ?? a.textContent)"
        )
        tab.close()
        assert len(names) > 200
        assert len({*names}) == len(names)

    def test_the_button_of_the_theme_says_its_state(self, browser, html):
        tab = browser.new_page()
        tab.goto((html / "index.html").as_uri())
        said = []
        for _ in range(3):
            button = tab.locator(".theme-switch-button").first
            said.append(button.get_attribute("aria-label"))
            button.click()
        tab.close()
        assert sorted(said) == ["Colours: as the system", "Colours: dark", "Colours: light"]

    def test_who_wants_no_motion_gets_none(self, browser, html):
        tab = browser.new_page()
        tab.emulate_media(reduced_motion="reduce")
        tab.goto((html / "index.html").as_uri())
        moving = tab.evaluate(
            "[...document.querySelectorAll('*')]"
            ".filter(node => parseFloat(getComputedStyle(node).transitionDuration) > 0).length"
        )
        tab.close()
        assert moving == 0


def test_chapters_and_their_tables_and_figures_are_numbered(visits, html):
    chapters = [path for path in visits if path.parent.name == "notebooks"]
    assert len(chapters) >= 14
    for path in chapters:
        number = int(path.stem.split("_")[0])
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        title = page.select_one("article h1").text
        assert title.startswith(f"{number}. "), title
        tables = [caption.text.split(". ")[0] for caption in page.select(".jdm-table caption")]
        assert tables == [f"Table {number}.{i}" for i in range(1, len(tables) + 1)]
        figures = [node.text.strip() for node in page.select("figcaption .caption-number")]
        assert figures == [f"Fig. {number}.{i}" for i in range(1, len(figures) + 1)]
        assert {node["id"] for node in page.select(".jdm-table[id]")} <= set(visits[path]["ids"])


class TestFigures:
    """Figures are a part of their page, in its colours, and tell their marks to everyone."""

    @pytest.fixture
    def tab(self, browser):
        tab = browser.new_page()
        yield tab
        tab.close()

    def test_no_figure_is_an_image_and_no_two_share_a_name(self, soups):
        drawn = 0
        for path, page in soups.items():
            assert not page.select(".cell_output img[src$='.svg']"), path
            drawn += len(page.select("figure svg.drawing text"))
            ids = [node["id"] for node in page.select("[id]")]
            assert sorted(ids) == sorted({*ids}), path
            assert path.stat().st_size < 2_000_000
        assert drawn > 500

    def test_the_text_of_figures_has_contrast(self, visits):
        for path, page in visits.items():
            assert page["contrast"]["contrast"] >= 4.5, (path.stem, page["contrast"])
        assert sum("text" in page["contrast"] for page in visits.values()) > 5

    def test_the_text_of_figures_has_contrast_in_the_dark(self, tab, pages):
        tab.emulate_media(color_scheme="dark")
        for path in pages:
            if "svg class=" in path.read_text(encoding="utf-8"):
                tab.goto(path.as_uri())
                least = tab.evaluate(LUMINANCE)
                assert least["contrast"] >= 4.5, (path.stem, least)

    def test_figures_on_paper_have_words_that_can_be_read(self, tab, pages):
        tab.set_viewport_size({"width": 658, "height": 987})  # A4 less its margins
        tab.emulate_media(media="print")
        sizes = {}
        for path in pages:
            if "svg class=" in path.read_text(encoding="utf-8"):
                tab.goto(path.as_uri())
                sizes[path.stem] = tab.evaluate(
                    """() => Math.min(...[...document.querySelectorAll("svg.drawing.wide")].flatMap(
                      svg => [...svg.querySelectorAll("text")].map(text =>
                        parseFloat(getComputedStyle(text).fontSize) * svg.getScreenCTM().a)))"""
                )
        assert len(sizes) > 10
        assert min(sizes.values()) >= 7, sizes  # pixels: 5.25 points

    def test_print_has_the_light_colours(self, tab, html):
        tab.emulate_media(color_scheme="dark", media="print")
        tab.goto((html / "notebooks" / "05_regression.html").as_uri())
        fill = "getComputedStyle(document.querySelector('svg.drawing text')).fill"
        assert tab.evaluate(fill) == "rgb(31, 41, 51)"

    @pytest.mark.parametrize(
        ("width", "media", "kind"),
        [(390, "screen", "narrow"), (1280, "screen", "wide"), (390, "print", "wide")],
    )
    def test_one_of_two_drawings_is_shown(self, tab, html, width, media, kind):
        tab.set_viewport_size({"width": width, "height": 800})
        tab.emulate_media(media=media)
        tab.goto((html / "notebooks" / "06_audit.html").as_uri())
        assert tab.locator("svg.drawing:visible").evaluate_all(
            "all => all.map(one => one.classList.item(1))"
        ) == [kind]
        tab.emulate_media(media="screen")
        tab.set_viewport_size({"width": 1280, "height": 800})

    def test_marks_tell_by_keyboard_and_by_mouse(self, tab, html):
        tab.goto((html / "notebooks" / "07_table4.html").as_uri())
        marks, tip = tab.locator("svg.drawing.wide .figure-mark"), tab.locator(".figure-tip")
        assert marks.count() == 3 and not tab.locator("svg.drawing title").count()
        assert tab.locator("svg.drawing.wide .figure-mark[tabindex='0']").count() == 1
        marks.first.focus()
        assert tip.inner_text() == marks.first.get_attribute("aria-label")
        tab.keyboard.press("ArrowDown")
        assert tip.inner_text() == marks.nth(1).get_attribute("aria-label")
        tab.keyboard.press("Escape")
        assert tip.is_hidden()
        marks.nth(2).scroll_into_view_if_needed()
        marks.nth(2).hover(force=True)
        assert tip.inner_text() == marks.nth(2).get_attribute("aria-label")
        tab.mouse.move(0, 0)
        assert tip.is_hidden()

    def test_each_figure_can_be_had_as_a_file(self, soups):
        for path, page in soups.items():
            for figure in page.select("figure:has(svg.drawing)"):
                links = {
                    link["href"].rpartition(".")[2]: link for link in figure.select("a.download")
                }
                assert {"svg", "png"} <= {*links}, (path, figure.get("id"))
                assert (path.parent / unquote(links["svg"]["href"])).exists()
