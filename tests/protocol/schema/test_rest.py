"""What the HTTP interface says, as structs."""

from __future__ import annotations

import msgspec

from protocol.schema.rest import ALIVE, READY, Problem, ProblemDetail


def test_forms() -> None:
    """The structs have the forms that have been served from the first version on."""
    assert msgspec.to_builtins(ALIVE) == {"status": "ok"}
    assert msgspec.to_builtins(READY) == {
        "status": "ready",
        "program": "0.1.0 (schema 12)",
        "live_rounds_parked": 0,
    }
    problem = Problem(error=ProblemDetail(code="x", message="y"))
    assert msgspec.to_builtins(problem) == {"error": {"code": "x", "message": "y"}}
