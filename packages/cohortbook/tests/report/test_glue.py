"""What a page hands to its prose."""

import numpy as np
import pytest

from cohortbook.report.glue import glue_all


def test_glue_takes_strings_and_counts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    import myst_nb

    glued = []
    monkeypatch.setattr(myst_nb, "glue", lambda *args, **kwargs: glued.append((args, kwargs)))
    with pytest.raises(TypeError, match="not: b, c, d"):
        glue_all(a="1.0", b=1.0, c=np.float64(2), d=True)
    assert glued == []
    glue_all(a="1.0", b="p < 0.001", c=np.int64(7))
    texts = {"a": "1.0", "b": "p < 0.001", "c": "7"}
    assert glued == [((name, text), {"display": False}) for name, text in texts.items()]
