"""Small cohorts of every shape that a cohort's book has to serve, written as a user writes them."""

import csv
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

#: Labels that are markup, formulas, long, or written from right to left.
HOSTILE = {
    "markup": "<script>alert(1)</script> & <b>bold</b> **x** `y` {z} [u](v) {{ w }}",
    "formula": '=HYPERLINK("http://example.org","x")',
    "long": "Treated with one of the many drugs that this label goes on and on about " * 4,
    "rtl": "מעורבות לבבית של החולים",
    "latex": r"50% of $x_1$ \input{y} ^~#",
}
#: What stands in columns of identifiers, and nowhere else.
CANARIES = {
    "Name": "Zxqvina Kaltbrunn",
    "Phone": "+55 11 98877-6655",
    "Record": "QX-{:04}",
    "Born": "19{:02}-07-23",
    "Visit": "2011-03-{:02}",
}


def write_cohort(folder: Path, n: int = 60, *, bare: bool = False, **changes: Any) -> Path:
    """Write a cohort of `n` patients; `changes` replaces sections of its cohort.yml.

    A bare one has its outcome and nothing else.
    """
    rng = random.Random(n)
    rows = []
    for i in range(n):
        ill = i % 5 < 2
        rows.append(
            {
                "Record": CANARIES["Record"].format(i),
                "Name": f"{CANARIES['Name']} {i}",
                "Phone": CANARIES["Phone"],
                "Born": CANARIES["Born"].format(70 + i % 30),
                "Visit": CANARIES["Visit"].format(1 + i % 28),
                "Relapse": "yes" if ill else "no",
                "Heart": "yes" if ill and i % 3 else "no",  # never without the outcome
                "Rash": rng.choice(["yes", "no", ""] if i % 4 == 0 else ["yes", "no"]),
                "Type": rng.choice(["A", "A", "B", "C"]),
                "Grade": rng.choice(["I", "II", "III"]),
                "Score": f"{rng.gauss(40 + 5 * ill, 8):.1f}" if i % 9 else "",
                "Rare": "yes" if i in (3, 7) else "no",
            }
        )
    (folder / "raw").mkdir(parents=True)
    with open(folder / "raw" / "forms.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    spec: dict[str, Any] = {
        "title": "Relapse in <i>our</i> unit & others",
        "data": {"file": "raw/forms.csv"},
        "id": {"column": "Record", "identifier": True},
        "variables": {
            "name": {"kind": "category", "column": "Name", "identifier": True}
            | {"levels": {f"n{i}": [f"{CANARIES['Name']} {i}"] for i in range(n)}},
            "phone": {"kind": "category", "column": "Phone", "identifier": True}
            | {"levels": {"p": [CANARIES["Phone"]]}},
            "born": {"kind": "date", "column": "Born", "identifier": True},
            "visit": {"kind": "date", "column": "Visit", "export": False},
            "age": {"label": HOSTILE["rtl"], "derive": {"years": ["born", "visit"]}},
            "relapse": {"label": "Relapse within a year", "kind": "binary", "column": "Relapse"},
            "heart": {"label": HOSTILE["markup"], "kind": "binary", "column": "Heart"},
            "rash": {"label": HOSTILE["formula"], "kind": "binary", "column": "Rash"},
            "type": {"label": HOSTILE["long"], "kind": "category", "column": "Type"}
            | {"levels": {"A": ["A"], "-B+1": ["B"], "C & <u>": ["C"]}},
            "grade": {"label": HOSTILE["latex"], "kind": "ordinal", "column": "Grade"}
            | {"levels": ["I", "II", "III"]},
            "score": {"label": "Score", "kind": "number", "column": "Score", "unit": "points"},
            "rare": {"label": "Rare finding", "kind": "binary", "column": "Rare"},
        },
        "analysis": {
            "outcome": "relapse",
            "candidates": ["heart", "rash", "type", "grade", "score", "rare"],
        },
    }
    if bare:
        spec["data"]["ignore"] = [heading for heading in rows[0] if heading != "Relapse"]
        del spec["id"]
        spec["variables"] = {"relapse": spec["variables"]["relapse"]}
    spec = {key: value for key, value in (spec | changes).items() if value is not None}
    path = folder / "cohort.yml"
    path.write_text(yaml.safe_dump(spec, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture
def cohort_folder(tmp_path: Path) -> Any:
    """Give a function that writes a cohort into a new folder."""

    def write(**changes: Any) -> Path:
        folder = tmp_path / "cohort"
        folder.mkdir()
        write_cohort(folder, **changes)
        return folder

    return write
