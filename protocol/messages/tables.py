"""The lobby, sitting down, and what happens at a table."""

from __future__ import annotations

from typing import Any, ClassVar

from protocol.messages.common import (
    Amount,
    ChainInfo,
    Counter,
    EntityId,
    Event,
    Message,
    Name,
    Reply,
    Request,
)
from protocol.messages.rounds import Played


class Lobby(Request, frozen=True):
    """Ask which games there are."""

    TYPE: ClassVar = "lobby"


class StakeRange(Message, frozen=True, omit_defaults=False):
    """What a table takes in the session's currency."""

    minimum: Amount
    """Of a round; where the bets are a list, of each single bet."""
    maximum: Amount
    """Of a round; where the bets are a list, of all of them together."""


class LobbyGame(Message, frozen=True, omit_defaults=False):
    """One game of the lobby."""

    game: Name
    """The name that `sit` takes."""
    stakes: StakeRange
    """What its tables take."""
    description: dict[str, Any]
    """The machine-readable description: see the schema `Description`."""


class LobbyList(Reply, frozen=True, omit_defaults=False):
    """Answers `lobby`."""

    TYPE: ClassVar = "lobby_list"

    games: tuple[LobbyGame, ...]
    """By name."""


class Activity(Request, frozen=True):
    """Ask how much is going on at the games. Servers before it answer `unknown_type`."""

    TYPE: ClassVar = "activity"


class GameActivity(Message, frozen=True, omit_defaults=False):
    """How much is going on at one game."""

    game: Name
    """The game's name, as in the lobby."""
    players: Counter
    """Connected players whose latest seat or bet, within five minutes, was here. None counts twice
    in the list."""
    rounds: Counter
    """Rounds settled in about the last minute."""


class ActivityList(Reply, frozen=True, omit_defaults=False):
    """Answers `activity`. Of the node that is asked, and up to two seconds old."""

    TYPE: ClassVar = "activity_list"

    games: tuple[GameActivity, ...]
    """By name; a game where nothing is going on is left out."""
    every_ms: Counter
    """Milliseconds after which it is worth asking again."""


class Sit(Request, frozen=True):
    """Sit down at a private table of a game, or come back to the one this player has."""

    TYPE: ClassVar = "sit"

    game: Name
    """One of the lobby."""


class Seated(Reply, frozen=True, omit_defaults=False):
    """Answers `sit`: where the table stands."""

    TYPE: ClassVar = "seated"

    table: EntityId
    """The table's id."""
    game: Name
    """The game's name, as in the lobby."""
    version: Counter
    """The version of the rules that new rounds are played under."""
    digest: str
    """Of the game's rules, as hex."""
    epoch: Counter
    """Grows when the table moves; its events then count from the start again. May exceed 2^32."""
    seq: Counter
    """The last event of the table; 0 before the first."""
    stakes: StakeRange
    """What the table takes."""
    chain: ChainInfo | None
    """What the next bet must name; null while a round is open or a new chain is on its way."""
    open: Played | None
    """The open round, to go on with."""


class Leave(Request, frozen=True):
    """Leave a table. Its chain is retired; an open round must be finished first."""

    TYPE: ClassVar = "leave"

    table: EntityId
    """The table's id."""


class Left(Reply, frozen=True, omit_defaults=False):
    """Answers `leave`."""

    TYPE: ClassVar = "left"

    table: EntityId
    """The table's id."""


class ChainStarted(Event, frozen=True, tag_field="type", tag="chain_started", omit_defaults=False):
    """The table plays on a new chain; its commitment comes before any bet on it."""

    TYPE: ClassVar = "chain_started"

    table: EntityId
    """The table's id."""
    epoch: Counter
    """Of the table."""
    seq: Counter
    """One above that of the table's event before, within an epoch."""
    chain: ChainInfo
    """What the next bet must name."""


class RoundEnded(Event, frozen=True, tag_field="type", tag="round_ended", omit_defaults=False):
    """The platform ended a round: its time had run out, or it could not go on."""

    TYPE: ClassVar = "round_ended"

    table: EntityId
    """The table's id."""
    epoch: Counter
    """Of the table."""
    seq: Counter
    """One above that of the table's event before, within an epoch."""
    round: Played
    """The round as it ended."""
