"""What keeps secrets in memory."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import resource, subprocess, sys
from server.fairness.hardening import forbid_core_dumps
forbid_core_dumps()
forbid_core_dumps()
print(resource.getrlimit(resource.RLIMIT_CORE))
print(subprocess.check_output([sys.executable, "-c",
    "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"], text=True).strip())
"""


def test_no_core_dumps_for_good() -> None:
    """Soft and hard limit are 0, here and in children, and saying it twice does no harm (A17)."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )

    assert done.stdout.split("\n")[:2] == ["(0, 0)", "(0, 0)"]
