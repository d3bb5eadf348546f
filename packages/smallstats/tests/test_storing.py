"""Files are written whole or not at all, and one run at a time writes into a folder."""

import errno
import os
import subprocess
import sys

import pytest

from smallstats import storing
from smallstats.storing import BusyError, only_run_in, reason, replace_file

RUN = "import smallstats.storing as s\nwith s.only_run_in(s.Path({!r})):\n    print('in')\n"


@pytest.mark.parametrize("copied", [False, True])
def test_a_file_is_replaced_by_bytes_or_another_file(tmp_path, copied):
    path, source = tmp_path / "a.txt", tmp_path / "b.txt"
    path.write_bytes(b"old, and longer than the new")
    (tmp_path / ".a.txt.part").write_bytes(b"what a killed run left, longer than all of it")
    source.write_bytes(b"new")
    replace_file(path, source if copied else b"new")
    assert path.read_bytes() == source.read_bytes() == b"new"
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "b.txt"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_what_cannot_be_written_leaves_the_old_content_alone(tmp_path, monkeypatch, step):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storing.os, step, full)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_content_is_on_the_disk_before_the_name(tmp_path, monkeypatch):
    steps = []
    for step in ("fsync", "replace"):
        real = getattr(os, step)
        monkeypatch.setattr(
            storing.os,
            step,
            lambda *given, step=step, real=real: (steps.append(step), real(*given)),
        )
    replace_file(tmp_path / "a.txt", b"new")
    assert steps == ["fsync", "replace"]


def test_a_folder_that_is_not_there_is_an_error_of_its_own(tmp_path):
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "none" / "a.txt", b"new")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_named(code):
    assert reason(OSError(code, "…")).startswith("the disk is full")


def test_other_errors_are_given_in_the_words_of_the_system():
    assert reason(OSError(errno.EACCES, "Permission denied")) == "Permission denied"
    assert reason(OSError("not of the system")) == "not of the system"


def test_a_second_run_is_refused_until_the_first_has_ended(tmp_path):
    folder = tmp_path / "a" / "b"
    with only_run_in(folder):
        with pytest.raises(BusyError, match="another run is writing here"), only_run_in(folder):
            pytest.fail("two runs at once")
        with only_run_in(tmp_path / "other"):
            assert folder.is_dir()
    with only_run_in(folder):  # which is there, and free
        pass
    with pytest.raises(ValueError, match="mine"), only_run_in(folder):
        raise ValueError("mine")
    with only_run_in(folder):
        pass


def test_the_lock_of_a_killed_run_ends_with_it(tmp_path):
    script = RUN.format(str(tmp_path)).replace("print('in')", "print('in', flush=True); input()")
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout.readline() == "in\n"
        with pytest.raises(BusyError), only_run_in(tmp_path):
            pytest.fail("two runs at once")
        run.kill()
    with only_run_in(tmp_path):
        pass


@pytest.mark.parametrize(
    ("code", "busy"),
    [(errno.EACCES, True), (errno.EAGAIN, True), (errno.EDEADLK, True), (errno.ENOLCK, False)],
)
def test_a_file_system_without_locks_is_no_other_run(tmp_path, monkeypatch, code, busy):
    def refused(_):
        raise OSError(code, "…")

    monkeypatch.setattr(storing, "_lock", refused)
    real, closed, entered = os.close, [], []
    monkeypatch.setattr(storing.os, "close", lambda handle: (closed.append(handle), real(handle)))
    try:
        with only_run_in(tmp_path):
            entered.append(True)
    except BusyError as error:
        assert str(tmp_path) in str(error) and busy
    assert entered == [True] * (not busy)
    assert len(closed) == 1
