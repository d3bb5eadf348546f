"""A whole HTML page that needs nothing but a browser, and can reach nothing else."""

import base64
import hashlib
from html import escape
from pathlib import Path
from string import Template

from smallstats.storing import replace_file

_PAGE = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
$mark
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
style-src 'unsafe-inline'; script-src $allowed; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>$title</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 100rem; padding: 1rem clamp(1rem, 3vw, 3rem) 3rem;
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1, h2 { line-height: 1.25; text-wrap: balance; }
h2 { margin-top: 2.5rem; }
$style</style>
</head>
<body>
<main>
<h1 dir="auto">$title</h1>
$body
</main>
$script</body>
</html>
""")


def whole_page(title: str, body: str, *, mark: str, style: str = "", script: str = "") -> str:
    """Write a page.

    Parameters
    ----------
    title
        A text.
    body
        Markup, as are the others.
    mark
        Stands near the beginning: by it a page is told from a file of somebody else's.
    style, script
        The only script that can run.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return _PAGE.substitute(
        mark=mark,
        allowed=f"'sha256-{digest}'" if script else "'none'",
        title=escape(title),
        style=style,
        body=body,
        script=f"<script>{script}</script>\n" if script else "",
    )


def write_page(page: Path, text: str, mark: str, other: str) -> None:
    """Write a page, but not in place of a file without its mark: that is told, and stays.

    Raises
    ------
    FileExistsError
        Saying what the `other` file is.
    """
    if page.exists() and mark.encode() not in page.read_bytes()[:1000]:
        raise FileExistsError(f"{page}: {other}")
    replace_file(page, text.encode("utf-8", errors="replace"))
