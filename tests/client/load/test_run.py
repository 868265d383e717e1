"""Tests of `client.load.run`, against the fake gateway."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from client.load import LoadError, LoadOptions, LoadRun, Requirement
from client.load.record import Recorder
from protocol.codec import Codec
from protocol.errors import ErrorCode
from protocol.messages.tables import Seated
from tests.client.conftest import eventually
from tests.client.fake_gateway import FakeGateway
from tests.client.fake_house import FakeHouse, Player

MIX = {"slot": 2, "roulette": 1, "blackjack": 1, "guess": 1}


def options(gateway: FakeGateway, **changes: Any) -> LoadOptions:
    """Return a short run of ten players."""
    base: dict[str, Any] = {"http": gateway.http, "players": 10, "seconds": 0.4, "mix": MIX}
    return LoadOptions(**{**base, **changes})


def assert_books_agree(gateway: FakeGateway, figures: dict[str, Any]) -> None:
    """Every settled wager was counted once, with its stake and payout."""
    wagers = gateway.house.wagers.values()
    assert figures["bets"] == len(wagers) > 0
    assert figures["stakes"] == sum(stake for stake, _ in wagers)
    assert figures["payouts"] == sum(payout for _, payout in wagers)


async def test_a_closed_loop_plays_every_game(gateway: FakeGateway) -> None:
    """All figures that others rely on are there, and they are what the house settled."""
    figures = (await LoadRun(options(gateway)).run()).figures

    assert_books_agree(gateway, figures)
    assert figures["errors"] == {}
    assert figures["players"] == figures["seated"] == 10
    assert figures["dropped_sends"] == 0
    assert figures["generator_us"] > 0
    assert list(figures["latency_ms"]) == ["p50", "p90", "p99", "p999", "max"]
    assert figures["latency_ms"]["p50"] <= figures["latency_ms"]["max"]
    assert figures["bets_per_s"] > 0
    assert {name: game["players"] for name, game in figures["games"].items()} == {
        "slot": 4,
        "roulette": 2,
        "blackjack": 2,
        "guess": 2,
    }
    assert all(game["bets"] for game in figures["games"].values())
    assert json.dumps(figures)


async def test_everyone_has_left_at_the_end(gateway: FakeGateway) -> None:
    """Sessions end with goodbye, and no round is left open."""
    await LoadRun(options(gateway)).run()

    assert [kind for _, kind in gateway.seen].count("bye") == 10
    assert gateway.sessions == {}
    assert all(
        not seat.round
        for session in gateway.used.values()
        for seat in session.player.seats.values()
    )


async def test_an_open_loop_keeps_its_rate(gateway: FakeGateway) -> None:
    """Bets arrive at the rate, settled or dropped."""
    run = LoadRun(options(gateway, rate=200.0, seconds=1.0, arrivals="uniform", mix={"slot": 1}))
    figures = (await run.run()).figures

    assert figures["mode"] == "open"
    assert figures["arrivals"] == pytest.approx(199, abs=2)
    assert figures["bets"] + figures["dropped_sends"] == figures["arrivals"]
    assert_books_agree(gateway, figures)


async def test_latency_counts_from_the_intended_time(gateway: FakeGateway) -> None:
    """A server that stalls shows in the latency, and busy players drop what comes meanwhile."""
    run = LoadRun(
        options(gateway, players=2, rate=100.0, seconds=0.6, arrivals="uniform", mix={"slot": 1})
    )
    gateway.fault("spin", "hold")
    gateway.fault("spin", "hold")
    asyncio.get_running_loop().call_later(0.4, gateway.release)
    figures = (await run.run()).figures

    assert figures["latency_ms"]["max"] > 200
    assert figures["dropped_sends"] > 10


async def test_thinking_slows_a_closed_loop(gateway: FakeGateway) -> None:
    """Between half and one and a half times the pause is kept between bets."""
    run = LoadRun(options(gateway, think_ms=100.0, seconds=0.5, mix={"slot": 1}))
    figures = (await run.run()).figures

    assert 10 <= figures["bets"] <= 110
    assert figures["unfinished"] == 0


async def test_the_record_explains_every_wager(gateway: FakeGateway, tmp_path: Path) -> None:
    """Each settled wager has exactly one acknowledged reply, and each reply its request."""
    recorder = Recorder(tmp_path / "record")
    gateway.fault("spin", "drop", execute=True)
    gateway.fault("act", ErrorCode.IN_DOUBT.value, execute=True)
    figures = (await LoadRun(options(gateway), recorder=recorder).run()).figures
    recorder.close()
    text = (tmp_path / "record").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    ended = {
        line["round"]: (line["stake"], line["payout"])
        for line in lines
        if line["type"] == "played" and line["payout"] is not None
    }
    sent = {(line["session"], line["request"]) for line in lines if line["direction"] == "sent"}
    replies = {
        (line["session"], line["request"])
        for line in lines
        if line["direction"] == "reply" and line["type"] in ("played", "error")
    }

    assert ended == gateway.house.wagers
    assert replies <= sent
    assert figures["repeated"] >= 1
    assert figures["retried"] == {ErrorCode.IN_DOUBT.value: 1}
    assert figures["reconnects"] == 1
    assert [line["type"] for line in lines].count("demo") == 10


async def test_a_restart_is_ridden_through(gateway: FakeGateway) -> None:
    """Players come back to their sessions, and no wager is lost or doubled."""
    run = asyncio.create_task(LoadRun(options(gateway, seconds=2.0)).run())
    await eventually(lambda: len(gateway.house.wagers) >= 50)
    await gateway.stop()
    before = len(gateway.house.wagers)
    await gateway.start()
    figures = (await run).figures

    assert_books_agree(gateway, figures)
    assert figures["bets"] > before
    assert figures["reconnects"] >= 10
    assert figures["errors"] == {}
    assert gateway.sign_ups == 10


async def test_a_player_without_money_is_broke_not_an_error(gateway: FakeGateway) -> None:
    """Running dry is reported apart and ends that player's play."""
    figures = (
        await LoadRun(options(gateway, amount="3.00", mix={"slot": 1}, seconds=5.0)).run()
    ).figures

    assert figures["broke"] == 10
    assert figures["errors"] == {}
    assert figures["seconds"] < 5.0


async def test_refusals_are_counted_by_code(gateway: FakeGateway) -> None:
    """A final refusal is an error of the run under its own code; the player goes on."""
    for _ in range(3):
        gateway.fault("spin", ErrorCode.TABLE_CLOSED.value)
    run = LoadRun(options(gateway, mix={"slot": 1}), requirements=(Requirement.parse("errors<1"),))
    report = await run.run()

    assert report.figures["errors"] == {"table_closed": 3}
    assert report.missed == ("errors<1: it was 3",)
    assert report.figures["missed"] == list(report.missed)


async def test_a_player_follows_a_new_version(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that closes for a newer version is no error: he sits down anew and plays on."""
    house = gateway.house
    sit = house.sit

    def sit_anew(player: Player, game: str, codec: Codec) -> Seated:
        player.seats.pop(game)
        return sit(player, game, codec)

    run = LoadRun(options(gateway, players=1, mix={"slot": 1}, seconds=1.0))
    task = asyncio.create_task(run.run())
    await eventually(lambda: len(house.wagers) > 3)
    monkeypatch.setattr(house, "sit", sit_anew)
    gateway.fault("spin", ErrorCode.TABLE_CLOSED.value)
    await eventually(lambda: house._tables == 2)
    played = len(house.wagers)
    figures = (await task).figures

    assert len(house.wagers) > played
    assert figures["errors"] == {}


async def test_a_broken_fairness_promise_is_an_error() -> None:
    """The load tester checks every revealed seed."""
    async with FakeGateway() as gateway:
        gateway.house.tell_wrong_seed = True
        figures = (await LoadRun(options(gateway, mix={"slot": 1})).run()).figures

    assert figures["errors"] == {"fairness": 10}


async def test_stopping_early_reports_what_was_done(gateway: FakeGateway) -> None:
    """As Ctrl-C does: rounds finish, players leave, figures are of the time played."""
    run = LoadRun(options(gateway, seconds=60.0))
    running = asyncio.create_task(run.run())
    await eventually(lambda: len(gateway.house.wagers) >= 20)
    run.stop()
    figures = (await running).figures

    assert figures["interrupted"]
    assert figures["seconds"] < 30
    assert figures["unfinished"] == 0
    assert_books_agree(gateway, figures)


async def test_stopping_twice_does_not_wait(gateway: FakeGateway) -> None:
    """A server that answers nothing cannot hold a person up."""
    gateway.fault("spin", "hold")
    run = LoadRun(options(gateway, seconds=60.0, players=1, mix={"slot": 1}))
    running = asyncio.create_task(run.run())
    await eventually(lambda: gateway._held)
    run.stop()
    run.stop()
    figures = (await running).figures

    assert figures["unfinished"] == 1


async def test_stopping_while_connecting_ends_the_run(gateway: FakeGateway) -> None:
    """Nobody has to sit through a long ramp."""
    run = LoadRun(options(gateway, ramp_s=600.0))
    running = asyncio.create_task(run.run())
    await eventually(lambda: gateway.used)
    run.stop()

    assert (await running).figures["bets"] == 0


async def test_a_ramp_spreads_the_connections(gateway: FakeGateway) -> None:
    """Players connect one after the other, and play begins when all have."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    first_bet: list[float] = []
    gateway.on_request = lambda kind: first_bet.append(loop.time()) if kind == "spin" else None
    await LoadRun(options(gateway, ramp_s=0.5, mix={"slot": 1})).run()

    assert first_bet[0] - started > 0.4


async def test_no_server_is_one_clear_line() -> None:
    """Who cannot connect at all gets a reason, not a report."""
    async with FakeGateway() as gateway:
        asked = options(gateway, mix={"chess": 1})
        with pytest.raises(LoadError, match="no player could sit down"):
            await LoadRun(asked).run()


async def test_a_gateway_elsewhere_is_not_driven(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server on this machine cannot send the players to another one."""
    monkeypatch.setattr(FakeGateway, "url", "ws://casino.example:8081")
    with pytest.raises(LoadError, match="elsewhere"):
        await LoadRun(options(gateway)).run()


async def test_a_record_that_cannot_be_written_ends_the_run(gateway: FakeGateway) -> None:
    """A record with holes would prove nothing."""
    recorder = Recorder(Path("/dev/full"))
    with pytest.raises(LoadError, match="the record cannot be written: No space left"):
        await LoadRun(options(gateway, seconds=30.0), recorder=recorder).run()
    recorder.close()


async def test_progress_is_told_in_lines(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no terminal a plain line comes every few seconds."""
    monkeypatch.setattr("client.load.progress._LINE_S", 0.1)
    out = io.StringIO()
    await LoadRun(options(gateway), console=Console(file=out, width=200)).run()
    lines = out.getvalue().splitlines()

    assert any("players 10/10" in line and "bets/s" in line for line in lines)
    assert "\x1b" not in out.getvalue()


async def test_short_chains_do_not_stop_play() -> None:
    """A new chain every few rounds is followed without an error."""
    async with FakeGateway(FakeHouse(chain_length=2)) as gateway:
        figures = (await LoadRun(options(gateway)).run()).figures

        assert figures["errors"] == {}
        assert_books_agree(gateway, figures)
