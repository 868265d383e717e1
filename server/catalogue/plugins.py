"""Games from other packages, by the entry point group `croupier.games`.

An entry point is a callable that returns an iterable of games. One that does not work costs one
line and only its own games.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

import msgspec

from games.game import AnyGame, Description, Game, RoundKind
from protocol.messages.common import MAXIMUM_INTEGER

__all__ = ["GROUP", "Stage", "load_plugins"]

GROUP: Final = "croupier.games"
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_LONGEST_REASON: Final = 300


class Stage:
    """What is being loaded; for whoever watches from another thread."""

    def __init__(self) -> None:
        self.name = "the games that ship"


def load_plugins(
    taken: Iterable[AnyGame], stage: Stage | None = None
) -> tuple[list[AnyGame], list[str]]:
    """Return the games of all plug-ins, and one line for each plug-in that does not work.

    `taken` are the games that are here already: a plug-in may add versions of none of them. `stage`
    is told which one is being loaded.
    """
    stage = stage or Stage()
    names = {game.name: "Croupier itself" for game in taken}
    games: list[AnyGame] = []
    broken: list[str] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value)):
        stage.name = f"plug-in {point.name} ({point.value})"
        try:
            found = _games_of(point)
            for game in found:
                owner = names.get(game.name)
                if owner is not None:
                    raise ValueError(f"a game named {game.name!r} comes from {owner}")
            _refuse_repeats(found)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's code may raise it
            reason = _reason(point, error)
            broken.append(f"plug-in {point.name} ({point.value}) is left out: {reason}")
            continue
        games += found
        names.update(dict.fromkeys((game.name for game in found), f"plug-in {point.name}"))
    return games, broken


def _games_of(point: EntryPoint) -> list[AnyGame]:
    made = list(point.load()())
    for game in made:
        if not isinstance(game, Game):
            raise TypeError(f"it returned {type(game).__name__}, which is no games.game.Game")
        if not _NAME.fullmatch(game.name):
            raise ValueError(f"{game.name!r} is not a name of a-z, 0-9, - and _")
        if type(game.version) is not int or game.version < 1:
            raise ValueError(f"version {game.version!r} of {game.name} is not a number from 1")
        if not _DIGEST.fullmatch(game.digest):
            raise ValueError(f"the digest of {game.name} is not 64 hex digits")
        _refuse_parts(game)
        _refuse_description(game)
    return made


def _refuse_parts(game: AnyGame) -> None:
    """Raise for a game that could be sat down at and not be played."""
    forms: list[Any] = [game.bets_type, game.view_type]
    if game.kind is RoundKind.DECISIONS:
        forms.append(game.decision_type)
    if not all(isinstance(form, type) and issubclass(form, msgspec.Struct) for form in forms):
        raise TypeError(f"bets, decisions or view of {game.name} are no structs")
    for bound in ("maximum_draws", "maximum_payout_factor", "maximum_reply_bytes"):
        value = getattr(game, bound)
        if type(value) is not int or not 1 <= value <= MAXIMUM_INTEGER:
            raise ValueError(f"{bound} of {game.name} is {value!r}")


def _refuse_description(game: AnyGame) -> None:
    """Raise for a description that no client could read: the lobby holds those of all games."""
    found = msgspec.convert(msgspec.to_builtins(game.describe()), Description)
    if (found.game, found.version) != (game.name, game.version):
        raise ValueError(f"the description of {game.name} is that of another game")
    if not found.stakes:
        raise ValueError(f"the description of {game.name} offers no stake")
    if not 1 <= min(found.stakes) <= max(found.stakes) <= MAXIMUM_INTEGER:
        raise ValueError(f"the description of {game.name} offers a stake out of bounds")


def _refuse_repeats(games: list[AnyGame]) -> None:
    seen = set()
    for game in games:
        key = (game.name, game.version)
        if key in seen:
            raise ValueError(f"{game.name} version {game.version} comes twice")
        seen.add(key)


def _reason(point: EntryPoint, error: BaseException) -> str:
    text = " ".join(f"{type(error).__name__}: {error}".split())
    text = text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}…"
    place = _place(point, error)
    return f"{text} ({place})" if place else text


def _place(point: EntryPoint, error: BaseException) -> str:
    """Return file and line of the plug-in's own code that was running last, if it was."""
    package = point.module.partition(".")[0]
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        if str(frame.f_globals.get("__name__")).partition(".")[0] == package:
            place = f"{frame.f_code.co_filename}:{line}"
    return place
