"""The house's result: stakes less payouts, by wagers, by transfers and by the totals of batches."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from server.audit.findings import Findings, HouseResult
from server.audit.reader import Reader
from server.audit.scene import Scene
from server.audit.transfers import TransferTotals
from server.audit.wagers import WagerKey, WagerSums, WagerTotals

__all__ = ["check_house"]

_SUMS: Final = (
    "sum(wagers)::text, sum(stake)::text, sum(payout)::text, sum(stake_squares)::text,"
    " sum(payout_squares)::text"
)
_STAKE: Final = 1
_PAYOUT: Final = 2

FoldKey = tuple[int, int, bool, object]
"""Game version, currency, test flag and gaming day."""


async def check_house(
    reader: Reader,
    scene: Scene,
    wagers: WagerTotals,
    transfers: TransferTotals,
    house: Findings,
) -> list[HouseResult]:
    """Compare the three, for each currency, test flag and gaming day, and what was folded.

    Wagers and batches are compared for each game version; transfers know of none.
    """
    totals, folded = await _batches(reader, scene, house)
    _compare_folded(scene, folded, house)
    _compare_transfers(scene, wagers, transfers, house)
    results: dict[int, WagerSums] = defaultdict(WagerSums)
    for key in sorted({*wagers.sums, *totals}, key=str):
        money, day, version = key
        mine, batch = wagers.sums.get(key, WagerSums()), totals.get(key, WagerSums())
        if batch != mine:
            house.breach(
                f"{_money(scene, money)} on {day}, {_game(scene, version)}: {_told(mine)} by the"
                f" wagers, {_told(batch)} by the totals of batches"
            )
        results[money].add(*mine)
    return [
        HouseResult(
            scene.currencies.get(money >> 1, str(money >> 1)),
            bool(money & 1),
            sums.wagers,
            sums.stake,
            sums.payout,
        )
        for money, sums in sorted(results.items())
        if sums.wagers
    ]


def _compare_transfers(
    scene: Scene, wagers: WagerTotals, transfers: TransferTotals, house: Findings
) -> None:
    days: dict[tuple[int, object], WagerSums] = defaultdict(WagerSums)
    for (money, day, _version), sums in wagers.sums.items():
        days[money, day].add(*sums)
    by_transfers = {
        (money, day) for money, day, kind in transfers.sums if kind in (_STAKE, _PAYOUT)
    }
    for money, day in sorted({*days, *by_transfers}, key=str):
        mine = days.get((money, day), WagerSums())
        moved = tuple(transfers.sums.get((money, day, kind), 0) for kind in (_STAKE, _PAYOUT))
        if moved != (mine.stake, mine.payout):
            house.breach(
                f"{_money(scene, money)} on {day}: wagers say stakes {mine.stake} and payouts"
                f" {mine.payout}, transfers {moved[0]} and {moved[1]}"
            )


async def _batches(
    reader: Reader, scene: Scene, house: Findings
) -> tuple[dict[WagerKey, WagerSums], dict[FoldKey, WagerSums]]:
    """Return the totals of all batches, and of those that were folded into the house's result."""
    totals: dict[WagerKey, WagerSums] = defaultdict(WagerSums)
    folded: dict[FoldKey, WagerSums] = defaultdict(WagerSums)
    xid, last = scene.folded_up_to
    async for span in reader.spans("batch", "id"):
        rows = await reader.fetch(
            f"""
            SELECT t.game_version, t.currency, t.test, t.gaming_day,
                (b.xid, b.id) <= ('{int(xid)}'::xid8, {int(last)}) AS folded,
                count(DISTINCT b.id) AS batches, {_SUMS}
            FROM batch b JOIN batch_total t ON t.batch = b.id
            WHERE {span.holds("b")} AND {scene.moment.saw("b", "at")} GROUP BY 1, 2, 3, 4, 5
            """,  # noqa: S608 - made of constants
            *span.arguments,
        )
        for version, currency, test, day, was_folded, batches, *sums in rows:
            house.looked_at += batches
            totals[currency << 1 | int(test), day, version].add(*sums)
            if was_folded:
                folded[version, currency, test, day].add(*sums)
        reader.progress(house.name, house.looked_at)
    return totals, folded


def _compare_folded(scene: Scene, folded: dict[FoldKey, WagerSums], house: Findings) -> None:
    stored: dict[FoldKey, WagerSums] = defaultdict(WagerSums)
    for row in scene.folded:
        key = (row["game_version"], row["currency"], row["test"], row["gaming_day"])
        stored[key].add(*(row[part] for part in WagerSums.__slots__))
    for key in sorted({*folded, *stored}, key=str):
        mine, theirs = folded.get(key, WagerSums()), stored.get(key, WagerSums())
        if mine != theirs:
            version, currency, test, day = key
            house.breach(
                f"{_money(scene, currency << 1 | int(test))} on {day}, {_game(scene, version)}:"
                f" {_told(mine)} by the totals of batches, {_told(theirs)} as folded"
            )


def _told(sums: WagerSums) -> str:
    return f"{sums.wagers} wagers with stakes {sums.stake} and payouts {sums.payout}"


def _game(scene: Scene, version: int | None) -> str:
    game = None if version is None else scene.versions.get(version)
    return f"game version {version}" if game is None else f"{game.game} version {game.version}"


def _money(scene: Scene, money: Any) -> str:
    code = scene.currencies.get(money >> 1, f"currency {money >> 1}")
    return f"{code} (play money)" if money & 1 else code
