"""Tables and figures of a book's page as files, with links to them.

Tables and figures tell their numbers in the metadata of a notebook's outputs. From there a build
writes the files anew, so that no file differs from its page.
"""

from __future__ import annotations

import os
import re
import shutil
from base64 import b64decode
from pathlib import Path
from typing import Any

import pandas as pd

from cohortbook.report.docx_tables import tables_docx
from cohortbook.report.drawings import carry
from smallstats.table import KEY, Table


def withholds() -> bool:
    """Check whether the cohort of a book has small counts withheld, or could not be read."""
    from cohortbook.cohort.cohort import find_spec
    from cohortbook.cohort.examining import read_spec
    from cohortbook.cohort.problems import CohortError

    try:
        return read_spec(find_spec()).smallest_shown > 1
    except FileNotFoundError:
        return "JDM_COHORT" in os.environ  # a book about no cohort has nothing to withhold
    except (CohortError, OSError):
        return True


def add_downloads(cells: list[dict[str, Any]], root: Path, page: str, *, as_shown: bool) -> None:
    """Write the files of a page, and put links to them below its tables and figures.

    Parameters
    ----------
    cells
        Of the page's notebook, with their outputs; the links are put among these.
    root
        The book's folder; the files are put into ``_build/downloads``.
    page
        Name of the page.
    as_shown
        A table's file has the printed cells, and not the numbers behind them; a figure's are its
        drawing, and not its data.
    """
    folder = root / "_build" / "downloads" / page
    shutil.rmtree(folder, ignore_errors=True)
    taken: set[str] = set()

    def link(stem: str, files: dict[str, tuple[str, bytes]]) -> str:
        while stem in taken:
            stem += "-2"
        taken.add(stem)
        folder.mkdir(parents=True, exist_ok=True)
        for ending, (_, content) in files.items():
            (folder / f"{stem}.{ending}").write_bytes(content)
        return " ".join(
            f"{{download}}`{words} </_build/downloads/{page}/{stem}.{ending}>`"
            for ending, (words, _) in files.items()
        )

    for cell in cells:
        outputs = []
        settings = cell["metadata"].setdefault("mystnb", {})
        for output in cell.get("outputs", ()):
            outputs.append(output)
            metadata = output.get("metadata", {}).pop(KEY, {})
            if "rows" in metadata:
                table = Table(
                    pd.DataFrame(metadata["rows"], columns=metadata["columns"], dtype=object),
                    metadata["caption"],
                    tuple(metadata["notes"]),
                )
                csv = table.to_csv() if as_shown else metadata["csv"].encode("utf-8-sig")
                files = {"csv": ("Table as CSV", csv), "docx": ("as Word", tables_docx([table]))}
                links = link(file_stem(metadata["name"] or table.caption), files)
            elif "png" in metadata:
                figure = settings.get("figure", {})
                drawing = "".join(output["data"]["image/svg+xml"]).encode()
                files = {
                    "svg": ("Figure as SVG", drawing),
                    "png": ("as PNG", b64decode(metadata["png"])),
                }
                if "csv" in metadata and not as_shown:
                    files["csv"] = ("its data as CSV", metadata["csv"].encode("utf-8-sig"))
                links = link(file_stem(figure.get("name", "figure")), files)
                output["data"]["image/svg+xml"] = carry(drawing.decode(), metadata)
                if "caption" in figure:
                    figure["caption"] += f"\n\n{links}"
                    continue
            else:
                continue
            settings["markdown_format"] = "myst"
            data = {"text/markdown": links}
            outputs.append({"output_type": "display_data", "data": data, "metadata": {}})
        if "outputs" in cell:
            cell["outputs"] = outputs


def file_stem(name: str) -> str:
    """Make a file name, without its ending.

    Examples
    --------
    >>> file_stem("Table 2, printed and computed")
    'table-2-printed-and-computed'
    """
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")[:60].rstrip("-") or "table"
