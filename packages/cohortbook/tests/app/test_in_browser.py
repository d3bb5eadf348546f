"""The page in Chromium: from a file to tables and a book, by mouse and by keyboard."""

import csv
import random
import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError

from cohortbook.app.amending import doubts_in, read, settle
from cohortbook.cli import main

from .conftest import running
from .test_server import Visitor


def wait_for(tab, tells, seconds=60):
    """Wait until something holds; the page forbids the browser's own way, which evaluates text."""
    end = time.monotonic() + seconds
    while not tells():
        assert time.monotonic() < end, tab.locator("main").inner_text()
        tab.wait_for_timeout(50)


def idle(tab):
    wait_for(tab, lambda: not tab.locator(".waiting").count())


def settled(text):
    """The file as by hand: every doubt is deleted."""
    return settle(text, doubts_in(text))


def settle_all(tab):
    """Look at each doubt, and say that it is right."""
    while tab.locator("#first").count():
        tab.click("#first")
        tab.wait_for_selector("#answer")
        while tab.locator("#right").count():
            before = tab.url
            tab.click("#right")
            tab.wait_for_url(lambda url, before=before: url != before)
    while n := tab.locator("[id^=general-]").count():
        tab.locator("[id^=general-]").first.click()
        wait_for(tab, lambda n=n: tab.locator("[id^=general-]").count() < n)


def begin(tab, address, file, outcome, dictionary=None):
    tab.goto(address)
    if dictionary:
        tab.set_input_files("#dictionary", dictionary)
    tab.set_input_files("#file", file)  # which sends it
    tab.wait_for_selector("#create")
    tab.select_option("#outcome", outcome)
    tab.fill("#name", "ours")
    tab.click("#create")
    tab.wait_for_url("**/columns")
    idle(tab)


def files_of(request, kind):
    """Give the file of patients with its dictionary, and the outcome as its heading."""
    if kind == "redcap":
        return request.getfixturevalue("redcap_files"), "relapse"
    return (request.getfixturevalue(f"{kind}_file"),), "Relapse"


def go_to_tables(tab):
    """Go on from settled doubts."""
    tab.click("#on")
    tab.wait_for_selector("#ask")
    tab.click("#on")
    tab.wait_for_selector("text=No problem: all tables and chapters can be made.")
    tab.click("#on")
    tab.wait_for_selector(".made")


@pytest.mark.parametrize(
    "kind",
    ["csv", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("xlsx", "redcap"))],
)
def test_from_a_file_to_tables_by_mouse(serve, tab, tmp_path, request, kind):
    (file, *dictionary), outcome = files_of(request, kind)
    begin(tab, serve, file, outcome, *dictionary)
    settle_all(tab)
    go_to_tables(tab)
    assert "Comparison of the two groups" in tab.inner_text("main")
    drawn = tab.locator("figure img")
    assert drawn.count() and all(drawn.nth(i).get_attribute("alt") for i in range(drawn.count()))
    assert drawn.first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    with tab.expect_download() as download:
        tab.click("#word")
    assert download.value.path().read_bytes()[:2] == b"PK"

    by_hand = tmp_path / "by hand"
    given = ["--dictionary", *map(str, dictionary)] * bool(dictionary)
    assert main(["init", str(by_hand), "--data", str(file), "--outcome", outcome, *given]) == 0
    text = (by_hand / "cohort.yml").read_text("utf-8").replace("My cohort", "ours")
    assert (tmp_path / "ours" / "cohort.yml").read_text("utf-8") == settled(text)
    assert (tmp_path / "ours" / "tables" / "comparison.csv").is_file()


def drop(tab, where, *files):
    """Let files fall on a place; tell whether the page or the browser takes them."""
    held = tab.evaluate_handle(
        """files => files.reduce((held, [name, bytes]) => {
          held.items.add(new File([new Uint8Array(bytes)], name));
          return held;
        }, new DataTransfer())""",
        [[path.name, [*path.read_bytes()]] for path in files],
    )
    return tab.locator(where).evaluate(
        """(place, held) => !place.dispatchEvent(
          new DragEvent("drop", {dataTransfer: held, bubbles: true, cancelable: true}))""",
        held,
    )


def test_files_that_are_dropped(serve, tab, redcap_files):
    tab.goto(serve)
    assert drop(tab, ".drop", *redcap_files)
    tab.wait_for_selector("#create")
    assert "dictionary.csv" in tab.inner_text("main")
    assert tab.inner_text("h1") == "export.csv"
    assert drop(tab, "main", redcap_files[0]) and tab.inner_text("h1") == "export.csv"


def test_a_date_stays_on_one_line_and_a_new_title_is_shown_at_once(serve, tab, tmp_path):
    head = ["Date of diagnosis", *(f"A long heading of column {i}" for i in range(14))]
    rows = [[f"20{10 + i}-03-0{1 + i % 9}", *[str(i * j % 7 + j / 2) for j in range(14)]]
            for i in range(12)]  # fmt: skip
    file = tmp_path / "wide.csv"
    file.write_text("\n".join(map(",".join, [head, *rows])))
    tab.goto(serve)
    tab.set_input_files("#file", file)
    tab.wait_for_selector("#create")
    date = tab.locator("td.date").first
    assert date.inner_text() == rows[0][0] and date.bounding_box()["height"] < 50
    tab.fill("#name", "ours")
    tab.click("#create")
    tab.wait_for_url("**/columns")
    wait_for(tab, lambda: tab.inner_text("header .name") == "ours")
    tab.click("#steps a[href='/question']")
    tab.wait_for_selector("html.live #title")  # its script runs, which sends what is typed
    tab.fill("#title", "Ours of the clinic")
    tab.keyboard.press("Tab")
    wait_for(tab, lambda: tab.inner_text("header .name") == "Ours of the clinic")


def test_what_is_marked_stays_so_when_the_page_is_renewed(serve, tab, tmp_path, csv_file):
    """What is typed then takes its place, as it would have without the change elsewhere."""
    begin(tab, serve, csv_file, "Relapse")
    spec = tmp_path / "ours" / "cohort.yml"
    tab.click("text=Age (years)")
    tab.locator("#label").select_text()
    before = tab.get_attribute("#main", "data-stamp")
    text = spec.read_text("utf-8").replace("title: ours", "title: Ours of the clinic")
    spec.write_text(text, "utf-8")
    wait_for(tab, lambda: tab.get_attribute("#main", "data-stamp") != before)
    tab.keyboard.type("Age at start")
    assert tab.input_value("#label") == "Age at start"


def test_answers_are_those_that_one_would_write(serve, tab, tmp_path, csv_file):
    begin(tab, serve, csv_file, "Relapse")
    spec = tmp_path / "ours" / "cohort.yml"
    before = spec.read_text("utf-8")

    def entry():
        return read(spec.read_text("utf-8"))["variables"]["response"]

    tab.click("text=Response")
    tab.wait_for_selector("#level-0")
    names = [tab.input_value(f"#level-{i}") for i in range(tab.locator("[id^=level-]").count())]
    at = names.index("NR")
    tab.click(f"#up-{at}" if at else f"#down-{at}")
    wait_for(tab, lambda: spec.read_text("utf-8") != before)
    wait_for(tab, lambda: tab.input_value("#level-0") != names[0])  # the page shows the answer
    tab.fill("#label", "Best response")
    tab.keyboard.press("Tab")
    wait_for(tab, lambda: "Best response" in spec.read_text("utf-8"))
    tab.click("#kind-binary")
    wait_for(tab, lambda: entry()["kind"] == "binary")
    tab.click("#undo")
    wait_for(tab, lambda: entry()["kind"] == "category")
    assert entry()["label"] == "Best response" and list(entry()["levels"]) != names
    for _ in range(2):
        tab.click("#undo")
        tab.wait_for_timeout(600)
    assert spec.read_text("utf-8") == before


def press_to(tab, field):
    """Go to a field by the Tab key."""
    for _ in range(120):
        if tab.evaluate("document.activeElement.id") == field:
            return
        tab.keyboard.press("Tab")
    raise AssertionError(f"the Tab key does not lead to #{field}")


def choose_by_keyboard(tab, files):
    """Open the list of files by the Enter key, which a busy Chromium may miss."""
    press_to(tab, "file")
    for _ in range(5):
        try:
            with tab.expect_file_chooser(timeout=5000) as chooser:
                tab.keyboard.press("Enter")
        except TimeoutError:
            continue
        return chooser.value.set_files(files)
    raise AssertionError("the Enter key opens no list of files")


def settle_by_keyboard(tab):
    press_to(tab, "first" if tab.locator("#first").count() else "on")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#answer, #ask")
    while tab.locator("#right").count():
        before = tab.url
        press_to(tab, "right")
        tab.keyboard.press("Enter")
        tab.wait_for_url(lambda url, before=before: url != before)
    while n := tab.locator("[id^=general-]").count():
        press_to(tab, tab.locator("[id^=general-]").first.get_attribute("id"))
        tab.keyboard.press("Enter")
        wait_for(tab, lambda n=n: tab.locator("[id^=general-]").count() < n)


def look_at_the_book(tab, popup, patients, spec):
    """See the book of these patients, from where the page cannot be reached."""
    book = popup.value
    book.wait_for_load_state()
    words = f"{patients} patients are analysed"
    assert book.url.startswith("http://localhost:") and words in book.inner_text("main")
    assert "Zxqvina" not in book.content()
    reached = book.evaluate(
        "address => fetch(address).then(() => true, () => false)",
        tab.url.replace("/book", "/state"),
    )
    assert reached is False
    tab.complaints.clear()  # the book says that it may not
    text = spec.read_text("utf-8")
    assert read(text)["analysis"]["outcome"] == "relapse" and not doubts_in(text)


BOOKS = pytest.mark.parametrize(("kind", "n"), [("csv", 40), ("xlsx", 40), ("redcap", 45)])


@pytest.mark.slow
@BOOKS
def test_from_a_file_to_a_book_by_keyboard_alone(serve, tab, tmp_path, request, kind, n):
    files, _ = files_of(request, kind)
    tab.goto(serve)
    choose_by_keyboard(tab, files)
    tab.wait_for_selector("#create")
    press_to(tab, "outcome")
    tab.keyboard.type("Rel")
    press_to(tab, "create")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/columns")
    settle_by_keyboard(tab)
    for heading in ("#ask", "h1:text('Check')", "h1:text('Tables')", "#make"):
        if tab.locator(heading).count():  # nothing had to be settled
            continue
        press_to(tab, "on")
        tab.keyboard.press("Enter")
        tab.wait_for_selector(heading)
        if "Tables" in heading:
            tab.wait_for_selector(".made")
    press_to(tab, "make")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("progress")
    tab.wait_for_selector("#open", timeout=300_000)
    press_to(tab, "open")
    with tab.expect_popup() as popup:
        tab.keyboard.press("Enter")
    look_at_the_book(tab, popup, n, tmp_path / files[0].stem / "cohort.yml")


@pytest.mark.slow
@BOOKS
def test_from_a_dropped_file_to_a_book_by_mouse(serve, tab, tmp_path, request, kind, n):
    files, outcome = files_of(request, kind)
    tab.goto(serve)
    assert drop(tab, ".drop", *files)
    tab.wait_for_selector("#create")
    tab.select_option("#outcome", outcome)
    tab.click("#create")
    tab.wait_for_url("**/columns")
    idle(tab)
    settle_all(tab)
    go_to_tables(tab)
    tab.click("#on")
    tab.click("#make")
    tab.wait_for_selector("progress")
    tab.wait_for_selector("#open", timeout=300_000)
    with tab.expect_popup() as popup:
        tab.click("#open")
    look_at_the_book(tab, popup, n, tmp_path / files[0].stem / "cohort.yml")


def test_reload_back_two_tabs_and_a_change_on_disk(serve, tab, tmp_path, csv_file):
    begin(tab, serve, csv_file, "Relapse")
    spec = tmp_path / "ours" / "cohort.yml"
    tab.click("text=Age (years)")
    tab.wait_for_selector("#label")
    tab.reload()
    assert tab.input_value("#label") == "Age"
    tab.go_back()
    tab.wait_for_selector("h1:text-is('Columns')")
    tab.go_forward()
    tab.wait_for_selector("#label")
    other = tab.context.new_page()
    other.goto(tab.url)
    other.fill("#label", "Age at start")
    other.keyboard.press("Tab")
    wait_for(other, lambda: "Age at start" in spec.read_text("utf-8"))
    wait_for(tab, lambda: tab.input_value("#label") == "Age at start")  # without a reload
    spec.write_text(spec.read_text("utf-8").replace("Age at start", "Written outside"), "utf-8")
    wait_for(tab, lambda: tab.input_value("#label") == "Written outside")
    other.fill("#unit", "years")
    said = (tab.inner_text("#said"), other.inner_text("#said"))
    assert any("changed outside" in text for text in said)
    other.close()
    assert "Written outside" in spec.read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(serve, tab, csv_file, theme, width):
    axe, found = Axe(), {}

    def look(name):
        idle(tab)
        result = axe.run(tab).response
        found[name] = [(v["id"], [n["html"] for n in v["nodes"]][:3]) for v in result["violations"]]
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, name

    tab.set_viewport_size({"width": width, "height": 900})
    tab.emulate_media(color_scheme=theme)
    tab.goto(serve)
    look("file")
    tab.set_input_files("#file", csv_file)
    tab.wait_for_selector("#create")
    look("preview")
    tab.select_option("#outcome", "Relapse")
    tab.click("#create")
    tab.wait_for_url("**/columns")
    base = tab.url.removesuffix("/columns")
    for path in ("columns", "columns/name", "columns/female", "columns/grade", "columns/crp",
                 "question", "check", "tables", "book", "file"):  # fmt: skip
        tab.goto(f"{base}/{path}")
        look(path)
    assert {name: told for name, told in found.items() if told} == {}


@pytest.mark.slow
def test_a_file_of_100_000_rows_stays_responsive(tmp_path):
    rng = random.Random(1)
    path = tmp_path / "big.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Record", "Sex", "Age", "Grade", *(f"lab{i}" for i in range(8)), "Died"])
        for i in range(100_000):
            labs = [f"{rng.lognormvariate(1, 1):.2f}" for _ in range(8)]
            age, died = rng.randint(18, 90), rng.choice(["yes", "no", "no"])
            writer.writerow([f"R{i:06}", rng.choice("FM"), age, rng.choice("ABC"), *labs, died])
    (tmp_path / "big").mkdir()
    path.rename(tmp_path / "big" / path.name)
    labs = "".join(f"  lab{i}: {{kind: number, column: lab{i}}}\n" for i in range(8))
    spec = f"""data: {{file: big.csv}}
id: {{column: Record, identifier: true}}
variables:
  sex: {{kind: category, column: Sex, levels: [F, M]}}
  age: {{label: Age, kind: number, column: Age}}
  grade: {{kind: category, column: Grade, levels: [A, B, C]}}
{labs}  died: {{kind: binary, column: Died}}
analysis: {{outcome: died}}
"""
    (tmp_path / "big" / "cohort.yml").write_text(spec, "utf-8")
    with running(tmp_path, tmp_path / "big") as (address, _):
        visitor, slowest = Visitor(address), 0.0
        paths = ["/columns", "/columns/age", "/state", "/question", "/check", "/tables", "/book"]
        end = time.monotonic() + 45
        while time.monotonic() < end:
            for step in [*paths, None]:
                start = time.monotonic()
                if step:
                    assert visitor.ask(step)[0] == 200
                else:  # an answer, while tasks run
                    visitor.ask("/columns/age", {"do": "save", "label": f"Age {start}"})
                slowest = max(slowest, time.monotonic() - start)
            time.sleep(1)
        assert slowest < 1
        text = visitor.wait("/columns/age", "known,", 240)
        assert re.search(r"100000 known", text)
