"""Live tables under load: many watchers, many tables, many nodes. `make bench-live`."""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, Final

import aiohttp
import msgspec
import uvloop
from cyclopts import Parameter

from bench.command import conclude, run
from bench.errors import BenchError
from bench.limits import allow_files
from bench.live_house import live_house, table
from bench.live_people import Guest, Rounds, enter, find_tables
from bench.live_takeover import takeovers
from bench.players import Player, Tally
from bench.processes import workspace
from bench.report import Target
from client.http import sign_up

__all__ = ["live"]

WATCHERS: Final = 1_000
TABLES: Final = 300
SEATS: Final = 10
EVENTS_PER_S: Final = 10
PLAYERS: Final = 32
"""On each node, where nodes are compared."""
PACE_S: Final = 0.016
"""Between two bets of each of them, on average: 2,000 bets a second on each node.

That is less than a small machine carries, so that each of two nodes has as much to do as one alone.
Where nodes wait for each other's cores, fewer bets share a settling call, and that is what would be
measured.
"""
_LONG_MS: Final = 600_000


async def watchers(directory: Path, seconds: float) -> dict[str, Any]:
    """One table, a thousand who watch: how late and how dear an event is."""
    async with live_house(directory, 1, [table("T", betting_ms=_LONG_MS, seats=10)]) as house:
        (node,) = house.nodes
        bettor, *crowd = await enter(node, WATCHERS + 1)
        (name,) = (await find_tables(bettor, 1)).values()
        arrivals: dict[bytes, list[float]] = {}

        def hear(message: bytes) -> None:
            arrivals.setdefault(message, []).append(perf_counter())

        for guest in crowd:
            await guest.watch(name)
        round_id = await _joined(bettor, name)
        await bettor.bet(name, round_id)
        await asyncio.sleep(0.5)
        for guest in crowd:
            guest.heard = hear
        cpu_s, began_s = node.cpu_s, perf_counter()
        sent_s = []
        while perf_counter() - began_s < seconds:
            sent_s.append(perf_counter())
            await bettor.bet(name, round_id)
            await asyncio.sleep(max(0.0, sent_s[-1] + 1 / EVENTS_PER_S - perf_counter()))
        await asyncio.sleep(0.3)
        used_s = node.cpu_s - cpu_s
    whole = [times for times in arrivals.values() if len(times) == WATCHERS]
    if len(whole) < len(sent_s):
        raise BenchError(f"of {len(sent_s)} events {len(whole)} reached every watcher")
    spread = [max(times) - min(times) for times in whole]
    late = [max(times) - sent for times, sent in zip(whole, sent_s, strict=True)]
    delivered = sum(len(times) for times in whole)
    return {
        "watchers": WATCHERS,
        "events": len(whole),
        "event_to_all_p50_ms": _ms(spread, 0.5),
        "event_to_all_p99_ms": _ms(spread, 0.99),
        "bet_to_all_p99_ms": _ms(late, 0.99),
        "cpu_us_per_event_delivered": round(used_s / delivered * 1e6, 2),
    }


async def tables(directory: Path, seconds: float) -> dict[str, Any]:
    """Many tables with ten seats each, every seat bets once a round."""
    window_ms = 4_000
    settings = [
        table(f"T{number}", betting_ms=window_ms, result_ms=500, seats=SEATS)
        for number in range(TABLES)
    ]
    took: list[float] = []
    errors: dict[str, int] = {}
    measuring = False
    bets: set[asyncio.Task[None]] = set()

    async def bet(guest: Guest, name: str, round_id: str, within_ms: int) -> None:
        await asyncio.sleep(random.uniform(0, within_ms * 0.9 / 1000))  # noqa: S311
        try:
            took_s = await guest.bet(name, round_id)
        except BenchError as error:
            errors[str(error)] = errors.get(str(error), 0) + 1
        else:
            if measuring:
                took.append(took_s)

    def opened(guest: Guest, name: str, round_id: str, within_ms: int) -> None:
        task = asyncio.get_running_loop().create_task(bet(guest, name, round_id, within_ms))
        bets.add(task)
        task.add_done_callback(bets.discard)

    async with live_house(directory, 1, settings) as house:
        (node,) = house.nodes
        guests = await enter(node, TABLES)
        names = list((await find_tables(guests[0], TABLES)).values())
        for guest in guests:
            Rounds(guest, opened)

        async def sit(index: int, guest: Guest) -> None:
            # Ten tables each, so that every table has ten players.
            for place in range(SEATS):
                await guest.join(names[(index + place * 30) % TABLES])

        await asyncio.gather(*(sit(index, guest) for index, guest in enumerate(guests)))
        await asyncio.sleep(1)
        measuring = True
        cpu_s, began_s = node.cpu_s, perf_counter()
        await asyncio.sleep(seconds)
        measuring = False
        used_s, length_s = node.cpu_s - cpu_s, perf_counter() - began_s
        for task in bets:
            task.cancel()
        await asyncio.gather(*bets, return_exceptions=True)
    return {
        "tables": TABLES,
        "seats": TABLES * SEATS,
        "bets_per_s": round(len(took) / length_s, 1),
        "acknowledged_p50_ms": _ms(took, 0.5),
        "acknowledged_p99_ms": _ms(took, 0.99),
        "node_cpu_share": round(used_s / length_s, 3),
        "errors": errors,
    }


async def remote(directory: Path, seconds: float) -> dict[str, Any]:
    """The same table from its owner and from another node, bet by bet in turn."""
    async with live_house(directory, 2, [table("T", betting_ms=_LONG_MS, seats=10)]) as house:
        guests = [(await enter(node, 1))[0] for node in house.nodes]
        took: list[list[float]] = [[], []]
        rounds = []
        for guest in guests:
            (name,) = (await find_tables(guest, 1)).values()
            rounds.append(await _joined(guest, name))
        ends_s = perf_counter() + seconds
        while perf_counter() < ends_s:
            for index, guest in enumerate(guests):
                took[index].append(await guest.bet(name, rounds[index]))
    # Which node owns the table shows in the times: the owner is never the slower one.
    local, distant = sorted(took, key=statistics.median)
    return {
        "bets": len(local),
        "local_p50_ms": _ms(local, 0.5),
        "remote_p50_ms": _ms(distant, 0.5),
        "remote_p99_ms": _ms(distant, 0.99),
        "remote_more_p50_ms": round(_ms(distant, 0.5) - _ms(local, 0.5), 3),
    }


class Paced:
    """Has a player bet at his pace, by chance; at once where an answer took longer."""

    def __init__(self, seed: int) -> None:
        self._due_s = 0.0
        self._random = random.Random(seed)  # noqa: S311 - the same pauses in every run

    def __call__(self, player: Player) -> None:
        """Have him bet when it is time."""
        now_s = perf_counter()
        self._due_s = max(self._due_s + self._random.expovariate(1 / PACE_S), now_s)
        asyncio.get_running_loop().call_later(self._due_s - now_s, player.bet, self._due_s)


def _at_once(player: Player) -> None:
    """Have a player bet as fast as he is answered."""
    player.bet(perf_counter())


async def _private(place: Path, count: int, seconds: float, *, paced: bool) -> tuple[int, float]:
    """Return how many private bets some nodes answered, and what they cost in seconds of CPU."""
    async with live_house(place, count, []) as house:
        tally = Tally()
        players = []
        async with aiohttp.ClientSession() as http:
            for number in range(PLAYERS * count):
                node = house.nodes[number % count]
                following = Paced(number) if paced else _at_once
                player = Player(tally, 20, number, following)
                ticket = (await sign_up(http, node.http, "EUR", "1000000.00")).ticket
                await player.seat(node.gateway, ticket, "slot")
                players.append((player, following))
        for player, following in players:
            following(player)
        await asyncio.sleep(seconds * 0.2)
        answered, cpu_s = tally.answered, house.cpu_s
        await asyncio.sleep(seconds)
        return tally.answered - answered, house.cpu_s - cpu_s


async def nodes(directory: Path, seconds: float) -> dict[str, Any]:
    """Private bets on one node, and on two that are joined: each with as many bets a second.

    Beside it, without a target: everybody bets as fast as he is answered, whatever the machine.
    """
    found: dict[str, Any] = {}
    for name, paced in (("", True), ("closed_loop_", False)):
        costs = []
        for count in (1, 2):
            place = directory / f"nodes-{name}{count}"
            place.mkdir()
            bets, used_s = await _private(place, count, seconds, paced=paced)
            costs.append(round(used_s / max(bets, 1) * 1e6, 1))
            found[f"{name}bets_{count}"] = bets
            found[f"{name}cpu_us_a_bet_{count}"] = costs[-1]
        found[f"{name}ratio"] = round(costs[1] / costs[0], 3)
    return found


async def takeover(directory: Path, _seconds: float) -> dict[str, Any]:
    """The owner of a table is killed, twenty times: until somebody hears of it again."""
    return await takeovers(directory)


PARTS: Final[dict[str, Callable[[Path, float], Awaitable[dict[str, Any]]]]] = {
    "watchers": watchers,
    "tables": tables,
    "remote": remote,
    "nodes": nodes,
    "takeover": takeover,
}


async def _joined(guest: Guest, name: str) -> str:
    """Take a seat and wait for the round that takes bets."""
    opened: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def hear(_: Guest, __: str, round_id: str, ___: int) -> None:
        if not opened.done():
            opened.set_result(round_id)

    Rounds(guest, hear)
    return await guest.join(name) or await opened


def _ms(times_s: list[float], share: float) -> float:
    if not times_s:
        raise BenchError("nothing was measured")
    ordered = sorted(times_s)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 3)


def _targets(found: dict[str, Any]) -> list[Target]:
    wanted = (
        ("watchers", "event_to_all_p99_ms", 50.0, "ms"),
        ("watchers", "cpu_us_per_event_delivered", 20.0, "us"),
        ("tables", "acknowledged_p99_ms", 50.0, "ms"),
        ("remote", "remote_more_p50_ms", 3.0, "ms"),
        ("nodes", "ratio", 1.15, ""),
        ("takeover", "worst_ms", 5_000.0, "ms"),
    )
    return [
        Target(f"{part}: {figure}", found[part][figure], bound, "at most", unit)
        for part, figure, bound, unit in wanted
        if part in found
    ]


def live(
    *,
    part: Annotated[tuple[str, ...], Parameter(negative="")] = tuple(PARTS),
    seconds: float = 6.0,
    json: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = Path(
        "var/bench-live.json"
    ),
    directory: Path = Path("var"),
    require: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Measure live tables: watchers, tables, remote seats, nodes, takeover.

    What other parts found before stays in the file. Leave the machine alone meanwhile.

    Args:
        part: Only these: watchers, tables, remote, nodes, takeover.
        seconds: How long each is measured.
        json: File for all figures.
        directory: Where the databases are made meanwhile.
        require: End with 99 if a target is missed.
    """
    unknown = set(part) - set(PARTS)
    if unknown:
        raise BenchError(f"there is no part {', '.join(sorted(unknown))}")
    allow_files(2 * WATCHERS)
    found: dict[str, Any] = {}
    if json is not None and json.exists():
        found = msgspec.json.decode(json.read_bytes()).get("parts", {})
    for name in part:
        with workspace(directory) as place:
            found[name] = uvloop.run(PARTS[name](place, seconds))  # type: ignore[arg-type]
        print(f"{name}: {found[name]}", flush=True)
    targets = _targets(found)
    content = {"parts": found, "targets": [target.as_json() for target in targets]}
    return conclude(json, content, targets, require=require)


if __name__ == "__main__":
    sys.exit(run("bench.live", live))
