"""A Sphinx extension that lets no page of the book be stale, empty or failed.

``_config.yml`` names it, so that it serves a plain ``jupyter-book build .`` as well.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from textwrap import shorten
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from markupsafe import Markup, escape
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

import smallstats
from cohortbook.report.citing import HowToCite
from cohortbook.report.code_pages import code_page, modules_linked
from cohortbook.report.drawings import inline_figures
from cohortbook.report.execution import NotebookError, Outputs
from cohortbook.report.lighter import lighten, lighten_static
from cohortbook.report.notebook_cells import (
    add_alt_texts,
    fold_code,
    keep_together,
    leave_out_unasked,
    number_tables,
    table_numbers,
)
from cohortbook.report.previews import links_of, preview_script, targets_of
from cohortbook.report.search import Words, sections_of, text_script
from cohortbook.report.versions import Versions
from smallstats.storing import BusyError, only_run_in, replace_file

#: Styles and scripts of every book.
RESOURCES = [
    Path(__file__).with_name("resources"),
    Path(smallstats.__file__).with_name("resources"),
]
JUPYTER_BOOK = "https://github.com/executablebooks/jupyter-book"  # of a book that names no other
logger = logging.getLogger(__name__)
#: What the theme writes, and what assistive technology needs instead.
MENDED = [
    (re.compile(pattern), better)
    for pattern, better in (
        (
            r'(<button class="[^"]*(?:search-button-field|theme-switch-button)[^>]*?)'
            r' aria-label="[^"]*"',
            r"\1",
        ),
        (r'<summary aria-label="[^"]*">', "<summary>"),
        (
            r'(<div class="sidebar-primary-items__start sidebar-primary__section")>',
            r'\1 role="region" aria-label="Book">',
        ),
        (r'<div role="list" class="citation-list">', '<div class="citation-list">'),
        (r' role="doc-biblioentry"', ""),
        (r"<th></th>", "<td></td>"),  # the empty corner of a table of pandas
        # a digest of the file, which its name has: a first build gives none
        (r"(_static/mystnb\.\w+\.css)\?v=\w+", r"\1"),
    )
]
NO_TEXT = re.compile(r"<(h1|script|style)\b.*?</\1>|<(?!img\b|svg\b)[^>]*>", re.DOTALL)


class Book:
    """One build. Sphinx calls these methods in the order in which they stand."""

    def __init__(self, app: Sphinx) -> None:
        self.source = Path(app.srcdir)
        self.build = Path(app.doctreedir).parent
        # What Sphinx remembers has this machine's paths: not beside what others are given.
        self.doctrees = self.build.with_name(".doctrees")
        app.doctreedir = type(app.doctreedir)(self.doctrees)
        self.unfinished = self.build / "unfinished"
        self.outputs = Outputs(self.source, self.build / "outputs")
        self.reads = False
        self.texts: dict[str, list[tuple[str, str, str]]] = {}  # of each page's sections
        self.targets: dict[str, dict[str, str]] = {}
        self.linked: set[str] = set()
        self.modules: set[str] = set()  # whose code a page links to
        self.alone = ExitStack()  # holds the lock of the build's folder

    def begin(self, app: Sphinx, config: Config) -> None:
        """Forget what Sphinx remembers of a build that was killed, failed or gave warnings."""
        self.doctrees.mkdir(parents=True, exist_ok=True)
        try:
            self.alone.enter_context(only_run_in(self.build))
        except BusyError as error:
            sys.exit(f"\n{error}")
        if self.unfinished.exists():
            (self.doctrees / "environment.pickle").unlink(missing_ok=True)
        self.unfinished.touch()
        own = config.html_static_path  # last, so that a book's own file of the same name stands
        config.html_static_path = [*map(str, RESOURCES), *own]
        about = self.source / "pyproject.toml"
        if about.exists() and not config.release:
            project = tomllib.loads(about.read_text(encoding="utf-8"))["project"]
            config.release = config.version = project["version"]
        theme = config.html_theme_options
        theme |= launch_options(theme.get("repository_url", ""), theme.get("repository_branch", ""))
        config.nb_code_prompt_show, config.nb_code_prompt_hide = "Code", "Hide code"
        config.html_show_search_summary = False  # it reads pages, which none opened as a file may
        config.html_favicon = config.html_favicon or str(RESOURCES[0] / "favicon.svg")

    def run_notebooks(self, app: Sphinx, env: BuildEnvironment, *changes: set[str]) -> list[str]:
        """Run the notebooks that are stale; name the pages made from what is no longer valid."""
        paths = [Path(env.doc2path(page)) for page in env.found_docs]
        notebooks = [path for path in paths if path.suffix == ".ipynb"]
        self.outputs.forget_others(notebooks)
        try:
            self.outputs.refresh(notebooks)
        except NotebookError as error:
            shutil.rmtree(app.outdir, ignore_errors=True)
            sys.exit(f"\n{error}\n\nThere is no book: a notebook failed.")
        made_from = {page: self._made_from(env, page) for page in env.found_docs}
        return [
            page
            for page, digest in made_from.items()
            if env.metadata.get(page, {}).get("made_from") != digest
        ]

    def note_reading(self, app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
        """Remember whether Sphinx is going to read a page."""
        self.reads = bool(pages)

    def insert_outputs(self, app: Sphinx, page: str, source: list[str]) -> None:
        """Let Sphinx read each notebook with its valid outputs, not with those committed."""
        app.env.metadata[page]["made_from"] = self._made_from(app.env, page)
        path = Path(app.env.doc2path(page))
        if path.suffix == ".ipynb":
            from cohortbook.report.downloads import add_downloads, withholds

            content = json.loads(self.outputs.fill(path))
            leave_out_unasked(content["cells"])
            add_alt_texts(content["cells"])
            fold_code(content["cells"])
            number_tables(content["cells"], path.stem)
            app.env.metadata[page]["tables"] = table_numbers(content["cells"])
            add_downloads(content["cells"], self.source, page, as_shown=withholds())
            source[0] = json.dumps(content)
            glued = self.build / "jupyter_execute" / f"{page}.glue.json"
            glued.unlink(missing_ok=True)  # written only if there is something to glue

    def write_all(self, app: Sphinx, env: BuildEnvironment) -> set[str]:
        """Write every page if one is: titles, glued numbers and what is searched reach across."""
        return env.found_docs if self.reads or [*app.builder.get_outdated_docs()] else set()

    def check_page(
        self, app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document
    ) -> None:
        """Warn of a page without a body, name its language, say what a link to it shows.

        No markup in a title is any.
        """
        language = app.env.metadata.get(page, {}).get("language")  # from the top of the page
        context["language"] = language or context.get("language")
        for title in ("docstitle", "root_title", "pagetitle"):  # the theme writes them as they are
            context[title] = escape(context.get(title, ""))
        context["body"] = keep_together(context.get("body", ""))
        context["metatags"] = context.get("metatags", "") + _about(context, tree)
        if tree is not None and not NO_TEXT.sub("", context.get("body", "")).strip():
            logger.warning("the page is empty", location=page)

    def note_targets(
        self,
        app: Sphinx,
        page: str,
        template: str,
        context: dict[str, Any],
        tree: nodes.document | None,
    ) -> None:
        """Note what search and links show of a page; the page of the search comes last."""
        if tree is not None:
            previews = targets_of(tree).items()
            self.targets |= {f"{page}#{name}": preview for name, preview in previews}
            self.linked |= {*links_of(tree, page)}
            self.texts[page] = sections_of(tree)
            self.modules |= modules_linked(context["body"])
        elif page == "search":
            scripts = {"booktext.js": text_script(self.texts)}
            linked = {
                name: preview for name, preview in self.targets.items() if name in self.linked
            }
            scripts["previews.js"] = preview_script(linked)
            for name, script in scripts.items() if self.texts else ():
                path = Path(app.outdir, "_static", name)
                path.parent.mkdir(exist_ok=True)
                path.write_text(script, encoding="utf-8", newline="\n")
            for name in ("booktext.js", "search.js"):
                app.add_js_file(name, loading_method="defer")

    def add_code(self, app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
        """Add a page for each module whose code another page links to."""
        for name in sorted(self.modules):
            yield code_page(name, app)

    def name_table(
        self, app: Sphinx, env: BuildEnvironment, node: nodes.Element, text: nodes.Element
    ) -> nodes.Element | None:
        """Let ``{numref}`` lead to a table by its number."""
        if node["reftype"] != "numref":
            return None
        for page, metadata in env.metadata.items():
            if number := metadata.get("tables", {}).get(node["reftarget"]):
                path = app.builder.get_relative_uri(node["refdoc"], page)
                where = f"{path}#{node['reftarget']}"
                return nodes.reference("", number, refuri=where, internal=True)
        return None

    def finish(self, app: Sphinx, error: Exception | None) -> None:
        """Mend the pages; leave none of a failed build; mark one without warnings as finished."""
        for template in Path(app.outdir, "_static").glob("*webpack-macros.html"):
            template.unlink()  # the theme's own source, which is not a page
        pages = []
        for path in Path(app.outdir).rglob("*.html"):
            text = mended = path.read_text(encoding="utf-8")
            for pattern, better in MENDED:
                mended = pattern.sub(better, mended)
            mended = inline_figures(mended, path.parent)
            mended = lighten(mended, searches=path.name == "search.html")
            if mended != text:
                replace_file(path, mended.encode())
            pages.append(mended)
        lighten_static(Path(app.outdir, "_static"), pages)
        _empty_sources(Path(app.outdir, "_sources"))
        if error is not None:
            shutil.rmtree(app.outdir, ignore_errors=True)
        elif not app._warncount:
            self.unfinished.unlink(missing_ok=True)
        self.alone.close()

    def _made_from(self, env: BuildEnvironment, page: str) -> str:
        path = Path(env.doc2path(page))
        if path.suffix == ".ipynb":
            files = [self.outputs.path(path)]
        else:  # Sphinx copies a changed style only if it writes a page
            folders = [self.source / "_static", *RESOURCES]
            files = sorted(file for folder in folders for file in folder.glob("**/*.*"))
        return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def launch_options(url: str, branch: str) -> dict[str, Any]:
    """Return the options of the theme's launch buttons; without a repository there are none.

    Examples
    --------
    >>> launch_options("", "main")
    {}
    """
    if url in ("", JUPYTER_BOOK):
        return {}
    hub = {"binderhub_url": "https://mybinder.org", "notebook_interface": "jupyterlab"}
    return {"repository_branch": branch, "launch_buttons": hub, "use_repository_button": True}


def _empty_sources(folder: Path) -> None:
    """Take the outputs out of published notebooks: Jupyter may have saved what is withheld."""
    from cohortbook.report.downloads import withholds

    paths = sorted(folder.rglob("*.ipynb*"))
    for path in paths if paths and withholds() else ():
        content = json.loads(path.read_bytes())
        for cell in content["cells"]:
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
        replace_file(path, json.dumps(content, indent=1, ensure_ascii=False).encode())


def _about(context: dict[str, Any], tree: nodes.document | None) -> str:
    """Write what search engines and shared links show of a page: its title and first sentences."""
    paragraphs = tree.findall(nodes.paragraph) if tree is not None else []
    text = next((p.astext() for p in paragraphs if len(p.astext()) > 60), "")
    about = {
        'name="description"': shorten(text, 200, placeholder=" …"),
        'property="og:title"': context.get("title", ""),
        'property="og:description"': shorten(text, 200, placeholder=" …"),
        'property="og:type"': "article",
    }
    return "".join(
        f'\n<meta {name} content="{escape(Markup(value).striptags())}">'
        for name, value in about.items()
        if value
    )


def _write_math(translator: HTML5Translator, node: nodes.math | nodes.math_block) -> None:
    """Write a formula as MathML, which browsers draw without any script."""
    block = isinstance(node, nodes.math_block)
    text = convert(node.astext(), display="block" if block else "inline")
    if "<mi>&</mi>" in text or "<mi>\\" in text:
        logger.warning("the formula has LaTeX that cannot be converted to MathML", location=node)
    number = f'<span class="eqno">({node["number"]})</span>' if block and node["number"] else ""
    if block:
        text = f"{translator.starttag(node, 'div', '', CLASS='formula')}{number}{text}</div>"
    translator.body.append(text)
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect one build to Sphinx's events."""
    book = Book(app)
    app.connect("config-inited", book.begin)
    app.connect("env-get-outdated", book.run_notebooks)
    app.connect("env-before-read-docs", book.note_reading)
    app.connect("source-read", book.insert_outputs)
    app.connect("env-updated", book.write_all)
    app.connect("html-page-context", book.check_page)
    app.connect("html-page-context", book.note_targets)
    app.connect("missing-reference", book.name_table)
    app.connect("html-collect-pages", book.add_code)
    app.connect("build-finished", book.finish)
    app.add_css_file("table.css")
    app.add_css_file("filter.css")
    app.add_css_file("shades.css")
    app.add_css_file("custom.css")
    app.add_css_file("print.css", media="print")
    app.add_js_file("tables.js")
    app.add_js_file("reader.js")
    app.add_css_file("lookup.css")
    app.add_js_file("lookup.js")
    app.add_css_file("figures.css")
    app.add_js_file("figures.js")
    app.add_js_file("hover.js")
    app.add_search_language(Words)
    app.add_directive("versions", Versions)
    app.add_directive("how-to-cite", HowToCite)
    app.add_html_math_renderer("mathml", (_write_math, None), (_write_math, None))
    return {"parallel_read_safe": True, "parallel_write_safe": False}  # it notes what is written
