"""A local page that asks what `init` left open, and runs `check`, `tables` and `book`.

It needs Flask, which the extra ``cohortbook[app]`` installs.
"""

try:
    import flask  # noqa: F401
except ModuleNotFoundError as error:  # pragma: no cover
    raise ModuleNotFoundError(
        "the page in the browser needs Flask: pip install 'cohortbook[app]'", name="flask"
    ) from error
