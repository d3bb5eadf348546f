"""A cohort: its patients, typed and cleaned, with the record of how they came to be."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cohortbook.cohort.cleaning import as_texts
from cohortbook.cohort.examining import read_spec
from cohortbook.cohort.flow import find_absent, name_patients, select_patients
from cohortbook.cohort.pipeline import clean_table
from cohortbook.cohort.problems import Log
from cohortbook.cohort.reading import read_table
from cohortbook.cohort.spec import Spec
from smallstats.storing import reason, replace_file


@dataclass(frozen=True, eq=False)
class Cohort:
    """The patients of a cohort.

    Attributes
    ----------
    frame : DataFrame
        One row a patient, indexed by study id (``patient``). Binary variables are `boolean`,
        category and ordinal ones `category`, numbers `float64`, dates `datetime64[ns]`, lists
        tuples of items. Identifiers are not in it.
    spec : Spec
        What `cohort.yml` says.
    flow : DataFrame
        ``step``, ``label``, ``excluded``, ``remaining``; the first row is the forms received.
    changes : DataFrame
        Every repair: ``row`` (line in the file, header = 1), ``column`` (none where a whole form is
        superseded), ``from``, ``to``, ``rule``.
    missing : DataFrame
        ``variable``, ``label``, ``n`` (to how many of the analysed the variable applies),
        ``missing`` (for how many of these it is missing), and the same before eligibility:
        ``n_before``, ``missing_before``.
    source : Path
        The `cohort.yml` that was read.
    """

    frame: pd.DataFrame
    spec: Spec
    flow: pd.DataFrame
    changes: pd.DataFrame
    missing: pd.DataFrame
    source: Path

    def __repr__(self) -> str:
        patients, variables = self.frame.shape
        name = self.spec.title or self.source.parent.name
        return f"<Cohort {name!r}: {patients} patients, {variables} variables, from {self.source}>"

    @property
    def labels(self) -> Mapping[str, str]:
        """The label of each variable."""
        return {name: variable.label for name, variable in self.spec.variables.items()}

    @property
    def outcome(self) -> str:
        """The name of the outcome; empty if none is declared."""
        return self.spec.analysis.outcome


def find_spec(spec: str | Path | None = None, *, default: Path | None = None) -> Path:
    """Return the path of a `cohort.yml`: the one named, else as `load_cohort` looks for it.

    Parameters
    ----------
    spec
        As in `load_cohort`.
    default
        What is taken where none is found.

    Raises
    ------
    FileNotFoundError
        If none is named, none is found, and there is no default.
    """
    path = Path(spec or os.environ.get("JDM_COHORT") or _nearest() or default or "")
    if path == Path():
        here = Path.cwd()
        raise FileNotFoundError(f"no cohort.yml in {here} or above it; name one, or set JDM_COHORT")
    return path / "cohort.yml" if path.is_dir() else path


def _nearest() -> Path | None:
    """Find the `cohort.yml` of the current folder, or of the nearest above it."""
    here = Path.cwd()
    places = (folder / "cohort.yml" for folder in (here, *here.parents))
    return next(filter(Path.is_file, places), None)


def load_cohort(spec: str | Path | None = None, *, default: Path | None = None) -> Cohort:
    """Read, repair, check and select the patients of a cohort.

    Parameters
    ----------
    spec : str or Path, optional
        A `cohort.yml` or its folder; by default the environment variable ``JDM_COHORT``, else the
        `cohort.yml` of the current folder or of the nearest above it.
    default
        The `cohort.yml` that is taken where none is found.

    Returns
    -------
    Cohort

    Raises
    ------
    CohortError
        With all problems of the specification; if it is sound, with all problems of the data.
    FileNotFoundError
        If no `cohort.yml` is named or found, and there is no default.
    """
    path = find_spec(spec, default=default)
    plan = read_spec(path)
    log = Log(plan.data.file, plan.hidden)
    frame, steps = clean_table(read_table(plan, log), plan, log)[:2]  # the texts are let go
    log.raise_problems()
    applies, absent = find_absent(frame, plan)
    eligible, flow = select_patients(frame, absent, steps, plan, log)
    counted = {"n_before": applies, "missing_before": absent}
    counted |= {"n": applies.loc[eligible.index], "missing": absent.loc[eligible.index]}
    patients = name_patients(eligible, plan)
    missing = pd.DataFrame({name: where.sum() for name, where in counted.items()})
    missing = missing.loc[patients.columns].rename_axis("variable").reset_index()
    missing.insert(1, "label", [plan.variables[name].label for name in missing["variable"]])
    return Cohort(patients, plan, flow, log.changes, missing, path)


def write_analysis(cohort: Cohort) -> Path:
    """Write the exported variables of a cohort beside its specification.

    The file is CSV in UTF-8, first column ``patient``; yes and no, ISO dates, numbers that read
    back as the same, missing values empty. It appears at once or not at all, and stays untouched
    when it would not change.

    Parameters
    ----------
    cohort : Cohort

    Returns
    -------
    Path
        Where `data: analysis:` says; a folder that is not there is made.

    Raises
    ------
    CohortError
        If it cannot be written.
    """
    variables = [v for v in cohort.spec.variables.values() if v.exported]
    texts = {v.name: as_texts(cohort.frame[v.name], v) for v in variables}
    content = pd.DataFrame(texts, cohort.frame.index).to_csv(lineterminator="\n").encode()
    path = cohort.spec.inside(cohort.spec.data.analysis)
    if path.exists() and path.read_bytes() == content:
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content)
    except OSError as error:
        problem = f"cannot be written: {reason(error)}"
        raise Log(cohort.spec.data.analysis).stop(None, problem) from None
    return path
