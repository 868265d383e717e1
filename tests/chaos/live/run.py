"""A run of chaos: fault after fault, the books after each, the audit now and then."""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from tests.chaos.live import books
from tests.chaos.live.casino import GAMES, Casino, opened
from tests.chaos.live.faults import FAULTS, TAKEOVER_MS, Scene
from tests.chaos.live.people import Crowd

__all__ = ["Happened", "Run", "play"]

AUDIT_EVERY: Final = 20


class Happened(msgspec.Struct):
    """One fault."""

    number: int
    kind: str
    at_s: float
    """Seconds since the first."""
    took_s: float
    """Until everything ran again."""
    takeover_ms: int | None
    """Until every table that lost its owner was heard of again; null where none had to move."""
    breaches: list[str]


class Run(msgspec.Struct):
    """All of a run."""

    seed: int
    nodes: int
    people: int
    seconds: float
    faults: list[Happened]
    acknowledged: int
    """Bets and decisions that somebody was told are accepted."""
    refused: dict[str, int]
    """Those that were refused for good, by code."""
    rounds: int
    voided: int
    audits: int
    breaches: int


def kinds_of(faults: int, chance: random.Random) -> Iterator[str]:
    """Yield so many kinds, all of them equally often, in no order."""
    bag: list[str] = []
    for _ in range(faults):
        if not bag:
            bag = list(FAULTS)
            chance.shuffle(bag)
        yield bag.pop()


async def play(
    home: Path,
    seed: int,
    faults: int,
    *,
    nodes: int = 3,
    people: int = 12,
    kinds: list[str] | None = None,
    games: Sequence[str] = GAMES,
    brief: bool = False,
    seconds: float = math.inf,
    tell: Callable[[Happened], None] = lambda happened: None,
) -> Run:
    """Let so many faults happen and return what was seen.

    After so many seconds no further fault happens. A brief run has one table of each style, and
    waits for them to go on at the end alone.
    """
    chance = random.Random(seed)
    began_s = time.monotonic()
    happened: list[Happened] = []
    audits = 0
    tables = 1 if brief else 2
    async with opened(home, chance, nodes=nodes, tables=tables, games=games) as casino:
        crowd = Crowd(casino, chance, people)
        crowd.start()
        try:
            await Scene(casino, crowd, chance).goes_on()
            for number, kind in enumerate(kinds or kinds_of(faults, chance), 1):
                if time.monotonic() - began_s > seconds:
                    break
                scene = Scene(casino, crowd, chance, brief=brief)
                one = await _one(scene, number, kind, began_s)
                happened.append(one)
                if number % AUDIT_EVERY == 0:
                    audits += 1
                    one.breaches += await _audited(crowd)
                tell(one)
            await Scene(casino, crowd, chance).goes_on()
            last = await _audited(crowd)
            last += [*crowd.breaches, *await books.wrong(casino, crowd)]
            audits += 1
            if last and happened:
                happened[-1].breaches += last
                tell(happened[-1])
        finally:
            await crowd.stop()
        rounds, voided = await _rounds(casino)
    return Run(
        seed=seed,
        nodes=nodes,
        people=people,
        seconds=round(time.monotonic() - began_s, 1),
        faults=happened,
        acknowledged=sum(len(person.kept) for person in crowd.people),
        refused=dict(Counter(code for p in crowd.people for code in p.refused.values())),
        rounds=rounds,
        voided=voided,
        audits=audits,
        breaches=sum(len(one.breaches) for one in happened),
    )


async def _one(scene: Scene, number: int, kind: str, began_s: float) -> Happened:
    """Let one fault happen and look at everything."""
    casino, crowd = scene.casino, scene.crowd
    at_s = time.monotonic()
    takeover_ms = await FAULTS[kind](scene)
    if scene.brief:
        await casino.all_ready()
    else:
        await scene.goes_on()
    took_s = time.monotonic() - at_s
    if scene.bounded and takeover_ms is not None and takeover_ms > TAKEOVER_MS:
        crowd.breach(f"the takeover took {takeover_ms} ms")
    crowd.check()
    found = await books.wrong(casino, crowd)
    breaches, crowd.breaches = [*crowd.breaches, *found], []
    return Happened(number, kind, round(at_s - began_s, 3), round(took_s, 3), takeover_ms, breaches)


async def _audited(crowd: Crowd) -> list[str]:
    """Audit the books against all that people asked for and were told."""
    async with crowd.quiet() as record:
        text = await crowd.casino.audit(record)
    return [f"the audit found: {text}"] if text else []


async def _rounds(casino: Casino) -> tuple[int, int]:
    (row,) = await casino.fetch(
        "SELECT count(*) AS ended, count(void_cause) AS void FROM round WHERE table_id IS NOT NULL"
    )
    return row["ended"], row["void"]


def write(run: Run, path: Path) -> None:
    """Write everything down."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=1) + b"\n")
