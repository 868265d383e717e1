"""How long tests wait for what should come."""

from typing import Final

PATIENCE_S: Final = 45.0
"""How long anything may take before a test fails.

Nothing takes a twentieth of it; but the machine may have other tests to run, and a test that gives
up early fails for no fault of what it tests.
"""
