"""Tests of the bounded log of the embedded PostgreSQL."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from server.database import log


def test_trim_keeps_the_writer_and_the_last_lines(tmp_path: Path) -> None:
    """A log that is too long is emptied under its writer, and its end is kept beside it."""
    path = tmp_path / "postgres.log"
    with log.opened(path) as writer:
        os.write(writer, b"old " * 100)
        assert not log.trim(path, 400)
        os.write(writer, b"end.")
        assert log.trim(path, 400)
        os.write(writer, b"new")
    assert path.read_bytes() == b"new"
    assert path.with_name("postgres.log.1").read_bytes() == (b"old " * 99 + b"end.")


def test_trim_without_a_log(tmp_path: Path) -> None:
    """A log that does not exist needs no trimming."""
    assert not log.trim(tmp_path / "none")
    assert log.size(tmp_path / "none") == 0
    assert log.tail(tmp_path / "none", 0) == ""


def test_tail_after_a_trim(tmp_path: Path) -> None:
    """An offset beyond the end, as after a trim, reads nothing and does not fail."""
    path = tmp_path / "postgres.log"
    path.write_text("short")
    assert log.tail(path, 1000) == ""
    assert log.tail(path, 2) == "ort"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("initdb: error: no such user\n", "no such user"),
        ("LOG:  starting\nFATAL:  could not map memory\nLOG:  shut down\n", "could not map memory"),
        ("FATAL:  wrong setting\nFATAL:  the database system is shutting down\n", "wrong setting"),
        (
            'PANIC:  could not write "x": No space left on device\nFATAL:  other\n',
            'the disk is full: could not write "x": No space left on device',
        ),
        (
            "FATAL:  could not extend file\nHINT:  Check free disk space.\nPANIC:  cannot abort\n",
            "the disk is full: could not extend file",
        ),
        ("something else\nentirely\n", "entirely"),
    ],
)
def test_reason(text: str, expected: str) -> None:
    """The line that says why is found among those that follow from it."""
    assert log.reason(text) == expected
