"""The settlement queue: one batch in flight, the next gathers meanwhile, no timer.

Asked twice, one answer: a batch whose fate is unknown is never given up. Its connection is dropped,
its backend ended, and the same batch sent again; the request table answers what had committed.
"""

from __future__ import annotations

import asyncio
import functools
import re
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from itertools import chain
from typing import Any, Final, Protocol, cast

import asyncpg
import structlog

from server.ledger.items import Item, ItemKind, Verdict, settle_arguments
from server.ledger.live_items import LiveItem, LiveKind, live_arguments

log = structlog.get_logger(__name__)

FENCED: Final = "CR001"
_SPLIT_CLASSES: Final = frozenset({"22", "23"})
_RETRY_CLASSES: Final = frozenset({"08", "0A", "25", "40", "53", "57", "58"})
"""What is wrong with the connection, the statement or the server: no item can be the culprit."""
_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 1.0
_AGAIN: Final = frozenset({int(Verdict.SKIPPED), int(Verdict.STALE_GATE)})
"""Not decided: the item goes into a later batch."""
_ACT: Final = int(ItemKind.ACT)
_OF_PLAYERS: Final = (LiveKind.BET, LiveKind.ACT, LiveKind.CASH_OUT)
_REQUEST_PARTITION: Final = re.compile(r"request(_|$)")
_SMALL: Final = 32
"""A batch of up to so many is taken whole."""
_LONGEST_DEADLINE: Final = 12
"""How often its first deadline the deadline of a call grows to."""


class Fenced(Exception):  # noqa: N818 - a state, not a fault
    """Another process has taken this node's number: nothing more may be settled here."""


class Backend(Protocol):
    """The dedicated connection that settles; see `server.ledger.backend`."""

    async def settle(self, arguments: tuple[Any, ...]) -> Any: ...  # noqa: D102

    async def settle_live(self, arguments: tuple[Any, ...]) -> Any: ...  # noqa: D102

    async def renew(self) -> None:
        """Drop the connection, end its backend, wait until it is gone, and connect anew."""


AnyItem = Item | LiveItem
"""Of a private or of a live table. A call takes one sort: each has its own function."""


class Metrics(Protocol):
    """What the queue counts."""

    def batch(self, items: int, seconds: float) -> None: ...  # noqa: D102
    def retried(self, reason: str) -> None: ...  # noqa: D102


class SettlementQueue:
    """Gathers items and settles them in batches. One a node.

    `refresh_gate` compiles an account's gate afresh; `deadline_s` is how long a call may take until
    its connection is renewed (the same batch gets longer each time); `doubt_s` how long until
    waiting clients are told *unknown*; `lock_retries` how often an item whose account is locked
    elsewhere, or whose gate is stale, goes into a later batch.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        node: int,
        epoch: int,
        next_id: Callable[[], int],
        refresh_gate: Callable[[int], Awaitable[None]],
        in_doubt: Callable[[AnyItem], None],
        most_items: int = 500,
        most_queued: int = 20_000,
        deadline_s: float = 5.0,
        doubt_s: float = 10.0,
        lock_retries: int = 20,
        metrics: Metrics | None = None,
    ) -> None:
        self._backend = backend
        self._node = node
        self._epoch = epoch
        self._next_id = next_id
        self._refresh_gate = refresh_gate
        self._in_doubt = in_doubt
        self._most_items = most_items
        self._most_queued = most_queued
        self._deadline_s = deadline_s
        self._doubt_s = doubt_s
        self._lock_retries = lock_retries
        self._metrics = metrics
        self._queue: deque[AnyItem] = deque()
        self._last_items = 0
        self._decided: list[tuple[AnyItem, int, int, int, int]] = []
        """Committed answers, told once the next call is on its way: then both sides work."""
        self._later: dict[asyncio.Task[None], AnyItem] = {}
        self._parts: list[list[AnyItem]] = []
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False
        self._ended = False
        self._trouble_since: float | None = None
        self.fenced = False

    @property
    def available(self) -> bool:
        """Whether new money can be taken now; while the database is in trouble it cannot."""
        return self._trouble_since is None and not self.fenced and not self._stopping

    def __len__(self) -> int:
        """Return how many items wait."""
        return len(self._queue)

    def submit(self, item: AnyItem) -> bool:
        """Queue an item; False if it cannot be taken now: certainly not executed then."""
        queue = self._queue
        if item.kind <= _ACT and (not self.available or len(queue) >= self._most_queued):
            return False
        if self._ended:
            return False
        queue.append(item)
        if not self._wake.is_set():
            self._idle.clear()
            self._wake.set()
        return True

    async def run(self) -> None:
        """Settle until `stop`. Raises Fenced when another process has taken over."""
        try:
            await self._run()
        except Fenced:
            self.fenced = True
            log.critical("node fenced", node=self._node, epoch=self._epoch)
            self._give_up()
            raise
        finally:
            self._ended = True
            self._tell_decided()
            for task in self._later:
                task.cancel()
            self._idle.set()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            if not self._queue and self._decided:
                self._tell_decided()
                continue
            if not self._queue:
                self._wake.clear()
                if not self._later:
                    self._idle.set()
                    if self._stopping:
                        return
                await self._wake.wait()
                continue
            batch = self._gather()
            started = loop.time()
            # A timer, because a renewal or a second call may itself take longer than doubt_s.
            doubt = loop.call_later(self._doubt_s, self._doubt_batch)
            try:
                await self._settle(batch)
            finally:
                doubt.cancel()
            if self._metrics is not None:
                self._metrics.batch(len(batch), loop.time() - started)

    async def stop(self) -> None:
        """Take no new money and return when everything queued has its answer."""
        self._stopping = True
        if not self._ended and (self._queue or self._later or not self._idle.is_set()):
            self._wake.set()
            await self._idle.wait()
        self._wake.set()

    def _gather(self) -> list[AnyItem]:
        """Take the next batch: at most one item an account, the others keep their order.

        Above `_SMALL` its size is the mean of what waits and of the batch before. Were all that
        waits taken, the players whose answers came together would bet together again, and batches
        of one and of everybody would take turns: while the database worked on everybody, this
        process had nothing to do. So two halves take turns, and both work all the time.
        """
        queue = self._queue
        most = max(_SMALL, (len(queue) + self._last_items + 1) // 2)
        most = min(most, self._most_items)
        batch: list[AnyItem] = []
        accounts: set[int] = set()
        waiting: list[AnyItem] = []
        live = queue[0].live
        while queue and len(batch) < most:
            item = queue.popleft()
            if item.account in accounts or item.live is not live:
                waiting.append(item)
            else:
                accounts.add(item.account)
                batch.append(item)
        if waiting:
            queue.extendleft(reversed(waiting))
        self._last_items = len(batch)
        return batch

    async def _settle(self, batch: list[AnyItem]) -> None:
        """Settle one batch to the end, whatever happens on the way."""
        batch.sort(key=_order)
        parts = self._parts = [batch]
        while parts:
            part = parts[-1]
            try:
                result = await self._call(part)
            except asyncpg.PostgresError as error:
                parts.pop()
                if len(part) > 1:
                    # One item must not take the others with it.
                    self._count("split")
                    middle = len(part) // 2
                    parts += (part[middle:], part[:middle])
                else:
                    self._refuse(part[0], error)
                continue
            parts.pop()
            answers = zip(part, *result, strict=True)
            if _AGAIN.isdisjoint(result[0]):
                self._decided.extend(answers)
                continue
            for answer in answers:
                if answer[1] in _AGAIN:
                    self._again(answer[0], answer[1])
                else:
                    self._decided.append(answer)

    def _refuse(self, item: AnyItem, error: asyncpg.PostgresError) -> None:
        """Answer an item that alone was refused with an error."""
        if _is_known(error) and item.attempts < self._lock_retries:
            self._again(item, Verdict.SKIPPED)  # the next call finds it on record
            return
        broken = (error.sqlstate or "")[:2] in _SPLIT_CLASSES
        log.error("item refused by the database", sqlstate=error.sqlstate, kind=item.kind)
        if item.uncertain and not broken and not _repeatable(item):
            # An earlier call of it may have committed; only an answer of the database can tell.
            self._doubt(item)
            item.attempts += 1
            self._put_off(item, self._ask_later(item))
            return
        self._tell(item, Verdict.BROKEN if broken else Verdict.TEMPORARY)

    def _tell_decided(self) -> None:
        """Give the answers that the database has committed; see `_tell`."""
        decided, self._decided = self._decided, []
        for item, verdict, balance, held, version in decided:
            try:
                item.decided(item, verdict, balance, held, version)  # type: ignore[arg-type]
            except Exception:
                log.exception("verdict not taken", verdict=Verdict(verdict).name, kind=item.kind)

    def _tell(
        self, item: AnyItem, verdict: int, balance: int = 0, held: int = 0, version: int = 0
    ) -> None:
        """Give one answer. A table that fails over it must not keep the others from theirs."""
        try:
            item.decided(item, verdict, balance, held, version)  # type: ignore[arg-type]
        except Exception:
            log.exception("verdict not taken", verdict=Verdict(verdict).name, kind=item.kind)

    def _doubt(self, item: AnyItem) -> None:
        """Say once that an item may or may not have been executed."""
        if item.doubted:
            return
        item.doubted = True
        try:
            self._in_doubt(item)
        except Exception:
            log.exception("doubt not taken", kind=item.kind)

    def _doubt_batch(self) -> None:
        for item in chain.from_iterable(self._parts):
            self._doubt(item)

    def _give_up(self) -> None:
        """Answer what a fenced node has left: only what was being settled is in doubt."""
        for item in chain.from_iterable(self._parts):
            self._doubt(item)
        for item in (*self._queue, *self._later.values()):
            if item.uncertain:
                self._doubt(item)
            else:
                self._tell(item, Verdict.TEMPORARY)
        self._queue.clear()

    async def _call(self, batch: list[AnyItem]) -> Any:
        """Call `settle` until the answer is known; raises only what ended the transaction."""
        loop = asyncio.get_running_loop()
        first = loop.time()
        pause = _FIRST_PAUSE_S
        deadline_s = self._deadline_s
        while True:
            call = asyncio.ensure_future(self._send(batch))
            over = loop.create_future()
            call.add_done_callback(functools.partial(_ended, over))
            timer = loop.call_later(deadline_s, _ended, over, None)
            if self._decided:
                # One turn of the loop starts the call, the next one has put it on the wire.
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                self._tell_decided()
            # Waited for, never cancelled: a cancelled call may have committed all the same.
            try:
                await over
            finally:
                timer.cancel()
            reason = "deadline"
            if call.done():
                error = call.exception()
                if error is None:
                    self._trouble_since = None
                    return call.result()
                if isinstance(error, asyncpg.PostgresError) and error.sqlstate == FENCED:
                    raise Fenced from error
                sqlstate = getattr(error, "sqlstate", None) or "08000"
                if sqlstate[:2] not in _RETRY_CLASSES and isinstance(error, asyncpg.PostgresError):
                    raise error
                reason = sqlstate if isinstance(error, asyncpg.PostgresError) else "connection lost"
            self._count(reason)
            log.warning("settlement interrupted", reason=reason, items=len(batch))
            for item in batch:
                item.uncertain = True
            if self._trouble_since is None:
                self._trouble_since = loop.time()
            await self._renew(call, first, pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)
            # A database that is only slow would else never finish the batch.
            deadline_s = min(deadline_s * 2, self._deadline_s * _LONGEST_DEADLINE)

    def _send(self, batch: list[AnyItem]) -> Awaitable[Any]:
        """Begin the call that settles a batch; all its items are of one sort."""
        head = self._node, self._epoch, self._next_id()
        if batch[0].live:
            return self._backend.settle_live(live_arguments(*head, cast("list[LiveItem]", batch)))
        return self._backend.settle(settle_arguments(*head, cast("list[Item]", batch)))

    async def _renew(self, call: asyncio.Future[Any], first: float, pause: float) -> None:
        """Get a fresh connection with the old backend certainly gone; then the batch goes again."""
        loop = asyncio.get_running_loop()
        while True:
            self._turn_away()
            if loop.time() - first >= self._doubt_s:
                for item in chain(chain.from_iterable(self._parts), self._queue):
                    self._doubt(item)
            await asyncio.sleep(pause)
            try:
                await self._backend.renew()
            except Exception as error:  # noqa: BLE001 - a batch in doubt is never given up
                log.warning("database not reachable", error=type(error).__name__)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
                continue
            if not call.done():
                # Its socket is closed, so it ends by itself; its outcome does not matter any more.
                call.cancel()
                await asyncio.wait((call,))
            return

    def _turn_away(self) -> None:
        """Answer what was never handed to the database: certainly not executed."""
        kept: list[AnyItem] = []
        for item in self._queue:
            if item.kind <= ItemKind.ACT and not item.attempts:
                self._tell(item, Verdict.TEMPORARY)
            else:
                kept.append(item)
        self._queue.clear()
        self._queue.extend(kept)

    def _again(self, item: AnyItem, verdict: int) -> None:
        """Put an item that was not decided into a later batch, a bounded number of times."""
        item.attempts += 1
        item.uncertain = False  # the call would have known it
        if item.attempts > self._lock_retries and item.kind <= ItemKind.ACT:
            self._tell(item, verdict)
            return
        self._put_off(item, self._prepare_again(item, verdict))

    def _put_off(self, item: AnyItem, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._later[task] = item
        task.add_done_callback(self._prepared)

    async def _ask_later(self, item: AnyItem) -> None:
        await asyncio.sleep(_LONGEST_PAUSE_S)
        self._queue.append(item)

    async def _prepare_again(self, item: AnyItem, verdict: int) -> None:
        if verdict == Verdict.STALE_GATE:
            # Compiling a gate twice does no harm, so this may be timed out, unlike a settlement.
            try:
                async with asyncio.timeout(self._deadline_s):
                    await self._refresh_gate(item.account)
            except Exception as error:  # noqa: BLE001 - whatever it is, the item is not lost
                log.warning("gate not refreshed", error=type(error).__name__)
                await asyncio.sleep(_FIRST_PAUSE_S)
        else:
            # Grows from 1 to 20 ms: long enough for a lock of another program to go.
            await asyncio.sleep(0.001 * min(item.attempts, 20))
        self._queue.append(item)

    def _prepared(self, task: asyncio.Task[None]) -> None:
        self._later.pop(task, None)
        self._wake.set()

    def _count(self, reason: str) -> None:
        if self._metrics is not None:
            self._metrics.retried(reason)


def _is_known(error: asyncpg.PostgresError) -> bool:
    """Whether a request was put on record, as refused, in the same moment by somebody else."""
    return (
        isinstance(error, asyncpg.UniqueViolationError)
        and _REQUEST_PARTITION.match(error.table_name or "") is not None
    )


def _repeatable(item: AnyItem) -> bool:
    """Whether nobody waits for an answer, and the item can be made anew: what a live table does."""
    return item.live and item.kind not in _OF_PLAYERS


def _ended(over: asyncio.Future[None], call: asyncio.Future[Any] | None) -> None:
    """Wake whoever waits for a call: it has ended, or its deadline has come."""
    if call is not None and not call.cancelled():
        call.exception()  # after a renewal nobody else looks at it, and the loop would complain
    if not over.done():
        over.set_result(None)


def _order(item: AnyItem) -> int:
    return item.account
