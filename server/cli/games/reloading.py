"""`croupier game reload`: the running server reads its machine folders anew."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from server.cli.errors import CommandError, ExitCode
from server.cli.games.common import Config, Json, print_json
from server.config import load
from server.control import NoServer, ask

__all__ = ["reload"]


def reload(
    *,
    data: Annotated[Path | None, Parameter(help="The server's data directory.")] = None,
    json: Json = False,
    config: Config = None,
) -> int:
    """Let the running server read its machine folders anew, without a restart.

    New versions are taken for new rounds; open rounds end under their own. A file that is wrong is
    refused with its line and reason, and the server keeps what it has. Ends with 1 if any was
    refused or no server could be asked. Waits as long as the server works; who does not wait finds
    the result in the server's log. Other settings are read at a start only.
    """
    try:
        answer = ask(data or load(config).data, "reload", working=_Waiting())
    except NoServer as error:
        raise CommandError(str(error)) from None
    if json:
        print_json(answer)
    else:
        _tell(answer)
    refused = [str(each["message"]) for each in answer["refused"]]
    if not refused:
        return ExitCode.OK
    for message in refused[:-1]:
        print(f"croupier: {' '.join(message.split())}", file=sys.stderr)
    raise CommandError(refused[-1])


class _Waiting:
    """Says once, on standard error, that the server is still at work."""

    def __init__(self) -> None:
        self._told = False

    def __call__(self) -> None:
        if not self._told:
            print("croupier: the server is still reading its folders", file=sys.stderr)
        self._told = True


def _tell(answer: dict[str, Any]) -> None:
    for taken in answer["taken"]:
        print(f"{taken['game']} version {taken['version']} is taken from {taken['file']}")
    if not answer["taken"]:
        print("Nothing new was taken.")
    count = len(answer["refused"])
    if count:
        print(f"{count} file{'' if count == 1 else 's'} refused; what was served before stays.")
