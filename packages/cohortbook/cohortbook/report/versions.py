"""The directive `versions`: what the book was computed with."""

from __future__ import annotations

import platform
import re
from importlib.metadata import metadata, requires, version

from docutils import nodes
from sphinx.util.docutils import SphinxDirective


class Versions(SphinxDirective):
    """The directive ``versions``: Python and what a package asks for, with their licences.

    Its argument is the package; without one it is this one.
    """

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """List them in one line each."""
        wanted = [
            re.split("[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
            for requirement in requires(self.arguments[0] if self.arguments else "cohortbook") or []
            if "extra ==" not in requirement
        ]
        lines = [f"Python {platform.python_version()}"]
        lines += [f"{name} {version(name)} ({_licence(name)})" for name in sorted(wanted)]
        return [
            nodes.bullet_list("", *(nodes.list_item("", nodes.paragraph(text=t)) for t in lines))
        ]


def _licence(name: str) -> str:
    """Return the licence of an installed package."""
    metadata_of = metadata(name).json
    marks = [mark for mark in metadata_of.get("classifier", ()) if mark.startswith("License ::")]
    first = str(metadata_of.get("license") or "not said").partition("\n")[0]
    return str(
        metadata_of.get("license_expression") or "".join(marks[:1]).rpartition(" :: ")[2] or first
    )
