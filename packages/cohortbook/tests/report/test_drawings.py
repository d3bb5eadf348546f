"""Figures in a page: the same drawing, with text, names of its own and colours of the page."""

import re
from xml.etree import ElementTree

import pandas as pd
import pytest

from cohortbook.report.drawings import COLOURS, in_page, inline_figures
from cohortbook.report.figures import forest, missingness
from smallstats.figures.style import BookFigure, image, text_width

SVG = "{http://www.w3.org/2000/svg}"
ROWS = pd.DataFrame(
    [["Cough & cold", 13.125, 1.48, 116.3, 0.0207], ["Age", 4.0, 0.9, 14.0, 0.06]],
    columns=["label", "odds_ratio", "ci_low", "ci_high", "p"],
)


def drawing(figure: BookFigure, prefix: str = "f-") -> ElementTree.Element:
    svg = image(figure).decode()
    return ElementTree.fromstring(in_page(svg[svg.index("<svg") :], prefix))


def texts(figure: BookFigure) -> dict[str, ElementTree.Element]:
    return {str(node.text): node for node in drawing(figure).iter(f"{SVG}text")}


def test_every_text_of_a_figure_is_text() -> None:
    shown = texts(forest(ROWS))
    for words in ("Cough & cold", "13.13 (1.48 to 116.30)", "Odds ratio (95% CI)", "0.021", "1"):
        assert words in shown
    assert shown["Odds ratio (95% CI)"].get("font-weight") == "bold"
    assert shown["0.021"].get("font-weight") is None


def test_columns_stay_flush_whatever_the_font() -> None:
    """Right edges of numbers, left edges of labels, and the middle of what is centred, stand."""
    figure = missingness(
        pd.DataFrame({"label": ["CK", "Creatine"], "n": [54, 54], "missing": [3, 22]})
    )
    shown = texts(figure)
    anchors = {words: node.get("text-anchor") for words, node in shown.items()}
    assert anchors["CK"] == anchors["Creatine"] == "start"
    assert anchors["3/54 (6%)"] == anchors["22/54 (41%)"] == anchors["Missing"] == "end"
    assert anchors["Missing values (%)"] == "middle"
    width = 72 * text_width("22/54 (41%)")
    assert float(shown["22/54 (41%)"].get("x", 0)) == pytest.approx(width, abs=0.01)
    assert float(shown["Missing values (%)"].get("x", 0)) == pytest.approx(
        36 * text_width("Missing values (%)"), abs=0.01
    )


def test_a_drawing_has_no_ground_no_curves_of_letters_and_no_rule_for_the_page() -> None:
    svg = in_page(image(forest(ROWS)).decode().partition("<svg")[2], "f-")
    assert not re.search(r"DejaVu|<style|<metadata|<!--", svg)
    assert len(svg) < len(image(forest(ROWS))) / 3


def test_every_colour_follows_the_page() -> None:
    svg = in_page(image(forest(ROWS)).decode().partition("<svg")[2], "f-")
    assert not re.search("#[0-9a-f]{6}", svg)
    used = {*re.findall(r"var\(--figure-(\w+)\)", svg)}
    assert {"ink", "muted", "band", "second"} <= used <= {*COLOURS.values()}


def test_two_figures_of_a_page_share_no_name(tmp_path) -> None:
    (tmp_path / "a.svg").write_bytes(image(forest(ROWS)))
    (tmp_path / "b.svg").write_text("<svg><title>drawn by hand</title></svg>")
    names = ("a", "a", "b", "missing")
    html = "".join(f'<img alt="{name} &amp; x" class="y" src="{name}.svg" />' for name in names)
    page = inline_figures(html, tmp_path)
    ids = re.findall(r' id="([^"]*)"', page)
    assert ids and len(ids) == len({*ids})
    assert {*re.findall(r'(?:url\(#|xlink:href="#)([^")]+)', page)} == {*ids}
    assert page.count('<svg class="drawing" role="img" aria-label="a &amp; x"') == 2
    assert '<img alt="b &amp; x" class="y" src="b.svg" />' in page  # not a figure of ours
    assert "missing.svg" in page


def test_a_figure_with_few_marks_can_be_reached_and_one_with_many_is_an_image(tmp_path) -> None:
    for n, role in ((0, "img"), (1, "group"), (30, "group"), (31, "img")):
        figure = forest(ROWS)
        for i in range(n):
            figure.add_hint(figure.axes[1].axvspan(i + 1, i + 2), f"mark <{i}>")
        (tmp_path / "a.svg").write_bytes(image(figure))
        page = inline_figures('<img alt="" src="a.svg">', tmp_path)
        assert page.startswith(f'<svg class="drawing" role="{role}"')
        assert page.count("<title>") == n


def test_a_link_to_a_place_of_the_page_is_left_alone() -> None:
    assert in_page('<a xlink:href="#all"/><p id="m"/>', "f-") == '<a xlink:href="#all"/><p/>'
