"""`croupier asyncapi`: print the protocol as an AsyncAPI 3 document, or as TypeScript types."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from protocol.schema import document, typescript as typescript_of
from protocol.schema.asyncapi import DEFAULT_GATEWAY, DEFAULT_HTTP
from server.cli.documents import as_text, write
from server.cli.errors import CommandError, ExitCode
from server.published import publish_catalogue

__all__ = ["asyncapi"]


def asyncapi(
    *,
    typescript: Annotated[bool, Parameter(negative="")] = False,
    encoding: Literal["msgpack", "json"] = "msgpack",
    output: Path | None = None,
    http: str = DEFAULT_HTTP,
    gateway: str = DEFAULT_GATEWAY,
    config: Path | None = None,
) -> None:
    """Print the protocol as an AsyncAPI 3 document.

    Args:
        typescript: Print TypeScript types instead.
        encoding: Which frames the TypeScript types are for: bytes differ.
        output: Write to this file instead of the terminal.
        http: Address of the web server, for the document's servers.
        gateway: Address of the players' gateway, for the document's servers.
        config: The TOML file to read, for machine folders.
    """
    from server.cli.catalogue import configured  # noqa: PLC0415 - loads every game

    games = publish_catalogue(configured(config))
    if typescript:
        text = typescript_of(games, json_bytes=encoding == "json")
    else:
        try:
            text = as_text(document(games, http=http, gateway=gateway))
        except ValueError as error:
            raise CommandError(f"Wrong address: {error}.", ExitCode.USAGE) from None
    if output is None:
        sys.stdout.write(text)
    else:
        write(output, text)
