"""`croupier round` for rounds of live tables: what is shown of one, and how it is played again."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from games.catalogue import Catalogue
from games.game import AnyGame
from server.audit.live_replays import LiveRoundRow, live_differs, live_outcome, read_live_part
from server.audit.reader import Reader
from server.audit.seeds import ChainRow
from server.cli.errors import CommandError, ExitCode
from server.fairness.chains import SeedChain
from server.fairness.framing import unframe_client_seeds
from server.fairness.vault import Vault
from server.tables.live.records import LiveRecords
from server.tables.records import Records

__all__ = ["LiveRead", "read_live_round"]

_ROUND: Final = """
    SELECT r.table_id, t.title, r.seats, r.client_seeds, r.steps, r.accepted, r.closed, r.drawn,
        r.void_cause, r.ended_at, v.game, v.version,
        c.id, c.commitment, c.secret, c.key_id, c.length
    FROM round r
    JOIN chain c ON c.id = r.chain
    JOIN game_version v ON v.id = r.game_version
    LEFT JOIN live_table t ON t.id = r.table_id
    WHERE r.chain = $1 AND r.n = $2 AND r.table_id IS NOT NULL
"""
_SEATS: Final = """
    SELECT w.seat, w.account, a.owner AS player, a.currency, a.test, w.session, w.request, w.stake,
        w.payout, w.gaming_day
    FROM wager w LEFT JOIN account a ON a.id = w.account
    WHERE w.chain = $1 AND w.n = $2 ORDER BY w.seat
"""


class LiveRead(NamedTuple):
    """An ended round of a live table as it was read."""

    identifier: str
    row: Any
    seats: list[Any]
    game: AnyGame
    seed: bytes
    inputs: LiveRoundRow
    proof: dict[str, Any] | None
    """Of the seat that was asked for."""

    def document(self) -> dict[str, Any]:
        """Return it for a person: the round, or with a proof that of one seat."""
        row = self.row
        document: dict[str, Any] = {
            "round": self.identifier,
            "table": str(row["table_id"]),
            "title": row["title"],
            "game": row["game"],
            "version": row["version"],
            "accepted": row["accepted"],
            "closed": row["closed"],
            "drawn": row["drawn"],
            "decisions": row["steps"] - row["accepted"],
            "void_cause": row["void_cause"],
            "ended_at": row["ended_at"].isoformat(),
            "seats": [_seat(each) for each in self.seats],
            "commitment": row["commitment"].hex(),
            "seed": self.seed.hex(),
            "client_seeds": [
                {"seat": seat, "client_seed": client_seed.hex()}
                for seat, client_seed in zip(
                    row["seats"], unframe_client_seeds(row["client_seeds"]), strict=True
                )
            ],
        }
        if self.proof is not None:
            document["proof"] = self.proof
        return document

    def replayed(self) -> dict[str, Any]:
        """Play it again and compare it with the record. Raises CommandError: it cannot be."""
        if self.row["void_cause"] is not None:
            return {"round": self.identifier, "ok": True, "void_cause": self.row["void_cause"]}
        wrong = live_differs(self.game, self.seed, self.inputs)
        try:
            outcome = msgspec.to_builtins(live_outcome(self.game, self.seed, self.inputs))
        except Exception as error:  # noqa: BLE001 - whatever rules raise over such a record
            raise CommandError(
                f"round {self.identifier} cannot be played again from its inputs:"
                f" {type(error).__name__}",
                ExitCode.AUDIT_BREACH,
            ) from None
        return {
            "round": self.identifier,
            "ok": not wrong,
            "recorded": [
                {"seat": each["seat"], "stake": each["stake"], "payout": each["payout"]}
                for each in self.seats
            ],
            "outcome": outcome,
            "differs": wrong or None,
        }


def _seat(row: Any) -> dict[str, Any]:
    return {
        "seat": row["seat"],
        "player": str(row["player"]),
        "account": str(row["account"]),
        "currency": row["currency"],
        "test": row["test"],
        "session": str(row["session"]),
        "request": row["request"],
        "stake": row["stake"],
        "payout": row["payout"],
        "gaming_day": row["gaming_day"].isoformat(),
    }


async def read_live_round(
    reader: Reader,
    catalogue: Catalogue,
    vault: Vault,
    chain: int,
    n: int,
    *,
    seat: int | None = None,
) -> LiveRead | None:
    """Return an ended round of a live table, or None where it is none.

    With a seat its proof is made as well. Raises CommandError for a seat without bets, LookupError
    for a game that this program lacks, VaultError for a seed that cannot be opened.
    """
    row = await reader.row(_ROUND, chain, n)
    if row is None:
        return None
    identifier = f"{chain}-{n}"
    records = Records(reader.connection, catalogue, vault)
    game = records.game(row["game"], row["version"])
    seats = await reader.fetch(_SEATS, chain, n)
    proof = None
    if seat is not None:
        account = next((each["account"] for each in seats if each["seat"] == seat), None)
        if account is None:
            raise CommandError(f"seat {seat} has no bets on round {identifier}")
        proof = await LiveRecords(reader.connection, records).proof(chain, n, account)
    seeds = SeedChain(vault.open(chain, row["secret"], row["key_id"]), row["length"])
    known = ChainRow(chain, row["commitment"], row["secret"], row["key_id"], row["length"])
    part = await read_live_part(reader, [(chain, n)], {chain: known}, {})
    return LiveRead(identifier, row, seats, game, seeds.seed(n), part.rounds[0], proof)
