"""Rounds read back from the record, and played again from their inputs."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from games.catalogue import Catalogue
from games.entropy import Draws
from games.game import AnyGame, RoundState, replay
from server.fairness.chains import SeedChain
from server.fairness.framing import unframe_client_seeds
from server.fairness.proof import build_proof
from server.fairness.vault import Vault

_ROUND: Final = """
    SELECT r.chain, r.n, r.game_version, r.client_seeds, r.void_cause, r.ended_at,
        w.account, w.bets, w.stake, w.payout, w.session, w.request,
        c.commitment, c.secret, c.key_id, c.length, c.seating, v.game, v.version
    FROM round r
    JOIN wager w ON w.chain = r.chain AND w.n = r.n AND w.seat = 0
    JOIN chain c ON c.id = r.chain
    JOIN game_version v ON v.id = r.game_version
    WHERE r.chain = $1 AND r.n = $2
"""
_OPEN: Final = """
    SELECT o.chain, o.n, o.game_version, o.client_seeds, NULL::text AS void_cause,
        NULL::timestamptz AS ended_at, h.account, h.bets, h.amount AS stake, 0::bigint AS payout,
        h.session, h.request,
        c.commitment, c.secret, c.key_id, c.length, c.seating, v.game, v.version
    FROM open_round o
    JOIN hold h ON h.chain = o.chain AND h.n = o.n AND h.seat = 0
    JOIN chain c ON c.id = o.chain
    JOIN game_version v ON v.id = o.game_version
    WHERE o.chain = $1 AND o.n = $2
"""
_INPUTS: Final = """
    SELECT seat, decision, stake, platform FROM round_input
    WHERE chain = $1 AND n = $2 ORDER BY step
"""


class NotInThisProgram(LookupError):  # noqa: N818 - a condition: another program has it
    """A game, or a version of one, that only another program has."""


class Input(NamedTuple):
    """One recorded decision."""

    seat: int
    decision: bytes
    stake: int
    platform: bool


class RoundRecord(NamedTuple):
    """One round as the database has it, with the chain that it was played on."""

    chain_id: int
    n: int
    seating: int
    game: AnyGame
    client_seeds: tuple[bytes, ...]
    account: int
    bets: bytes
    inputs: tuple[Input, ...]
    stake: int
    payout: int
    void_cause: str | None
    ended: bool
    seeds: SeedChain
    commitment: bytes

    def state(self, steps: int | None = None) -> RoundState:
        """Play it again, to the end or to a number of decisions."""
        kind = self.game.decision_type
        decisions = [
            (entry.seat, msgspec.msgpack.decode(entry.decision, type=kind))
            for entry in self.inputs[:steps]
        ]
        bets = msgspec.msgpack.decode(self.bets, type=self.game.bets_type)
        return replay(self.game, (bets,), decisions, Draws(self.seed, self.client_seeds))

    @property
    def seed(self) -> bytes:
        """The round's seed. To be told only once the round has ended."""
        return self.seeds.seed(self.n)

    def proof(self) -> dict[str, Any]:
        """Return the document that `croupier verify` checks; for ended rounds only."""
        if not self.ended:
            message = "a proof exists only of an ended round"
            raise ValueError(message)
        return build_proof(
            game=self.game,
            chain=self.chain_id,
            n=self.n,
            commitment=self.commitment,
            seed=self.seed,
            client_seeds=self.client_seeds,
            bets=(self.bets,),
            decisions=[(entry.seat, entry.decision, entry.platform) for entry in self.inputs],
            stake=self.stake,
            payout=self.payout,
            voided=self.void_cause is not None,
        )


class Records:
    """Reads rounds. `pool` is an asyncpg pool with the application's rights."""

    def __init__(self, pool: Any, catalogue: Catalogue, vault: Vault) -> None:
        self._pool = pool
        self._catalogue = catalogue
        self.vault = vault

    async def ended(self, chain: int, n: int) -> RoundRecord | None:
        """Return an ended round, or None."""
        return await self._read(_ROUND, chain, n)

    async def undecided(self, chain: int, n: int) -> RoundRecord | None:
        """Return an open round, or None. Never to be shown beyond its own player's view."""
        return await self._read(_OPEN, chain, n)

    def game(self, name: str, version: int) -> AnyGame:
        """Return a game that rounds on record were played under. Raises NotInThisProgram."""
        game = self._catalogue.version(name, version)
        if game is None:
            raise NotInThisProgram(f"{name} version {version} is not in this program")
        return game

    async def _read(self, query: str, chain: int, n: int) -> RoundRecord | None:
        row = await self._pool.fetchrow(query, chain, n)
        if row is None:
            return None
        game = self.game(row["game"], row["version"])
        inputs = await self._pool.fetch(_INPUTS, chain, n)
        secret = self.vault.open(chain, row["secret"], row["key_id"])
        return RoundRecord(
            chain_id=chain,
            n=n,
            seating=row["seating"],
            game=game,
            client_seeds=unframe_client_seeds(row["client_seeds"]),
            account=row["account"],
            bets=row["bets"],
            inputs=tuple(Input(*entry) for entry in inputs),
            stake=row["stake"],
            payout=row["payout"],
            void_cause=row["void_cause"],
            ended=row["ended_at"] is not None,
            seeds=SeedChain(secret, row["length"]),
            commitment=row["commitment"],
        )


def parse_round_id(text: str) -> tuple[int, int] | None:
    """Return (chain, n) of a round id such as `7203-17`, or None if it is not one."""
    chain, dash, n = text.partition("-")
    if not (dash and chain.isascii() and chain.isdigit() and n.isascii() and n.isdigit()):
        return None
    if len(chain) > 19 or len(n) > 4 or int(chain) >= 1 << 63:
        return None
    return int(chain), int(n)
