"""How to cite a book: its CITATION.cff as BibTeX."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.util.docutils import SphinxDirective


def bibtex(citation: Mapping[str, Any], year: str = "") -> str:
    """Write a citation as BibTeX; without a DOI or a repository there is no line of it.

    Parameters
    ----------
    citation
        What a CITATION.cff holds.
    year
        For what is not released yet.

    Examples
    --------
    >>> cff = {"title": "A book", "authors": [{"name": "The authors"}], "version": "1.0"}
    >>> print(bibtex(cff | {"repository-code": "https://example.org/a"}, "2026"))
    @software{the_authors_2026,
      author = {{The authors}},
      title = {{A book}},
      year = {2026},
      version = {1.0},
      url = {https://example.org/a}
    }
    """
    names = [
        f"{{{author['name']}}}"
        if "name" in author
        else f"{author['family-names']}, {author['given-names']}"
        for author in citation["authors"]
    ]
    year = str(citation.get("date-released", year))[:4]
    lines = {
        "author": " and ".join(names),
        "title": f"{{{citation['title']}}}",
        "year": year,
        "version": citation["version"],
        "doi": citation.get("doi"),
        "url": citation.get("repository-code"),
    }
    fields = ",\n".join(f"  {name} = {{{value}}}" for name, value in lines.items() if value)
    key = "_".join([*names[0].strip("{}").split(",")[0].lower().split(), year])
    return f"@software{{{key},\n{fields}\n}}"


class HowToCite(SphinxDirective):
    """The directive ``how-to-cite``: the CITATION.cff of the book's folder, as BibTeX."""

    def run(self) -> list[nodes.Node]:
        """Write it as code that can be copied."""
        path = Path(self.env.srcdir, "CITATION.cff")
        self.env.note_dependency(str(path))
        cff = yaml.safe_load(path.read_text(encoding="utf-8"))
        text = bibtex(cff, str(self.config.copyright))
        return [nodes.literal_block(text, text, language="bibtex")]
