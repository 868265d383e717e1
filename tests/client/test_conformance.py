"""The scenarios that every client of this project must pass: `tests/client/conformance/*.json`.

Each is a script of what the gateway receives and sends, what the program asks of the client, and
what must come of it. The browser's client runs the same files (`web/packages/sdk/test`). Frames are
JSON; a string `@name` stands for a value of `_frames.json`, and `*` for anything that is not empty.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from client import (
    Client,
    CroupierError,
    FairnessError,
    LiveTable,
    Round,
    StateChanged,
    Table,
    Ticket,
)
from protocol.messages.live import Acted, TableList
from protocol.messages.rounds import Accepted
from protocol.messages.tables import ActivityList
from tests.client.conftest import QUICK, eventually
from tests.client.fake_gateway import FakeGateway
from tests.client.test_live_state import form_of
from tests.patience import PATIENCE_S

FOLDER: Final = Path(__file__).parent / "conformance"
SCENARIOS: Final = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(FOLDER.glob("[!_]*.json"))
}
LIBRARY: Final = json.loads((FOLDER / "_frames.json").read_text(encoding="utf-8"))


class ScriptedGateway(FakeGateway):
    """The fake gateway's sockets, with a script in place of its rules."""

    def __init__(self) -> None:
        super().__init__()
        self.connections: asyncio.Queue[ServerConnection] = asyncio.Queue()
        self.frames: dict[ServerConnection, asyncio.Queue[str]] = {}

    async def _connected(self, connection: ServerConnection) -> None:
        frames = self.frames[connection] = asyncio.Queue()
        self.connections.put_nowait(connection)
        try:
            async for message in connection:
                assert isinstance(message, str)
                frames.put_nowait(message)
        except ConnectionClosed:
            pass


class Run:
    """One scenario on its way."""

    def __init__(self, gateway: ScriptedGateway) -> None:
        self.gateway = gateway
        self.connection: ServerConnection | None = None
        self.kept: dict[str, str] = {}
        """Frames that came in, by the name that the script gave them."""
        self.asked: dict[str, asyncio.Future[Any]] = {}
        self.tables: dict[str, Table] = {}
        self.live: dict[str, LiveTable] = {}
        self.changes: list[StateChanged] = []
        self._tickets = 0
        self.client = Client(
            gateway.url, self._ticket, encoding="json", policy=QUICK, name="conformance"
        )
        self.client.subscribe(self._happened)

    async def _ticket(self) -> Ticket:
        self._tickets += 1
        return Ticket(f"ticket-{self._tickets}", self.gateway.url)

    def _happened(self, event: object) -> None:
        if isinstance(event, StateChanged):
            self.changes.append(event)

    async def take(self, step: dict[str, Any]) -> None:
        """Take one step of the script."""
        if "client" in step:
            await self.ask(step)
        elif "expect" in step:
            await self.expect(step)
        else:
            await getattr(self, step["gateway"])(step)

    # The gateway.

    @property
    def frames(self) -> asyncio.Queue[str]:
        """What came in on the connection and was not looked at yet."""
        assert self.connection is not None
        return self.gateway.frames[self.connection]

    async def accept(self, _: dict[str, Any]) -> None:
        """Wait for the next connection."""
        self.connection = await asyncio.wait_for(self.gateway.connections.get(), PATIENCE_S)

    async def receive(self, step: dict[str, Any]) -> None:
        """Wait for the next frame; it must be the one of the script."""
        text = await asyncio.wait_for(self.frames.get(), PATIENCE_S)
        frame = json.loads(text)
        assert frame["type"] == step["type"], text
        if "id" in step:
            assert frame["id"] == step["id"]
        check(frame["body"], step.get("body", {}))
        assert not any(key in frame["body"] for key in step.get("without", ())), text
        if "same" in step:
            assert text == self.kept[step["same"]]
        if "same_body" in step:
            assert frame["body"] == json.loads(self.kept[step["same_body"]])["body"]
        if "other_seed" in step:
            before = json.loads(self.kept[step["other_seed"]])["body"]
            assert frame["body"]["client_seed"] != before["client_seed"]
        self.kept[step.get("as", "")] = self.kept["newest"] = text

    async def send(self, step: dict[str, Any]) -> None:
        """Send a frame: an event, or the answer to the newest request or to a named one."""
        assert self.connection is not None
        frame = step.get("raw") or LIBRARY["frames"][step["frame"]]
        frame = filled({**frame, "body": {**frame["body"], **step.get("with", {})}})
        if not step.get("event", False):
            request = json.loads(self.kept[step.get("to", "newest")])
            frame = {"id": request["id"], **frame}
        await self.connection.send(json.dumps(frame))

    async def drop(self, _: dict[str, Any]) -> None:
        """Break the connection without a word."""
        assert self.connection is not None
        self.connection.transport.abort()

    async def close(self, step: dict[str, Any]) -> None:
        """Close the connection with a code."""
        assert self.connection is not None
        await self.connection.close(step["code"])

    async def nothing(self, step: dict[str, Any]) -> None:
        """Nothing comes for a while: no frame and no connection."""
        await asyncio.sleep(step["for_ms"] / 1000)
        assert self.frames.empty(), await self.frames.get()
        assert self.gateway.connections.empty()

    # The client.

    async def ask(self, step: dict[str, Any]) -> None:
        """Ask something of the client, and let it begin."""
        name = step["client"]
        table = self.tables.get(step.get("game", ""))
        if name in ("spin", "deal"):
            work = getattr(table, name)(step["bets"])
        elif name == "act":
            assert table is not None
            work = table.act(step["decision"])
        elif name == "sit":
            work = self.client.sit(step["game"])
        elif name == "tables":
            work = self.client.list_live_tables()
        elif name == "live":
            work = self.ask_live(step)
        else:
            work = getattr(self.client, name)()
        self.asked[step.get("as", name)] = asyncio.ensure_future(work)
        await asyncio.sleep(0)

    def ask_live(self, step: dict[str, Any]) -> Any:
        """Ask something of a live table."""
        name = step["do"]
        if name in ("join", "watch"):
            return getattr(self.client, name)(step["table"])
        given = [step[key] for key in ("bets", "decision") if key in step]
        return getattr(self.live[step["table"]], name)(*given)

    async def expect(self, step: dict[str, Any]) -> None:
        """Check what came of it."""
        kind = step["expect"]
        if kind == "state":
            await eventually(lambda: self.client.state.value == step["state"], PATIENCE_S)
            assert self.changes[-1].terminal == step["terminal"]
        elif kind == "balance":
            await eventually(lambda: self.balance() == step["value"], PATIENCE_S)
        elif kind == "live":
            table = self.live[step["table"]]
            await eventually(lambda: fits(form_of(table.state), step["value"]), PATIENCE_S)
        elif kind == "result":
            check(self.told(await self.answer(step)), step.get("value", {}))
        elif kind == "unfair":
            with pytest.raises(FairnessError):
                await self.answer(step)
        else:
            with pytest.raises(CroupierError) as raised:
                await self.answer(step)
            assert raised.value.code == step["code"]
            assert raised.value.certainty.value == step["certainty"]

    async def answer(self, step: dict[str, Any]) -> Any:
        """Return what a request came to."""
        return await asyncio.wait_for(self.asked[step["of"]], PATIENCE_S)

    def balance(self) -> dict[str, int]:
        """Return the balance that the client shows."""
        balance = self.client.balance
        return {"amount": balance.amount, "held": balance.held, "version": balance.version}

    def told(self, result: object) -> dict[str, Any]:
        """Return what a request came to, in the words of the scripts."""
        if isinstance(result, Table):
            self.tables[result.game] = result
            return {"table": result.id, "game": result.game}
        if isinstance(result, Round):
            names = ("id", "step", "finished", "stake", "payout")
            options = [option.action for option in result.options]
            return {name: getattr(result, name) for name in names} | {"options": options}
        if isinstance(result, LiveTable):
            self.live[result.id] = result
            return {"table": result.id, "seat": result.seat}
        if isinstance(result, ActivityList | TableList | Accepted | Acted):
            told: dict[str, Any] = json.loads(msgspec.json.encode(result))
            return told
        return {}


def filled(value: Any) -> Any:
    """Return a value of a script with its names replaced by what they stand for."""
    if isinstance(value, dict):
        return {key: filled(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner) for inner in value]
    if isinstance(value, str) and value.startswith("@"):
        return LIBRARY["values"][value[1:]]
    return value


def fits(value: Any, wanted: Any) -> bool:
    """Whether a value is as a script says."""
    try:
        check(value, wanted)
    except AssertionError:
        return False
    return True


def check(value: Any, wanted: Any) -> None:
    """Hold a value against a script: what is not named may be anything."""
    if isinstance(wanted, dict):
        for key, inner in wanted.items():
            check(value[key], inner)
    elif wanted == "*":
        assert value
    else:
        assert value == filled(wanted)


@pytest.mark.parametrize("name", SCENARIOS)
async def test_conforms(name: str) -> None:
    """The client does what the scenario says."""
    scenario = SCENARIOS[name]
    async with ScriptedGateway() as gateway:
        run = Run(gateway)
        try:
            for step in scenario["steps"]:
                try:
                    await run.take(step)
                except (AssertionError, TimeoutError) as error:
                    raise AssertionError(f"{scenario['title']} At {step}: {error}") from error
        finally:
            await run.client.disconnect()
            for future in run.asked.values():
                future.cancel()


def test_scenarios_are_found() -> None:
    """There are scenarios, and each says what it is about."""
    titles = {scenario["title"] for scenario in SCENARIOS.values()}

    assert len(titles) == len(SCENARIOS) >= 8
