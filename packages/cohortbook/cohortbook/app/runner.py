"""Tasks that run one after the other in another process, so that a page answers at once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What a task gave last: of which version, and whether a newer one is on its way."""

    version: str = ""
    value: Any = None
    error: str = ""
    waiting: bool = False


class Runner:
    """Runs tasks; of each kind the last answer is kept.

    A task is asked for with the version of what it reads. While one runs no other of its kind is
    begun: the page asks again, and then gets the newest.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, Answer] = {}
        self._pool = _pool()
        self._pool.submit(_warm)

    def ask(
        self,
        kind: str,
        version: str,
        task: Callable[..., Any],
        *arguments: Any,
        again: bool = False,
    ) -> Answer:
        """Give the last answer, and begin the task if that is of another version."""
        with self._lock:
            answer = self._answers.get(kind, Answer())
            if answer.waiting or (answer.version == version and not again):
                return answer
            answer = self._answers[kind] = replace(answer, waiting=True)
            try:
                future = self._pool.submit(task, *arguments)
            except BrokenProcessPool:  # it was killed, or ran out of memory
                self._pool = _pool()
                future = self._pool.submit(task, *arguments)
        future.add_done_callback(lambda done: self._keep(kind, version, done))
        return answer

    def last(self, kind: str) -> Answer:
        """Give the last answer of a kind."""
        return self._answers.get(kind, Answer())

    def forget(self) -> None:
        """Forget every answer: they are of another folder."""
        with self._lock:
            self._answers.clear()

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        for process in list((self._pool._processes or {}).values()):
            process.terminate()
        self._pool.shutdown(cancel_futures=True)  # waits, else the interpreter races with it

    def _keep(self, kind: str, version: str, done: Future[Any]) -> None:
        error = None if done.cancelled() else done.exception()
        with self._lock:
            if error is None and not done.cancelled():
                self._answers[kind] = Answer(version, done.result())
            else:
                reason = f"{type(error).__name__}: {error}"
                self._answers[kind] = Answer(version, None, reason)


def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        1, mp_context=multiprocessing.get_context("spawn"), initializer=_begin
    )


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends this
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the server is killed, which then cannot end it."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _warm() -> None:
    """Import what the tasks need."""
    import cohortbook.app.tasks  # noqa: F401
