"""The composition root: builds every part from the settings, starts and stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Coroutine
from typing import Any, Final

import asyncpg
import structlog
from aiohttp import web

from games.catalogue import Catalogue
from protocol.messages.session import ConnectionLimits
from protocol.schema.console_tables import PrivatePlay
from server.catalogue.pinning import RulesChanged, pin_all
from server.catalogue.reloading import Reloaded, reload
from server.catalogue.starting import load_aside
from server.cluster import metrics as cluster_metrics
from server.cluster.cluster import Cluster
from server.config import Settings
from server.console.board import LiveBoard
from server.console.live_replays import LiveReplays
from server.console.opening import open_console
from server.console.private import private_play
from server.control import Control
from server.database.connect import connect
from server.database.embedded import EmbeddedPostgres
from server.database.errors import DATABASE_ERRORS
from server.database.migrations import check, migrate
from server.database.roles import refuse_privileged
from server.fairness.hardening import forbid_core_dumps
from server.fairness.health import EntropyGate
from server.fairness.opening import WrongKey, open_vault
from server.fairness.vault import Vault
from server.gateway.hub import Hub
from server.gateway.listener import Listener
from server.gateway.settings import GatewaySettings
from server.gateway.sign_in import SignIn
from server.http.application import build_application
from server.http.back_office import rooms_of
from server.http.console import Console
from server.http.demo import SignUps
from server.http.docs import Docs
from server.http.listener import HttpListener, client_of, gateway_url
from server.http.pages import Pages
from server.http.policy import Policy
from server.identity.sealing import seal_of
from server.identity.sign_ins import SignIns
from server.ledger.backend import SettlementBackend, application_name
from server.ledger.ids import IdGenerator
from server.ledger.items import Item
from server.ledger.lease import NodeLease
from server.ledger.live_items import LiveItem, LiveKind
from server.ledger.partitions import PartitionKeeper
from server.ledger.queue import AnyItem, Fenced, SettlementQueue
from server.lobby import Lobby
from server.metrics import NodeCollector, SettlementMetrics, registry_of
from server.published import publish_catalogue
from server.tables.directory import Directory
from server.tables.live.play import LivePlay, TableRefused
from server.tables.records import Records

log = structlog.get_logger(__name__)

_FOLD_S: Final = 5.0
_HOUR_S: Final = 3600.0
_POOL_CONNECTIONS: Final = 8


async def _no_reset(_connection: Any) -> None:
    """Leave a connection as it is: no query here changes a session, and a reset is a round trip."""


class _OneLine(logging.Filter):
    """Cuts the traceback off the pool's word that the database is away: ours say it in a line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, shortened."""
        record.exc_info = None
        return True


logging.getLogger("asyncpg.pool").addFilter(_OneLine())


class StartFailed(Exception):  # noqa: N818 - one clear line for a person
    """The server cannot start; the message says why and what to do."""


class Casino:
    """One node, from its settings. `start`, then `serve` until `stop` is asked for."""

    def __init__(self, settings: Settings, catalogue: Catalogue | None = None) -> None:
        self.settings = settings
        self._catalogue = catalogue
        self._embedded: EmbeddedPostgres | None = None
        self._pool: Any = None
        self._tasks: list[asyncio.Task[None]] = []
        self._ended = asyncio.Event()
        self._fault: str | None = None
        self._stack = contextlib.AsyncExitStack()
        self._ready = False
        self._draining = False
        self._versions: dict[tuple[str, int], int] = {}
        self._reloading = asyncio.Lock()
        self.gateway_address = ("", 0)
        self.http_address = ("", 0)
        self.open_rounds = (0, 0)
        self.board = LiveBoard(private=self._private_play)
        """Where whoever runs shared tables shows them to operators."""

    @property
    def database_kind(self) -> str:
        """`embedded` or `external`."""
        return "external" if self.settings.database.url else "embedded"

    @property
    def cluster(self) -> Cluster:
        """The node's part in the cluster, once it is built."""
        assert self._live.cluster is not None, "it is built with the tables"
        return self._live.cluster

    @property
    def catalogue(self) -> Catalogue:
        """The games; given, or loaded at the start."""
        assert self._catalogue is not None, "`start` has loaded them"
        return self._catalogue

    @catalogue.setter
    def catalogue(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    # -- start ----------------------------------------------------------------------------------

    async def load_games(self) -> None:
        """Build the catalogue from the settings, if none was given. Raises StartFailed."""
        if self._catalogue is not None:
            return
        loaded = await load_aside(self.settings.games)
        if loaded.fatal:
            # Recorded rounds may need the file: better no start than rounds that are parked.
            raise StartFailed("; ".join(loaded.fatal))
        self._catalogue = loaded.catalogue

    async def start(self) -> None:
        """Start everything. Raises StartFailed, DatabaseError, NodeInUse and their kin."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        settings = self.settings
        forbid_core_dumps()
        await self.load_games()
        self._entropy = EntropyGate()
        self._entropy.start_up_self_test()
        await self._start_database()
        # The lease ends every backend of an earlier process; only then is any state read.
        shared = bool(settings.redis.url)
        self._lease = NodeLease(self._url, settings.site.node, shared=shared)
        await self._lease.acquire()
        self._stack.push_async_callback(self._lease.release)
        await self._start_pool()
        self._vault = await self._open_vault()
        self._start_identity()
        await self._pool.execute(
            "SELECT site_set($1, $2::text::interval)",
            settings.site.zone,
            f"{settings.site.day_cutoff}:00",
        )
        self._partitions = PartitionKeeper(self._pool)
        await self._partitions.ensure()
        await self._pin_versions()
        await self._start_play()
        self.open_rounds = await self._directory.recover()
        await self._live.build(settings.redis, self._url, self._lease, self._backends)
        await self._start_listeners()
        await self._start_live()
        await self._start_control()
        self._ready = True

    async def _start_database(self) -> None:
        settings = self.settings
        if settings.database.url:
            connection = await connect(settings.database.url, settings={"search_path": "croupier"})
            try:
                await check(connection)
                await refuse_privileged(connection)
            finally:
                await connection.close()
            return
        embedded = EmbeddedPostgres(settings.data)
        await embedded.start()
        self._embedded = embedded
        self._stack.push_async_callback(embedded.stop)
        await migrate(embedded.url("owner"), alone=True)
        self._spawn(embedded.watch())

    def _url(self) -> str:
        if self._embedded is not None:
            return self._embedded.url("app")
        return self.settings.database.url

    async def _start_pool(self) -> None:
        self._pool = await asyncpg.create_pool(
            self._url(),
            min_size=1,
            max_size=_POOL_CONNECTIONS,
            command_timeout=30.0,
            timeout=5.0,
            reset=_no_reset,
            server_settings={
                "search_path": "croupier",
                "jit": "off",
                "application_name": application_name(self._lease.node, "pool"),
            },
        )
        self._stack.push_async_callback(self._close_pool)

    async def _open_vault(self) -> Vault:
        settings = self.settings
        try:
            return await open_vault(
                self._pool,
                settings.fairness.key_file,
                settings.data,
                generate=settings.mode == "development",
            )
        except WrongKey as wrong:
            raise StartFailed(str(wrong)) from None

    def _start_identity(self) -> None:
        """Let operators sign in. Second factors are sealed under keys made from the vault's."""
        settings = self.settings
        seal = seal_of(settings.fairness.key_file, settings.data)
        self._sign_ins = SignIns(self._pool, settings.identity, seal)
        self._stack.callback(self._sign_ins.close)

    async def _close_pool(self) -> None:
        with contextlib.suppress(*DATABASE_ERRORS):
            await asyncio.wait_for(self._pool.close(), 3.0)
        self._pool.terminate()

    async def _pin_versions(self) -> None:
        """Pin every game to its digest. A known number with another digest is refused."""
        try:
            self._versions = await pin_all(self._pool, self.catalogue)
        except RulesChanged as changed:
            raise StartFailed(str(changed)) from None

    async def _start_play(self) -> None:
        settings = self.settings
        self._metrics = SettlementMetrics()
        ids = IdGenerator(self._lease.node, self._lease.high_water)
        backend = SettlementBackend(self._url, self._lease.node)
        await backend.open()
        self._backend = backend
        self._stack.push_async_callback(backend.close)
        self._queue = SettlementQueue(
            backend,
            node=self._lease.node,
            epoch=self._lease.epoch,
            next_id=ids.next,
            refresh_gate=self._refresh_gate,
            in_doubt=self._in_doubt,
            most_items=settings.settlement.max_batch,
            most_queued=settings.settlement.max_queue,
            deadline_s=settings.database.deadline_ms / 1000,
            doubt_s=settings.settlement.unknown_after_ms / 1000,
            lock_retries=settings.settlement.lock_retries,
            metrics=self._metrics,
        )
        self._build_tables(ids)
        self._spawn(self._settle())
        self._spawn(self._lease.keep(self._backends, self._on_fenced))
        self._spawn(self._directory.sweep())
        self._spawn(self._hub.sweep())
        self._spawn(self._housekeeping())

    def _build_tables(self, ids: IdGenerator) -> None:
        """Build what stands between the gateway and the queue."""
        settings, gateway = self.settings, self.settings.gateway
        self._records = records = Records(self._pool, self.catalogue, self._vault)
        self._lobby = Lobby(settings.games, lambda: self.catalogue)
        self._directory = Directory(
            self._pool,
            catalogue=self.catalogue,
            versions=self._versions,
            vault=self._vault,
            entropy=self._entropy,
            records=records,
            submit=self._submit,
            next_id=ids.next,
            limits=self._lobby.limits,
            node=self._lease.node,
            node_epoch=self._lease.epoch,
            client_seed=settings.fairness.client_seed,
            chain_rounds=settings.tables.chain_rounds,
            chain_idle_s=settings.tables.chain_idle_ms / 1000,
            idle_unload_s=settings.tables.idle_unload_ms / 1000,
            decision_deadline_ms=settings.tables.decision_deadline_ms,
        )
        self._stack.push_async_callback(self._directory.close)
        self._live = LivePlay(
            self._pool,
            settings.live,
            catalogue=self.catalogue,
            versions=self._versions,
            vault=self._vault,
            entropy=self._entropy,
            submit=self._submit_live,
            next_id=ids.next,
            client_seed=settings.fairness.client_seed,
        )
        self._stack.push_async_callback(self._live.stop)
        sign_in = SignIn(
            self._pool,
            next_id=ids.next,
            limits=ConnectionLimits(
                gateway.max_frame_bytes, gateway.frames_per_second, gateway.max_in_flight
            ),
            ping_interval_ms=gateway.ping_interval_ms // 2,
            client_seed=settings.fairness.client_seed,
        )
        self._hub = Hub(
            self._pool,
            directory=self._directory,
            hall=self._live.hall,
            records=records,
            sign_in=sign_in,
            lobby=self._lobby.listed,
            most_in_flight=gateway.max_in_flight,
            resume_window_s=gateway.resume_window_ms / 1000,
        )
        self._stack.push_async_callback(self._hub.close)
        self._sign_ups = SignUps(
            self._pool,
            settings.demo,
            next_id=ids.next,
            gateway=self._gateway_url,
            remote=lambda request: client_of(request, settings),
        )

    async def _start_listeners(self) -> None:
        settings, gateway = self.settings, self.settings.gateway
        self._listener = Listener(
            GatewaySettings(
                host=gateway.host,
                port=gateway.port,
                tls_certificate=settings.http.tls_certificate,
                tls_key=settings.http.tls_key,
                max_connections=gateway.max_connections,
                max_frame_bytes=gateway.max_frame_bytes,
                frames_per_second=gateway.frames_per_second,
                frame_burst=gateway.frames_burst,
                hello_timeout_ms=gateway.hello_timeout_ms,
                out_queue_bytes=gateway.out_queue_bytes,
                slow_peak_bytes=gateway.slow_peak_bytes,
                slow_after_ms=gateway.slow_after_ms,
                ping_interval_ms=gateway.ping_interval_ms,
                ping_timeout_ms=gateway.ping_timeout_ms,
                compression=gateway.compression,
                trusted_proxies=settings.http.proxy_networks,
                shared=gateway.shared,
            ),
            self._hub,
        )
        self.gateway_address = await self._listener.start()
        self._stack.push_async_callback(self._listener.close, 2_000)
        self._http = HttpListener(self._application(), settings)
        self.http_address = await self._http.start()
        self._stack.push_async_callback(self._http.close)

    async def _start_live(self) -> None:
        try:
            await self._live.start(
                http=f"{self.http_address[0]}:{self.http_address[1]}",
                gateway=f"{self.gateway_address[0]}:{self.gateway_address[1]}",
            )
        except TableRefused as refused:
            raise StartFailed(f"live.tables: {refused}") from None
        cluster = self.cluster
        self._hub.meet_others(cluster.bus, self._lease.node)
        replays = LiveReplays(self._pool, self._records)
        open_console(self._live.hall, cluster, self.board, replays, self._pool, self._url)

    async def _start_control(self) -> None:
        control = Control(self.settings.data, {"reload": self.reload_games})
        await control.start()
        self._stack.push_async_callback(control.close)

    def _application(self) -> web.Application:
        settings = self.settings
        policy = Policy(self._gateway_url, secure=settings.http.tls_certificate is not None)
        console = Console(self._sign_ins, settings, lambda request: client_of(request, settings))
        self._docs = docs = Docs(
            policy,
            lambda: publish_catalogue(self.catalogue),
            self._gateway_url,
            console=settings.mode == "development" and settings.demo.enabled is not False,
        )
        return build_application(
            sign_ups=self._sign_ups,
            registry=registry_of(self._collector()),
            not_ready=self._not_ready,
            parked=self._live.parked,
            policy=policy,
            pages=Pages(policy),
            docs=docs,
            console=console,
            back_office=rooms_of(console, policy, self._pool, self._records, self.board),
        )

    def _private_play(self) -> list[PrivatePlay]:
        activity = self._directory.activity()
        return private_play(activity, self.catalogue, self._lease.node)

    def _gateway_url(self, request: web.Request) -> str:
        return gateway_url(request, self.settings, self.gateway_address[1])

    # -- run and stop -----------------------------------------------------------------------------

    async def serve(self, stop: asyncio.Event) -> None:
        """Return when asked to stop, drained; raises StartFailed when the node was fenced."""
        waits = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(self._ended.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if self._fault is None:
            await self.drain()
        await self.stop()
        if self._fault is not None:
            raise StartFailed(self._fault)

    async def reload_games(self) -> Reloaded:
        """Read the machine folders anew; what is new is for new rounds from now on."""
        async with self._reloading:
            reloaded = await reload(self._pool, self.settings.games, self.catalogue, self._versions)
            if reloaded.taken:
                self._lobby.forget()
                self._docs.forget()
        for taken in reloaded.taken:
            log.info("game taken", game=taken.game, version=taken.version, file=taken.file)
        for refused in reloaded.refused:
            log.warning("machine file refused", reason=refused.message)
        return reloaded

    async def drain(self) -> None:
        """Take nothing new, let what is under way finish, and tell the clients."""
        self._draining = True
        self._directory.draining = True
        deadline_s = self.settings.gateway.drain_deadline_ms / 1000
        log.info("draining", sessions=len(self._hub.sessions), deadline_s=deadline_s)
        self._listener.stop_accepting()
        await asyncio.gather(self._hub.drain(deadline_s), self._live.drain(deadline_s))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._queue.stop(), deadline_s)

    async def stop(self) -> None:
        """Stop everything, in the reverse order of the start."""
        self._ready = False
        for task in reversed(self._tasks):
            task.cancel()
        await self._stack.aclose()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        self._tasks.clear()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._task_ended)
        self._tasks.append(task)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception() is None:
            return
        error = task.exception()
        if not isinstance(error, Fenced):
            log.error("background work failed", exc_info=error)
            self._fault = self._fault or "an internal part stopped; see the log"
        self._ended.set()

    # -- what the parts ask for ---------------------------------------------------------------

    def _submit(self, item: Item) -> bool:
        return self._lease.healthy and self._queue.submit(item)

    def _submit_live(self, item: LiveItem) -> bool:
        """Hand on what a live table wants; only players' requests are turned away for the lease."""
        asked = item.kind in (LiveKind.BET, LiveKind.ACT)
        return (self._lease.healthy or not asked) and self._queue.submit(item)

    async def _settle(self) -> None:
        try:
            await self._queue.run()
        except Fenced:
            self._on_fenced()
            raise

    def _on_fenced(self) -> None:
        self._fault = "another server has taken over this database; this one stops"
        self._ended.set()

    async def _refresh_gate(self, account: int) -> None:
        await self._pool.execute("SELECT gate_refresh($1)", account)

    def _in_doubt(self, item: AnyItem) -> None:
        self._hub.in_doubt(item)

    def _backends(self) -> list[int]:
        return [pid for pid in (self._backend.pid,) if pid is not None]

    def _not_ready(self) -> str | None:
        """Why the node takes no new play, or None."""
        if self._draining or not self._ready:
            return "starting or draining"
        if self.cluster.schema.outgrown:
            return "the schema is for newer programs alone"
        if not self._queue.available:
            return "the database does not answer"
        if not self._lease.healthy:
            return "the lease is not held or the clock is off the database's"
        if not self._entropy.healthy:
            return "entropy failed its self-test"
        if not self._partitions.ready:
            return "less than a week of partitions is left"
        return None

    async def _housekeeping(self) -> None:
        """Fold the house's result and keep partitions ahead, for ever."""
        next_hour = time.monotonic() + _HOUR_S
        while True:
            await asyncio.sleep(_FOLD_S)
            try:
                while await self._pool.fetchval("SELECT house_fold()"):  # noqa: ASYNC110 - work, not waiting
                    await asyncio.sleep(0)
                if time.monotonic() >= next_hour:
                    next_hour = time.monotonic() + _HOUR_S
                    await self._partitions.ensure()
                    await self._pool.execute("SELECT tickets_expire()")
                    await self._sign_ins.expire()
            except DATABASE_ERRORS as error:
                log.warning("housekeeping interrupted", error=type(error).__name__)

    def _collector(self) -> NodeCollector:
        cluster = self.cluster
        return NodeCollector(
            self._metrics,
            {
                "croupier_sessions": ("Sessions in memory", lambda: len(self._hub.sessions)),
                "croupier_connections": (
                    "Sockets open",
                    lambda: len(self._listener.connections),
                ),
                "croupier_tables": ("Tables in memory", lambda: len(self._directory)),
                "croupier_settlement_queue_items": ("Items waiting", lambda: len(self._queue)),
                "croupier_ready": ("1 if ready", lambda: float(self._not_ready() is None)),
                "croupier_clock_drift_milliseconds": (
                    "This clock less the database's",
                    lambda: self._lease.drift_ms,
                ),
                "croupier_open_rounds_recovered": (
                    "Open rounds replayed at start-up",
                    lambda: self.open_rounds[0],
                ),
                **self._live.gauges(),
                **cluster_metrics.gauges(cluster, self._live.hall, self.board),
            },
            {
                **cluster_metrics.labelled(cluster),
                "croupier_refusals": ("Refusals by code", "code", lambda: self._hub.refusals),
                "croupier_sign_ins": (
                    "Attempts of operators to sign in, by how they ended",
                    "reason",
                    lambda: self._sign_ins.outcomes,
                ),
                "croupier_connections_closed": (
                    "Connections by close code",
                    "code",
                    lambda: {
                        str(code): count for code, count in self._listener.counters.closed.items()
                    },
                ),
            },
        )


__all__ = ["Casino", "StartFailed"]
