"""The templates of the package's pages, filled in."""

from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("templates")


def filled(name: str, **values: Any) -> str:
    """Fill in a template; all texts are escaped but those that are marked as markup."""
    from jinja2 import Environment, FileSystemLoader

    templates = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return templates.get_template(name).render(**values)


def style(name: str) -> str:
    """Read the style of a page."""
    return (FOLDER / name).read_text(encoding="utf-8")
