"""Run every test in four lanes side by side: `python -m tests`.

Two lanes have the tests that are in no hurry: they compute, or ask a database or a command for
something. They run at low priority, so that the others, where servers, clients and browsers have
deadlines to meet, get the cores whenever they want them. Those wait most of their time, for a page,
a clock or a process; so the browsers have a lane of their own, with the live tables. With arguments
all tests go to one run of pytest instead.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import IO, Final

ROOT: Final = Path(__file__).parents[1]
RULES: Final = (
    "tests/bench",
    "tests/client/load",
    "tests/games",
    "tests/protocol",
    "tests/server/config",
    "tests/server/fairness",
    "tests/server/identity",
    "tests/server/web",
    "tests/simulation",
    "tests/test_tidy.py",
)
"""What computes, and is in no hurry: paths from the root."""
RECORDS: Final = (
    "tests/chaos/live",
    "tests/chaos/test_live.py",
    "tests/server/audit",
    "tests/server/cli",
    "tests/server/console",
    "tests/server/http",
    "tests/server/ledger",
)
"""What asks a database, a page or a command, and is in no hurry."""
BROWSERS: Final = (
    "tests/browser",
    "tests/server/cluster",
    "tests/server/tables/live",
)
"""What waits for pages and for the clocks of live tables."""
NICENESS: Final = 5
Lane = subprocess.Popen[bytes]


def surroundings(compiled: str) -> dict[str, str]:
    """Return an environment in which what was compiled is kept, outside the tree.

    Hundreds of processes start; each would else compile all of its modules again.
    """
    kept = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept


def start(
    arguments: list[str],
    compiled: str,
    *,
    niceness: int = 0,
    output: IO[bytes] | None = None,
) -> Lane:
    """Start a run of pytest."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env=surroundings(compiled),
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
    )
    os.setpriority(os.PRIO_PROCESS, process.pid, niceness)
    return process


def all_lanes(compiled: str) -> int:
    """Run the lanes, show the outputs of all but one last, and return the first bad status."""
    lanes: list[Lane] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        for lane in lanes:
            if lane.poll() is None:
                lane.send_signal(signal.SIGINT)

    # Before the lanes start: what is ignored here would be ignored there, and tests of it hang.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    with (
        tempfile.TemporaryFile() as rules,
        tempfile.TemporaryFile() as records,
        tempfile.TemporaryFile() as browsers,
    ):
        lanes.append(start([*RULES], compiled, niceness=NICENESS, output=rules))
        lanes.append(start([*RECORDS], compiled, niceness=NICENESS, output=records))
        lanes.append(start([*BROWSERS], compiled, output=browsers))
        elsewhere = (*RULES, *RECORDS, *BROWSERS)
        lanes.append(start([f"--ignore={path}" for path in elsewhere], compiled))
        statuses = [lane.wait() for lane in reversed(lanes)]
        outputs = (("browsers", browsers), ("records", records), ("rules", rules))
        for title, output in outputs:
            output.seek(0)
            sys.stdout.flush()
            sys.stdout.buffer.write(f"\n== {title}\n".encode() + output.read())
            sys.stdout.flush()
    return next((status for status in statuses if status), 0)


if __name__ == "__main__":
    given = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="croupier-compiled-") as directory:
        sys.exit(start(given, directory).wait() if given else all_lanes(directory))
