"""One page of one user of this machine: what opens it, and who else gets nothing."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable

from flask import Response, abort, g, redirect, request
from werkzeug.wrappers import Response as Reply

from cohortbook.app import tasks, view
from cohortbook.app.desk import Desk
from cohortbook.app.runner import Answer, Runner
from cohortbook.cohort.spec import LANGUAGES

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
BOOK_POLICY = (
    "default-src 'self' 'unsafe-inline' data: blob:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""The book has scripts of its own. It is shown under another origin (localhost, not 127.0.0.1), so
that nothing in it can reach the page."""


class Site:
    """One page of one user: its desk, its tasks, and what opens it."""

    def __init__(self, desk: Desk, runner: Runner, port: int, stop: Callable[[], None]) -> None:
        self.desk, self.runner, self.port, self.stop = desk, runner, port, stop
        self.token, self.book_key = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self.origin = f"http://127.0.0.1:{port}"
        self.cookie = f"cohortbook-{port}"
        self.stopped = False

    @property
    def address(self) -> str:
        """The address that opens the page."""
        return f"{self.origin}/?token={self.token}"

    def look(self) -> Answer:
        """Give what `check` found last, and begin to look again if something has changed."""
        return self.runner.ask("look", self.desk.version(), tasks.look, self.desk.spec)

    def language(self) -> str:
        """Give the language of the page: that of the cohort, else of the browser."""
        if self.desk.is_open and (spec := view.spec_of(self.desk)) and spec.language in LANGUAGES:
            return spec.language
        return request.accept_languages.best_match(LANGUAGES) or "en"

    def stamp(self) -> str:
        """Give a mark of all that a page may show, by which it sees that it is old."""
        kinds = ("preview", "create", "look", "rehearsal", "tables")
        answers = [self.runner.last(kind) for kind in kinds]
        marks = [self.desk.version(), *(f"{a.version}{a.waiting}" for a in answers)]
        if build := self.desk.build:
            marks.append(f"{len(build.done)} {build.status}")
        return "-".join(marks)


def refused(site: Site) -> Reply | None:
    """Refuse what does not come from the page itself.

    Only with the token in the address or, from then on, in a cookie; only under the one host name,
    else a name that is made to point here could read the page; and nothing is changed but by a form
    of the page's own origin.
    """
    if request.host == f"localhost:{site.port}":
        if request.endpoint == "book_page":
            return None
        abort(403)
    if request.host != f"127.0.0.1:{site.port}" or request.endpoint == "book_page":
        abort(403)
    if request.method not in ("GET", "POST", "HEAD"):
        abort(405)
    if request.method == "POST" and request.headers.get("Origin") != site.origin:
        abort(403)
    given = request.args.get("token", "")
    if request.path == "/" and given and request.method == "GET":
        if not same(given, site.token):
            abort(403)
        reply = redirect("/", 303)
        reply.set_cookie(site.cookie, site.token, httponly=True, samesite="Strict")
        return reply
    if not same(request.cookies.get(site.cookie, ""), site.token):
        abort(403, "Open the address that the terminal shows.")
    g.stamp = site.stamp()  # before the page is made: what is done meanwhile changes it
    return None


def same(given: str, token: str) -> bool:
    """Compare a key in a time that tells nothing of it."""
    return hmac.compare_digest(given.encode(), token.encode())


def guarded(reply: Response) -> Response:
    """Forbid a page every other host, and every other page to hold it."""
    book = request.endpoint == "book_page"
    reply.headers["Content-Security-Policy"] = BOOK_POLICY if book else POLICY
    reply.headers["X-Content-Type-Options"] = "nosniff"
    reply.headers["Referrer-Policy"] = "no-referrer" if book else "same-origin"
    reply.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    reply.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    reply.headers["Cache-Control"] = "no-store"
    return reply
