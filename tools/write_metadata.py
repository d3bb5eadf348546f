"""What machines read of this project: ``python -m tools.write_metadata`` writes it.

``codecheck.yml`` (the list of outputs), ``ro-crate-metadata.json``, and what hangs on the address
of the repository, ``repository: url`` in ``_config.yml``: the badges of the README and a line of
``CITATION.cff``. Without an address there are none.
"""

from __future__ import annotations

import json
import re
from html import unescape
from mimetypes import guess_type
from pathlib import Path
from typing import Any

import yaml

from cohortbook.report.downloads import file_stem

ROOT = Path(__file__).resolve().parents[1]
TABLE = re.compile(
    r'<div class="jdm-table"(?: id="([^"]+)")?.*?<caption[^>]*>(.*?)(?:<span|</caption>)', re.DOTALL
)
ROLE = re.compile(r"\s*\{[a-z-]+\}`[^`]*`")
BADGES = re.compile(r"(?<=<!-- badges -->\n).*?(?=<!-- /badges -->)", re.DOTALL)
LICENCES = {
    "MIT": ("https://spdx.org/licenses/MIT", "MIT License"),
    "CC-BY-4.0": (
        "https://creativecommons.org/licenses/by/4.0/",
        "Creative Commons Attribution 4.0 International",
    ),
}
CODECHECK_HEAD = """\
# Manifest of outputs, as https://codecheck.org.uk/spec/config/1.0 asks for, written by
# `python -m tools.write_metadata`. `make book` makes each file; `make test` compares each table and
# figure with a fresh run, in its notebook.
"""


def read_yaml(root: Path, name: str) -> dict[str, Any]:
    """Read a file of settings."""
    content: dict[str, Any] = yaml.safe_load((root / name).read_text(encoding="utf-8"))
    return content


def outputs(notebook: Path) -> list[dict[str, str]]:
    """List the tables and figures of a chapter, in order: the file of each, and what it is."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    chapter, found, taken = int(notebook.stem[:2]), [], set[str]()
    counts = {"Table": 0, "Fig.": 0}

    def add(kind: str, name: str, ending: str, title: str) -> None:
        counts[kind] += 1
        stem = file_stem(name)
        while stem in taken:
            stem += "-2"
        taken.add(stem)
        file = f"_build/downloads/notebooks/{notebook.stem}/{stem}.{ending}"
        title = " ".join(unescape(ROLE.sub("", title)).split())
        found.append({"file": file, "comment": f"{kind} {chapter}.{counts[kind]}. {title}"})

    for cell in cells:
        figure = cell["metadata"].get("mystnb", {}).get("figure")
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            for name, caption in TABLE.findall("".join(data.get("text/html", ""))):
                add("Table", name or unescape(caption).strip(), "csv", caption)
            if "image/svg+xml" in data and figure:
                add("Fig.", figure["name"], "svg", figure["caption"].partition("\n\n")[0])
    return found


def codecheck(root: Path) -> str:
    """Write the manifest; what is typed there of the paper stays."""
    told = read_yaml(root, "codecheck.yml")
    told["manifest"] = [
        entry for path in sorted((root / "notebooks").glob("*.ipynb")) for entry in outputs(path)
    ]
    told["manifest"].append(
        {
            "file": "data/sallum2008/analysis.csv",
            "comment": "The simulated patients after cleaning",
        }
    )
    told["repository"] = address(root)
    return CODECHECK_HEAD + yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=1000)


def address(root: Path) -> str:
    """Return the address of the repository; empty as long as there is none."""
    return str(read_yaml(root, "_config.yml")["repository"]["url"] or "")


def citation(root: Path) -> str:
    """Write CITATION.cff, with the address of the repository if there is one."""
    text = (root / "CITATION.cff").read_text(encoding="utf-8")
    text = re.sub(r"^repository-code: .*\n", "", text, flags=re.MULTILINE)
    url = address(root)
    line = f"repository-code: {json.dumps(url)}\n" if url else ""
    return text.replace("authors:\n", f"{line}authors:\n", 1)


def readme(root: Path) -> str:
    """Write the badges of the README."""
    url = address(root)
    branch = read_yaml(root, "_config.yml")["repository"]["branch"]
    hub = f"https://mybinder.org/v2/gh/{url.removeprefix('https://github.com/')}/{branch}"
    badges = (
        f"[![Book]({url}/actions/workflows/book.yml/badge.svg)]({url}/actions/workflows/book.yml)\n"
        "[![Binder](https://mybinder.org/badge_logo.svg)]"
        f"({hub}?urlpath=lab/tree/notebooks)\n"
    )
    text = (root / "README.md").read_text(encoding="utf-8")
    return BADGES.sub(lambda _: badges if url else "", text)


def crate(root: Path) -> str:
    """Write the RO-Crate: what this is, whose, under what licence, and its data and chapters."""
    cff, url = read_yaml(root, "CITATION.cff"), address(root)
    (study,) = cff["references"]
    paper = f"https://doi.org/{study['doi']}"
    files = [*_data_files(root), *_chapters(root)]
    book = {
        "@id": "./",
        "@type": "Dataset",
        "name": cff["title"],
        "description": "A published study reproduced, audited and re-analysed as a Jupyter Book. "
        "All patients of the study in it are simulated.",
        "version": cff["version"],
        "datePublished": str(
            cff.get("date-released") or read_yaml(root, "_config.yml")["copyright"]
        ),
        "keywords": cff["keywords"],
        "author": [{"@id": f"#{a['name']}"} for a in cff["authors"]],
        "license": [{"@id": LICENCES[name][0]} for name in cff["license"]],
        "isBasedOn": {"@id": paper},
        "hasPart": [{"@id": file["@id"]} for file in files],
    }
    book |= {"codeRepository": url} if url else {}
    book |= {"identifier": f"https://doi.org/{cff['doi']}"} if "doi" in cff else {}
    conforms = {"@id": "https://w3id.org/ro/crate/1.2"}
    graph = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "conformsTo": conforms,
            "about": {"@id": "./"},
        },
        book,
        *(
            {"@id": f"#{a['name']}", "@type": "Organization", "name": a["name"]}
            for a in cff["authors"]
        ),
        *(
            {"@id": LICENCES[name][0], "@type": "CreativeWork", "name": LICENCES[name][1]}
            for name in cff["license"]
        ),
        {
            "@id": paper,
            "@type": "ScholarlyArticle",
            "name": study["title"],
            "datePublished": str(study["year"]),
            "isPartOf": f"{study['journal']} {study['volume']}({study['issue']}):"
            f"{study['start']}-{study['end']}",
        },
        *files,
    ]
    told = {"@context": "https://w3id.org/ro/crate/1.2/context", "@graph": graph}
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _data_files(root: Path) -> list[dict[str, Any]]:
    sums = (root / "data" / "SHA256SUMS").read_text(encoding="utf-8").split()
    digests = dict(zip(sums[1::2], sums[::2], strict=True))
    return [
        _file(f"data/{name}") | {"sha256": digests[name]}
        | {"contentSize": str((root / "data" / name).stat().st_size)}
        for name in sorted(digests)
    ]  # fmt: skip


def _chapters(root: Path) -> list[dict[str, Any]]:
    found = []
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        first = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
        title = re.search(r"^# (.*)", first, re.MULTILINE)
        name = title[1] if title else path.stem
        found.append(_file(f"notebooks/{path.name}") | {"name": name})
    return found


def _file(path: str) -> dict[str, Any]:
    notebook = "application/x-ipynb+json"
    kind = notebook if path.endswith(".ipynb") else guess_type(path)[0] or "text/plain"
    return {"@id": path, "@type": "File", "name": path, "encodingFormat": kind}


def all_files(root: Path = ROOT) -> dict[str, str]:
    """Return what each file should be."""
    return {
        "CITATION.cff": citation(root),
        "README.md": readme(root),
        "codecheck.yml": codecheck(root),
        "ro-crate-metadata.json": crate(root),
    }


if __name__ == "__main__":
    for name, text in all_files().items():
        (ROOT / name).write_text(text, encoding="utf-8", newline="\n")
