"""Tests of `client.load.record`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from client import Ticket, sign_up
from client.load.record import PlayerRecord, Recorder, minor_units
from protocol.errors import ErrorCode
from protocol.messages.rounds import Act, Spin
from tests.client.conftest import make
from tests.client.fake_gateway import FakeGateway

FIELDS = [
    "at_ms",
    "direction",
    "player",
    "session",
    "request",
    "type",
    "round",
    "stake",
    "payout",
    "balance",
    "code",
]


def read(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a record."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


async def play(gateway: FakeGateway, path: Path, *, bet: int = 100) -> list[dict[str, Any]]:
    """Sign up, spin twice and deal once under the eyes of a recorder; return its lines."""
    recorder = Recorder(path)
    record = PlayerRecord(recorder)

    async def tickets() -> Ticket:
        async with aiohttp.ClientSession() as http:
            player = await sign_up(http, gateway.http, "EUR", "1000.00")
        record.player = player.player
        recorder.signed_up(player)
        return Ticket(player.ticket, player.gateway)

    async with make(gateway, tickets=tickets, observer=record) as client:
        slot = await client.sit("slot")
        await slot.spin({"stake": bet})
        roulette = await client.sit("roulette")
        await roulette.spin({"bets": [{"bet": "a", "stake": 20}, {"bet": "b", "stake": 30}]})
        blackjack = await client.sit("blackjack")
        await blackjack.deal({"stake": 100})
        record.act_stake = 100
        await blackjack.act("double")
    recorder.close()
    return read(path)


async def test_each_line_has_exactly_the_fields(gateway: FakeGateway, tmp_path: Path) -> None:
    """In the order in which they are documented, null where they do not apply."""
    for line in await play(gateway, tmp_path / "record"):
        assert list(line) == FIELDS
        assert line["direction"] in ("sent", "reply")


async def test_bets_and_answers_are_recorded(gateway: FakeGateway, tmp_path: Path) -> None:
    """What a request asked for, and what its reply said."""
    before = int(time.time() * 1000)
    lines = await play(gateway, tmp_path / "record")
    kinds = [(line["direction"], line["type"]) for line in lines]
    assert kinds == [
        ("reply", "demo"),
        ("sent", "hello"),
        ("reply", "welcome"),
        ("sent", "sit"),
        ("reply", "seated"),
        ("sent", "spin"),
        ("reply", "played"),
        ("sent", "sit"),
        ("reply", "seated"),
        ("sent", "spin"),
        ("reply", "played"),
        ("sent", "sit"),
        ("reply", "seated"),
        ("sent", "deal"),
        ("reply", "played"),
        ("sent", "act"),
        ("reply", "played"),
        ("sent", "bye"),
        ("reply", "goodbye"),
    ]
    demo, welcome = lines[0], lines[2]
    assert (demo["player"], demo["balance"], demo["request"]) == ("p1", 100_000, None)
    assert (welcome["player"], welcome["session"], welcome["balance"]) == ("p1", "s1", 100_000)
    money = [line for line in lines if line["type"] in ("spin", "deal", "act", "played")]
    assert [line["stake"] for line in money] == [100, 100, 50, 50, 100, 100, 100, 200]
    for sent, reply in zip(money[::2], money[1::2], strict=True):
        assert sent["request"] == reply["request"]
        assert sent["round"] == reply["round"]
        assert sent["session"] == reply["session"] == "s1"
    assert money[5]["payout"] is None
    for line in money[1::2]:
        if line["payout"] is not None:
            assert gateway.house.wagers[line["round"]] == (line["stake"], line["payout"])
    assert before <= lines[0]["at_ms"] <= lines[-1]["at_ms"] <= time.time() * 1000


async def test_repeated_requests_are_recorded_each_time(
    gateway: FakeGateway, tmp_path: Path
) -> None:
    """With the same stake, and every reply that came, refusals with their code."""
    gateway.fault("act", "drop", execute=True)
    gateway.fault("spin", ErrorCode.BUSY.value)
    lines = await play(gateway, tmp_path / "record")
    spins = [line for line in lines if line["type"] in ("spin", "error") and line["request"] == 3]
    acts = [line for line in lines if line["type"] == "act"]

    assert [(line["type"], line["stake"], line["code"]) for line in spins] == [
        ("spin", 100, None),
        ("error", None, "busy"),
        ("spin", 100, None),
    ]
    assert spins[1]["round"] == spins[0]["round"]
    assert [line["stake"] for line in acts] == [100, 100]
    assert len({line["request"] for line in acts}) == 1


def test_a_repeated_decision_keeps_its_stake(tmp_path: Path) -> None:
    """What the player is about to do next does not change what he asked before."""
    recorder = Recorder(tmp_path / "record")
    record = PlayerRecord(recorder)
    double = Act("t", "c-1", 1, _raw({"action": "double"}))
    record.act_stake = 100
    record.sent(5, double)
    record.act_stake = 0
    record.sent(5, double)
    record.sent(6, Act("t", "c-1", 2, _raw({"action": "stand"})))
    recorder.close()

    assert [line["stake"] for line in read(tmp_path / "record")] == [100, 100, 0]


async def test_what_was_written_outlives_the_run(gateway: FakeGateway, tmp_path: Path) -> None:
    """A flush puts everything so far into the file."""
    path = tmp_path / "record"
    recorder = Recorder(path)
    record = PlayerRecord(recorder)
    record.sent(1, Spin("t", "c-1", _raw({"stake": 7})))
    assert path.read_bytes() == b""
    recorder.flush()
    written = read(path)
    recorder.close()

    assert written[0]["stake"] == 7


async def test_the_buffer_is_bounded(tmp_path: Path) -> None:
    """A long run does not keep its record in memory."""
    path = tmp_path / "record"
    recorder = Recorder(path)
    for number in range(5_000):
        recorder.write("sent", "p", "s", number, "ping")

    assert path.stat().st_size > 256 * 1024
    recorder.close()
    assert len(read(path)) == 5_000


@pytest.mark.parametrize(
    ("text", "amount"), [("1000.00", 100_000), ("1000", 1_000), (5, 5), ("0.07", 7), ("x", None)]
)
def test_amounts_with_all_their_decimals_are_minor_units(
    text: str | int, amount: int | None
) -> None:
    """Whatever the currency's exponent is, the digits are the minor units."""
    assert minor_units(text) == amount


def _raw(value: object) -> Any:
    return msgspec.Raw(msgspec.msgpack.encode(value))
