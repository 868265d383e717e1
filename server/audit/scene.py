"""The small changing tables at the moment that the audit judges."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from games.catalogue import Catalogue
from games.game import AnyGame
from server.audit.reader import Moment, Reader

__all__ = ["GameVersion", "Hold", "LiveRound", "OpenRound", "Scene", "round_id", "take_scene"]

_SERVER_ALIVE_S: Final = 10


class Hold(NamedTuple):
    """What a seat has on an open round; `amount` in minor units."""

    chain: int
    n: int
    seat: int
    account: int
    session: int
    request: int
    amount: int
    bets: bytes


class OpenRound(NamedTuple):
    """A round that waits for a decision."""

    chain: int
    n: int
    game_version: int
    client_seeds: bytes
    step: int
    deadline: datetime
    parked: bool


class LiveRound(NamedTuple):
    """What a round in play at a live table has beside its row of an open round."""

    chain: int
    n: int
    table_id: int
    seats: list[int]
    accepted: int
    closed: int | None
    drawn: int | None


class GameVersion(NamedTuple):
    """A game that was served, and the digest of its rules then."""

    game: str
    version: int
    digest: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A moment, and what can change as it was then."""

    moment: Moment
    server_up: bool
    open_rounds: dict[int, OpenRound]
    """By chain."""
    holds: dict[tuple[int, int, int], Hold]
    """By chain, n and seat."""
    currencies: dict[int, str]
    """Codes by number."""
    versions: dict[int, GameVersion]
    folded: list[Any] = field(default_factory=list)
    """Rows of `house_total`."""
    folded_up_to: tuple[str, int] = ("0", 0)
    """Transaction and id of the last batch that was folded."""
    live_rounds: dict[int, LiveRound] = field(default_factory=dict)
    """By chain."""

    def game(self, catalogue: Catalogue, game_version: int) -> AnyGame | None:
        """Return the game that a round is played under, None where this program lacks it."""
        known = self.versions.get(game_version)
        return None if known is None else catalogue.version(known.game, known.version)

    def live_round(self, chain: int, n: int) -> LiveRound | None:
        """Return a round in play at a live table, or None if it is none."""
        found = self.live_rounds.get(chain)
        return found if found is not None and found.n == n else None


async def take_scene(reader: Reader) -> Scene:
    """Read the small tables as of now."""
    async with reader.moment() as moment:
        opened = await reader.fetch(
            "SELECT chain, n, game_version, client_seeds, step, greatest(least(deadline,"
            " timestamptz '9000-01-01 00:00+00'), timestamptz '1970-01-01 00:00+00'), parked"
            " FROM open_round"
        )
        holds = await reader.fetch(
            "SELECT chain, n, seat, account, session, request, amount, bets FROM hold"
        )
        live = await reader.fetch(
            "SELECT chain, n, table_id, seats, accepted, closed, drawn FROM live_round"
        )
        currencies = await reader.fetch("SELECT number, code FROM currency")
        versions = await reader.fetch("SELECT id, game, version, digest FROM game_version")
        folded = await reader.fetch("SELECT * FROM house_total")
        cursor = await reader.row("SELECT xid::text, id FROM projection WHERE name = 'house'")
        alive = await reader.value(
            "SELECT bool_or(at > clock_timestamp() - $1 * interval '1 second') FROM node_heartbeat",
            _SERVER_ALIVE_S,
        )
    return Scene(
        moment=moment,
        server_up=bool(alive),
        open_rounds={row["chain"]: OpenRound(*row) for row in opened},
        holds={(row["chain"], row["n"], row["seat"]): Hold(*row) for row in holds},
        currencies={row["number"]: row["code"] for row in currencies},
        versions={
            row["id"]: GameVersion(row["game"], row["version"], row["digest"]) for row in versions
        },
        folded=folded,
        folded_up_to=("0", 0) if cursor is None else (cursor["xid"], cursor["id"]),
        live_rounds={row["chain"]: LiveRound(*row) for row in live},
    )


def round_id(chain: int, n: int) -> str:
    """Return the id by which players and operators know a round."""
    return f"{chain}-{n}"
