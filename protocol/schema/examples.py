"""An example of every message: one player's evening, told in frames.

The frames come out of the codec itself, the outcomes out of the games' own rules and the seeds out
of real chains, so that whoever reads them can check his decoder, his hashing and his arithmetic.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import msgspec

from protocol.codec import JSON, MSGPACK
from protocol.errors import ErrorCode
from protocol.messages import account, failure, rounds, session, tables
from protocol.messages.common import Balance, ChainInfo, Event, Reply, Request
from protocol.schema.live_examples import tell_of_live_tables
from protocol.schema.published import (
    EXAMPLE_CHAIN_LENGTH,
    ExampleChain,
    ExampleRound,
    ExampleStep,
    Published,
    PublishedGame,
)

OPENING_BALANCE: Final = 100_000
PLAYER: Final = "7345117184000001"
SESSION: Final = "7345117184000002"
NONCE: Final = "b1c7e09a54d2f386"
START_MS: Final = 1_767_225_600_000
"""2026-01-01T00:00:00Z, when the example begins."""


def _secret(label: str) -> str:
    return urlsafe_b64encode(sha256(label.encode()).digest()).decode().rstrip("=")


TICKET: Final = _secret("ticket of the example")
TOKENS: Final = (_secret("first token of the example"), _secret("second token of the example"))


@dataclass(frozen=True)
class Example:
    """One frame in both encodings."""

    type: str
    summary: str
    sender: str
    """`client` or `server`."""
    text: str
    """The frame as JSON, as the codec wrote it."""
    packed: bytes
    """The frame as MessagePack, as the codec wrote it."""

    @property
    def frame(self) -> dict[str, Any]:
        """The JSON frame, decoded."""
        frame: dict[str, Any] = json.loads(self.text)
        return frame


class _Stake(msgspec.Struct, frozen=True):
    stake: int


class _Outcome(msgspec.Struct, frozen=True):
    summary: str


def _stand_in(kind: Any) -> PublishedGame:
    """Return a game for the story of a server that has none of this kind."""
    step = ExampleStep(_Outcome("Nothing won."), 100, 0, finished=True)
    steps: tuple[ExampleStep, ...] = (step,)
    if kind == "decisions":
        steps = (ExampleStep(_Outcome("Your turn."), 100, None, finished=False), step)
    return PublishedGame(
        name=f"example-{kind}",
        version=1,
        digest=sha256(kind.encode()).hexdigest(),
        title="Example",
        kind=kind,
        minimum=100,
        maximum=10_000,
        description=_Outcome("See the lobby."),
        bets_type=_Stake,
        decision_type=_Outcome,
        view_type=_Outcome,
        chain=ExampleChain(f"73451171840001{len(kind):02}", f"example chain {kind}"),
        rounds=(ExampleRound(_Stake(100), (_Outcome("stand"),) * (len(steps) - 1), steps),) * 2,
    )


def story(published: Published) -> tuple[Example, ...]:
    """Return the whole evening in order, with every message at least once."""
    teller = _Teller()
    instant = published.first("instant") or _stand_in("instant")
    decisions = published.first("decisions") or _stand_in("decisions")
    teller.sign_in(published.games[0] if published.games else instant)
    teller.play_instant(instant)
    teller.lose_the_connection(instant)
    teller.play_decisions(decisions)
    teller.look_back(instant, published)
    tell_of_live_tables(teller, published, instant, decisions)
    teller.events(instant, decisions)
    teller.part(instant)
    return tuple(teller.told)


class _Teller:
    """Keeps the player's money, ids and positions while the story is told."""

    def __init__(self) -> None:
        self.told: list[Example] = []
        self.amount = OPENING_BALANCE
        self.held = 0
        self.version = 1
        self.id = 0
        self.client = session.ClientInfo("example-client", "1.0")

    @property
    def balance(self) -> Balance:
        return Balance(self.amount, self.held, self.version)

    def ask(self, body: Request, summary: str, *, again: bool = False) -> None:
        """Tell a request under the next id, or again under the last one."""
        self.id += 0 if again else 1
        self._tell(
            body.TYPE,
            summary,
            "client",
            JSON.encode_request(self.id, body),
            MSGPACK.encode_request(self.id, body),
        )

    def answer(self, body: Reply, summary: str) -> None:
        """Tell the reply to the last request."""
        self._tell(
            body.TYPE,
            summary,
            "server",
            JSON.encode_reply(self.id, body),
            MSGPACK.encode_reply(self.id, body),
        )

    def push(self, body: Event, summary: str) -> None:
        """Tell an event."""
        self._tell(
            body.TYPE, summary, "server", JSON.encode_event(body), MSGPACK.encode_event(body)
        )

    def _tell(self, kind: str, summary: str, sender: str, text: bytes, packed: bytes) -> None:
        self.told.append(Example(kind, summary, sender, text.decode(), packed))

    def welcome(
        self, token: str, states: tuple[session.TableState, ...], highest: int
    ) -> session.Welcome:
        return session.Welcome(
            session=SESSION,
            token=token,
            player=PLAYER,
            currency="EUR",
            exponent=2,
            balance=self.balance,
            highest_request=highest,
            tables=states,
            limits=session.ConnectionLimits(16_384, 1_000, 32),
            ping_interval_ms=20_000,
            time_ms=START_MS,
            test=True,
            client_seed=True,
        )

    def sign_in(self, game: PublishedGame) -> None:
        self.ask(session.Hello(TICKET, NONCE, self.client), "Start a session with the ticket.")
        self.answer(self.welcome(TOKENS[0], (), 0), "Keep the token: it resumes the session.")
        self.ask(tables.Lobby(), "Ask which games there are.")
        description = msgspec.to_builtins(game.description)
        listed = tables.LobbyGame(
            game.name, tables.StakeRange(game.minimum, game.maximum), description
        )
        self.answer(tables.LobbyList((listed,)), "One game of the list.")

    def sit(self, game: PublishedGame) -> None:
        self.ask(tables.Sit(game.name), f"Sit down: {game.title}.")
        self.answer(self.seated(game, 1), "The chain's commitment, before any bet on it.")

    def seated(
        self, game: PublishedGame, number: int, seq: int = 1, opened: rounds.Played | None = None
    ) -> tables.Seated:
        return tables.Seated(
            table=table_of(game),
            game=game.name,
            version=game.version,
            digest=game.digest,
            epoch=1,
            seq=seq,
            stakes=tables.StakeRange(game.minimum, game.maximum),
            chain=None if opened else chain_at(game, number),
            open=opened,
        )

    def spin(self, game: PublishedGame, number: int) -> rounds.Spin:
        return rounds.Spin(
            table=table_of(game),
            round=game.chain.round(number),
            bets=_raw(game.rounds[number - 1].bets),
            client_seed=game.chain.client_seed(number),
        )

    def played(self, game: PublishedGame, number: int, step: int) -> rounds.Played:
        """Move the money to where a step leaves it and return the reply that tells it."""
        told = game.rounds[number - 1].steps[step]
        before = game.rounds[number - 1].steps[step - 1].stake if step else 0
        self.version += 1
        self.amount -= told.stake - before
        self.held += told.stake - before
        if told.finished:
            assert told.payout is not None
            self.amount += told.payout
            self.held -= told.stake
        return rounds.Played(
            table=table_of(game),
            round=game.chain.round(number),
            step=step,
            finished=told.finished,
            stake=told.stake,
            payout=told.payout,
            view=_raw(told.view),
            balance=self.balance,
            seed=game.chain.seeds[number] if told.finished else None,
            next=chain_at(game, number + 1) if told.finished else None,
        )

    def play_instant(self, game: PublishedGame) -> None:
        self.sit(game)
        self.ask(self.spin(game, 1), "Bet on round 1 with a client seed drawn just now.")
        self.answer(
            self.played(game, 1, 0), "The seed hashes to the commitment; `next` is round 2."
        )
        self.ask(self.spin(game, 1), "A bet on a round that has been played, under a new id.")
        code = ErrorCode.STALE_ROUND
        chain = chain_at(game, 2)
        refused = failure.Failure(
            code.value,
            code.certainty.value,
            code.action,
            {"round": chain.round, "chain": msgspec.structs.asdict(chain)},
        )
        self.answer(refused, "Nothing was staked. The details name the round to bet on.")
        self.ask(self.spin(game, 2), "So bet on round 2. The connection is lost before the reply.")

    def lose_the_connection(self, game: PublishedGame) -> None:
        lost = self.id
        reply = self.played(game, 2, 0)
        position = session.Position(table_of(game), 1, 1)
        self.ask(
            session.Resume(TOKENS[0], self.client, (position,)),
            "On the new connection: go on with the session.",
        )
        state = session.TableState(position.table, recovered=True)
        self.answer(
            self.welcome(TOKENS[1], (state,), lost),
            "Nothing was missed at the table. From now on use the new token.",
        )
        newest, self.id = self.id, lost
        self.ask(self.spin(game, 2), "Send what was not answered again, unchanged.", again=True)
        self.answer(reply, "The recorded answer. The bet was taken once.")
        self.id = newest
        self.ask(session.Ping(), "Nothing else to send for a while.")
        self.answer(session.Pong(START_MS + 60_000), "The server's clock.")

    def play_decisions(self, game: PublishedGame) -> None:
        self.sit(game)
        played = game.rounds[0]
        self.ask(
            rounds.Deal(
                table_of(game), game.chain.round(1), _raw(played.bets), game.chain.client_seed(1)
            ),
            "Open a round with decisions.",
        )
        self.answer(self.played(game, 1, 0), "The stake is held; `view` says what may be decided.")
        for step, decision in enumerate(played.decisions):
            self.ask(
                rounds.Act(table_of(game), game.chain.round(1), step, _raw(decision)),
                f"Decide on step {step}.",
            )
            reply = self.played(game, 1, step + 1)
            self.answer(reply, "The round has ended." if reply.finished else "And the next step.")

    def look_back(self, game: PublishedGame, published: Published) -> None:
        self.ask(tables.Activity(), "Ask how much is going on at the games.")
        busy = tables.GameActivity(game.name, players=12, rounds=340)
        self.answer(tables.ActivityList((busy,), 10_000), "Worth asking again in ten seconds.")
        self.ask(account.BalanceRequest(), "Ask for the balance.")
        self.answer(account.BalanceReply(self.balance), "Amount, held and version.")
        self.ask(account.History(limit=2), "Ask for the newest rounds.")
        listed = tuple(
            account.HistoryRound(
                round=game.chain.round(number),
                game=game.name,
                version=game.version,
                stake=game.rounds[number - 1].steps[-1].stake,
                payout=game.rounds[number - 1].steps[-1].payout or 0,
                voided=False,
                ended_ms=START_MS + number * 1_000,
            )
            for number in (2, 1)
        )
        self.answer(account.HistoryList(listed, more=False), "Newest first.")
        self.ask(account.RoundRequest(game.chain.round(1)), "Ask for the proof of round 1.")
        proof = dict(published.proof or {"round": game.chain.round(1)})
        self.answer(account.RoundProof(proof), "Everything that a replay needs.")

    def events(self, instant: PublishedGame, decisions: PublishedGame) -> None:
        self.push(
            tables.ChainStarted(
                table_of(instant),
                epoch=1,
                seq=2,
                chain=chain_info(ExampleChain("7345117184000300", "the chain after"), 1),
            ),
            "The table goes on with fresh entropy.",
        )
        last = decisions.rounds[0].steps[-1]
        ended = rounds.Played(
            table=table_of(decisions),
            round=decisions.chain.round(1),
            step=len(decisions.rounds[0].decisions),
            finished=True,
            stake=last.stake,
            payout=last.payout,
            view=_raw(last.view),
            balance=self.balance,
            seed=decisions.chain.seeds[1],
            next=chain_at(decisions, 2),
        )
        self.push(
            tables.RoundEnded(table_of(decisions), epoch=1, seq=2, round=ended),
            "As it would look had the platform taken the last decision.",
        )
        self.push(session.Draining(within_ms=5_000), "The server is about to stop.")

    def part(self, game: PublishedGame) -> None:
        self.ask(tables.Leave(table_of(game)), "Leave the table.")
        self.answer(tables.Left(table_of(game)), "Its chain is retired.")
        self.ask(session.Bye(), "End the session.")
        self.answer(session.Goodbye(), "The server closes with 1000.")


def table_of(game: PublishedGame) -> str:
    """Return the id of the table of a game in the story."""
    return f"7345117184{int.from_bytes(sha256(game.name.encode()).digest()[:2], 'big') + 100_000}"


def chain_at(game: PublishedGame, number: int) -> ChainInfo:
    """Return what a game's table says when round `number` may be bet on."""
    return chain_info(game.chain, number)


def chain_info(chain: ExampleChain, number: int) -> ChainInfo:
    """Return a chain on which round `number` may be bet on."""
    return ChainInfo(chain.id, chain.commitment, EXAMPLE_CHAIN_LENGTH, chain.round(number))


def _raw(data: msgspec.Struct) -> Any:
    """Return game data for a message that is going to be encoded: the codecs take the struct."""
    return data


@dataclass(frozen=True)
class GameData:
    """A game's bets, decision or view in both encodings."""

    json: Any
    packed: bytes


def game_data(value: msgspec.Struct) -> GameData:
    """Return a game's struct as it stands inside a frame."""
    return GameData(json.loads(JSON.encode(value)), MSGPACK.encode(value))


def refusals() -> tuple[Example, ...]:
    """Return an error of each certainty beside that of the story."""
    teller = _Teller()
    teller.id = 4
    for code, summary in (
        (ErrorCode.BUSY, "Certainly not executed: send the same id again."),
        (ErrorCode.IN_DOUBT, "Perhaps executed: ask again with the same id, never a new one."),
    ):
        teller.answer(failure.Failure(code.value, code.certainty.value, code.action), summary)
    teller.answer(
        failure.Failure("code_of_tomorrow", "final", "What to do next."),
        "A code you do not know: follow its certainty.",
    )
    return tuple(teller.told)
