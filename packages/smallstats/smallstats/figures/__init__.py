"""Figures in one look; they need matplotlib, which the extra ``smallstats[figures]`` installs."""

try:
    import matplotlib  # noqa: F401
except ModuleNotFoundError as error:  # pragma: no cover
    raise ModuleNotFoundError(
        "figures need matplotlib: pip install 'smallstats[figures]'", name="matplotlib"
    ) from error
