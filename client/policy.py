"""How patient the client is. Every figure has a default that suits a player's program."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Policy"]


@dataclass(frozen=True, slots=True)
class Policy:
    """Times and bounds; all times in seconds."""

    reconnect_initial_s: float = 0.5
    """Longest wait before the first attempt to connect again; it doubles with each one."""
    reconnect_cap_s: float = 20.0
    """Longest wait between two attempts."""
    healthy_after_s: float = 10.0
    """A connection that lasted this long starts the waits from the beginning again."""
    connect_for_s: float = 30.0
    """How long `connect` tries. A session once had is never given up for time."""
    sign_in_timeout_s: float = 15.0
    """For one attempt: connection, handshake and welcome."""
    silence_timeout_s: float = 10.0
    """How long an answer to a ping may take before the connection counts as dead."""
    retry_initial_s: float = 0.05
    """Longest wait before a request that was not executed is sent again; it doubles."""
    retry_cap_s: float = 2.0
    retry_for_s: float = 60.0
    """How long a temporary or unknown answer is asked again before it is raised."""
    maximum_unanswered: int = 1000
    """Requests without an answer, those not yet sent included."""
    bye_timeout_s: float = 3.0
    """How long `close` waits for the answer to `bye`."""
