"""A model of `settle_live` in plain Python: what each item of a live table is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from server.ledger.items import Verdict
from server.ledger.live_items import LiveItem, LiveKind

PLAYERS_OWN = (LiveKind.BET, LiveKind.ACT, LiveKind.CASH_OUT)

_AFTER_THE_DRAW = (
    LiveKind.ACT,
    LiveKind.PLATFORM,
    LiveKind.SETTLE,
    LiveKind.CASH_OUT,
    LiveKind.STAND,
)
_OWN_HOLD = (
    LiveKind.ACT,
    LiveKind.SETTLE,
    LiveKind.RETURN,
    LiveKind.CASH_OUT,
    LiveKind.STAND,
)


@dataclass
class Round:
    """A round on record."""

    accepted: int = 0
    closed: bool = False
    drawn: bool = False
    over: bool = False
    void: bool = False
    steps: int = 0
    holds: dict[int, list[int]] = field(default_factory=dict)
    """By seat: account and amount."""
    paid: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    """By seat: account, stake, payout; the stake is 0 where it was returned."""


@dataclass
class LiveLedger:
    """What the ledger should hold of some tables."""

    balances: dict[int, int] = field(default_factory=dict)
    rounds: dict[tuple[int, int], Round] = field(default_factory=dict)
    requests: dict[tuple[int, int], bytes] = field(default_factory=dict)
    moved: int = 0
    """What players have gained or lost in settled rounds."""

    def held(self, account: int) -> int:
        """Return what is on hold of an account."""
        return sum(
            amount
            for round_ in self.rounds.values()
            for owner, amount in round_.holds.values()
            if owner == account
        )

    def settle(self, item: LiveItem) -> Verdict:
        """Decide an item and do it."""
        row = item.row
        session, request, digest = row[3], row[4], row[5]
        place, step, seat, stake, payout = (row[8], row[9]), row[10], row[11], row[16], row[17]
        if item.kind in PLAYERS_OWN and (session, request) in self.requests:
            same = self.requests[session, request] == digest
            return Verdict.KNOWN if same else Verdict.ID_REUSED
        verdict = self._decide(item.kind, item.account, place, step, seat, stake)
        if item.kind in PLAYERS_OWN:
            self.requests[session, request] = digest
        if verdict is Verdict.ACCEPTED and item.kind == LiveKind.FOLLOW:
            self._follow(place)
        elif verdict is Verdict.ACCEPTED:
            self._do(item.kind, item.account, place, seat, stake, payout, void=row[20] is not None)
        return verdict

    def _decide(  # noqa: C901, PLR0912 - a table of cases, as in the schema
        self, kind: int, account: int, place: tuple[int, int], step: int, seat: int, stake: int
    ) -> Verdict:
        round_ = self.rounds.get(place)
        if kind == LiveKind.OPEN:
            return Verdict.ACCEPTED if round_ is None else Verdict.ROUND_OPEN
        if kind == LiveKind.FOLLOW:
            fits = round_ is None and self._in_play() is not None
            return Verdict.ACCEPTED if fits else Verdict.ROUND_OPEN
        if round_ is None or round_.over:
            return Verdict.BETS_CLOSED if kind == LiveKind.BET else Verdict.STALE
        hold = round_.holds.get(seat)
        mine = hold is not None and hold[0] == account
        if kind == LiveKind.BET:
            if round_.closed:
                return Verdict.BETS_CLOSED
            if hold is not None and not mine:
                return Verdict.STALE
        if kind == LiveKind.CLOSE:
            return Verdict.STALE if round_.closed else Verdict.ACCEPTED
        if kind == LiveKind.DRAW:
            return Verdict.ACCEPTED if round_.closed and not round_.drawn else Verdict.STALE
        if kind in _AFTER_THE_DRAW and not round_.drawn:
            return Verdict.STALE
        if kind in _OWN_HOLD and not mine:
            return Verdict.STALE
        if kind == LiveKind.STAND and hold is not None and not 0 <= stake < hold[1]:
            return Verdict.STALE
        if kind in (LiveKind.ACT, LiveKind.PLATFORM) and step >= 0 and step != round_.steps:
            return Verdict.STALE
        if kind == LiveKind.END and (round_.holds or not round_.closed):
            return Verdict.STALE
        if kind in (LiveKind.BET, LiveKind.ACT) and stake > self.balances[account]:
            return Verdict.INSUFFICIENT_FUNDS
        return Verdict.ACCEPTED

    def _in_play(self) -> Round | None:
        """Return the table's round that is drawn and not over; all of its bets may not be void."""
        for round_ in self.rounds.values():
            if not round_.over and round_.drawn and all(s for _, s, _ in round_.paid.values()):
                return round_
        return None

    def _follow(self, place: tuple[int, int]) -> None:
        """End the round in play and open the next, with what is still on hold."""
        before = self._in_play()
        assert before is not None
        before.over = True
        inputs = 1 + len(before.holds)
        self.rounds[place] = Round(accepted=inputs, steps=inputs, holds=before.holds)
        before.holds = {}

    def _do(
        self,
        kind: int,
        account: int,
        place: tuple[int, int],
        seat: int,
        stake: int,
        payout: int,
        *,
        void: bool,
    ) -> None:
        if kind == LiveKind.OPEN:
            self.rounds[place] = Round()
            return
        round_ = self.rounds[place]
        if kind in (LiveKind.BET, LiveKind.ACT):
            round_.holds.setdefault(seat, [account, 0])[1] += stake
            self.balances[account] -= stake
        if kind == LiveKind.STAND and stake:
            round_.holds[seat][1] -= stake
            assert seat not in round_.paid, "a round settles a seat once"
            round_.paid[seat] = (account, stake, payout)
            self.balances[account] += payout
            self.moved += payout - stake
        if kind in (LiveKind.SETTLE, LiveKind.CASH_OUT, LiveKind.RETURN):
            _, amount = round_.holds.pop(seat)
            back = amount if kind == LiveKind.RETURN else payout
            assert seat not in round_.paid, "a bet is settled once"
            round_.paid[seat] = (account, 0 if kind == LiveKind.RETURN else amount, back)
            self.balances[account] += back
            self.moved += back - amount
        if kind in (LiveKind.BET, LiveKind.ACT, LiveKind.PLATFORM, LiveKind.CASH_OUT):
            round_.steps += 1
        round_.accepted += kind == LiveKind.BET
        round_.closed |= kind == LiveKind.CLOSE
        round_.drawn |= kind == LiveKind.DRAW
        if kind == LiveKind.END:
            round_.over, round_.void = True, void
