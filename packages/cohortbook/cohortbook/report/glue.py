"""Hand what a page computes to its prose, and to other pages."""

from html import escape

from smallstats.figures.style import BookFigure, image


def glue_all(**strings: str) -> None:
    """Glue formatted strings, so that prose can quote them by name.

    Raises
    ------
    TypeError
        If a value is not a string: an unformatted float would carry hidden digits into prose.
    """
    from myst_nb import glue  # type: ignore[import-untyped]

    wrong = [name for name, text in strings.items() if not isinstance(text, str)]
    if wrong:
        raise TypeError(f"glue takes formatted strings; these are not: {', '.join(wrong)}")
    for name, text in strings.items():
        glue(name, text, display=False)


def glue_figure(name: str, figure: BookFigure) -> None:
    """Glue a figure, for another page to show with its alternative text."""
    from IPython.display import HTML
    from myst_nb import glue

    drawn = image(figure, "svg").decode().partition("<svg")[2]
    svg = f'<svg style="max-width:100%;min-width:32rem;height:auto"{drawn}'
    box = 'tabindex="0" style="overflow-x:auto"'  # for a narrow screen
    role = "group" if figure.links else "img"  # what is in an image cannot be reached
    drawing = f'<div role="{role}" aria-label="{escape(figure.alt)}" {box}>{svg}</div>'
    glue(name, HTML(drawing), display=False)
