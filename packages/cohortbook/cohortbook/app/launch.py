"""Start the page: on this machine alone, on a free port, until it is stopped."""

from __future__ import annotations

import logging
import threading
import webbrowser
from pathlib import Path

from cohortbook.app.desk import Desk
from cohortbook.app.runner import Runner
from cohortbook.app.server import make_app
from cohortbook.app.site import Site
from smallstats.terminal import on_terminal

HOST = "127.0.0.1"


def run_app(folder: Path | None, *, port: int = 0, browser: bool = True) -> int:
    """Serve the page of a folder until Ctrl-C or its own button; return the exit status.

    Parameters
    ----------
    folder : Path, optional
        Of a cohort, or for a new one; without it the page asks, and looks in the current folder.
    port : int, optional
        By default a free one.
    browser : bool, optional
        Whether to open the page.

    Raises
    ------
    BusyError
        If another page has the folder.
    OSError
        If the port is taken.
    """
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    desk = Desk(Path.cwd())
    try:
        if folder:
            desk.hold(folder)
        server = make_server(HOST, port, _nothing, threaded=True)
    except BaseException:
        desk.close()
        raise
    runner = Runner()
    site = Site(desk, runner, server.server_port, lambda: _stop_soon(server.shutdown))
    server.app = make_app(site)
    print(on_terminal(f"The page: {site.address}"), flush=True)
    print("It is on this machine alone. Stop it with Ctrl-C.", flush=True)
    try:
        if browser:
            webbrowser.open(site.address)
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        runner.stop()
        desk.close()
    return 0


def _nothing(*_: object) -> list[bytes]:
    return []


def _stop_soon(shutdown: object) -> None:
    """Stop the server once it has answered."""
    assert callable(shutdown)
    threading.Timer(0.5, shutdown).start()
