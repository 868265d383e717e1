"""The live tables that a server opens when its settings name none, to try them on."""

from __future__ import annotations

from server.config import LiveTableSettings

__all__ = ["sample_tables"]


def sample_tables() -> tuple[LiveTableSettings, ...]:
    """Return a table of each style."""
    return (
        LiveTableSettings(title="Roulette", game="roulette", seats=50, maximum="500.00"),
        LiveTableSettings(title="Baccarat", game="baccarat", seats=14, minimum="1.00"),
        LiveTableSettings(title="Blackjack", game="blackjack-side-bets", seats=7, minimum="1.00"),
        LiveTableSettings(
            title="Crash", game="crash", seats=200, betting_ms=8_000, result_ms=4_000
        ),
        LiveTableSettings(title="Craps", game="craps", seats=20, minimum="0.30", betting_ms=12_000),
    )
