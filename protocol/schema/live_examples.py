"""The examples of live tables: an evening at a table of each style, told in frames.

The round with one draw and the one with turns are rounds of the games published, on their own
seeds, so that their outcome can be drawn again like that of any other example.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Final, Protocol

from protocol.errors import ErrorCode
from protocol.messages import account, failure, live, rounds, tables
from protocol.messages.common import Balance, ChainInfo, Event, Reply, Request
from protocol.schema.published import EXAMPLE_CHAIN_LENGTH, Published, PublishedGame

__all__ = ["Teller", "tell_of_live_tables"]

WINDOW_TABLE: Final = "7345117184000900"
TURNS_TABLE: Final = "7345117184000910"
RISING_TABLE: Final = "7345117184000920"
_SEATS: Final = 7
_CLOSES_MS: Final = 15_000
_DECIDE_MS: Final = 20_000
_NEXT_MS: Final = 6_000
_LONGEST_SUMMARY: Final = 64


class Teller(Protocol):
    """Who tells the frames and keeps the money (`protocol.schema.examples`)."""

    amount: int
    held: int
    version: int

    @property
    def balance(self) -> Balance:
        """Return the balance as it stands."""

    def ask(self, body: Request, summary: str) -> None:
        """Tell a request under the next id."""

    def answer(self, body: Reply, summary: str) -> None:
        """Tell the reply to the last request."""

    def push(self, body: Event, summary: str) -> None:
        """Tell an event."""


def tell_of_live_tables(
    teller: Teller, published: Published, instant: PublishedGame, decisions: PublishedGame
) -> None:
    """Tell of three live tables: one draw for all, turns, and a rising multiplier."""
    roulette = next((game for game in published.games if game.name == "roulette"), instant)
    window = _LiveTable(teller, WINDOW_TABLE, "Roulette 1", roulette, "window")
    turns = _LiveTable(teller, TURNS_TABLE, "Blackjack 1", decisions, "turns")
    _look_in(teller, window)
    _one_draw(teller, window)
    _take_turns(teller, turns)
    _watch_it_rise(teller)
    _void(teller, window)


class _LiveTable:
    """A live table as the story goes: its numbers, and what the player has on its round."""

    def __init__(
        self, teller: Teller, table: str, title: str, game: PublishedGame, style: str
    ) -> None:
        self.teller = teller
        self.id = table
        self.title = title
        self.game = game
        self.style = style
        self.seq = 118
        self.stakes = tables.StakeRange(game.minimum, game.maximum)

    @property
    def round(self) -> str:
        """The round of the story."""
        return self.game.chain.round(1)

    @property
    def chain(self) -> ChainInfo:
        """The chain, at the round of the story."""
        chain = self.game.chain
        return ChainInfo(chain.id, chain.commitment, EXAMPLE_CHAIN_LENGTH, chain.round(1))

    @property
    def seeds(self) -> tuple[live.SeatSeed, ...]:
        """The client seeds of the round: those of the seats taken when it opens."""
        return (live.SeatSeed(1, self.game.chain.client_seed(1)),)

    def next(self) -> tuple[str, int, int]:
        """Return table, epoch and number of the next event."""
        self.seq += 1
        return self.id, 3, self.seq

    def state(self, seat: int | None, *players: int) -> live.LiveState:
        """Return where the table stands between two rounds."""
        return live.LiveState(
            table=self.id,
            title=self.title,
            game=self.game.name,
            version=self.game.version,
            digest=self.game.digest,
            style=self.style,
            epoch=3,
            seq=self.seq,
            stakes=self.stakes,
            state="open",
            phase="idle",
            phase_ms=None,
            chain=self.chain,
            round=None,
            client_seeds=(),
            seats=_SEATS,
            seat=seat,
            players=tuple(live.SeatInfo(player, connected=True) for player in players),
            watchers=41,
            placed=(),
            step=0,
            acting=None,
            view=_raw(None),
            elapsed_ms=None,
            cash_outs=(),
            board=(live.BoardEntry("7345117184000901-6", "17 black"),),
        )

    def card(self) -> live.TableCard:
        """Return the table as the lobby shows it."""
        return live.TableCard(
            table=self.id,
            title=self.title,
            game=self.game.name,
            style=self.style,
            stakes=self.stakes,
            state="open",
            phase="betting",
            seats=_SEATS,
            taken=3,
            watchers=41,
            last=("17 black", "0 green"),
        )

    def join(self) -> None:
        """Sit down, and give a fresh client seed for the chain that is told."""
        state = self.state(1, 1)
        assert state.chain is not None
        self.teller.ask(live.Join(self.id), f"Take a seat: {self.title}.")
        self.teller.answer(live.Joined(state), "The commitment, and a seat: the first free one.")
        seed = self.game.chain.client_seed(1)
        self.teller.ask(
            live.Join(self.id, seat=1, client_seed=seed, chain=state.chain.chain),
            "A client seed, now that the chain is told: it counts for this chain alone.",
        )
        self.teller.answer(live.Joined(state), "It counts from the next round that opens.")

    def bet(self, summary: str) -> None:
        """Bet what the example round stakes."""
        played = self.game.rounds[0]
        self.teller.ask(rounds.Bet(self.id, self.round, _raw(played.bets)), summary)
        stake = played.steps[0].stake
        self._hold(stake)
        self.teller.answer(
            rounds.Accepted(self.id, self.round, 1, stake, self.teller.balance),
            "The stakes are held; the outcome comes as events.",
        )

    def placed(self) -> live.PlacedBets:
        """Return what the player has bet."""
        played = self.game.rounds[0]
        return live.PlacedBets(1, played.steps[0].stake, _raw(played.bets))

    def settle(self, summary: str) -> None:
        """Tell the result of the round, the money first."""
        last = self.game.rounds[0].steps[-1]
        assert last.payout is not None
        self.teller.held -= last.stake
        self.teller.amount += last.payout
        self.teller.version += 1
        result = live.RoundResult(
            *self.next(),
            round=self.round,
            seed=self.game.chain.seeds[1],
            view=_raw(last.view),
            summary=str(getattr(last.view, "summary", "Nothing won."))[:_LONGEST_SUMMARY],
            stake=last.stake,
            payout=last.payout,
            balance=self.teller.balance,
            next_ms=_NEXT_MS,
        )
        self.teller.push(result, summary)

    def open(self) -> None:
        """Tell that a round takes bets."""
        opened = live.RoundOpened(
            *self.next(),
            round=self.round,
            chain=self.chain,
            client_seeds=self.seeds,
            closes_ms=_CLOSES_MS,
        )
        self.teller.push(opened, "A round takes bets; its client seeds are fixed from here on.")

    def _hold(self, stake: int) -> None:
        self.teller.amount -= stake
        self.teller.held += stake
        self.teller.version += 1

    def raise_stake(self, before: int, after: int) -> None:
        """Hold what a decision takes further."""
        if after > before:
            self._hold(after - before)


def _look_in(teller: Teller, table: _LiveTable) -> None:
    """Tell of the lobby's live tables, and of watching one."""
    teller.ask(live.Tables(), "Ask which live tables there are.")
    teller.answer(live.TableList((table.card(),), 2_000), "Worth asking again in two seconds.")
    teller.ask(live.Watch(table.id), "Watch one without a seat.")
    teller.answer(live.Watching(table.state(None)), "Where it stands; its events follow.")
    teller.push(
        live.SeatChanged(*table.next(), seat=2, taken=True, connected=True), "Somebody sits down."
    )
    state = table.state(None)
    teller.push(
        live.LiveSnapshot(table.id, state.epoch, state.seq, state),
        "Where it stands, in place of events that cannot be told: the table has moved, say.",
    )


def _one_draw(teller: Teller, table: _LiveTable) -> None:
    """Tell of a round with one draw for everybody."""
    table.join()
    table.open()
    table.bet("Bet while the window is open.")
    teller.push(
        live.BetsPlaced(*table.next(), round=table.round, placed=table.placed()),
        "Every bet is shown once it is accepted, one's own among them.",
    )
    teller.push(
        live.BetsClosed(*table.next(), round=table.round, draws_ms=3_000),
        "No more bets; the draw comes when the pause is over.",
    )
    teller.ask(
        rounds.Bet(table.id, table.round, _raw(table.game.rounds[0].bets)), "A bet that is late."
    )
    code = ErrorCode.BETS_CLOSED
    teller.answer(
        failure.Failure(code.value, code.certainty.value, code.action),
        "Nothing was staked; it is not moved to the next round.",
    )
    table.settle("The draw, told after everybody was paid.")


def _take_turns(teller: Teller, table: _LiveTable) -> None:
    """Tell of a round in which the seats decide one after the other."""
    table.join()
    table.open()
    table.bet("Bet on the next deal.")
    played = table.game.rounds[0]
    for step, told in enumerate(played.steps[:-1]):
        turn = live.Turn(
            *table.next(),
            round=table.round,
            step=step + 1,
            acting=1,
            decided=1 if step else None,
            platform=False,
            view=_raw(told.view),
            decide_ms=_DECIDE_MS,
        )
        teller.push(turn, "A decision was taken." if step else "Cards are dealt: seat 1 decides.")
        decision = rounds.Act(table.id, table.round, step + 1, _raw(played.decisions[step]))
        teller.ask(decision, f"Decide on step {step + 1}: bets count as steps too.")
        after = played.steps[step + 1]
        table.raise_stake(told.stake, after.stake)
        acted = live.Acted(
            table=table.id,
            round=table.round,
            step=step + 2,
            stake=after.stake,
            payout=None,
            at_ms=None,
            balance=teller.balance,
        )
        teller.answer(acted, "It is on record; what follows comes as an event.")
    table.settle("The round has ended and every seat is paid.")


def _watch_it_rise(teller: Teller) -> None:
    """Tell of a multiplier that rises for everybody."""
    round_id = "7345117184000921-12"
    teller.push(
        live.Rising(RISING_TABLE, 1, 40, round_id),
        "The multiplier is at 1.00 now and rises; elsewhere, at a table that is watched.",
    )
    teller.push(
        live.CashedOut(RISING_TABLE, 1, 41, round_id, live.CashOut(3, 5_000, 282)),
        "Seat 3 had 2.00 on it and left after five seconds, at 1.41.",
    )


def _void(teller: Teller, table: _LiveTable) -> None:
    """Tell of rounds that could not go on, and of leaving."""
    stake = table.game.rounds[0].steps[0].stake
    table = _next_round(table)
    table.open()
    table.bet("Bet on the next round.")
    teller.amount += stake
    teller.held -= stake
    teller.version += 1
    voided = live.RoundVoided(
        *table.next(),
        round=table.round,
        seed=table.game.chain.seeds[1],
        reason="The wheel could not be read.",
        returned=stake,
        balance=teller.balance,
    )
    teller.push(voided, "As it would look had the round been void: stakes back.")
    teller.push(live.TableStatus(*table.next(), state="paused"), "The table takes a pause.")
    teller.ask(tables.Leave(table.id), "Give the seat back; leaving also ends watching.")
    teller.answer(tables.Left(table.id), "Bets that were accepted would stand.")
    teller.push(
        account.BalanceChanged(teller.balance),
        "As it would look had a round ended after its player left the table.",
    )


def _next_round(table: _LiveTable) -> _LiveTable:
    """Return the table with its next round in the place of the first."""
    game = table.game
    chain = dataclasses.replace(game.chain, id="7345117184000902", label="the chain of the void")
    following = _LiveTable(
        table.teller,
        table.id,
        table.title,
        dataclasses.replace(game, chain=chain),
        table.style,
    )
    following.seq = table.seq
    return following


def _raw(data: Any) -> Any:
    """Return game data for a message that is going to be encoded: the codecs take the struct."""
    return data
