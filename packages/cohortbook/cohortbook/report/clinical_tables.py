"""The tables of a cohort as a journal prints them: a tidy frame turned into a `Table`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from cohortbook.report.comparison import compare_groups, describe_all, groups_of, odds_ratios
from cohortbook.report.printing import RANKED, Printing, printing_in, widest
from cohortbook.report.suppression import note_on_withheld, shown_counts, shown_fractions
from smallstats.formatting import (
    GROUPS,
    format_list,
    format_number,
    format_p,
    format_ratio,
)
from smallstats.logistic import LogisticFit
from smallstats.table import Table, as_heading, mark_footnotes, nest_levels, table_of

if TYPE_CHECKING:
    from cohortbook.cohort import Cohort

__all__ = [
    "note_on_numbers",
    "show_changes",
    "show_compared",
    "show_comparison",
    "show_description",
    "show_flow",
    "show_regression",
]

_OF_A_GROUP = ("total", "missing")


def show_description(
    description: pd.DataFrame,
    caption: str = "Characteristics of the patients",
    *,
    notes: Sequence[str] = (),
    name: str | None = None,
    source: str = "",
) -> Table:
    """Show what `describe` gives: counts of the known values, or mean, median and range.

    Examples
    --------
    >>> from smallstats.descriptive import describe_frame
    >>> frame = pd.DataFrame({"cough": [1, 0, 1, None]})
    >>> show_description(describe_frame(frame, ["cough"]), "Patients")
    Patients
    <BLANKLINE>
    Characteristic  n/N (%)    Missing
    --------------  ---------  -------
    cough           2/3 (67%)  1
    <BLANKLINE>
    N counts the patients whose value is known.
    """
    printing, rows = printing_in(description), list[Any](description.itertuples())
    is_number = [row.kind == "number" for row in rows]
    spread = "mean (SD)" if printing.mean_sd_as == "parentheses" else "mean ± SD"
    heading = printing.say("n/N (%)" + f" or {spread}" * any(is_number))
    cells: dict[str, list[str]] = {}
    cells[heading] = [
        printing.known(printing.mean_sd(row.mean, row.sd, row.variable), row.total, row.missing)
        if number
        else counts
        for row, number, counts in zip(rows, is_number, shown_fractions(description), strict=True)
    ]
    if any(is_number):
        quartiles = [printing.median(row.median, row.q1, row.q3, row.variable) for row in rows]
        cells["Median (quartiles)"] = _where(is_number, quartiles)
        ranges = [printing.span(row.min, row.max, row.variable) for row in rows]
        cells["Range"] = _where(is_number, ranges)
    own = []
    missing = shown_counts(description, "missing")
    if {*missing} - {"0"}:
        cells["Missing"] = missing
        own.append(printing.say("N counts the patients whose value is known."))
    own += note_on_withheld(description)
    frame = by_variable(description, cells, ["Missing"])
    return printing.table(
        frame, caption, (*own, *notes), name=name, data=description, source=source
    )


def show_comparison(
    comparison: pd.DataFrame,
    caption: str = "Comparison of the two groups",
    *,
    groups: tuple[str, str] = GROUPS,
    overall: pd.DataFrame | None = None,
    notes: Sequence[str] = (),
    name: str | None = None,
    source: str = "",
) -> Table:
    """Show what `compare_groups` gives; tests and intervals are named in footnotes.

    With what `describe_all` gives as `overall`, all patients have a column beside the groups.

    Examples
    --------
    >>> from smallstats.univariate import compare_frame
    >>> frame = pd.DataFrame({"ill": [1] * 4 + [0] * 4, "cough": [1, 1, 1, 0, 0, 0, 0, 1]})
    >>> show_comparison(compare_frame(frame, "ill", ["cough"]), groups=("Ill", "Well")).notes
    ('Effect: odds ratio, 95% score (Miettinen-Nurminen) interval.', 'p: N-1 chi-square.')
    """
    printing, rows = printing_in(comparison), list[Any](comparison.itertuples())
    cells = _overall(comparison, overall) if overall is not None else {}
    for group, end in zip(groups, ("with", "without"), strict=True):
        total, missing = (comparison[f"{c}_{end}"] for c in _OF_A_GROUP)
        sizes = comparison.get(f"size_{end}", total + missing)
        counts = shown_fractions(comparison, f"_{end}")
        cells[f"{group} (n = {format_number(sizes.max(), 0)})"] = [
            printing.measure(row, end) if row.kind == "number" else text
            for row, text in zip(rows, counts, strict=True)
        ]
    repeated = comparison["variable"].duplicated()
    effects = [_effect(row, printing) for row in rows]
    tests = [
        "" if again else printing.say(row.test) for row, again in zip(rows, repeated, strict=True)
    ]
    marks, own = mark_footnotes({printing.say("Effect"): effects, "p": tests})
    kinds = {row.effect for row, effect in zip(rows, effects, strict=True) if effect}
    heading = printing.say(as_heading(kinds.pop()) if len(kinds) == 1 else "Effect")
    estimates = [
        printing.ratio(row.estimate, row.ci_low, row.ci_high)
        if row.effect == "odds ratio"
        else printing.difference(row.estimate, row.ci_low, row.ci_high, row.variable)
        for row in rows
    ]
    cells[f"{heading} ({printing.say('95% CI')})"] = _where(effects, estimates, marks)
    cells["p"] = _where(tests, [printing.p(row.p) for row in rows], marks)
    pairs = (shown_counts(comparison, f"missing_{end}") for end in ("with", "without"))
    absent = [f"{ours} {printing.say('and')} {theirs}" for ours, theirs in zip(*pairs, strict=True)]
    if {*absent} - {f"0 {printing.say('and')} 0"}:
        cells["Missing"] = absent
        note = "Missing values, in the order of the groups, are left out of N, mean and test."
        own.append(printing.say(note))
    own += note_on_withheld(comparison)
    frame = by_variable(comparison, cells, ["p", "Missing"])
    return printing.table(frame, caption, (*own, *notes), name=name, data=comparison, source=source)


def by_variable(
    rows: pd.DataFrame, cells: Mapping[str, Sequence[str]], once: Sequence[str]
) -> pd.DataFrame:
    """Put the levels of each variable of a tidy frame below a row with its name.

    As `smallstats.table.nest_levels`; without a column ``level`` every row stands by itself.
    """
    levels = rows["level"].fillna("") if "level" in rows else [""] * len(rows)
    return nest_levels(cells, list(rows["variable"]), list(rows["label"]), list(levels), once)


def show_compared(cohort: "Cohort", caption: str = "Comparison of the two groups") -> Table:
    """Compare the groups of a cohort, with the columns that its spec asks for.

    Examples
    --------
    >>> from cohortbook import example_cohort, load_cohort
    >>> show_compared(load_cohort(example_cohort())).frame.columns.tolist()[:3]
    ['Characteristic', 'All (n = 30)', 'Revision (n = 14)']
    """
    columns = cohort.spec.analysis.columns
    overall = describe_all(cohort) if not columns or "overall" in columns else None
    compared = compare_groups(cohort)
    notes = note_on_numbers(compared)
    return show_comparison(
        compared, caption, groups=groups_of(cohort), overall=overall, notes=notes
    )


def note_on_numbers(table: pd.DataFrame) -> list[str]:
    """Return the note on numbers: means, or medians where ranks are compared."""
    printing = printing_in(table)
    ranked = table.loc[table["kind"] == "number", "test"].str.startswith(RANKED)
    if ranked.empty:
        return []
    mean = "mean (SD)" if printing.mean_sd_as == "parentheses" else "mean ± SD"
    words = "Numbers: median (quartiles)."
    if not ranked.any():
        words = "Numbers: {mean}."
    elif not ranked.all():
        words = "Numbers: {mean}; median (quartiles) where ranks are compared."
    return [printing.say(words, mean=printing.say(mean))]


def _effect(row: Any, printing: Printing) -> str:
    """Name the effect of a row with its interval, where it has one."""
    if pd.isna(row.estimate):
        return ""
    words = "{effect}, {interval} interval"
    return printing.say(words, effect=printing.say(row.effect), interval=printing.say(row.interval))


def _overall(comparison: pd.DataFrame, overall: pd.DataFrame) -> dict[str, list[str]]:
    """Write the column of all patients, from what `describe` or `describe_all` gives of them."""
    printing = printing_in(comparison)
    counts = dict(zip(zip(overall["variable"], overall["level"], strict=True),
                      shown_fractions(overall), strict=True))  # fmt: skip
    numbers: dict[Any, Any] = {row.variable: row for row in overall.itertuples()}
    texts = []
    for row in list[Any](comparison.itertuples()):
        if row.kind != "number":
            texts.append(counts[row.variable, row.level])
            continue
        every = numbers[row.variable]
        sd, quartiles = widest({**row._asdict(), "sd": every.sd, "q1": every.q1, "q3": every.q3})
        text = (
            printing.median(every.median, every.q1, every.q3, every.variable, beside=quartiles)
            if str(row.test).startswith(RANKED)
            else printing.mean_sd(every.mean, every.sd, every.variable, beside=sd)
        )
        texts.append(printing.known(text, every.total, every.missing))
    size = overall.attrs.get("size")
    return {f"{printing.say('All')}{f' (n = {format_number(size, 0)})' if size else ''}": texts}


def show_regression(
    fit: LogisticFit | pd.DataFrame,
    caption: str = "Logistic regression",
    *,
    labels: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
    name: str | None = None,
    source: str = "",
) -> Table:
    """Show a fit, or rows of `odds_ratios` with their models side by side.

    Examples
    --------
    >>> from smallstats.logistic import fit_logistic
    >>> frame = pd.DataFrame({"ill": [0, 0, 1, 0, 1, 1, 1, 0], "cough": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> show_regression(fit_logistic(frame, "ill", ["cough"])).frame.iloc[0].tolist()
    ['cough', '9.00 (0.37 to 220.93)', '0.178']
    """
    rows = fit if isinstance(fit, pd.DataFrame) else odds_ratios(fit, labels)
    terms = rows.drop_duplicates("term")
    columns, own = [("Characteristic", list(terms["label"]))], []
    for model, part in rows.groupby("model", sort=False):
        fitted = part.set_index("term").reindex(terms["term"])
        estimates = fitted[["odds_ratio", "ci_low", "ci_high"]].to_numpy(float)
        over = f"{as_heading(str(model))}, " if model else ""
        heading = f"{over}odds ratio (95% CI)" if model else "Odds ratio (95% CI)"
        columns.append((heading, [format_ratio(*estimate) for estimate in estimates]))
        columns.append((f"{over}p", [format_p(p) for p in fitted["p"]]))
        own.append(_about(str(model), part))
    frame = pd.DataFrame([cells for _, cells in columns], dtype=object).T
    frame = frame.set_axis([heading for heading, _ in columns], axis=1)
    return Table(frame, caption, (*own, *notes), name, rows, source=source)


def _about(model: str, part: pd.DataFrame) -> str:
    """Return notes: how the rows of a model were fitted, on whom, and with what warnings."""
    size = format_list(
        f"{' to '.join(dict.fromkeys(map(str, (counts.min(), counts.max()))))} {what}"
        for counts, what in ((part["n"], "patients"), (part["events"], "with the outcome"))
    )
    about = f"{model + ': ' if model else ''}{format_list(dict.fromkeys(part['method']))}; {size}"
    if part["nagelkerke"].nunique() == 1:
        about += f"; Nagelkerke's R² {format_number(part['nagelkerke'].iloc[0], 3)}"
    one = part["warnings"].nunique() == 1
    warnings = dict.fromkeys(
        text if one else f"{label}: {text}"
        for label, text in zip(part["label"], part["warnings"], strict=True)
        if text
    )
    return ". ".join([about[:1].upper() + about[1:], *warnings]) + "."


def show_flow(
    flow: pd.DataFrame,
    caption: str = "From forms received to patients analysed",
    *,
    source: str = "",
) -> Table:
    """Show a cohort's flow: what each step left out and what remained.

    Examples
    --------
    >>> flow = pd.DataFrame({"label": ["Forms"], "excluded": [0], "remaining": [9]})
    >>> show_flow(flow).frame.iloc[0].tolist()
    ['Forms', '0', '9']
    """
    printing = printing_in(flow)
    cells = {"Step": [printing.say(str(label)) for label in flow["label"]]}
    cells |= {as_heading(c): shown_counts(flow, c) for c in ("excluded", "remaining")}
    return printing.table(cells, caption, note_on_withheld(flow), data=flow, source=source)


def show_changes(
    changes: pd.DataFrame,
    caption: str = "Repairs, by rule",
    *,
    examples: bool = True,
    least: int = 1,
    source: str = "",
) -> Table:
    """Count a cohort's repairs by rule: values, columns touched, and one example.

    Without examples no value of a patient is shown; where counts below `least` are withheld only
    the rules are named, as their totals would tell such counts.

    Examples
    --------
    >>> changes = [[2, "CPK", "38,5", "38.5", "decimal comma"]]
    >>> changes = pd.DataFrame(changes, columns=["row", "column", "from", "to", "rule"])
    >>> show_changes(changes).frame.iloc[0].tolist()
    ['Decimal comma', '1', '1', 'CPK: 38,5 → 38.5']
    """
    rows = []
    for rule, part in changes.groupby("rule", sort=False):
        column, old, new = part[["column", "from", "to"]].fillna("").iloc[0]
        change = f"{old} → {new or 'missing'}" if old else new
        example = ": ".join(text for text in (column, change) if text)
        columns = part["column"].replace("", pd.NA).nunique()
        name = str(rule)
        rows.append([name[:1].upper() + name[1:], len(part), columns, example])
    summary = pd.DataFrame(rows, columns=["rule", "values", "columns", "example"])
    if not examples:
        summary = summary[["rule", "values"] if least == 1 else ["rule"]]
    return table_of(summary, caption, source=source)


def _where(
    there: Sequence[Any], texts: Sequence[str], marks: Mapping[str, str] | None = None
) -> list[str]:
    """Keep the texts of the rows they apply to, each with its footnote mark."""
    return [
        text + (marks or {}).get(key, "") if key else ""
        for key, text in zip(there, texts, strict=True)
    ]
