"""Run every test in three lanes side by side: `python -m tests`.

One lane has the tests that are in no hurry: they compute, or ask a database or a command something.
It runs at low priority, so that the others, where servers, clients and browsers have deadlines to
meet, get the cores whenever they want them. Those wait most of their time, for a page, a clock or a
process; so the browsers have a lane of their own, with the live tables.

A few tests that fail beside the others run once more when the machine has nothing else to do.
Those that fail again fail. Those that pass are *unsteady*: they are named at the very end, below
what they said when they failed, for each is a fault of a test, or one of the server that only a
busy machine shows. Where many fail nothing runs again.

With arguments all tests go to one run of pytest instead, and nothing runs twice.

What tests write goes to memory, where the machine has plenty: hundreds of servers make databases of
some 60 MB, and a thousand tests copy one, which costs more on a disk than all that is tested.
"""

from __future__ import annotations

import json
import os
import shutil
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
    "tests/client/load",
    "tests/games",
    "tests/protocol",
    "tests/server/cli",
    "tests/server/config",
    "tests/server/fairness",
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
MEMORY: Final = Path("/dev/shm")
"""A file system in memory, where Linux has one."""
PLENTY_BYTES: Final = 8_000_000_000
"""What must be free there; the tests have been seen to take a third of it."""
FEW: Final = 8
"""How many tests at most are tried once more."""
FAILED: Final = 1
"""The status of a run of pytest some of whose tests failed; all others above 0 are worse."""
Lane = subprocess.Popen[bytes]


def place() -> str | None:
    """Return where temporary files go; None for the usual place."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK | os.X_OK):
        return None
    return str(MEMORY) if shutil.disk_usage(MEMORY).free >= PLENTY_BYTES else None


def surroundings(home: str) -> dict[str, str]:
    """Return an environment in which temporary files go to *home*, and what was compiled too.

    Hundreds of processes start; each would else compile all of its modules again.
    """
    kept = {**os.environ, "PYTHONPYCACHEPREFIX": f"{home}/compiled", "TMPDIR": home}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept


def start(
    arguments: list[str],
    home: str,
    *,
    niceness: int = 0,
    output: IO[bytes] | None = None,
) -> Lane:
    """Start a run of pytest."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env=surroundings(home),
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
    )
    os.setpriority(os.PRIO_PROCESS, process.pid, niceness)
    return process


def remembering(name: str, home: str) -> list[str]:
    """Return the options of a run that keeps a list of what failed, under a name."""
    return ["-o", f"cache_dir={home}/{name}"]


def failed(name: str, home: str) -> list[str]:
    """Return the tests of a run that failed."""
    path = Path(home) / name / "v/cache/lastfailed"
    return sorted(json.loads(path.read_bytes())) if path.exists() else []


def say(text: str) -> None:
    """Write below what the runs themselves wrote."""
    sys.stdout.write(f"\n== {text}\n")
    sys.stdout.flush()


def once_more(tests: list[str], home: str, lanes: dict[str, Lane]) -> int:
    """Run a few tests alone, as one more lane, say what that means, and return the status."""
    say(f"tests that failed beside the others, alone: {len(tests)}")
    options = [*tests, "-p", "no:randomly", *remembering("alone", home)]
    lanes["alone"] = start(options, home)
    status = lanes["alone"].wait()
    again = failed("alone", home)
    unsteady = [test for test in tests if test not in again]
    say("\n".join(["unsteady, failed beside the others and passed alone:", *unsteady]))
    return status


def all_lanes(home: str) -> int:
    """Run the lanes, show the outputs of all but one last, and return the first bad status."""
    lanes: dict[str, Lane] = {}

    def interrupt(number: int, frame: FrameType | None) -> None:
        for lane in lanes.values():
            if lane.poll() is None:
                lane.send_signal(signal.SIGINT)

    # Before the lanes start: what is ignored here would be ignored there, and tests of it hang.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    rest = [f"--ignore={path}" for path in (*PATIENT, *BROWSERS)]
    with tempfile.TemporaryFile() as patient, tempfile.TemporaryFile() as browsers:
        for name, paths, niceness, output in (
            ("patient", [*PATIENT], NICENESS, patient),
            ("browsers", [*BROWSERS], 0, browsers),
            ("rest", rest, 0, None),
        ):
            options = [*paths, *remembering(name, home)]
            lanes[name] = start(options, home, niceness=niceness, output=output)
        statuses = [lane.wait() for lane in reversed(lanes.values())]
        for title, output in (("with browsers", browsers), ("that are in no hurry", patient)):
            output.seek(0)
            say(f"tests {title}\n{output.read().decode(errors='replace')}")
    tests = [test for name in lanes for test in failed(name, home)]
    if set(statuses) <= {0, FAILED} and 0 < len(tests) <= FEW:
        return once_more(tests, home, lanes)
    return next((status for status in statuses if status), 0)


if __name__ == "__main__":
    given = sys.argv[1:]
    # Short, for sockets are below it: the path of one has a hundred characters at most.
    with tempfile.TemporaryDirectory(prefix="cr-", dir=place()) as directory:
        # Where root runs this, the databases below run as somebody else.
        Path(directory).chmod(0o711)
        sys.exit(start(given, directory).wait() if given else all_lanes(directory))
