"""An audit's report for a person."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.table import Table

from server.audit.findings import Report

__all__ = ["show"]

_MOST_SHOWN: Final = 25
"""Of one check's breaches; JSON names more of them."""


def show(report: Report, console: Console) -> None:
    """Print a table of checks, what was found, and the verdict."""
    table = Table(box=None, pad_edge=False)
    for title, side in (("check", "left"), ("looked at", "right"), ("breaches", "right")):
        table.add_column(title, justify="right" if side == "right" else "left")
    table.add_column("what holds")
    for check in report.checks:
        table.add_row(
            check.name,
            f"{check.looked_at:,}",
            f"{check.breach_count:,}" if check.breach_count else "-",
            check.says if check.ok else "",
            style=None if check.ok else "bold red",
        )
    console.print(table)
    for house in report.house:
        console.print(
            f"{house.currency}{' play money' if house.test else ''}: {house.wagers:,} wagers,"
            f" stakes {house.stake:,}, payouts {house.payout:,}, house result {house.result:,}"
            " minor units",
            highlight=False,
            soft_wrap=True,
        )
    for check in report.checks:
        for text in check.breaches[:_MOST_SHOWN]:
            console.print(
                f"{check.name}: {text}", style="red", highlight=False, markup=False, soft_wrap=True
            )
        if check.breach_count > _MOST_SHOWN:
            console.print(f"{check.name}: {check.breach_count - _MOST_SHOWN:,} more", style="red")
        for text in check.notes:
            console.print(f"{check.name}: {text}", highlight=False, markup=False, soft_wrap=True)
    if report.ok:
        console.print("The audit passed: everything agrees.")
