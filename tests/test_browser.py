"""The built book in a real browser, opened as files: complete, and asking no other host."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import nbformat
import pytest
import yaml

from jdm_utils.report.execution import Outputs, _read

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


def take_as_run(notebook, outputs):
    """Let the outputs that stand in a notebook stand for a run, as nbval shows that they do."""
    cells = [cell for cell in nbformat.read(notebook, 4).cells if cell.cell_type == "code"]
    code = outputs._code(_read(notebook))
    record = {"code": code, "inputs": {}, "outputs": [cell.outputs for cell in cells]}
    outputs.path(notebook).write_text(json.dumps(record), encoding="utf-8")


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    """The book, built from nothing as ``make book`` builds it, but without running a notebook."""
    folder = tmp_path_factory.mktemp("book")
    outputs = Outputs(ROOT, folder / "_build" / "outputs")
    outputs.store.mkdir(parents=True)
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        take_as_run(notebook, outputs)
    command = shutil.which("jupyter-book", path=str(Path(sys.executable).parent))
    arguments = ["build", str(ROOT), "--path-output", str(folder)]
    build = subprocess.run(
        [command, *arguments, "-q", "-W", "--keep-going", "-n"],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert build.returncode == 0, build.stdout + build.stderr
    assert "ran " not in build.stdout
    return folder / "_build" / "html"


@pytest.fixture(scope="module")
def pages(html):
    """Every page of the book."""
    return [
        path
        for path in sorted(html.rglob("*.html"))
        if not path.relative_to(html).parts[0].startswith("_")
    ]


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


@pytest.fixture(scope="module")
def visits(browser, pages):
    """What each page asked for, complained of and holds."""
    found = {}
    tab = browser.new_page()
    asked, complaints = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda line: line.type == "error" and complaints.append(line.text))
    for path in pages:
        tab.goto(path.as_uri())
        found[path] = {
            "asked": asked[:],
            "complaints": complaints[:],
            "title": tab.title(),
            "heading": tab.locator("main h1").first.inner_text(),
            "text": tab.locator("main").inner_text(),
            "ids": tab.evaluate("[...document.querySelectorAll('[id]')].map(node => node.id)"),
            "links": tab.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)"),
        }
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


def test_search_works_without_a_server(browser, html):
    tab = browser.new_page()
    tab.goto((html / "search.html").as_uri() + "?q=calcinosis")
    tab.locator("#search-results li a").first.wait_for(timeout=10_000)
    tab.close()
