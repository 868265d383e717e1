"""The record of a live table in plain Python: what whoever takes the table over loads it from.

`LiveRecord` keeps, beside what `LiveLedger` decides, the rows that `server.tables.live.loading`
reads, and answers its queries as the database would.
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from server.fairness.chains import SeedChain
from server.ledger.items import Verdict
from server.ledger.live_items import LiveItem, LiveKind
from server.tables.live import loading
from server.tables.live.standing import NO_SEAT
from server.tables.live.table import LiveTable
from server.tables.table import Chain
from tests.simulation.live_ledger import PLAYERS_OWN, LiveLedger

Place = tuple[int, int]
Row = dict[str, Any]


class Input(NamedTuple):
    """A row of `round_input`; its step is its place in the list."""

    seat: int
    decision: bytes
    stake: int
    platform: bool


@dataclass
class Noted:
    """What is on record of a round beside its money."""

    seats: list[int]
    client_seeds: bytes
    inputs: list[Input] = field(default_factory=list)
    bets: dict[int, bytes] = field(default_factory=dict)
    """Of each hold."""
    sessions: dict[int, int] = field(default_factory=dict)
    """Which bet each hold first."""
    wagers: dict[int, Row] = field(default_factory=dict)
    asked: list[tuple[int, int]] = field(default_factory=list)
    """Accepted requests: session and number."""
    ticked_ms: int = 0
    void_ordered: str | None = None
    void_cause: str | None = None
    parked: str | None = None


class LiveRecord(LiveLedger):
    """A ledger that remembers all that is needed to load its one table."""

    def __init__(self) -> None:
        super().__init__()
        self.fence = 1
        self.noted: dict[Place, Noted] = {}
        self.present: Place | None = None
        """The open round."""
        self.chains: dict[int, SeedChain] = {}
        self.seats: list[Row] = []

    def settle(self, item: LiveItem) -> Verdict:
        """Decide an item, do it, and note it; one of an earlier owner is refused."""
        own = item.kind in PLAYERS_OWN and (item.row[3], item.row[4]) in self.requests
        if item.row[2] != self.fence and not own:
            return Verdict.MOVED
        verdict = super().settle(item)
        if verdict is Verdict.ACCEPTED:
            self._note(item)
        return verdict

    def order_void(self, reason: str) -> None:
        """Put on record that the open round is to be void."""
        assert self.present is not None
        noted = self.noted[self.present]
        noted.void_ordered, noted.parked = reason, None

    def park(self, reason: str | None) -> None:
        """Have the open round wait for an operator, or go on."""
        if self.present is not None:
            self.noted[self.present].parked = reason

    def _note(self, item: LiveItem) -> None:
        row = item.row
        place, seat, stake = (row[8], row[9]), row[11], row[16]
        if item.kind in (LiveKind.OPEN, LiveKind.FOLLOW):
            self._opened(place, item)
            return
        noted = self.noted[place]
        if item.kind in (*PLAYERS_OWN, LiveKind.PLATFORM):
            platform = item.kind is LiveKind.PLATFORM
            noted.inputs.append(Input(seat, row[13], stake, platform))
        if item.kind in PLAYERS_OWN:
            noted.asked.append((row[3], row[4]))
        if item.kind is LiveKind.BET:
            noted.bets[seat] = row[14]
            noted.sessions.setdefault(seat, row[3])
        elif item.kind is LiveKind.TICK:
            noted.ticked_ms = max(noted.ticked_ms, row[19])
        elif item.kind is LiveKind.END:
            noted.void_cause, self.present = row[20], None
        elif item.kind in (LiveKind.SETTLE, LiveKind.RETURN, LiveKind.CASH_OUT, LiveKind.STAND):
            if item.kind is not LiveKind.STAND or stake:
                self._wager(noted, item)
            if item.kind is LiveKind.STAND:
                noted.bets[seat] = row[14]
            else:
                del noted.bets[seat]

    def _wager(self, noted: Noted, item: LiveItem) -> None:
        seat = item.row[11]
        returned = item.kind is LiveKind.RETURN
        noted.wagers[seat] = {
            "seat": seat,
            "account": item.account,
            "session": noted.sessions[seat],
            "returned": returned,
            "payout": 0 if returned else item.payout,
            "bets": noted.bets[seat],
        }

    def _opened(self, place: Place, item: LiveItem) -> None:
        before = self.noted[self.present] if self.present is not None else None
        noted = self.noted[place] = Noted(item.row[15], item.row[14])
        self.present = place
        if item.kind is LiveKind.OPEN:
            return
        assert before is not None
        noted.bets, noted.sessions = before.bets, before.sessions
        noted.inputs.append(Input(NO_SEAT, item.row[13], 0, True))
        for seat, (_, amount) in sorted(self.rounds[place].holds.items()):
            noted.inputs.append(Input(seat, noted.bets[seat], amount, True))

    # -- as the database answers ---------------------------------------------------------------

    async def fetchrow(self, query: str, *_: Any) -> Row | None:
        """Answer a query for one row."""
        assert query == loading._ROUND, query
        if self.present is None:
            return None
        noted, round_ = self.noted[self.present], self.rounds[self.present]
        return {
            "chain": self.present[0],
            "n": self.present[1],
            "seats": noted.seats,
            "accepted": round_.accepted,
            "closed": 1 if round_.closed else None,
            "drawn": 2 if round_.drawn else None,
            "ticked_ms": noted.ticked_ms,
            "void_ordered": noted.void_ordered,
            "client_seeds": noted.client_seeds,
            "step": round_.steps,
            "parked": noted.parked,
        }

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """Answer a query for rows."""
        if query == loading._SEATS:
            return self.seats
        if query == loading._BOARD:
            return self._board(arguments[1])
        assert self.present is not None
        noted, holds = self.noted[self.present], self.rounds[self.present].holds
        if query == loading._HOLDS:
            return [self._hold(noted, seat, *hold) for seat, hold in holds.items()]
        if query == loading._WAGERS:
            return [self._paid(noted, wager) for wager in noted.wagers.values()]
        if query == loading._ASKED:
            return [{"session": s, "id": r} for s, r in noted.asked if s in arguments[0]]
        if query == loading._INPUTS:
            return [each._asdict() for each in noted.inputs[arguments[2] :]]
        if query == loading._ACCEPTED:
            return list(noted.inputs[: arguments[2]])
        assert query == loading._ACCOUNTS, query
        owners = {seat: hold[0] for seat, hold in holds.items()}
        owners |= {seat: wager["account"] for seat, wager in noted.wagers.items()}
        return [{"seat": seat, "account": account} for seat, account in owners.items()]

    @staticmethod
    def _hold(noted: Noted, seat: int, account: int, amount: int) -> Row:
        return {"seat": seat, "account": account, "amount": amount,
            "session": noted.sessions[seat], "bets": noted.bets[seat]}  # fmt: skip

    def _paid(self, noted: Noted, wager: Row) -> Row:
        account = wager["account"]
        staked = sum(each.stake for each in noted.inputs if each.seat == wager["seat"])
        return {**wager, "staked": staked, "balance": self.balances[account],
            "held": self.held(account), "version": 1}  # fmt: skip

    def _board(self, most: int) -> list[Row]:
        over = sorted((p for p, round_ in self.rounds.items() if round_.over), reverse=True)
        return [self._ended(place) for place in over[:most]]

    def _ended(self, place: Place) -> Row:
        noted = self.noted[place]
        first = noted.inputs[0] if noted.inputs else None
        staged = first is not None and first.seat == NO_SEAT
        return {"chain": place[0], "n": place[1], "client_seeds": noted.client_seeds,
            "void_cause": noted.void_cause,
            "stage": first.decision if first is not None and staged else None}  # fmt: skip

    # -- loading ------------------------------------------------------------------------------

    def place_chain(self, table: LiveTable) -> None:
        """Put a table on the chain that its open round is on, or that has rounds left."""
        opened = self.present
        if opened is not None:
            table.chain = Chain(opened[0], self.chains[opened[0]], opened[1])
            return
        for chain, seeds in sorted(self.chains.items()):
            played = max((n for c, n in self.rounds if c == chain), default=0)
            if played < seeds.length:
                table.chain = Chain(chain, seeds, played + 1)
                return

    async def seeds_of(self, chain: int) -> SeedChain | None:
        """Return the seeds of a chain."""
        return self.chains[chain]


def at_once(doing: Coroutine[Any, Any, Any]) -> Any:
    """Run what never waits, and return what it returns."""
    try:
        doing.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits for something")
