"""Tests of `client.load.detail`, against the fake gateway."""

from __future__ import annotations

import json
from typing import Any

import pytest

from client.load import LoadOptions, LoadRun, Requirement
from client.load.detail import environment
from tests.client.fake_gateway import FakeGateway

MIX = {"slot": 2, "blackjack": 1}


async def run(gateway: FakeGateway, *bounds: str, detailed: bool = True, **changes: Any) -> Any:
    """Return the figures of a short run."""
    options: dict[str, Any] = {
        "http": gateway.http,
        "players": 6,
        "seconds": 1.2,
        "mix": MIX,
        **changes,
    }
    made = LoadRun(
        LoadOptions(**options),
        requirements=tuple(Requirement.parse(bound) for bound in bounds),
        detailed=detailed,
    )
    return (await made.run()).figures


async def test_figures_are_as_ever_without_it(gateway: FakeGateway) -> None:
    """Who does not ask for the series gets the keys of before, and the same in front of them."""
    plain = await run(gateway, detailed=False, seconds=0.2)
    detailed = await run(gateway, seconds=0.2)

    assert "series" not in plain
    assert list(detailed) == [*plain, "series", "detail"]


async def test_a_series_adds_up_to_the_run(gateway: FakeGateway) -> None:
    """Bets, answers and errors, with faults in between; and it all is JSON."""
    gateway.fault("spin", "stake_below")
    gateway.fault("act", "decision_forbidden")
    figures = await run(gateway)
    series, detail = figures["series"], figures["detail"]

    assert figures["errors"] == {"decision_forbidden": 1, "stake_below": 1}
    assert sum(series["bets"]) == figures["bets"] > 0
    assert sum(series["answers"]) == figures["requests"]
    assert {code: sum(counts) for code, counts in series["errors"].items()} == figures["errors"]
    assert [phase["name"] for phase in series["phases"]] == [
        "connecting",
        "betting",
        "finishing",
        "leaving",
    ]
    assert series["connected"][-1] == 6
    rows = {(row["game"], row["message"]): row for row in detail["messages"]}
    assert set(rows) == {("slot", "spin"), ("blackjack", "deal"), ("blackjack", "act")}
    assert sum(row["answers"] for row in rows.values()) == figures["requests"]
    assert rows["slot", "spin"]["errors"] == rows["blackjack", "act"]["errors"] == 1
    assert {(group["code"], group["where"]) for group in detail["errors"]} == {
        ("stake_below", "slot spin"),
        ("decision_forbidden", "blackjack act"),
    }
    assert detail["exponent"] == 2
    assert json.dumps(figures)


async def test_a_server_without_metrics_does_not_disturb(gateway: FakeGateway) -> None:
    """The fake one has none."""
    figures = await run(gateway)

    assert figures["bets"] > 0
    assert figures["series"]["server"]["failed"] >= 1
    assert figures["series"]["server"]["values"] == {}


async def test_requirements_are_told_with_what_was_measured(gateway: FakeGateway) -> None:
    """Met and missed ones, in the order asked for."""
    figures = await run(gateway, "errors<1", "p99<1us", seconds=0.3)
    met, missed = figures["detail"]["requirements"]

    assert (met["text"], met["met"], met["measured"]) == ("errors<1", True, 0.0)
    assert (missed["text"], missed["met"]) == ("p99<1us", False)
    assert missed["measured"] == figures["latency_ms"]["p99"]
    assert figures["detail"]["options"]["require"] == ["errors<1", "p99<1us"]


async def test_an_open_loop_tells_raw_latencies_too(gateway: FakeGateway) -> None:
    """From when a bet was sent: never above those from when it was due."""
    open_loop = (await run(gateway, rate=100.0, mix={"slot": 1}))["detail"]["latency"]
    closed_loop = (await run(gateway, seconds=0.2))["detail"]["latency"]

    assert (
        open_loop["raw"]["percentiles_ms"]["p50"] < open_loop["corrected"]["percentiles_ms"]["p50"]
    )
    assert closed_loop["raw"] is None
    assert closed_loop["corrected"]["distribution"][-1][0] == 1.0


async def test_the_environment_names_no_one() -> None:
    """Versions and cores; neither a host nor a user."""
    assert set(environment()) == {"client", "python", "event_loop", "system", "cores"}


async def test_failed_connections_are_errors_too(gateway: FakeGateway) -> None:
    """With the game that the player wanted."""
    figures = await run(gateway, mix={"slot": 1, "chess": 1}, seconds=0.2)

    assert sum(figures["errors"].values()) == 3
    assert figures["detail"]["errors"][0]["where"] == "chess connect"
    assert sum(sum(counts) for counts in figures["series"]["errors"].values()) == 3


@pytest.mark.parametrize("seconds", [0.1, 1.0])
async def test_any_length_adds_up(gateway: FakeGateway, seconds: float) -> None:
    """Shorter than an interval and just as long."""
    figures = await run(gateway, seconds=seconds)

    assert sum(figures["series"]["bets"]) == figures["bets"]
