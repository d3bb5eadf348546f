"""The flow diagram of a cohort, in the manner of STROBE: who was left out, and why."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from cohortbook.report.printing import printing_in
from cohortbook.report.suppression import shown_counts
from smallstats.figures.layout import arrow, box, page
from smallstats.figures.style import (
    GAP,
    LINE,
    MUTED,
    BookFigure,
    drawing_width,
    styled,
    wrap,
)
from smallstats.formatting import format_number


@styled
def flow_diagram(flow: pd.DataFrame, *, groups: Mapping[str, int] | None = None) -> BookFigure:
    """Draw who was included and who was not, in the manner of STROBE.

    Parameters
    ----------
    flow
        Columns ``label``, ``excluded``, ``remaining``, a row a step; the first is what came in.
        With ``unknown`` (how many of the excluded have a missing value) the reasons are told.
    groups
        Names and sizes of the groups compared, drawn at the end.

    Examples
    --------
    >>> flow = pd.DataFrame({"label": ["Forms received", "Definite"], "excluded": [0, 2],
    ...                      "remaining": [9, 7]})
    >>> flow_diagram(flow).alt
    '7 of 9 are analysed; left out at “Definite”: 2. Forms received: 9. Definite: 2 excluded,
     7 remain.'
    """
    width, fork = drawing_width(), 0.5
    wide = 0.52 * width
    aside = width - 2 * GAP - wide - 0.25
    printing = printing_in(flow)
    say = printing.say
    flow = flow.assign(label=[say(str(label)) for label in flow["label"]])
    counts, excluded = shown_counts(flow, "remaining"), shown_counts(flow, "excluded")
    steps = [
        [*wrap(label, wide - 0.2), f"n = {n}"]
        for label, n in zip(flow["label"], counts, strict=True)
    ]
    reasons = [
        [line for text in _reasons(row, out, say) for line in wrap(text, aside - 0.15)]
        for row, out in zip(flow.to_dict("records"), excluded, strict=True)
    ]
    drops = [max(0.56, len(lines) * LINE + 0.3) for lines in reasons]
    span = (width - GAP) / max(1, len(groups or {})) - GAP
    ends = [
        [*wrap(name, span - 0.2), f"n = {format_number(n, 0)}"]
        for name, n in (groups or {}).items()
    ]
    height = 2 * GAP + sum(len(lines) * LINE + 0.2 for lines in steps) + sum(drops[1:])
    height += max((fork + len(lines) * LINE + 0.2 for lines in ends), default=0)
    figure, sheet = page(width, height)
    y, middle, side = GAP, GAP + wide / 2, width - GAP - aside
    for lines, drop, reason in zip(steps, drops, reasons, strict=True):
        if y > GAP:
            arrow(sheet, (middle, y), (middle, y + drop))
            arrow(sheet, (middle, y + drop / 2), (side, y + drop / 2))
            box(sheet, side, y + (drop - len(reason) * LINE - 0.2) / 2, aside, reason)
            y += drop
        y += box(sheet, GAP, y, wide, lines)
    for j, lines in enumerate(ends):
        x = GAP + j * (span + GAP)
        sheet.plot([middle, middle, x + span / 2], [y, y + fork / 2, y + fork / 2], c=MUTED, lw=1)
        arrow(sheet, (x + span / 2, y + fork / 2), (x + span / 2, y + fork))
        box(sheet, x, y + fork, span, lines)
    sentences = [
        say("{label}: {out} excluded, {n} remain.", label=label, out=out, n=n)
        for label, out, n in zip(flow["label"], excluded, counts, strict=True)
    ]
    sentences[0] = f"{flow['label'].iloc[0]}: {counts[0]}."
    sentences += [f"{name}: {format_number(n, 0)}." for name, n in (groups or {}).items()]
    figure.tell(_loss(flow, counts, say), sentences)
    figure.numbers = pd.DataFrame(
        {
            say("Step"): list(flow["label"]),
            say("Excluded"): ["", *("; ".join(_reasons(row, out, say, first=False)) for row, out in
                              zip(flow[1:].to_dict("records"), excluded[1:], strict=True))],
            say("Remaining"): counts,
        }
    )  # fmt: skip
    return figure


def _reasons(
    row: Mapping[Any, Any], excluded: str, say: Callable[..., str], *, first: bool = True
) -> list[str]:
    """Return how many a step excludes: for a missing value, and by the criterion itself."""
    words = [f"{say('Excluded')}: n = {excluded}" if first else excluded]
    unknown = row.get("unknown", None)
    if not pd.isna(unknown) and row["excluded"]:
        parts = {"criterion not met": int(row["excluded"]) - int(unknown), "value missing": unknown}
        counts = {say(why): format_number(n, 0) for why, n in parts.items() if n}
        words += [why if len(counts) == 1 else f"{why}: {n}" for why, n in counts.items()]
    return words


def _loss(flow: pd.DataFrame, counts: Sequence[str], say: Callable[..., str]) -> str:
    """Return a sentence: how many are left, and the step at which most are lost."""
    ends = {"n": counts[-1], "all": counts[0]}
    out = flow["excluded"][1:]
    if out.isna().any() or not out.sum():
        return say("{n} of {all} are analysed", **ends)
    most = int(out.astype(float).to_numpy().argmax()) + 1
    words = "{n} of {all} are analysed; the largest loss is at “{label}” ({lost})"
    if out.iloc[most - 1] == out.sum():
        words = "{n} of {all} are analysed; left out at “{label}”: {lost}"
    return say(
        words, label=flow["label"].iloc[most], lost=format_number(out.iloc[most - 1], 0), **ends,
    )  # fmt: skip
