"""Tests of what the audit says about what it found."""

from __future__ import annotations

from server.audit.findings import MOST_NAMED, Report


def test_room() -> None:
    """Breaches are named up to a number and counted beyond it."""
    report = Report()
    check = report.check("wagers", "Wagers are in order.")
    for number in range(MOST_NAMED + 5):
        check.breach(f"wager {number}")
    check.uncounted(3)
    document = report.document()
    assert document["checks"][0]["breach_count"] == document["totals"]["breaches"] == 108
    assert len(document["checks"][0]["breaches"]) == MOST_NAMED
    assert not report.ok
    assert report.check("wagers", "") is check
