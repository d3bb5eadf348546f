"""A program's table of results, with a column for each statistic, in the layout of print.

Programs write `n_treated, mean_treated, sd_treated, estimate, ci_low, ci_high, p` without rounding.
Five significant digits of each are read: later ones differ between programs that agree.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import partial

from paperaudit.grid import Grid, NoTableError, make_grid

Line = dict[str, str]
DIGITS = 5
_NAME = re.compile(r"[a-z][a-z0-9_.]*")
_LABELS = ("label", "time", "term", "variable", "step", "first")
_OF_GROUP = re.compile(r"(n|total|mean|sd|median|q1|q3|min|max|percent|missing)(?:_(\w+))?")
#: What other programs call the same.
_ALIASES = {"conf_low": "ci_low", "conf_high": "ci_high", "p_value": "p", "pvalue": "p",
            "std_error": "se", "lower": "ci_low", "upper": "ci_high", "hr": "hazard_ratio",
            "or": "odds_ratio"}  # fmt: skip
_RATIOS = ("odds_ratio", "hazard_ratio", "risk_ratio", "risk_difference", "incidence", "survival")
#: Columns of counts, by heading; the first that the file has.
_COUNTS = {
    "Patients": ("level_n",), "Events": ("level_events", "events"), "At risk": ("at_risk",),
    "Competing events": ("competing",), "Censored": ("censored",), "Excluded": ("excluded",),
    "Remaining": ("remaining",), "Up, down": ("up", "down"),
}  # fmt: skip
_SIGNS = {
    *_RATIOS, *sum(_COUNTS.values(), ()), "estimate", "ci_low", "ci_high", "p", "mean", "sd", "n",
    "total", "percent", "missing",
}  # fmt: skip
#: Columns that are laid out in other ways, or not read.
_OTHERS = {
    *_LABELS, "level", "second", "a", "n1", "b", "n0", "smd", "followed", "p_known", "test",
    "method", "interval", "effect", "reference", "variable", "group", "model", "term", "kind",
    "dropped", "nagelkerke", "proportional", "se", "unknown", "warnings", "why",
}  # fmt: skip
#: The effect that a method estimates.
_FITS = {
    "odds|logistic": "Odds ratio", "cox|hazard": "Hazard ratio",
    "least squares|linear": "Difference",
}  # fmt: skip


def tidy_grids(source: str, rows: Sequence[Sequence[str]]) -> list[Grid]:
    """Lay a table of results out as papers print it: one for each group and model; else none.

    A file with other columns of numbers is left as it is, so that none is passed over in silence.

    Raises
    ------
    NoTableError
        If a row does not have as many cells as there are columns.

    Examples
    --------
    >>> heads = ["label", "odds_ratio", "ci_low", "ci_high", "p"]
    >>> tidy_grids("fit.csv", [heads, ["Smoker", "2.4", "0.396", "14", "0.37"]])[0].rows
    (('label', 'Odds ratio (95% CI)', 'p'), ('Smoker', '2.4000 (0.39600 to 14.000)', '0.37000'))
    >>> tidy_grids("table.csv", [["Variable", "All"], ["Smoker", "3 (4%)"]])
    []
    """
    if not rows or not all(_NAME.fullmatch(cell.strip("\ufeff ")) for cell in rows[0]):
        return []
    names = [_alias(cell) for cell in rows[0]]
    signs = {name for name in names if name in _SIGNS or _is_of_group(name)}
    if len(signs) < 2 or not set(names) & set(_LABELS):
        return []
    for number, row in enumerate(rows, 1):
        if any(row) and len(row) != len(names):
            raise NoTableError(
                f"{source}, row {number}: has {len(row)} cells, but there are {len(names)} columns"
            )
    lines = [dict(zip(names, map(str.strip, row), strict=True)) for row in rows[1:] if any(row)]
    others = [name for name in names if not _is_read(name)]
    if any(re.search(r"\d", line.get(name, "")) for name in others for line in lines):
        return []
    parts: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        parts.setdefault((line.get("group", ""), line.get("model", "")), []).append(line)
    return [_grid(source, lines, group, model) for (group, model), lines in parts.items()]


def _is_read(name: str) -> bool:
    ratio = name.removesuffix("_low").removesuffix("_high") in _RATIOS
    return name in _SIGNS | _OTHERS or bool(_OF_GROUP.fullmatch(name)) or ratio


def _alias(cell: str) -> str:
    name = cell.strip("\ufeff ").replace(".", "_")
    return _ALIASES.get(name, name)


def _is_of_group(name: str) -> bool:
    match = _OF_GROUP.fullmatch(name)
    return bool(match and match[2])


def _grid(source: str, lines: Sequence[Line], group: str, model: str) -> Grid:
    """Lay out the lines of one group and model."""
    makers = [
        *_of_groups(lines[0]), *_of_counts(lines[0]), *_of_effects(lines[0], model),
        *_of_tests(lines[0]),
    ]  # fmt: skip
    corner = next(name for name in _LABELS if name in lines[0])
    labels, at = _labels(lines, corner)
    heads = [["Follow-up" if corner == "time" else corner], [""]]
    body = [[label] for label in labels]
    for above, below, cell in makers:
        texts = [cell(line) for line in lines]
        if not any(texts):
            continue
        heads[0].append(above)
        heads[1].append(below)
        own = dict(zip(at, texts, strict=True))
        for levels in _shared(texts, lines) if above in ("p", "Missing", "Method") else ():
            own[at[levels[0]] - 1] = texts[levels[0]]
            own |= {at[i]: "" for i in levels if above != "Method"}
        for i, row in enumerate(body):
            row.append(own.get(i, ""))
    two = any(heads[1])
    imputed = "imputed" if re.search("imput", source, re.IGNORECASE) else ""
    caption = " ".join(filter(None, (group, imputed)))
    return make_grid(source, [*heads[: 1 + two], *body], heads=1 + two, caption=caption)


def _labels(lines: Sequence[Line], corner: str) -> tuple[list[str], list[int]]:
    """Write the labels, levels below that of their variable; and say where each line stands."""
    labels: list[str] = []
    at: list[int] = []
    variable = ""
    for line in lines:
        label, level = line[corner], line.get("level", "")
        label += f" → {line['second']}" if corner == "first" else ""
        label = label.removesuffix(f": {level}") if level else label
        nested = bool(level) and not _is_contrast(level)
        if nested and label != variable:
            labels.append(label)
        at.append(len(labels))
        labels.append(f"  {level}" if nested else f"{label}: {level}" if level else label)
        variable = label
    return labels, at


def _is_contrast(level: str) -> bool:
    return " against " in level


def _shared(texts: Sequence[str], lines: Sequence[Line]) -> list[list[int]]:
    """Find the levels of each variable that repeat what is of the variable, such as its p."""
    shared = []
    named = dict.fromkeys(line.get("variable", "") for line in lines if line.get("level"))
    for name in named:
        levels = [i for i, line in enumerate(lines) if line.get("variable") == name]
        alike = len(levels) > 1 and len({texts[i] for i in levels}) == 1
        if alike and not _is_contrast(lines[levels[0]]["level"]):
            shared.append(levels)
    return shared


Maker = tuple[str, str, Callable[[Line], str]]


def _of_groups(line: Line) -> list[Maker]:
    """Make the columns of each group: counts or means, medians, ranges; and missing values."""
    matches = [m for name in line if (m := _OF_GROUP.fullmatch(name))]
    groups = dict.fromkeys(m[2] or "" for m in matches if m[1] in ("n", "mean", "total"))
    if set(groups) == {""} and not {"total", "mean", "percent"} & set(line):
        groups = {}  # "n" of a fit
    if len(groups) > 1:
        groups.pop("", None)  # n of all, beside the groups
    makers: list[Maker] = []
    for group in groups:
        end = f"_{group}" if group else ""
        name = "All" if group in ("", "all") else group.capitalize()
        makers += [
            (name, "n/N or mean ± SD", partial(_main, end=end)),
            (name, "Median (quartiles)", partial(_span, names=[x + end for x in _QUARTILES])),
            (name, "Range", partial(_span, names=[f"min{end}", f"max{end}"])),
        ]
    if "a" in line and "n1" in line:
        makers.append(("With the finding", "", partial(_share, count="a", total="n1")))
        makers.append(("Without it", "", partial(_share, count="b", total="n0")))
    ends = [f"_{group}" if group else "" for group in groups if group != "all" or len(groups) == 1]
    missing = [f"missing{end}" for end in ends if f"missing{end}" in line]
    if missing:
        makers.append(("Missing", "", partial(_joined, names=missing, sign=" and ")))
    elif "missing" in line and "n" in line:
        makers.append(("Missing", "", partial(_share, count="missing", total="n")))
    return makers


_QUARTILES = ("median", "q1", "q3")


def _main(line: Line, end: str) -> str:
    mean, sd, percent = (line.get(f"{name}{end}", "") for name in ("mean", "sd", "percent"))
    total = line.get(f"total{end}", "") or line.get("n", "") * bool(end)
    if mean and sd:
        return f"{_digits(mean)} ± {_digits(sd)}" + f", n = {total}" * bool(total)
    share = f" ({_digits(percent)}%)" if percent else ""
    count = _whole(line.get(f"n{end}", ""))
    return f"{count}{f'/{_whole(total)}' * bool(total)}{share}" if count else ""


def _share(line: Line, count: str, total: str) -> str:
    return f"{line[count]}/{line[total]}" if line[count] else ""


def _joined(line: Line, names: Sequence[str], sign: str) -> str:
    return sign.join(filter(None, (_whole(line.get(name, "")) for name in names)))


def _span(line: Line, names: Sequence[str]) -> str:
    """Write two numbers as a range, or three as one with its limits."""
    texts = [_digits(line.get(name, "")) for name in names]
    if not all(texts):
        return ""
    *middle, low, high = texts
    return f"{middle[0]} ({low} to {high})" if middle else f"{low} to {high}"


def _of_counts(line: Line) -> list[Maker]:
    makers: list[Maker] = []
    for heading, names in _COUNTS.items():
        own = [name for name in names if name in line]
        own = own if heading == "Up, down" else own[:1]
        if own:
            makers.append((heading, "", partial(_joined, names=own, sign=", ")))
    counted = {"events", "up"} & set(line)
    if "n" in line and counted and not {"level_n", "time"} & set(line):
        makers.insert(0, ("Patients", "", partial(_joined, names=["n"], sign="")))
    return makers


def _of_effects(line: Line, model: str) -> list[Maker]:
    """Make the columns of effects with their limits."""
    makers: list[Maker] = []
    for kind in _RATIOS:
        if kind in line:
            own = f"{kind}_low" in line
            limits = [f"{kind}_low", f"{kind}_high"] if own else ["ci_low", "ci_high"]
            heading = f"{model} {kind.replace('_', ' ')} (95% CI)".strip()
            heading = heading[0].upper() + heading[1:]
            makers.append((heading, "", partial(_effect, names=[kind, *limits])))
    if "estimate" in line:
        words = " ".join(line.get(name, "") for name in ("method", "interval"))
        fits = [word for pattern, word in _FITS.items() if re.search(pattern, words, re.IGNORECASE)]
        heading = fits[0] if fits and "effect" not in line else "Effect"
        names = ["estimate", "ci_low", "ci_high"]
        makers.append((f"{heading} (95% CI)", "", partial(_effect, names=names)))
    elif "median" in line and "ci_low" in line:
        names = ["median", "ci_low", "ci_high"]
        makers.append(("Median (95% CI)", "", partial(_effect, names=names)))
    single = {"followed": "Median follow-up", "smd": "Standardised difference"}
    makers += [
        (heading, "", partial(_number, name=name))
        for name, heading in single.items()
        if name in line
    ]
    return makers


def _effect(line: Line, names: Sequence[str]) -> str:
    if line.get("reference", "").casefold() in ("true", "yes", "1"):
        return "1 (reference)"
    estimate = line.get("effect", "") if names[0] == "estimate" else ""
    return f"{estimate} {_span(line, names)}".strip()


def _of_tests(line: Line) -> list[Maker]:
    headings = {"p": "p", "p_known": "p, known values"}
    makers: list[Maker] = [
        (heading, "", partial(_number, name=name, p=True))
        for name, heading in headings.items()
        if name in line
    ]
    if {"test", "method", "interval"} & set(line):
        makers.append(("Method", "", _method))
    return makers


def _method(line: Line) -> str:
    methods = [line.get(name, "") for name in ("test", "method")]
    interval = line.get("interval", "")
    return "; ".join(filter(None, [*methods, f"{interval} interval" if interval else ""]))


def _number(line: Line, name: str, *, p: bool = False) -> str:
    return _digits(line.get(name, ""), p=p)


def _whole(text: str) -> str:
    return text.removesuffix(".0")


def _digits(text: str, *, p: bool = False) -> str:
    """Round a number to the digits that are read; what is none stays."""
    try:
        value = float(text)
    except ValueError:
        return text
    if math.isinf(value) or not value:
        return "∞" if value > 0 else "−∞" if value else text
    if p and value < 1e-4:
        return "<0.0001"
    return f"{value:.{max(0, DIGITS - 1 - math.floor(math.log10(abs(value))))}f}"
