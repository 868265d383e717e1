"""`croupier openapi`: print the HTTP interface as an OpenAPI 3.1 document."""

from __future__ import annotations

import sys
from pathlib import Path

from protocol.schema.openapi import DEFAULT_HTTP, document
from server.cli.documents import as_text, write
from server.cli.errors import CommandError, ExitCode

__all__ = ["openapi"]


def openapi(*, output: Path | None = None, http: str = DEFAULT_HTTP) -> None:
    """Print the HTTP interface as an OpenAPI 3.1 document.

    Args:
        output: Write to this file instead of the terminal.
        http: Address of the web server, for the document's server.
    """
    try:
        text = as_text(document(http=http))
    except ValueError as error:
        raise CommandError(f"Wrong address: {error}.", ExitCode.USAGE) from None
    if output is None:
        sys.stdout.write(text)
    else:
        write(output, text)
