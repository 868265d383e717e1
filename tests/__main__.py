"""Run every test in three lanes side by side: `python -m tests`.

One lane has the tests that are in no hurry: they compute, or ask a database or a command something.
It runs at low priority, so that the others, where servers, clients and browsers have deadlines to
meet, get the cores whenever they want them. Those wait most of their time, for a page, a clock or a
process; so the browsers have a lane of their own, with the live tables. With arguments all tests go
to one run of pytest instead.
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
PATIENT: Final = (
    "tests/bench",
    "tests/chaos/live",
    "tests/chaos/test_live.py",
    "tests/client/load",
    "tests/games",
    "tests/protocol",
    "tests/server/cli",
    "tests/server/config",
    "tests/server/fairness",
    "tests/server/http",
    "tests/server/identity",
    "tests/server/web",
    "tests/simulation",
    "tests/test_tidy.py",
)
"""What is in no hurry: paths from the root."""
BROWSERS: Final = (
    "tests/browser",
    "tests/server/cluster",
    "tests/server/console",
    "tests/server/ledger",
    "tests/server/tables/live",
)
"""What waits for pages and for the clocks of live tables, and as much of the rest as makes the
lanes equally long."""
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
    with tempfile.TemporaryFile() as patient, tempfile.TemporaryFile() as browsers:
        lanes.append(start([*PATIENT], compiled, niceness=NICENESS, output=patient))
        lanes.append(start([*BROWSERS], compiled, output=browsers))
        lanes.append(start([f"--ignore={path}" for path in (*PATIENT, *BROWSERS)], compiled))
        statuses = [lane.wait() for lane in reversed(lanes)]
        for title, output in (("with browsers", browsers), ("that are in no hurry", patient)):
            output.seek(0)
            sys.stdout.flush()
            sys.stdout.buffer.write(f"\n== tests {title}\n".encode() + output.read())
            sys.stdout.flush()
    return next((status for status in statuses if status), 0)


if __name__ == "__main__":
    given = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="croupier-compiled-") as directory:
        sys.exit(start(given, directory).wait() if given else all_lanes(directory))
