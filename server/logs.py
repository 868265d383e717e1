"""Logs: readable on a terminal, one JSON object a line otherwise, always on stderr, never a secret.

Any module takes its logger with `structlog.get_logger()` and logs a short event with named values:
`log.warning("database lost", attempt=3)`. What the standard library and its users log passes
through the same chain. stdout is left to what commands print.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Literal, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

__all__ = ["REDACTED", "configure", "redact"]

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "console", "json"]

REDACTED = "***"

_SECRET_WORDS = frozenset(
    {
        "authorization",
        "cookie",
        "credential",
        "credentials",
        "key",
        "keys",
        "passphrase",
        "password",
        "passwords",
        "secret",
        "secrets",
        "seed",
        "seeds",
        "ticket",
        "tickets",
        "token",
        "tokens",
    }
)
_HARMLESS = frozenset({"key_id"})
"""Names with such a word that say which secret it was, not what it is."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@:]*:[^/\s@]*(?=@)")
"""User and password of an address: database drivers like to quote theirs in an error."""
_MAX_DEPTH = 4


def configure(
    level: Level = "info", output_format: Format = "auto", stream: TextIO | None = None
) -> None:
    """Set up logging for the process; calling it again replaces what was set up.

    Args:
        level: The least level that is written.
        output_format: `auto` is `console` where `stream` is a terminal and `json` elsewhere.
        stream: Where lines go; None means stderr.
    """
    stream = sys.stderr if stream is None else stream
    console = output_format == "console" or (output_format == "auto" and stream.isatty())
    number = getattr(logging, level.upper())
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S.%f" if console else "iso", utc=not console),
        structlog.processors.StackInfoRenderer(),
        # A traceback as plain text, without the values of local variables: those hold seeds.
        structlog.processors.format_exc_info,
        redact,
    ]
    render: Processor
    if console:
        render = structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    else:
        render = structlog.processors.JSONRenderer(serializer=_to_json)
    structlog.configure(
        processors=[*before, render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: _Writer(stream),
        # A logger that remembered its stream would write to a closed one after the next call here.
        cache_logger_on_first_use=False,
    )
    handler = _Handler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *before],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries talk too much below warnings; `debug` shows everything.
    root.setLevel(number if level == "debug" else max(number, logging.WARNING))
    logging.captureWarnings(True)


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace secrets in `event`: values under telling names, and credentials inside addresses."""
    return {name: _clean(name, value, 0) for name, value in event.items()}


def _clean(name: str, value: Any, depth: int) -> Any:
    if _is_secret(name):
        return REDACTED
    if isinstance(value, str):
        return _CREDENTIALS.sub(REDACTED, value) if "://" in value else value
    if isinstance(value, (int, float)) or value is None:
        return value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value)} bytes>"  # raw bytes in a log are a seed or noise
    if depth >= _MAX_DEPTH:
        return "..."
    if isinstance(value, msgspec.Struct):
        value = {field: getattr(value, field) for field in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {str(key): _clean(str(key), item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean("", item, depth + 1) for item in value]
    return _clean("", str(value), depth + 1)


@functools.lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    if not name or name in _HARMLESS:
        return False
    return any(word.lower() in _SECRET_WORDS for word in _WORD.findall(name))


def _to_json(event: EventDict, **_: object) -> str:
    ordered = {name: event.pop(name, None) for name in ("timestamp", "level", "event")}
    ordered.update(event)
    try:
        return msgspec.json.encode(ordered, enc_hook=str).decode()
    except (OverflowError, UnicodeEncodeError):
        # Integers of any size and lone surrogates, which the fast encoder refuses.
        return json.dumps(ordered, default=str)


class _Writer:
    """Writes lines to a stream. A log that cannot be written must not break what it tells about."""

    __slots__ = ("_stream",)

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, message: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(message + "\n")
            self._stream.flush()

    debug = info = warning = warn = error = critical = exception = fatal = log = msg


class _Handler(logging.StreamHandler[TextIO]):
    """The standard library's way to the same stream, as quiet about a stream that is gone."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Drop `record`."""
