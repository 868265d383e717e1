"""`python -m tests.chaos.live`: faults on a casino of several nodes, listed in var/chaos.json."""

from __future__ import annotations

import argparse
import asyncio
import math
import secrets
import sys
import tempfile
from pathlib import Path

from tests.chaos.live.run import Happened, play, write


def main() -> int:
    """Run, show each fault as it happens, and end with 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.live", description=__doc__)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin no fault later")
    parser.add_argument("--json", type=Path, default=Path("var/chaos.json"))
    parser.add_argument("--kind", action="append", help="only these kinds, in this order")
    parser.add_argument("--keep", type=Path, help="where data and logs stay afterwards")
    given = parser.parse_args()
    say(f"seed {given.seed}")
    with tempfile.TemporaryDirectory(prefix="croupier-chaos-") as directory:
        home = given.keep or Path(directory)
        home.mkdir(parents=True, exist_ok=True)
        run = asyncio.run(
            play(
                home,
                given.seed,
                given.faults,
                nodes=given.nodes,
                people=given.people,
                kinds=given.kind,
                seconds=given.seconds,
                tell=tell,
            )
        )
    write(run, given.json)
    say(
        f"{len(run.faults)} faults in {run.seconds:.0f} s, {run.acknowledged} acknowledged,"
        f" {run.rounds} rounds ({run.voided} void), {run.audits} audits,"
        f" {run.breaches} breaches; refused: {run.refused}"
    )
    return 1 if run.breaches else 0


def say(line: str) -> None:
    """Show a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def tell(one: Happened) -> None:
    """Show one fault."""
    takeover = "" if one.takeover_ms is None else f"{one.takeover_ms} ms"
    say(f"{one.number:4} {one.kind:28} {one.took_s:6.1f} s {takeover:>8}")
    for breach in one.breaches:
        say(f"     {breach[:1500]}")


if __name__ == "__main__":
    sys.exit(main())
