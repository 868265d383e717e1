"""One round of a live table: its seeds, its bets, and where it has come to."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from games.craps.roll import CrapsStage
from games.entropy import Draws
from games.live import LiveRules, LiveState, RisingRound, Style
from games.live.rising import resolved
from protocol.messages.live import CashOut, PlacedBets, SeatSeed
from server.tables.live.requests import CashOutDecision
from server.tables.live.seats import Placed

__all__ = ["LiveRound"]

_cash_outs: Final = msgspec.msgpack.Decoder(CashOutDecision)


class LiveRound:
    """A round from its opening to its end."""

    __slots__ = (
        "accepted",
        "asked",
        "bettors",
        "cash_outs",
        "chain",
        "client_seeds",
        "n",
        "placed",
        "rising",
        "rules",
        "seed",
        "stage",
        "started",
        "state",
        "step",
        "void_reason",
        "wire_id",
    )

    def __init__(
        self,
        rules: LiveRules,
        chain: int,
        n: int,
        seed: bytes,
        client_seeds: tuple[tuple[int, bytes], ...],
        stage: CrapsStage | None = None,
    ) -> None:
        self.rules = rules
        self.chain = chain
        self.n = n
        self.seed = seed
        self.client_seeds = client_seeds
        """Pairs of seat and client seed, in seat order: fixed when the round opens."""
        self.stage = stage
        """What it begins with where it follows another, beside the bets that stand."""
        self.wire_id = f"{chain}-{n}"
        self.placed: dict[int, Placed] = {}
        """By seat."""
        self.bettors: tuple[int, ...] = ()
        """The seats that bet, in order, once bets are closed."""
        self.accepted = 0
        self.step = 0
        """How many inputs are on record: bets and decisions."""
        self.state: LiveState | None = None
        """The outcome, once it has been drawn. Nothing of it is told before it has committed."""
        self.rising: RisingRound | None = None
        self.started: float | None = None
        """When the multiplier began to rise, on the node's steady clock."""
        self.asked: dict[tuple[int, int], bool] = {}
        """Bets and decisions by session and request, and whether they have been accepted yet."""
        self.cash_outs: list[CashOut] = []
        self.void_reason: str | None = None

    @property
    def pending(self) -> bool:
        """Whether a bet or decision is being settled."""
        return any(placed.pending for placed in self.placed.values())

    @property
    def draws(self) -> Draws:
        """The draw stream of the round."""
        return Draws(self.seed, [seed for _, seed in self.client_seeds])

    def at_seat(self, seat: int, account: int) -> Placed:
        """Return what a seat has on the round."""
        placed = self.placed.get(seat)
        if placed is None or (placed.account != account and placed.bets is None):
            placed = self.placed[seat] = Placed(seat, account)
        return placed

    def close(self) -> None:
        """Fix who bet; from now on bets are only read."""
        self.bettors = tuple(sorted(s for s, placed in self.placed.items() if placed.stake))

    def derive(self) -> None:
        """Draw the outcome from the seeds and the bets."""
        bets = [self.placed[seat].bets for seat in self.bettors]
        if self.rules.style is Style.RISING:
            self.rising = self.rules.rising(bets, self.draws)
        else:
            self.state = self.rules.draw(bets, self.draws, self.stage)

    def take_recorded(self, seat: int, decision: bytes) -> None:
        """Take a decision as it is on record, behind those before it. Raises Refused."""
        if self.rising is not None:
            self.placed[seat].at_ms = _cash_outs.decode(decision).at_ms
            return
        assert self.state is not None, "a round with decisions has been derived"
        game, kind = self.rules.game, self.rules.game.decision_type
        choice: Any = msgspec.msgpack.decode(decision, type=kind)
        index = self.bettors.index(seat)
        game.price(self.state.parts[0], index, choice)
        self.state = self.rules.decided(self.state, index, choice)

    def index(self, seat: int) -> int | None:
        """Return a seat's place among those that bet, from 0; None if it did not."""
        return self.bettors.index(seat) if seat in self.bettors else None

    def payout(self, seat: int) -> int:
        """Return what a seat is paid in the end, in minor units."""
        index = self.bettors.index(seat)
        if self.rising is not None:
            return self.rising.payout(index, self.placed[seat].at_ms)
        assert self.state is not None, "the outcome is derived before anybody is paid"
        payout = self.state.payouts[index]
        assert payout is not None, "a round is paid when it has finished"
        return payout

    def decided(self, seat: int) -> int:
        """Return what the draw has decided of a seat's stake, in minor units."""
        assert self.state is not None, "the outcome is derived before anybody is paid"
        return self.state.stakes[self.bettors.index(seat)]

    def settled(self, seat: int) -> tuple[int | None, int | None]:
        """Return what was settled for a seat and what it was paid; None where nothing was."""
        placed = self.placed[seat]
        if self.rules.style is not Style.ROLLS:
            return placed.stake, placed.paid
        decided = self.decided(seat)
        return (decided, placed.paid) if decided else (None, None)

    def left(self, seat: int) -> Any | None:
        """Return the bets of a seat that stand for the next round, None if none does."""
        assert self.state is not None, "nothing stands before the outcome is derived"
        return self.rules.left(self.state, self.bettors.index(seat))

    def held(self, seat: int) -> int:
        """Return what is on hold for a seat, in minor units."""
        placed = self.placed[seat]
        if placed.paid is None:
            return placed.stake
        if self.state is None or seat not in self.bettors:
            return 0
        return self.rules.left_stake(self.state, self.bettors.index(seat))

    def follow(
        self, chain: int, n: int, seed: bytes, client_seeds: tuple[tuple[int, bytes], ...]
    ) -> LiveRound:
        """Return the round that follows this one, with what it leaves standing."""
        assert self.state is not None, "a round is followed when it has been drawn"
        stage = self.rules.stage_after(self.state) or CrapsStage()
        following = LiveRound(self.rules, chain, n, seed, client_seeds, stage)
        following.step = following.accepted = 1
        for index, seat in enumerate(self.bettors):
            bets = self.rules.left(self.state, index)
            if bets is not None:
                stood = following.at_seat(seat, self.placed[seat].account)
                stood.bets, stood.stake = bets, self.rules.left_stake(self.state, index)
                following.step = following.accepted = following.step + 1
        return following

    def finished_state(self) -> LiveState:
        """Return the outcome of a round that has ended, cash-outs counted."""
        if self.rising is None:
            assert self.state is not None, "a round ends after its outcome is derived"
            return self.state
        bets = [resolved(self.placed[s].bets, self.placed[s].at_ms) for s in self.bettors]
        return self.rules.draw(bets, self.draws)

    def view(self, seat: int | None) -> Any:
        """Return the round as a seat may see it, or with None a watcher."""
        assert self.state is not None, "there is nothing to see before the draw"
        index = None if seat is None else self.index(seat)
        return self.rules.view(self.state, index)

    # -- as messages --------------------------------------------------------------------------

    def seeds_told(self) -> tuple[SeatSeed, ...]:
        """Its client seeds, as they are published."""
        return tuple(SeatSeed(seat, seed) for seat, seed in self.client_seeds)

    def placed_told(self) -> tuple[PlacedBets, ...]:
        """All accepted bets, in seat order."""
        return tuple(
            PlacedBets(seat, placed.stake, placed.bets)
            for seat, placed in sorted(self.placed.items())
            if placed.stake
        )
