"""What a page leaves out of a notebook."""

import pytest

from cohortbook.report.notebook_cells import leave_out_unasked


def markdown(text):
    return {"cell_type": "markdown", "id": "m", "metadata": {}, "source": [text]}


def code(*outputs, tags=("if-any",)):
    shown = [{"output_type": "execute_result", "data": {"text/plain": text}} for text in outputs]
    metadata = {"tags": [*tags]}
    return {"cell_type": "code", "id": "c", "metadata": metadata, "source": "f()", "outputs": shown}


def words(cells):
    return "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


@pytest.mark.parametrize(
    ("cells", "left"),
    [
        ([code()], "# Title\n## After\n"),
        ([code("a table"), code()], "# Title\n## Asked\nIf asked.\nOf it.\n## After\n"),
        ([code(tags=())], "# Title\n## Asked\nIf asked.\nOf it.\n## After\n"),
    ],
)
def test_a_section_that_nobody_asked_for_is_left_out(cells, left):
    cells = [markdown("# Title\n## Asked\nIf asked.\n"), *cells, markdown("Of it.\n## After\n")]
    leave_out_unasked(cells)
    assert words(cells) == left
    assert len({cell["id"] for cell in cells if cell["cell_type"] == "markdown"}) > 1


def test_the_last_words_of_a_chapter_stay():
    cells = [markdown("# Title\n## Asked\nIf asked.\n"), code(), markdown("What it cannot say.\n")]
    leave_out_unasked(cells)
    assert words(cells) == "# Title\nWhat it cannot say.\n"
