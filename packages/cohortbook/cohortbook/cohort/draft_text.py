"""A drafted specification, as it is written down."""

from __future__ import annotations

import filecmp
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cohortbook.cohort.guess import Guess
from cohortbook.cohort.problems import Log, list_rows
from cohortbook.cohort.repeats import Patients
from cohortbook.cohort.spec import Data, Rule, Texts
from smallstats.storing import BusyError, only_run_in, reason, replace_file

_FAST: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
KEYS = (
    "file", "delimiter", "sheet", "sheets_under", "transpose", "header", "skip_rows", "headings",
    "fill_down", "encoding", "decimal", "thousands", "date_formats", "partial_dates", "first_year",
    "missing",
)  # fmt: skip
"""What is said of a table, where it is not what is taken by default."""


DRAFTED = "raw/drafted.yml"
"""A copy of the draft, by which it can be told later what was changed by hand."""

_KEPT = "# The draft as it was made, to compare cohort.yml with: change that file, not this one.\n"


@dataclass(frozen=True)
class Findings:
    """What was found of a table of data.

    `rules` have the rows that break them, and whether these are few; of `unknown` rows the outcome
    is missing, and `events` are in the smaller of its groups; `time` is the time to it.
    """

    data: Data
    doubts: Sequence[str]
    guesses: Sequence[Guess]
    patients: Patients
    duplicates: str
    one_row: str
    spellings: tuple[Texts, Texts]
    derived: Mapping[str, Mapping[str, Any]]
    rules: Sequence[tuple[Rule, str, bool]]
    outcome: str
    unknown: Sequence[int]
    events: int
    time: str
    skewed: Sequence[str]


def draft_text(findings: Findings, candidates: Mapping[str, str]) -> str:
    """Write a drafted specification: its doubts are comments."""
    lines = [
        "# A draft: check every line against your data. A line that begins with # doubt: says what",
        "# was assumed; delete it when it is settled. Then: cohortbook check, with this folder.",
        f"title: {flow('My cohort')}",
        "",
        *(_doubt(doubt) for doubt in findings.doubts),
        "data:",
    ]
    default = Data("")
    for key in KEYS:
        value = getattr(findings.data, key)
        if value != getattr(default, key):
            value = list(value) if isinstance(value, tuple) else value
            lines.append(f"  {key}: {flow(value)}")
    lines += [*_left_out(findings), *_who(findings)]
    words = {k: list(w) for k, w in zip(("yes", "no"), findings.spellings, strict=True) if w}
    if words:
        lines.append(f"spellings: {flow(words)}")
    lines += ["", "variables:"]
    for g in findings.guesses:
        if g.empty or g is findings.patients.id or g.ignored:
            continue
        entry = {k: v for k, v in g.entry.items() if k in ("label", "kind")}
        entry |= {"column": g.heading, **g.entry}
        lines += [f"  {_doubt(note)}" for note in g.notes]
        lines.append(f"  {flow(g.name)}: {flow(entry)}")
    lines += [f"  {name}: {flow(entry)}" for name, entry in findings.derived.items()]
    if findings.rules:
        lines += ["", "rules:" if any(few for *_, few in findings.rules) else "rules: []"]
    for rule, rows, few in findings.rules:
        below = rule.below and {"variable": rule.below.variable, "limit": rule.below.limit}
        text = flow({"below": below} if below else {"order": list(rule.order)})
        if rows and few:
            lines.append(f"  {_doubt(f'broken ({rows}): correct the dates, or take the rule out')}")
        lines.append(f"  - {text}" if few else f"  {_doubt(f'broken ({rows}): - {text}')}")
    if findings.outcome and findings.unknown:
        text = f"is missing ({list_rows(findings.unknown)}): these patients cannot be analysed"
        lines += ["", _doubt(f"{findings.outcome}, the outcome, {text}"), "eligibility:"]
        step = {"label": "Outcome known", "complete": [findings.outcome]}
        lines.append(f"  - {flow(step)}")
    lines += ["", "analysis:"]
    if not findings.outcome:
        lines += ["  # which variable is the outcome? It must be of yes and no; for instance:"]
        lines += [f"  {_comment(f'{heading}: {text}')}" for heading, text in candidates.items()]
    lines.append(f"  outcome: {findings.outcome}".rstrip())
    lines += _follow_up(findings)
    if findings.skewed:
        lines.append("  # skewed numbers: their ranks are compared, not their means")
        lines.append(f"  tests: {flow(dict.fromkeys(findings.skewed, 'mann-whitney'))}")
    most = f"{findings.events // 10}, " * bool(findings.outcome)
    most += "one for every ten of the smaller group"
    lines.append(f"  # candidates: [variables of a regression]  # at most {most}")
    return "\n".join(lines) + "\n"


def _follow_up(findings: Findings) -> list[str]:
    """Write what is taken for the time to the outcome."""
    time, event = findings.time, findings.outcome
    if not time:
        return []
    doubts = [f"{time} taken as the time to {event}; if not, delete time: and event:"]
    if event.startswith("cens"):
        text = "a Yes is taken as the event: make sure that it does not say censored"
        doubts.append(f"{event}: {text}")
    return [*(f"  {_doubt(doubt)}" for doubt in doubts), f"  time: {time}", f"  event: {event}"]


def _left_out(findings: Findings) -> list[str]:
    """Write which columns are not read: they hold nothing, or nothing of the patients."""
    empty = [g.heading for g in findings.guesses if g.empty]
    ignored = [*findings.data.ignore, *(g.heading for g in findings.guesses if g.ignored)]
    if not empty and not ignored:
        return []
    comment = f"  {_comment('nothing stands in ' + ', '.join(empty))}"
    return [comment] * bool(empty) + [f"  ignore: {flow(list(dict.fromkeys([*ignored, *empty])))}"]


def _who(findings: Findings) -> list[str]:
    """Write what tells patients apart, and which of their rows counts."""
    lines, who = [], findings.patients
    if who.id:
        entry: dict[str, Any] = {"column": who.id.heading, "identifier": True}
        entry |= {"with": list(who.with_)} if who.with_ else {}
        lines += ["", _comment("tells patients apart; its values are shown nowhere")]
        lines.append(f"id: {flow(entry)}")
    if who.long and not findings.one_row:
        lines += [f"# {way}" for way in who.advice[1:]]
    if findings.one_row:
        lines.append(f"one_row: {findings.one_row}")
    if findings.duplicates:
        lines.append(f"duplicates: {flow({'latest': findings.duplicates})}")
    return lines


def _doubt(text: str) -> str:
    """Write a doubt as a comment of one line, which `check` repeats while it stands."""
    return _comment(f"doubt: {text}")


def flow(value: Any) -> str:
    """Write a value of `cohort.yml` on one line.

    Examples
    --------
    >>> flow({"yes": ["1"], "unit": "mg/dL"})
    "{'yes': ['1'], unit: mg/dL}"
    """
    if isinstance(value, dict) and "range" in value:
        value = value | {"range": [yaml.safe_load(end) for end in value["range"]]}
    # libyaml is ten times as fast, and writes what is beyond ASCII, blank or long otherwise
    text = repr(value)
    plain = text.isascii() and "''" not in text and "\\" not in text and len(text) < 1000
    dumper = _FAST if plain else yaml.SafeDumper
    text = yaml.dump(
        value, Dumper=dumper, default_flow_style=True, allow_unicode=True, sort_keys=False,
        width=10**9,
    )  # fmt: skip
    return text.strip().removesuffix("...").strip()


def _comment(text: str) -> str:
    """Write a text as a comment of one line."""
    text = " ".join(text.split())
    return "# " + "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def write_draft(folder: Path, text: str, file: Path, declared: Sequence[str] = ()) -> Path:
    """Write a drafted specification, and a copy of its data; nothing is overwritten.

    Parameters
    ----------
    folder : Path
        Is made, if it is not there.
    text : str
        The specification.
    file : Path
        The data.
    declared : sequence of str
        The variables that the file or its dictionary explains.

    Returns
    -------
    Path
        The specification.

    Raises
    ------
    CohortError
        If one of the two files is there already, or cannot be written; nothing is left then.
    """
    path, copy = folder / "cohort.yml", folder / "raw" / file.name
    log, made = Log(str(folder)), []
    try:
        missing = [each for each in (copy.parent, *copy.parent.parents) if not each.exists()]
        made = missing[::-1]
        with only_run_in(folder):
            _write_new(path, copy, text, file, declared, log, made)
    except BusyError as error:
        raise log.stop(None, str(error)) from None
    except OSError as error:
        for each in reversed([each for each in made if each.exists()]):
            each.rmdir() if each.is_dir() else each.unlink()
        raise log.stop(None, f"cannot be written: {reason(error)}") from None
    return path


def _write_new(
    path: Path,
    copy: Path,
    text: str,
    file: Path,
    declared: Sequence[str],
    log: Log,
    made: list[Path],
) -> None:
    """Write what is not there: the record, the copy, and the specification last.

    A run that was killed leaves no specification, and the next one writes all three.
    """
    if path.exists():
        raise log.stop(None, "cohort.yml already exists and is not changed", "another folder")
    same = copy.exists() and filecmp.cmp(copy, file, shallow=False)
    if copy.exists() and not same:
        raise log.stop(None, f"raw/{file.name} already exists and is not changed", "another folder")
    copy.parent.mkdir(exist_ok=True)
    kept = path.parent / DRAFTED
    made += [each for each in (kept, copy) if not each.exists()]
    replace_file(kept, f"{_KEPT}{text}\nsaid: {flow(list(declared))}\n".encode())
    if not same:
        replace_file(copy, file)
    replace_file(path, text.encode())
