"""A local page that asks what `init` left open, and runs `check`, `tables` and `book`.

It needs Flask, which the extra ``cohortbook[app]`` installs.
"""
