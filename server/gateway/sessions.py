"""A session: one player's play across connections, and what he was answered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

from protocol.codec import Codec
from protocol.errors import Certainty, ErrorCode, Refused
from protocol.messages.common import Balance, Event, Reply
from protocol.messages.failure import Failure
from protocol.messages.live import Acted
from protocol.messages.rounds import Accepted, Played
from server.gateway.connection import Connection

Frame = tuple[bytes, Codec]
"""A reply as it was sent, and in which encoding."""
ANSWERS_KEPT: Final = 16
"""Answers in memory for a client that asks again; older ones are read from the record."""


def failure(refused: Refused) -> Failure:
    """Return the reply that tells a refusal."""
    code = refused.code
    return Failure(
        code=code.value,
        certainty=code.certainty.value,
        message=refused.message,
        details=refused.details,
    )


class Session:
    """One live session. `connection` is None while the client is away."""

    __slots__ = (
        "_count",
        "_recall",
        "_replaced",
        "account",
        "answers",
        "away_since",
        "balance",
        "connection",
        "currency",
        "ended",
        "epoch",
        "exponent",
        "highest",
        "id",
        "in_flight",
        "player",
        "test",
        "token",
        "unconfirmed",
    )

    def __init__(
        self,
        row: Any,
        recall: Callable[[Session, int, bytes], None],
        replaced: Callable[[Session], None],
        count: Callable[[ErrorCode], None],
    ) -> None:
        self.id: int = row["session"]
        self.player: int = row["player"]
        self.account: int = row["account"]
        self.epoch: int = row["epoch"]
        self.currency: str = row["currency"]
        self.exponent: int = row["exponent"]
        self.test: bool = row["test"]
        self.balance = Balance(row["balance"], row["held"], row["version"])
        self.highest: int = row["highest_request"]
        self.in_flight: dict[int, bytes] = {}
        """Requests under way, each with what tells it from another one under the same id."""
        self.answers: OrderedDict[int, tuple[bytes, Reply | Frame]] | None = None
        self.connection: Connection | None = None
        self.away_since: float | None = None
        self.ended = False
        """Whether it was taken out: what still comes for it comes too late."""
        self.token = b""
        """The hash of the newest token that this node has given it."""
        self.unconfirmed: str | None = None
        """The token of a resume whose predecessor still works: until the next frame."""
        self._recall = recall
        self._replaced = replaced
        self._count = count

    # -- as the tables see it -------------------------------------------------------------------

    def settled(self, request: int, digest: bytes, reply: Played | Accepted | Acted) -> None:
        """Take the committed answer of a request and send it."""
        self.in_flight.pop(request, None)
        balance = reply.balance
        if balance.version >= self.balance.version:
            self.balance = balance
        connection = self.connection
        if connection is None:
            self._keep(request, digest, reply)
            return
        codec = connection.codec
        frame = codec.encode_reply(request, reply)
        connection.send(frame)
        # The frame, not the reply: a third of the memory, and what the reply is made of can be used
        # for the next one while it is still in the processor's caches.
        self._keep(request, digest, (frame, codec))

    def refused(self, request: int, digest: bytes, refusal: Refused) -> None:
        """Take the refusal of a request and send it."""
        self.in_flight.pop(request, None)
        self._count(refusal.code)
        reply = failure(refusal)
        if refusal.code.certainty is Certainty.FINAL:
            self._keep(request, digest, reply)
        self.reply(request, reply)
        if refusal.code is ErrorCode.REPLACED:
            self._replaced(self)

    def recall(self, request: int, digest: bytes) -> None:
        """Answer a request from the record."""
        self._recall(self, request, digest)

    def event(self, body: Event) -> None:
        """Push an event, if the client is there."""
        connection = self.connection
        if connection is not None:
            connection.send(connection.codec.encode_event(body))

    @property
    def connected(self) -> bool:
        """Whether the client is there."""
        return self.connection is not None

    # -- as the hub sees it ---------------------------------------------------------------------

    def reply(self, request: int, body: Reply) -> None:
        """Send a reply, if the client is there; else he will ask again."""
        connection = self.connection
        if connection is not None:
            connection.send(connection.codec.encode_reply(request, body))

    def doubt(self, request: int) -> None:
        """Tell that a request is in doubt; it stays under way until it is known."""
        self._count(ErrorCode.IN_DOUBT)
        self.reply(request, failure(Refused(ErrorCode.IN_DOUBT)))

    def answered(self, request: int) -> tuple[bytes, Reply | Frame] | None:
        """Return the digest and answer of a request that was answered lately."""
        return None if self.answers is None else self.answers.get(request)

    def answer_again(self, request: int, answer: Reply | Frame) -> bool:
        """Send an answer that was kept; False if it was kept in the other encoding."""
        if not isinstance(answer, tuple):
            self.reply(request, answer)
            return True
        connection = self.connection
        frame, codec = answer
        if connection is not None and connection.codec is codec:
            connection.send(frame)
        return connection is None or connection.codec is codec

    def note_balance(self, balance: Balance) -> None:
        """Keep the newest balance, whatever order they come in."""
        if balance.version >= self.balance.version:
            self.balance = balance

    def keep_refusal(self, request: int, digest: bytes, refusal: Refused) -> None:
        """Remember a refusal that follows from the request alone; asked anew it is the same."""
        if refusal.code.certainty is Certainty.FINAL:
            self._keep(request, digest, failure(refusal))

    def _keep(self, request: int, digest: bytes, answer: Reply | Frame) -> None:
        answers = self.answers
        if answers is None:
            answers = self.answers = OrderedDict()
        answers[request] = (digest, answer)
        if len(answers) > ANSWERS_KEPT:
            answers.popitem(last=False)


def recorded_answer(row: Any, record: Any, table: Any) -> Reply:
    """Build the answer of a recorded request: `row` of `request`, `record` of its round.

    The same replay as ever: nothing of an outcome was stored beside its inputs. Raises Refused for
    a recorded refusal.
    """
    balance = Balance(row["balance"], row["held"], row["version"])
    state = record.state(row["step"])
    finished = state.finished
    view: Any = record.game.view(state, 0)
    return Played(
        table=str(record.seating),
        round=f"{record.chain_id}-{record.n}",
        step=row["step"],
        finished=finished,
        stake=state.stakes[0],
        payout=state.payouts[0] if finished else None,
        view=view,
        balance=balance,
        seed=record.seed if finished else None,
        next=table.next_info() if table is not None and finished else None,
    )


__all__ = ["Session", "failure", "recorded_answer"]
