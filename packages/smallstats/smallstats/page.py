"""A whole HTML page that needs nothing but a browser, and can reach nothing else."""

import base64
import hashlib
from html import escape
from pathlib import Path
from string import Template

from smallstats.storing import replace_file

_TEMPLATES = Path(__file__).with_name("templates")


def whole_page(
    title: str, body: str, *, mark: str, style: str = "", script: str = "", language: str = "en"
) -> str:
    """Write a page.

    Parameters
    ----------
    title
        A text.
    body
        Markup, as are the others.
    mark
        Stands near the beginning: by it a page is told from a file of somebody else's.
    style
        What is added to the style of every such page.
    script
        The only script that can run.
    language
        That of the page.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    shared = (_TEMPLATES / "page.css").read_text(encoding="utf-8")
    page = Template((_TEMPLATES / "page.html").read_text(encoding="utf-8"))
    return page.substitute(
        mark=mark,
        language=language,
        allowed=f"'sha256-{digest}'" if script else "'none'",
        title=escape(title),
        style=shared + style,
        body=body,
        script=f"<script>{script}</script>\n" if script else "",
    )


def write_page(page: Path, text: str, mark: str, other: str) -> None:
    """Write a page; a file without its mark is not overwritten.

    Raises
    ------
    FileExistsError
        Saying what the `other` file is.
    """
    if page.exists() and mark.encode() not in page.read_bytes()[:1000]:
        raise FileExistsError(f"{page}: {other}")
    replace_file(page, text.encode("utf-8", errors="replace"))
