"""What the audit found: for each check how much it looked at, and every breach by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["MOST_NAMED", "Findings", "HouseResult", "Report"]

MOST_NAMED: Final = 100
"""Breaches of one check that are named; the others are counted."""


class Findings:
    """What one check found. `name` is how reports call it."""

    __slots__ = ("breach_count", "breaches", "looked_at", "name", "notes", "says")

    def __init__(self, name: str, says: str) -> None:
        self.name = name
        self.says = says
        """What holds where there is no breach, as one sentence."""
        self.looked_at = 0
        """How many things were looked at: wagers, transfers, accounts, whatever the check is on."""
        self.breaches: list[str] = []
        self.breach_count = 0
        self.notes: list[str] = []
        """What a reader should know and what is no breach."""

    def breach(self, text: str) -> None:
        """Name a breach; above `MOST_NAMED` it is only counted."""
        self.breach_count += 1
        if self.room:
            self.breaches.append(text)

    def note(self, text: str) -> None:
        """Tell something that is no breach."""
        if len(self.notes) < MOST_NAMED:
            self.notes.append(text)

    def uncounted(self, count: int) -> None:
        """Count breaches that nobody looked up a name for, because there is no room."""
        self.breach_count += count

    @property
    def room(self) -> int:
        """How many breaches can still be named."""
        return MOST_NAMED - len(self.breaches)

    @property
    def ok(self) -> bool:
        """Whether no breach was found."""
        return not self.breach_count

    def document(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        return {
            "name": self.name,
            "ok": self.ok,
            "looked_at": self.looked_at,
            "breaches": self.breaches,
            "breach_count": self.breach_count,
            "notes": self.notes,
        }


@dataclass(frozen=True, slots=True)
class HouseResult:
    """Stakes, payouts and result of one currency, from the wagers; minor units."""

    currency: str
    test: bool
    wagers: int
    stake: int
    payout: int

    @property
    def result(self) -> int:
        """What the house won: stakes less payouts."""
        return self.stake - self.payout


@dataclass(slots=True)
class Report:
    """Every check of one audit, in order."""

    checks: list[Findings] = field(default_factory=list)
    house: list[HouseResult] = field(default_factory=list)

    def check(self, name: str, says: str) -> Findings:
        """Return the findings of a check, made at the first call."""
        for known in self.checks:
            if known.name == name:
                return known
        made = Findings(name, says)
        self.checks.append(made)
        return made

    @property
    def ok(self) -> bool:
        """Whether no check found a breach."""
        return all(check.ok for check in self.checks)

    @property
    def breach_count(self) -> int:
        """How many breaches all checks found."""
        return sum(check.breach_count for check in self.checks)

    def document(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        looked_at = {check.name: check.looked_at for check in self.checks}
        house = [
            {
                "currency": each.currency,
                "test": each.test,
                "wagers": each.wagers,
                "stake": each.stake,
                "payout": each.payout,
                "result": each.result,
            }
            for each in self.house
        ]
        return {
            "ok": self.ok,
            "checks": [check.document() for check in self.checks],
            "totals": {**looked_at, "breaches": self.breach_count, "house": house},
        }
