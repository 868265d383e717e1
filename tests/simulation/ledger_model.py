"""A model of the ledger in plain Python: what each item should be told, and what is then so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from server.ledger.items import Item, ItemKind, Verdict

RECORDED = {*range(7), Verdict.STALE, Verdict.ROUND_OPEN, Verdict.CLOSED}


class Play(NamedTuple):
    """What was staked and paid in one item, and in which hour."""

    hour: int
    staked: int
    paid: int
    round: tuple[int, int]


@dataclass
class Opened:
    """A round that waits for a decision."""

    n: int
    account: int
    held: int
    step: int = 0


@dataclass
class Account:
    """What the ledger should hold of one player."""

    balance: int
    version: int = 1
    held: int = 0
    epoch: int = 1
    excluded: int = 0
    """The hour at which the exclusion ends."""
    wager_limits: dict[int, int | None] = field(default_factory=dict)
    loss_limits: dict[int, int | None] = field(default_factory=dict)
    stake_cap: int | None = None
    plays: list[Play] = field(default_factory=list)
    worst: dict[int, int] = field(default_factory=dict)
    """The greatest loss of each hour from any instant of it to its end."""

    def staked(self, hour: int, hours: int) -> int:
        """Return the stakes of a window that counts the oldest hour whole."""
        return sum(play.staked for play in self.plays if play.hour >= hour - hours)

    def lost(self, hour: int, hours: int) -> int:
        """Return the greatest loss that a window may have begun to see within its oldest hour."""
        inside = sum(p.staked - p.paid for p in self.plays if p.hour > hour - hours)
        return inside + self.worst.get(hour - hours, 0)

    def play(self, play: Play) -> None:
        """Count a play."""
        self.plays.append(play)
        worst = self.worst.get(play.hour, 0) + play.staked - play.paid
        self.worst[play.hour] = max(worst, 0)

    def uncount(self, voided: tuple[int, int]) -> None:
        """Take a void round out of the hours that counted it.

        What the worst loss would have been without it is not known any more; it is bounded, to the
        strict side, by the stakes that are left in the hour.
        """
        touched = {play.hour for play in self.plays if play.round == voided}
        self.plays = [play for play in self.plays if play.round != voided]
        for hour in touched:
            left = sum(play.staked for play in self.plays if play.hour == hour)
            self.worst[hour] = min(self.worst[hour], left)


class Model:
    """All accounts, open rounds and decided requests."""

    def __init__(self) -> None:
        self.accounts: dict[int, Account] = {}
        self.opened: dict[int, Opened] = {}
        self.requests: dict[tuple[int, int], bytes] = {}
        self.rounds: set[tuple[int, int]] = set()
        self.result = 0
        """Payouts less stakes of ended rounds, over all players."""

    def verdict(self, item: Item, hour: int) -> int:
        """Return what `settle` should say to *item* now."""
        fields = item.row
        kind, session, request, digest, account_id, epoch, chain, n, step = fields[:9]
        stake, payout = fields[12], fields[13]
        account, opened = self.accounts[account_id], self.opened.get(chain)
        known = self.requests.get((session, request)) if kind <= ItemKind.ACT else None
        if known is not None:
            return Verdict.KNOWN if known == digest else Verdict.ID_REUSED
        if kind <= ItemKind.ACT and epoch != account.epoch:
            return Verdict.REPLACED
        if kind <= ItemKind.DEAL and opened is not None:
            return Verdict.ROUND_OPEN
        if kind > ItemKind.DEAL and (
            opened is None or (opened.n, opened.step, opened.account) != (n, step, account_id)
        ):
            return Verdict.STALE
        if kind <= ItemKind.ACT and stake != 0:
            refusal = self._gate(account, stake, opened.held if opened else 0, hour)
            if refusal:
                return refusal
        broken = stake < 0 or (kind <= ItemKind.DEAL and stake == 0)
        broken |= payout < 0 and kind != ItemKind.VOID and bool(fields[14])
        broken |= kind > ItemKind.ACT and stake != 0
        broken |= kind <= ItemKind.DEAL and (chain, n) in self.rounds
        return Verdict.BROKEN if broken else Verdict.ACCEPTED

    def _gate(self, account: Account, stake: int, held: int, hour: int) -> int:
        if account.excluded > hour:
            return Verdict.EXCLUDED
        if account.stake_cap is not None and held + stake > account.stake_cap:
            return Verdict.STAKE_CAP
        for hours, limit in account.wager_limits.items():
            if limit is not None and account.staked(hour, hours) + stake > limit:
                return Verdict.WAGER_LIMIT
        for hours, limit in account.loss_limits.items():
            if limit is not None and account.lost(hour, hours) + stake > limit:
                return Verdict.LOSS_LIMIT
        return Verdict.INSUFFICIENT_FUNDS if stake > account.balance else 0

    def apply(self, item: Item, verdict: int, hour: int) -> None:
        """Take what *item* changes under its verdict."""
        fields = item.row
        kind, session, request, digest, account_id = fields[:5]
        if kind <= ItemKind.ACT and verdict in RECORDED:
            self.requests[session, request] = digest
        if verdict == Verdict.ACCEPTED:
            self._accept(item, self.accounts[account_id], hour)

    def _accept(self, item: Item, account: Account, hour: int) -> None:
        kind, account_id = item.row[0], item.row[4]
        chain, n, stake, payout, finish = (item.row[index] for index in (6, 7, 12, 13, 14))
        account.version += 1
        opened = self.opened.get(chain)
        if kind == ItemKind.DEAL:
            opened = self.opened[chain] = Opened(n, account_id, 0)
        elif kind > ItemKind.DEAL:
            assert opened is not None
            opened.step += 1
        if kind == ItemKind.VOID:
            assert opened is not None
            account.balance += opened.held
            account.held -= opened.held
            account.uncount((chain, n))
        else:
            account.play(Play(hour, stake, payout if finish else 0, (chain, n)))
            account.balance -= stake
            if opened is not None:
                opened.held += stake
                account.held += stake
        if finish:
            self.rounds.add((chain, n))
            if kind != ItemKind.VOID:
                account.balance += payout
                self.result += payout - (opened.held if opened else stake)
                if opened is not None:
                    account.held -= opened.held
            self.opened.pop(chain, None)
