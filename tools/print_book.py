"""Print the whole book as one PDF, by Chromium: ``python tools/print_book.py HTML PDF``.

Printed twice: the page numbers of the contents are read from the first print.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from pypdf import PdfReader

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Beyond `print.css`, which each page has when it is printed alone.
STYLE = """
@page { margin: 24mm 18mm 20mm; @bottom-center { content: counter(page); font: 9pt sans-serif; } }
@page :first { @bottom-center { content: ""; } }
.chapter-of-print { break-before: page; }
/* A chapter that fills its last page is followed by no empty one. */
section > :last-child { margin-bottom: 0 !important; }
span[id^="document-"] { position: absolute; }
.contents-of-print { break-before: page; }
.contents-of-print + .contents-of-print { break-before: auto; }
.contents-of-print li { display: flex; gap: 1em; justify-content: space-between; }
.contents-of-print ol { list-style: none; padding: 0; line-height: 1.5; }
.list-of-print { font-size: 8.5pt; }
.bd-article .contents-of-print a { color: inherit; text-decoration: none; }
"""
#: What is for a screen, and the reference of the code, which is as long as all the rest.
STRIP = """() => {
  document.title = document.querySelector("h1").firstChild.textContent;
  document.querySelectorAll('span[id^="document-pages/api"] + section').forEach(s => s.remove());
  document.querySelectorAll("details.hide, .cell.tag_code-only").forEach(node => node.remove());
  document.querySelectorAll(".jdm-table th button").forEach(
    button => button.replaceWith(button.firstChild.textContent));
  document.querySelectorAll('a[href^="#"]').forEach(link => {
    const id = decodeURIComponent(link.hash.slice(1));
    if (!document.getElementById(id)) link.replaceWith(...link.childNodes);
  });
}"""
#: The chapters with their running heads, and the lists of chapters, tables and figures. Given the
#: page of each entry, by its id; returns these ids.
CONTENTS = """pages => {
  const make = (tag, className, ...children) => {
    const node = Object.assign(document.createElement(tag), { className });
    node.append(...children);
    return node;
  };
  const words = (node, without) => {
    const copy = node.cloneNode(true);
    copy.querySelectorAll(without).forEach(part => part.remove());
    return copy.textContent.trim().replace(/\\s+/g, " ");
  };
  document.querySelectorAll(".contents-of-print, .heads-of-print").forEach(old => old.remove());
  const chapters = [...document.querySelectorAll('span[id^="document-"] + section')];
  const heads = chapters.map(chapter => words(chapter.querySelector("h2"), ".headerlink"));
  const style = chapters.map((chapter, i) => {
    chapter.classList.add("chapter-of-print");
    chapter.style.page = `chapter-${i}`;
    return `@page chapter-${i} { @top-left { content: ${JSON.stringify(heads[i])};`
      + " font: 9pt sans-serif; } }";
  });
  document.head.append(make("style", "heads-of-print", style.join("\\n")));

  const list = (name, className, entries) => make("nav", `contents-of-print ${className}`,
    make("h2", "", name), make("ol", "", ...entries.map(([id, title]) => {
      const link = Object.assign(make("a", "", title), { href: `#${id}` });
      return make("li", "", link, make("span", "", pages[id] ?? ""));
    })));
  const lists = [
    ["Contents", "", chapters.map((chapter, i) => [chapter.id, heads[i]])],
    ["Tables", "list-of-print", [...document.querySelectorAll(".jdm-table[id]:has(.jdm-number)")]
      .map(table => [table.id, words(table.querySelector("caption"), ".jdm-source")])],
    ["Figures", "list-of-print", [...document.querySelectorAll("figure[id]")]
      .filter(figure => figure.querySelector(".caption-number"))
      .map(figure => [figure.id, words(figure.querySelector("figcaption p"), ".sd-badge")
        .replace(/^(Fig\\. \\S+ .+?[.?!])\\s.*$/, "$1")])],
  ];
  chapters[0].before(...lists.map(parts => list(...parts)));
  return lists.flatMap(([, , entries]) => entries.map(([id]) => id));
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
        page.evaluate(STRIP)
        ids = page.evaluate(CONTENTS, {})
        _print(page, pdf)
        page.evaluate(CONTENTS, _pages_of(ids, pdf))
        _print(page, pdf)
        launched.close()


def _print(page: Page, pdf: Path) -> None:
    page.pdf(path=pdf, prefer_css_page_size=True, print_background=True, outline=True, tagged=True)


def _pages_of(ids: list[str], pdf: Path) -> dict[str, int]:
    """Read the pages on which chapters, tables and figures begin: links lead there."""
    reader = PdfReader(pdf)
    places = reader.named_destinations
    numbers = {
        name.removeprefix("/"): reader.get_destination_page_number(place)
        for name, place in places.items()
    }
    return {name: numbers[name] + 1 for name in ids if numbers.get(name) is not None}


if __name__ == "__main__":
    print_book(Path(sys.argv[1]), Path(sys.argv[2]))
    print(f"{sys.argv[2]}: {len(PdfReader(sys.argv[2]).pages)} pages")
