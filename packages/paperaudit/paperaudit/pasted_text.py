"""Columns of text that was pasted from a PDF or a page, where no mark parts them."""

from __future__ import annotations

import re
from collections import Counter
from itertools import product

from paperaudit.cell_forms import parse_cell
from paperaudit.rounding import printed_decimals, printed_value
from paperaudit.table_headings import read_column
from paperaudit.vocabulary import SIZE

Part = tuple[int, str]  # where a text begins, and the text

_GAP = re.compile(r"\S+(?: \S+)*")
_SIZE = re.compile(rf"[(\[,]?\s*{SIZE}\d[\d,]*\s*[)\]]?", re.IGNORECASE)
_GOES_ON = re.compile(r"(?:,|\b(?:and|or|of|the|with|for|in|to))$")
_RULE = re.compile(r"[\s|:+-]*-{2,}[\s|:+-]*")
_CORNER = re.compile(
    r"(?:\w+ )?(?:variables?|characteristics?|parameters?|factors?|items?|outcomes?|measures?"
    r"|features?|demographics?|covariates?|predictors?|group)[a-e*]?\b\s*", re.IGNORECASE
)  # fmt: skip
_TITLE = re.compile(r"\s*(?:table|tab\.|tabelle|tabela|tabla|tableau|tablo)\b", re.IGNORECASE)
#: Headings that can stand behind the last group.
_TAIL = re.compile(
    r"(?:(?:fdr-?|un-?)?adjusted |crude |uni\w+ |multi\w+ )?"
    r"(?:p(?:[ -]?values?)?(?: for \w+)?[*†‡a-c]?(?=\s|$)"
    r"|[ac]?(?:OR|HR|RR|IRR|PR)s?\b(?: ?[(\[][^)\]]*[)\]])?|(?:odds|hazard|risk) ratio"
    r"(?: ?[(\[][^)\]]*[)\]])?|9\d ?% ?CI|SMD|χ2|chi-square|test|statistic|t|z|F(?=\s|$))",
    re.IGNORECASE,
)


def split_pasted(text: str) -> tuple[list[list[str]], list[int]]:
    r"""Part pasted lines into columns: at bars, at gaps, or at what looks like a value.

    Parameters
    ----------
    text
        The lines. Those of Markdown are parted at bars. If most lines have gaps of two spaces or
        more, columns are where those of the fullest lines begin. Else a line is a label and,
        behind it, values one space apart.

    Returns
    -------
    rows : list of list of str
        Leading spaces of labels are kept.
    doubtful : list of int
        Rows with fewer values than columns, of which it is not certain where they belong.

    Examples
    --------
    >>> split_pasted("Women  9 (26.5)  16 (32.7)  0.546\nMen    25 (73.5)  33 (67.3)")[0]
    [['Women', '9 (26.5)', '16 (32.7)', '0.546'], ['Men', '25 (73.5)', '33 (67.3)', '']]
    >>> split_pasted("Group Ill (n = 34) Well (n = 49) P\nWomen 9 (26.5) 16 (32.7) 0.546")[0]
    [['Group', 'Ill (n = 34)', 'Well (n = 49)', 'P'], ['Women', '9 (26.5)', '16 (32.7)', '0.546']]
    """
    lines = [line.rstrip().expandtabs(4) for line in text.splitlines() if line.strip()]
    if sum("|" in line for line in lines) > len(lines) / 2:
        return _at_bars(lines), []
    gaps = [[(g.start(), g[0]) for g in _GAP.finditer(line)] for line in lines]
    if sum(len(row) > 1 for row in gaps) > len(lines) / 2:
        return unwrapped(_at_gaps(lines, gaps)), []
    return _at_values(lines)


def unwrapped(rows: list[list[str]]) -> list[list[str]]:
    """Join a label that goes on in the next line: behind a comma, or in small letters.

    A line above one that is indented more is a heading.

    Examples
    --------
    >>> unwrapped([["Chronic pulmonary", "7 (8.4)"], ["disease", ""], ["Diabetes", "30 (36.1)"]])
    [['Chronic pulmonary disease', '7 (8.4)'], ['Diabetes', '30 (36.1)']]
    """
    whole: list[list[str]] = []
    for row, below in zip(rows, [*rows[1:], []], strict=True):
        alone = row[0].strip() and not any(cell.strip() for cell in row[1:])
        heads = bool(below) and _indent(below[0]) > _indent(row[0])
        above = whole[-1] if whole else [""]
        goes_on = _GOES_ON.search(above[0]) or (
            row[0].lstrip()[:1].islower() and any(above[1:]) and not heads
        )
        if alone and above[0].strip() and goes_on and _indent(row[0]) >= _indent(above[0]):
            above[0] += f" {row[0].strip()}"
        else:
            whole.append(list(row))
    return whole


def _indent(label: str) -> int:
    return len(label) - len(label.lstrip())


def staggered(rows: list[list[str]]) -> list[list[str]]:
    """Put headings of a page in their columns where one of two rows spans those of the other.

    A browser gives the cells of each row without saying how many columns or rows they span.

    Examples
    --------
    >>> rows = [["Finding", "Crude", "Adjusted"], ["OR", "p", "OR", "p"], ["Sex", *"1234"]]
    >>> staggered(rows)[:2]
    [['Finding', 'Crude', 'Crude', 'Adjusted', 'Adjusted'], ['', 'OR', 'p', 'OR', 'p']]
    """
    widths = Counter(len(row) for row in rows[2:] if sum(bool(c.strip()) for c in row) > 1)
    if not widths or len(rows) < 3:
        return rows
    width, (above, below) = max(widths, key=lambda n: (widths[n], n)), rows[:2]
    plain = not any(parse_cell(c) for c in (*above, *below) if c.strip())
    down = width - len(below)  # headings that span both rows
    spans = len(above) - down
    if not (plain and 0 < down < len(above) < width) or len(below) % spans:
        return rows
    each = len(below) // spans
    behind = 0  # of those, the last ones
    while behind < down - 1 and read_column([above[-1 - behind]]).kind != "group":
        behind += 1
    first = down - behind
    wide = [text for text in above[first : first + spans] for _ in range(each)]
    last = above[first + spans :]
    return [[*above[:first], *wide, *last], [""] * first + below + [""] * behind, *rows[2:]]


def misplaced(rows: list[list[str]]) -> list[int]:
    """Find rows of more or fewer cells than usual, which may not stand in their columns.

    Those of fewer do if fewer of their values would be as in other rows further to the right: a
    number below numbers, or several in a cell below such cells.

    Examples
    --------
    >>> rows = [["", "A", "B", "p"], ["Men", "9 (26)", "16 (33)", "0.5"], ["Old", "7 (21)", "0.1"]]
    >>> misplaced([*rows, ["Ill", "4 (12)", "6 (12)"], ["Dead", "1", "234 (5)", "9 (18)", "0.2"]])
    [2, 4]
    """
    kinds = [[_kind(cell) for cell in row[1:]] for row in rows]
    widths = Counter(len(row) for row in kinds if any(row))
    heads = next((len(row) - 1 for row in rows if sum(map(bool, map(str.strip, row))) > 1), 0)
    width = max(heads, max(widths, key=lambda n: widths[n], default=0))

    def alike(place: int, first: int = 0, by: int = 0) -> int:
        """Count values that are as others of their column, if those from one on are moved."""
        values = ((j + by * (j >= first), kind) for j, kind in enumerate(kinds[place]) if kind)
        return sum(
            any(
                kind == row[j]
                for i, row in enumerate(kinds)
                if i != place and j < len(row) <= width
            )
            for j, kind in values
        )

    def unsure(place: int) -> bool:
        own = len(kinds[place])
        moves = product(range(own), range(1, width - own + 1))
        return any(alike(place, *move) >= alike(place) for move in moves)

    return [
        i
        for i, row in enumerate(kinds)
        if any(row) and (any(row[width:]) or (len(row) < width and unsure(i)))
    ]


def _kind(text: str) -> str:
    """Say whether a cell prints a number or several, empty if neither."""
    cell = parse_cell(text) if text.strip() else None
    if cell is None or cell.form == "empty":
        return ""
    return "several" if len(cell.numbers) > 1 else "number"


def _at_bars(lines: list[str]) -> list[list[str]]:
    """Part lines at bars; a heading may be broken over lines, or lack the one over the labels."""
    rule = next((i for i, line in enumerate(lines) if _RULE.fullmatch(line) and "|" in line), None)
    framed = sum(line.lstrip().startswith("|") for line in lines) > len(lines) / 2

    def cells(line: str) -> list[str]:
        line = line.strip().removeprefix("|") if framed else line.rstrip()
        return line.removesuffix("|").split("|")

    below = lines[0 if rule is None else rule + 1 :]
    body = [cells(line) if "|" in line else [line] for line in below]
    usual = Counter(len(row) for row in body if sum(bool(c.strip()) for c in row) > 1)
    width = max(usual, key=lambda n: (usual[n], n)) if usual else 0
    heads = [cells(line) for line in lines[: rule or 0]]
    broken = [cell for row in heads for cell in row if len(row) < width or cell.strip()]
    titles = [row for row in heads if len(row) == 1]
    rest = [cell for row in heads if len(row) > 1 or "|" in lines[heads.index(row)] for cell in row]
    rest = [cell for cell in rest if cell.strip()]
    if rule and len(heads) > 1 and len(broken) > width > 0 and len(rest) in (width - 1, width):
        titles = [row for i, row in enumerate(heads) if "|" not in lines[i]]
        heads = [*titles, rest]
    rows = [*heads, *body]
    first = next((i for i, row in enumerate(rows) if sum(bool(c.strip()) for c in row) > 1), 0)
    for place, row in enumerate(rows[: max(len(heads), first + 1)]):
        short = width and len([c for c in row if c.strip()]) == width - 1 > 1
        if short and not any(c.strip() for c in row[width - 1 :]) and row[0].strip():
            rows[place] = ["", *row[: width - 1]]
    return rows


def _at_gaps(lines: list[str], gaps: list[list[Part]]) -> list[list[str]]:
    """Give each text of a line to the column of the fullest line that it lies nearest to."""
    labels = [row[0][0] for row in gaps if len(row) > 1]
    left = sorted(labels)[len(labels) // 2]
    rows = []
    for row in gaps:
        # A heading may have nothing over the labels.
        unnamed = len(row) > 1 and row[0][0] > left + 8
        parts = [(0, ""), *row] if unnamed else row
        rows.append([*parts[:1], *(part for text in parts[1:] for part in _apart(*text))])
    often = Counter(len(row) for row in rows)
    width = max(n for n in often if often[n] > 1 or n in map(len, rows[:3]))
    full = next(row for row in rows if len(row) == width)
    split_rows = []
    for line, row in zip(lines, rows, strict=True):
        cells = [text for _, text in row]
        if len(row) < width:
            cells = [""] * width
            for place, part in enumerate(row):
                column = min(range(width), key=lambda j: _distance(part, full[j]))
                column = 0 if place == 0 and (not parse_cell(part[1]) or not part[1]) else column
                cells[column] = f"{cells[column]} {part[1]}".strip()
        indent = len(line) - len(line.lstrip()) if cells[0] else 0
        split_rows.append([" " * indent + cells[0], *cells[1:]])
    return split_rows


def _distance(part: Part, other: Part) -> float:
    """Tell how far two texts are apart: at their beginnings, middles or ends."""
    (a, text), (b, wide) = part, other
    ends = a + len(text), b + len(wide)
    return min(abs(a - b), abs(a + ends[0] - b - ends[1]) / 2, abs(ends[0] - ends[1]))


def _apart(start: int, text: str) -> list[Part]:
    """Part values that stand one space apart, each with where it begins; words may follow them."""
    words = text.split(" ")
    behind: list[str] = []
    while words and not parse_cell(words[-1]) and re.fullmatch(r"[^\W\d]\S*", words[-1]):
        behind.insert(0, words.pop())
    label, values = _values(f"_ {' '.join(words)}")
    if parse_cell(text) or label != "_" or not values:
        return [(start, text)]
    parts, at = [], 0
    for value in [*values, *([" ".join(behind)] if behind else [])]:
        at = text.index(value, at)
        parts.append((start + at, value))
        at += len(value)
    return parts


def _at_values(lines: list[str]) -> tuple[list[list[str]], list[int]]:
    """Read a line from behind: values as long as they can be read, then the label."""
    parts = [(line, []) if _TITLE.match(line) else _values(line) for line in lines]
    counts = Counter(len(values) for _, values in parts if values)
    if not counts:
        return [[line] for line in lines], []
    sized = [[] if _TITLE.match(line) else _headings(line) for line in lines]
    widths = [len(heads) - 1 for heads in sized if heads]
    width = max(widths) if widths else max(counts, key=lambda n: (counts[n], n))
    last_is_p = any(heads and len(heads) == width + 1 and _is_p(heads[-1]) for heads in sized)
    rows, doubtful = [], []
    for place, ((label, values), heads) in enumerate(zip(parts, sized, strict=True)):
        if heads:
            rows.append(heads)
            continue
        if len(values) > width:  # numbers at the end of the label
            label = " ".join([label, *values[: len(values) - width]])
            values = values[len(values) - width :]
        missing = width - len(values)
        if values and missing > 0:
            # A p stands in the last column; of the other values it is not known which are absent.
            ends = last_is_p and _looks_like_p(values[-1])
            only_p_missing = missing == 1 and not ends
            alone = len(values) == 1 and (ends or _is_reference(values[0]))
            doubtful += [] if only_p_missing or alone else [place]
            tail = [values[-1]] if ends else [""]
            values = [*values[: len(values) - ends], *[""] * (missing - (not ends)), *tail]
        rows.append([label, *values])
    return rows, doubtful


def _is_p(heading: str) -> bool:
    return bool(re.match(r"(?:\S*adjusted )?p\b", heading, re.IGNORECASE))


def _is_reference(text: str) -> bool:
    cell = parse_cell(text)
    return cell is not None and cell.form == "reference"


def _looks_like_p(text: str) -> bool:
    cell = parse_cell(text)
    if cell is None or cell.form not in ("number", "not significant") or "%" in text:
        return False
    number = cell.numbers[0]
    return printed_value(number) <= 1 and (printed_decimals(number) > 1 or number[0] in "<>N")


def _values(line: str) -> tuple[str, list[str]]:
    """Take values away from the end of a line, each as long as possible."""
    words = line.split(" ")
    values: list[str] = []
    while len(words) > 1:
        for size in range(min(9, len(words) - 1), 0, -1):
            text = " ".join(words[-size:])
            cell = parse_cell(text)
            if cell and text.strip() and cell.form != "unbracketed":
                values.insert(0, text.strip())
                words = words[:-size]
                break
        else:
            break
    return " ".join(words), values


def _headings(line: str) -> list[str]:
    """Part a line of headings behind each size of a group; empty if it is no such line.

    The first is that over the labels, if a word such as "Characteristic" stands there.
    """
    ends = [headings.end() for headings in _SIZE.finditer(line)]
    corner = _CORNER.match(line.strip())
    if not ends and corner:
        headings = _tail(line.strip()[corner.end() :])
        return [corner[0].strip(), *headings] if len(headings) > 1 else []
    if len(ends) < 2 or re.search(r"\d", _SIZE.sub("", line[: ends[-1]]).replace("95", "")):
        return []
    heads = [line[a:b].strip() for a, b in zip([0, *ends[:-1]], ends, strict=True)]
    corner = _CORNER.match(heads[0])
    first = corner[0].strip() if corner and corner.end() < len(heads[0]) else ""
    heads[0] = heads[0][corner.end() :].strip() if first and corner else heads[0]
    tail = line[ends[-1] :].strip()
    return [first, *heads, *(_tail(tail) or ([tail] if tail else []))]


def _tail(text: str) -> list[str]:
    """Part headings of comparisons; empty if not all of the text is such."""
    parts = [part[0].strip() for part in _TAIL.finditer(text)]
    return parts if "".join(parts).replace(" ", "") == text.replace(" ", "") else []
