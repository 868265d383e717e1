"""The generator's frames."""

from __future__ import annotations

import msgspec
import pytest

from bench import wire
from protocol.codec import MSGPACK
from protocol.messages.common import Balance, ChainInfo
from protocol.messages.failure import Failure
from protocol.messages.rounds import Played, Spin
from protocol.messages.session import Hello
from protocol.messages.tables import ChainStarted

CHAIN = ChainInfo("900", bytes(32), 256, "900-7")


@pytest.mark.parametrize("request_id", [wire.FIRST_ID, wire.FIRST_ID + 1, 2**24, 2**32 - 1])
def test_ids_take_five_bytes_at_a_known_place(request_id: int) -> None:
    """The floor can answer under a request's id without decoding it."""
    frame = wire.spin(request_id, "1", "2-3", wire.bets(100), bytes(16))

    assert frame[wire.ID_START] == 0xCE
    assert int.from_bytes(frame[wire.ID_START + 1 : wire.ID_END], "big") == request_id


def test_requests_are_those_of_the_protocol() -> None:
    """The server's own decoder reads what the generator sends."""
    spin = MSGPACK.request(
        MSGPACK.envelope(wire.spin(70_000, "1", "2-3", wire.bets(100), bytes(16)))
    )
    hello = MSGPACK.request(MSGPACK.envelope(wire.hello(70_000, "t" * 43)))

    assert isinstance(spin, Spin)
    assert (spin.table, spin.round, spin.client_seed) == ("1", "2-3", bytes(16))
    assert msgspec.msgpack.decode(spin.bets) == {"stake": 100}
    assert isinstance(hello, Hello)
    assert hello.ticket == "t" * 43


def test_answers_give_the_round_that_is_due() -> None:
    """Of a reply or an event the next round is read, and nothing else is needed."""
    played = Played(
        table="1",
        round="900-6",
        step=0,
        finished=True,
        stake=100,
        payout=0,
        view=msgspec.Raw(MSGPACK.encode({"events": []})),
        balance=Balance(1, 0, 1),
        seed=bytes(32),
        next=CHAIN,
    )

    answer = wire.read(MSGPACK.encode_reply(70_000, played))
    started = wire.read(MSGPACK.encode_event(ChainStarted("1", 1, 2, CHAIN)))
    refused = wire.read(MSGPACK.encode_reply(70_000, Failure("busy", "temporary", "Wait.")))

    assert (answer.id, answer.type, answer.body.next) == (70_000, "played", wire.Named("900-7"))
    assert (started.id, started.body.chain) == (0, wire.Named("900-7"))
    assert (refused.type, refused.body.code) == ("error", "busy")
