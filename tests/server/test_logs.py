"""Logs."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from server import logs

log = structlog.get_logger()


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Log JSON into a buffer and leave logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    target = io.StringIO()
    logs.configure("info", "json", target)
    yield target
    structlog.reset_defaults()
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return what was logged."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


class Terminal(io.StringIO):
    """A buffer that says it is a terminal."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


def test_json_is_one_object_a_line(stream: io.StringIO) -> None:
    """An event is one JSON object with time, level and event first."""
    log.info("ready", port=8080)

    (line,) = lines(stream)
    assert list(line)[:3] == ["timestamp", "level", "event"]
    assert (line["level"], line["event"], line["port"]) == ("info", "ready", 8080)
    assert line["timestamp"].endswith("Z")


def test_levels(stream: io.StringIO) -> None:
    """What is below the level is not written."""
    log.debug("no")
    log.warning("yes")

    assert [line["event"] for line in lines(stream)] == ["yes"]


@pytest.mark.parametrize(
    ("output", "target", "console"),
    [
        ("auto", Terminal(), True),
        ("auto", io.StringIO(), False),
        ("json", Terminal(), False),
        ("console", io.StringIO(), True),
    ],
)
def test_form_follows_the_reader(
    stream: io.StringIO, output: logs.Format, target: io.StringIO, console: bool
) -> None:
    """A terminal gets readable lines and anything else JSON, unless one form is asked for."""
    logs.configure("info", output, target)
    log.info("ready")

    assert target.getvalue().startswith("{") is not console
    assert "ready" in target.getvalue()
    assert stream.getvalue() == ""


def test_standard_library_passes_through(stream: io.StringIO) -> None:
    """Libraries' own logs come in the same form, from warnings up."""
    logging.getLogger("library").info("chatter")
    logging.getLogger("library").warning("trouble with %s", "postgresql://u:hush@h/d")

    (line,) = lines(stream)
    assert line["logger"] == "library"
    assert line["event"] == "trouble with postgresql://***@h/d"


@pytest.mark.parametrize(
    "name",
    ["seed", "client_seed", "ticket", "resumeToken", "API_KEY", "password", "secrets", "Cookie"],
)
def test_secret_names_are_redacted(stream: io.StringIO, name: str) -> None:
    """A value under the name of a secret is never written, at any depth."""
    log.info("event", **{name: "hush"}, nested={"list": [{name: "hush"}]})

    assert "hush" not in stream.getvalue()
    assert lines(stream)[0][name] == logs.REDACTED


def test_harmless_names_stay(stream: io.StringIO) -> None:
    """A word that merely contains the name of a secret, or names which one, is written."""
    log.info("event", monkey="m", key_id=3, seedling="s")

    (line,) = lines(stream)
    assert (line["monkey"], line["key_id"], line["seedling"]) == ("m", 3, "s")


def test_bytes_are_not_written(stream: io.StringIO) -> None:
    """Raw bytes, which may be a seed under any name, are written as their length alone."""
    log.info("event", value=b"\x01" * 32)

    assert lines(stream)[0]["value"] == "<32 bytes>"


def test_tracebacks_show_no_variables(stream: io.StringIO) -> None:
    """A traceback comes as text without local variables, credentials in its message redacted."""
    hidden = bytes.fromhex("68757368").decode()
    try:
        raise RuntimeError(f"cannot reach postgresql://u:{hidden}@h/d")
    except RuntimeError:
        log.exception("boom")

    assert hidden == "hush"
    assert "RuntimeError: cannot reach" in lines(stream)[0]["exception"]
    assert hidden not in stream.getvalue()


def test_values_that_json_refuses(stream: io.StringIO) -> None:
    """No value can make a log call fail."""
    log.info("event", huge=2**70, surrogate="\ud800", thing=object(), deep=[[[[[["x"]]]]]])

    (line,) = lines(stream)
    assert line["huge"] == 2**70
    assert "object" in line["thing"]


def test_a_closed_stream_breaks_nothing(stream: io.StringIO) -> None:
    """A log that cannot be written does not break what it tells about."""
    stream.close()

    log.error("lost")
    logging.getLogger("library").error("lost")


def test_context_is_added(stream: io.StringIO) -> None:
    """Values bound to the current context stand on each of its lines."""
    with structlog.contextvars.bound_contextvars(connection="c1"):
        log.info("event")

    assert lines(stream)[0]["connection"] == "c1"
