"""Hand what a page computes to its prose, and to other pages."""

from html import escape
from numbers import Integral
from typing import Any

from cohortbook.report.drawings import figure_html
from smallstats.figures.style import BookFigure, image
from smallstats.formatting import format_number


def glue_all(**values: Any) -> None:
    """Glue formatted strings and counts, so that prose can quote them by name.

    Raises
    ------
    TypeError
        If a value is neither a string nor a whole number: an unformatted float would carry hidden
        digits into prose.
    """
    from myst_nb import glue  # type: ignore[import-untyped]

    wrong = [
        name
        for name, value in values.items()
        if isinstance(value, bool) or not isinstance(value, str | Integral)
    ]
    if wrong:
        raise TypeError(
            f"glue takes formatted strings and counts; these are not: {', '.join(wrong)}"
        )
    for name, value in values.items():
        glue(name, value if isinstance(value, str) else format_number(value, 0), display=False)


def glue_figure(name: str, figure: BookFigure) -> None:
    """Glue a figure, for another page to show with its alternative text."""
    from IPython.display import HTML
    from myst_nb import glue

    narrow = image(figure.narrow).decode() if figure.narrow else ""
    drawn = figure_html(image(figure).decode(), escape(figure.finding), f"{name}-", narrow=narrow)
    glue(name, HTML(f'<div class="glued">{drawn}</div>'), display=False)
