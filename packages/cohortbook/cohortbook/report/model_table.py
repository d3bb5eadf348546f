"""A regression as a table: reference levels, patients and events, alone beside together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cohortbook.report.models import TOGETHER, Models
from cohortbook.report.predictors import Predictors, count
from cohortbook.report.printing import KEY, Printing
from smallstats.formatting import format_number
from smallstats.table import Table, nest_levels


def show_models(models: Models, caption: str = "") -> Table:
    """Show fits of candidates, alone beside together, with reference levels, patients and events.

    The notes say which are in no model, and why.

    Examples
    --------
    >>> from cohortbook import example_cohort, fit_candidates, load_cohort
    >>> show_models(fit_candidates(load_cohort(example_cohort()))).frame.iloc[:3, 1:4].to_numpy()
    array([['', '', ''],
           ['22', '9', '1 (reference)'],
           ['8', '5', '2.23 (0.47 to 11.83)']], dtype=object)
    """
    printing, rows = models.printing, models.rows
    caption = caption or "Each candidate alone, and together"
    out = models.candidates[models.candidates["why"] != ""]
    notes = [
        printing.say("In no model: {label}: {why}.", label=row.label, why=row.why)
        for row in out.itertuples()
    ]
    if models.without:
        words = "Not in the model of all together: {reasons}."
        notes.append(printing.say(words, reasons=models.without))
    notes += [printing.say("Of all together: {why}.", why=models.why)] * bool(models.why)
    if rows.empty:
        return printing.table({"Characteristic": list(out["label"])}, caption, notes)
    names = {"odds_ratio": "odds ratio", "hazard_ratio": "hazard ratio"}[models.measure]
    cells = {
        printing.say("Patients"): [count(n) for n in models.levels["n"]],
        printing.say("Events"): [count(n) for n in models.levels["events"]],
    }
    about: list[str] = []
    for model, part in rows.groupby("model", sort=False):
        over = f"{printing.say(str(model))}, " if model else ""
        cells |= _model_cells(
            part, models, f"{over}{printing.say(f'{names} (95% CI)')}", f"{over}p"
        )
        printed = part[part["term"].isin(models.levels["term"])]  # not the curve of a spline
        about.append(_about(str(model), printed, printing, models.prepared))
    if "proportional" in rows:
        heading, texts = _proportional_cells(models)
        cells[heading] = texts
    notes = [*about, *notes, *_about_tests(models)]
    frame = _by_variable(models, cells)
    return printing.table(frame, caption, notes, data=_estimates_by_row(models))


def _by_variable(models: Models, cells: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Put the levels of a variable below its name; the p of two levels is the variable's."""
    names = models.candidates.set_index("variable")["label"].astype(str)
    rows: list[Any] = list(models.levels.itertuples())
    labels = [str(names[row.variable] if row.level else row.label) for row in rows]
    levels = [
        str(row.label).removeprefix(f"{label}: ") if row.level else ""
        for row, label in zip(rows, labels, strict=True)
    ]
    once = [heading for heading in cells if heading.endswith(", p") or heading == "p"]
    each = [row.variable if row.level else row.label for row in rows]
    return nest_levels(cells, each, labels, levels, once)


def _model_cells(
    part: pd.DataFrame, models: Models, heading: str, p_heading: str
) -> dict[str, list[str]]:
    """Write the ratios and p of one model, a row for each level."""
    printing = models.printing
    estimates: dict[str, Any] = {str(line["term"]): line for line in part.to_dict("records")}
    inside = {term.partition("[")[0] for term in estimates}
    ratios, tests = [], []
    rows: list[Any] = list(models.levels.itertuples())
    for row in rows:
        line = estimates.get(row.term)
        if line:
            ratios.append(printing.ratio(line[models.measure], line["ci_low"], line["ci_high"]))
        else:
            is_reference = row.reference and row.variable in inside
            ratios.append(printing.say("1 (reference)") if is_reference else "")
        tests.append(printing.p(line["p"]) if line else "")
    return {heading: ratios, p_heading: tests}


def _proportional_cells(models: Models) -> tuple[str, list[str]]:
    """Write the test of proportional hazards once for each variable, of the last model."""
    last = models.rows[models.rows["model"] == models.rows["model"].iloc[-1]]
    tested = last.set_index("term")["proportional"]
    written, texts = set(), []
    for row in models.levels.itertuples():
        new = bool(row.term) and row.variable not in written and row.term in tested.index
        written |= {row.variable} if new else set()
        texts.append(models.printing.p(tested[row.term]) if new else "")
    return models.printing.say("Proportional hazards, p"), texts


def _estimates_by_row(models: Models) -> pd.DataFrame:
    """Put the estimates beside the rows of the table, for its file: references, too, with 1."""
    about = models.levels[["variable", "label", "level", "term", "reference"]].assign(
        level_n=models.levels["n"], level_events=models.levels["events"]
    )
    own = ["n", "events", "dropped", "nagelkerke", "method", "warnings"]
    parts = []
    for model, part in models.rows.groupby("model", sort=False):
        estimated = about.merge(part.drop(columns="label"), on="term", how="inner")
        first = estimated.drop_duplicates("variable").set_index("variable")[own]
        others = about[about["reference"] & about["variable"].isin(first.index)]
        rest = others.join(first, on="variable").assign(model=model, **{models.measure: 1.0})
        rest["term"] = [f"{row.variable}[{row.level}]" for row in list[Any](rest.itertuples())]
        parts.append(
            pd.concat([rest, estimated])
            .assign(warnings=_one_line)
            .sort_values("variable", kind="stable", key=_order(about))
        )
    return pd.concat(parts, ignore_index=True)


def _one_line(rows: pd.DataFrame) -> pd.Series[Any]:
    """Write the warnings of each row in one line."""
    return rows["warnings"].str.replace("\n", "; ")


def _order(about: pd.DataFrame) -> Any:
    """Return a key that sorts variables as the table has them."""
    place = {name: i for i, name in enumerate(about["variable"].drop_duplicates())}
    return lambda names: names.map(place)


def _about(model: str, part: pd.DataFrame, printing: Printing, prepared: Predictors | None) -> str:
    """Return notes: how the rows of a model were fitted, on whom, and with what warnings."""
    to = f" {printing.say('to')} "
    size = printing.listed(
        printing.say(words, n=to.join(dict.fromkeys((count(n.min()), count(n.max())))))
        for n, words in ((part["n"], "{n} patients"), (part["events"], "{n} with the outcome"))
    )
    methods = printing.listed(map(printing.method, dict.fromkeys(part["method"])))
    about = f"{printing.say(model)}: {methods}; {size}"
    if part["nagelkerke"].nunique() == 1 and model == TOGETHER:
        share = format_number(part["nagelkerke"].iloc[0], 3)
        about += printing.say("; Nagelkerke's R² {share}", share=share)
    if model == TOGETHER and part["dropped"].iloc[0]:
        words = "; {n} left out for missing values"
        about += printing.say(words, n=count(part["dropped"].iloc[0]))
    each = [texts.splitlines() for texts in part["warnings"]]
    shared = [text for text in each[0] if all(text in texts for texts in each)]
    names = prepared.labels.values() if prepared else ()
    own = dict.fromkeys(
        text if text.startswith((label, *names)) else f"{label}: {text}"
        for label, texts in zip(part["label"], each, strict=True)
        if (text := "; ".join(text for text in texts if text not in shared))
    )
    return ". ".join([about, *["; ".join(shared)] * bool(shared), *own]) + "."


def _about_tests(models: Models) -> list[str]:
    if models.tests.empty:
        return []
    sentences = [
        f"{row.label}, {models.printing.p(row.p, symbol='p')}" for row in models.tests.itertuples()
    ]
    words = "Likelihood ratio tests, given all others: {tests}."
    return [models.printing.say(words, tests="; ".join(sentences))]


def forest_rows(models: Models) -> pd.DataFrame:
    """Return the rows of a forest plot: the terms of the models, without the curves of splines.

    Returns
    -------
    DataFrame
        ``model``, ``label``, ``odds_ratio`` (or the hazard ratio), ``ci_low``, ``ci_high``, ``p``.
    """
    columns = ["model", "label", "odds_ratio", "ci_low", "ci_high", "p"]
    if models.rows.empty:  # no candidate could be fitted
        return pd.DataFrame(columns=columns)
    labels = models.levels.loc[models.levels["term"] != "", ["term", "label"]]
    rows: Any = models.rows.drop(columns="label").merge(labels, on="term")
    rows["odds_ratio"] = rows[models.measure]
    printed: pd.DataFrame = rows[columns]
    printed.attrs[KEY] = models.printing
    return printed
