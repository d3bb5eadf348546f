"""Writing files so that a kill or a full disk leaves the old content or the new, never a part."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
LOCK = ".lock"
"""The file that is locked where a folder itself cannot be (Windows)."""


class BusyError(OSError):
    """Another run is writing into the same folder."""


def replace_file(path: Path, content: bytes | Path) -> None:
    """Write bytes, or what another file has, at once: a reader finds the old or the new.

    What a killed run left half written beside it is overwritten by the next.

    Raises
    ------
    OSError
        If it cannot be written; the old content stays, and nothing is left beside it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     replace_file(Path(folder, "a.txt"), b"one")
    ...     os.listdir(folder)
    ['a.txt']
    """
    partial = path.with_name(f".{path.name}.part")
    try:
        with partial.open("wb") as file:
            if isinstance(content, Path):
                with content.open("rb") as source:
                    shutil.copyfileobj(source, file)
            else:
                file.write(content)
            file.flush()
            os.fsync(file.fileno())  # else a machine that stops may keep the name and lose the rest
        os.replace(partial, path)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        raise


def reason(error: OSError) -> str:
    """Return why a file could not be read or written, a full disk by that name.

    Examples
    --------
    >>> reason(OSError(errno.ENOSPC, "No space left on device"))
    'the disk is full: make room, then run the same command again'
    >>> reason(PermissionError(errno.EACCES, "Permission denied"))
    'Permission denied'
    """
    if error.errno in _NO_ROOM:
        return "the disk is full: make room, then run the same command again"
    return error.strerror or str(error)


@contextmanager
def only_run_in(folder: Path) -> Iterator[None]:
    """Let one run at a time write into a folder; the system ends the lock of a killed one.

    Raises
    ------
    BusyError
        If another run has the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    on_windows = os.name == "nt"
    target, flags = (folder / LOCK, os.O_RDWR | os.O_CREAT) if on_windows else (folder, os.O_RDONLY)
    handle = os.open(target, flags)
    try:
        try:
            _lock(handle)
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                yield  # a file system without locks: as before
                return
            message = (
                f"{folder}: another run is writing here; wait until it has ended, then try again"
            )
            raise BusyError(message) from None
        yield
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
