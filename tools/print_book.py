"""Print the whole book as one PDF, by Chromium: ``python tools/print_book.py HTML PDF``.

Printed twice: the page numbers of the contents are read from the first print.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from pypdf import PdfReader

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STYLE = """
@page { size: A4; margin: 20mm 18mm 22mm;
  @bottom-center { content: counter(page); font: 9pt sans-serif; } }
@page :first { @bottom-center { content: ""; } }
html { font-size: 11pt; }
.bd-sidebar-primary, .bd-sidebar-secondary, .bd-header, .bd-header-article, .bd-footer,
.bd-footer-content, .prev-next-footer, .headerlink, .jdm-filter, dialog, .skip-link,
#pst-skip-link, .copybtn, .pst-back-to-top, .toggle-button, .download, .sd-container-fluid,
#jb-print-toc { display: none !important; }
.bd-main, .bd-content, .bd-article-container, .bd-page-width, .bd-article, .bd-container,
.bd-container__inner { display: block !important; max-width: none !important;
  width: auto !important; padding: 0 !important; margin: 0 !important; }
.chapter-of-print { break-before: page; }
/* A chapter that fills its last page is followed by no empty one. */
section > :last-child { margin-bottom: 0 !important; }
span[id^="document-"] { position: absolute; }
.jdm-table.jdm-table thead th { position: static; }
h1, h2, h3 { break-after: avoid; }
figure, .sd-card, .admonition, pre, tr { break-inside: avoid; }
.jdm-table { overflow: visible !important; max-height: none !important; font-size: 8.5pt; }
.jdm-table table { width: 100% !important; min-width: 0 !important; }
.jdm-table :is(th, td) { min-width: 0 !important; max-width: none !important;
  white-space: normal !important; overflow-wrap: anywhere; }
.jdm-table thead th { overflow-wrap: normal !important; }
.jdm-table thead { display: table-header-group; }
pre { white-space: pre-wrap !important; overflow-wrap: anywhere; font-size: 8.5pt; }
figure svg, figure img { max-width: 100%; height: auto; }
details { display: block; } details > summary { display: none; }
.contents-of-print { break-before: page; }
.contents-of-print li { display: flex; gap: 1em; justify-content: space-between; }
.contents-of-print ol { list-style: none; padding: 0; line-height: 1.9; }
"""
CONTENTS = """numbers => {
  const words = head => [...head.childNodes].filter(node => node.className !== "headerlink")
    .map(node => node.textContent).join("");
  document.title = document.querySelector("h1").firstChild.textContent;
  document.querySelectorAll(".contents-of-print").forEach(old => old.remove());
  document.querySelectorAll("details.admonition, details.hide").forEach(d => d.remove());
  const list = document.createElement("ol");
  document.querySelectorAll(".jdm-table th button").forEach(
    button => button.replaceWith(button.firstChild.textContent));
  const chapters = [...document.querySelectorAll('span[id^="document-"] + section')];
  chapters.forEach((chapter, i) => {
    const head = chapter.querySelector("h2");
    chapter.classList.add("chapter-of-print");
    const [item, title, page] = ["li", "a", "span"].map(n => document.createElement(n));
    title.textContent = words(head);
    title.href = "#" + chapter.id;
    page.textContent = numbers[i] ?? "";
    item.append(title, page);
    list.append(item);
  });
  const part = document.createElement("nav");
  const name = document.createElement("h2");
  name.textContent = "Contents";
  part.className = "contents-of-print";
  part.append(name, list);
  chapters[0].before(part);
  return chapters.map(chapter => words(chapter.querySelector("h2")));
}"""


def print_book(html: Path, pdf: Path) -> None:
    """Write *html*, a book on one page, as *pdf*."""
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    if browser is None:
        sys.exit(f"Printing needs a browser on PATH: one of {', '.join(NAMES)}.")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=browser, args=["--no-sandbox"] if root else []
        )
        page = launched.new_page(color_scheme="light")
        page.goto(html.resolve().as_uri())
        page.add_style_tag(content=STYLE)
        titles = page.evaluate(CONTENTS, [])
        _print(page, pdf)
        page.evaluate(CONTENTS, _pages_of(titles, pdf))
        _print(page, pdf)
        launched.close()


def _print(page: Page, pdf: Path) -> None:
    page.pdf(path=pdf, prefer_css_page_size=True, print_background=True, outline=True, tagged=True)


def _pages_of(titles: list[str], pdf: Path) -> list[str]:
    """Read the pages of the chapters from the outline, which loses spaces at the end of a line."""
    reader = PdfReader(pdf)
    entries: list[Any] = list(reader.outline)
    pages: dict[str, str] = {}
    while entries:
        entry = entries.pop(0)
        if isinstance(entry, list):
            entries = entry + entries
        else:
            page = reader.get_destination_page_number(entry) + 1
            pages.setdefault("".join(str(entry.title).split()), str(page))
    return [pages["".join(title.split())] for title in titles]


if __name__ == "__main__":
    print_book(Path(sys.argv[1]), Path(sys.argv[2]))
    print(f"{sys.argv[2]}: {len(PdfReader(sys.argv[2]).pages)} pages")
