"""Digests: what a round was played with is what its player asked for.

Whoever changes bets, a decision or a client seed afterwards changes what the digest of the request
is made of. No seed of the house is needed to see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from games.catalogue import Catalogue
from games.game import RoundKind
from server.audit.findings import Findings
from server.audit.reader import Reader
from server.audit.scene import GameVersion, Scene, round_id
from server.tables.digests import act_digest, bet_digest
from server.tables.live.requests import cash_out_digest, is_cash_out

__all__ = ["Asked", "ChainSeeds", "Digests", "read_chain_seeds"]

_KINDS: Final = {RoundKind.INSTANT: ("spin",), RoundKind.DECISIONS: ("deal",)}
_ANY_KIND: Final[tuple[str, ...]] = ("spin", "deal")
_LENGTH_BYTES: Final = 2

Asked = tuple[int, int, bytes, int, int, int, bytes]
"""An accepted request: session, id, digest, step (0 of a bet, that after the decision of a
decision), chain, n; and the bets or the decision on record."""


class ChainSeeds(NamedTuple):
    """What a chain's requests named beside bets and decisions."""

    table: str
    game_version: int
    client_seeds: Mapping[int, bytes]
    """By n, framed as in the record; those of live tables stand in no request and are left out."""
    accepted: Mapping[int, int]
    """By n, of rounds at live tables: how many of their inputs are bets."""


async def read_chain_seeds(reader: Reader, chains: Iterable[int]) -> dict[int, ChainSeeds]:
    """Read them for chains and their ended rounds."""
    rows = await reader.fetch(
        """
        SELECT c.id, c.seating, c.game_version, r.ns, r.seeds, r.accepted
        FROM unnest($1::bigint[]) AS k (id) JOIN chain c ON c.id = k.id
        CROSS JOIN LATERAL (
            SELECT array_agg(r.n) AS ns, array_agg(CASE WHEN r.table_id IS NULL
                    THEN r.client_seeds ELSE '' END) AS seeds,
                array_agg(CASE WHEN r.table_id IS NOT NULL THEN r.accepted END) AS accepted
            FROM round r WHERE r.chain = k.id
        ) AS r
        """,
        list(chains),
    )
    return {
        chain: ChainSeeds(
            str(table),
            version,
            dict(zip(ns or (), seeds or (), strict=True)),
            {n: bets for n, bets in zip(ns or (), accepted or (), strict=True) if bets is not None},
        )
        for chain, table, version, ns, seeds, accepted in rows
    }


class Digests:
    """Compares the digests of accepted requests with what the record has of them.

    A bet at a live table is an input of its round, as a decision is; it carries no client seed.
    Where a chain or a round is not there at all, other checks say so.
    """

    def __init__(self, catalogue: Catalogue, scene: Scene, findings: Findings) -> None:
        self.findings = findings
        self._scene = scene
        self._kinds = {number: _kinds(catalogue, known) for number, known in scene.versions.items()}

    def check(self, requests: Iterable[Asked], chains: Mapping[int, ChainSeeds]) -> None:
        """Look at each request; those of one chain are best given in a row."""
        last = known = None
        kinds = _ANY_KIND
        for asked in requests:
            chain, n = asked[4], asked[5]
            if chain != last:
                last, known = chain, chains.get(chain)
                kinds = (
                    _ANY_KIND if known is None else self._kinds.get(known.game_version, _ANY_KIND)
                )
            if known is None:
                continue
            bets = known.accepted.get(n)
            if bets is None and (playing := self._scene.live_round(chain, n)) is not None:
                bets = playing.accepted
            if bets is not None:
                self.findings.looked_at += 1
                if asked[2] not in _live_digests(asked, bets, known.table):
                    self._name(asked, bet=asked[3] <= bets)
                continue
            framed = known.client_seeds.get(n)
            if framed is None and not asked[3]:
                continue
            self.findings.looked_at += 1
            if all(asked[2] != _digest(asked, kind, known.table, framed) for kind in kinds):
                self._name(asked)

    def _name(self, asked: Asked, *, bet: bool = False) -> None:
        session, request, _, step, chain, n, _ = asked
        what = "bets or client seed"
        if step:
            what = f"{'bet' if bet else 'decision'} {step - 1}"
        self.findings.breach(
            f"request {request} of session {session} did not ask for what round"
            f" {round_id(chain, n)} was played with: its digest is not that of the {what} on record"
        )


def _digest(asked: Asked, kind: str, table: str, framed: bytes | None) -> bytes | None:
    """Return the digest that a request should have; None where a bet has not one client seed."""
    _, _, _, step, chain, n, data = asked
    name = f"{chain}-{n}"
    if step:
        return act_digest(table, name, step - 1, data)
    length = len(framed or b"") - _LENGTH_BYTES
    # A further seed would change what is drawn and not the digest of this one.
    if framed is None or length < 0 or int.from_bytes(framed[:_LENGTH_BYTES], "big") != length:
        return None
    return bet_digest(kind, table, name, framed[_LENGTH_BYTES:], data)


def _live_digests(asked: Asked, bets: int, table: str) -> tuple[bytes, ...]:
    """Return the digests that a request at a live table may have: `bets` inputs are bets."""
    _, _, _, step, chain, n, data = asked
    name = f"{chain}-{n}"
    if step <= bets:
        return (bet_digest("bet", table, name, b"", data),)
    decided = act_digest(table, name, step - 1, data)
    # The table stamps the time; what was asked for is a cash-out and no more.
    return (decided, cash_out_digest(table, name)) if is_cash_out(data) else (decided,)


def _kinds(catalogue: Catalogue, known: GameVersion) -> tuple[str, ...]:
    """Return the requests that begin a round of a game, or any for one this program lacks."""
    game = catalogue.version(known.game, known.version)
    return _ANY_KIND if game is None else _KINDS.get(game.kind, _ANY_KIND)
