"""The TypeScript SDK as it is published: packed, installed without a network, and played with.

The program below is one of a stranger: nothing of this repository but the package is near it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tests.chaos.processes import Server

WEB: Final = Path(__file__).parents[2] / "web"
MODULES: Final = WEB / "node_modules"
DEPENDENCIES: Final = ("@msgpack/msgpack", "@noble/hashes")
PATIENCE_S: Final = 120

PROGRAM: Final = """
import {
  type Balance,
  Client,
  ClientError,
  type ClientEvent,
  CroupierError,
  demoTickets,
  type Round,
  type WebSocketConstructor,
} from '@croupier/sdk';

declare const process: { env: Record<string, string | undefined> };
const base = process.env.CROUPIER_HTTP ?? '';
let opened = 0;
class Counted extends WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols);
    opened += 1;
  }
}

async function play(codec: 'msgpack' | 'json', socket?: WebSocketConstructor) {
  const events: ClientEvent['type'][] = [];
  const client = new Client({
    tickets: demoTickets({ base }),
    codec,
    ...(socket === undefined ? {} : { WebSocket: socket }),
  });
  client.subscribe((event) => events.push(event.type));
  await client.connect();
  const slot = await client.sit('slot');
  const spun: Round = await slot.spin({ stake: 20 });
  const cards = await client.sit('blackjack');
  let hand = await cards.deal({ stake: 100 });
  while (!hand.finished) {
    const free = hand.options.find(({ stake }) => stake === 0);
    hand = await cards.act(free?.action ?? 'stand');
  }
  const refused: unknown = await slot.spin({ stake: 1 }).catch((error: unknown) => error);
  const asked: Balance = await client.fetchBalance();
  const { rounds } = await client.history();
  const result = {
    finished: spun.finished && hand.finished,
    seeds: [spun.seed?.length, hand.seed?.length],
    known: client.balance?.amount === asked.amount,
    cost: 100_000 - asked.amount,
    rounds: rounds.map(({ stake, payout }) => stake - payout).reduce((sum, cost) => sum + cost, 0),
    refused: refused instanceof CroupierError ? refused.code : String(refused),
    events: [...new Set(events)].sort(),
  };
  await client.close();
  return result;
}

function withoutSocket(): string {
  const { WebSocket: own } = globalThis;
  Object.assign(globalThis, { WebSocket: undefined });
  try {
    new Client({ tickets: demoTickets({ base }) });
    return 'made';
  } catch (error) {
    return error instanceof ClientError ? error.message : String(error);
  } finally {
    Object.assign(globalThis, { WebSocket: own });
  }
}

// @ts-expect-error a balance has no such field: the types of the protocol are really there
export const wrong = (balance: Balance) => balance.nothing;

const found = [await play('msgpack'), await play('json', Counted)];
console.log(JSON.stringify({ found, opened, without: withoutSocket() }));
"""

SETTINGS: Final = {
    "compilerOptions": {
        "target": "ES2022",
        "lib": ["ES2022", "DOM"],
        "module": "NodeNext",
        "moduleResolution": "NodeNext",
        "strict": True,
        "exactOptionalPropertyTypes": True,
        "types": [],
        "outDir": "made",
    },
    "include": ["*.ts"],
}


@pytest.fixture(scope="module")
def tools() -> tuple[str, str]:
    """Return the paths of Node and npm; without them nothing here can be tested, and CI fails."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is not None and npm is not None and (MODULES / "vite").is_dir():
        return node, npm
    text = "THE SDK'S PACKAGE IS NOT TESTED: no Node, or no packages in web/node_modules"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(text, pytrace=False)
    pytest.skip(text)


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command that must end well, and return what it says."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, "npm_config_cache": str(cwd / ".npm"), **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def consumer(tools: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the package, pack it, and install it into an empty folder, without a network."""
    node, npm = tools
    folder = tmp_path_factory.mktemp("consumer")
    made = tmp_path_factory.mktemp("package") / "sdk"
    run(node, "scripts/package.mjs", made, cwd=WEB)
    sources = [made, *(MODULES / name for name in DEPENDENCIES)]
    packed = json.loads(run(npm, "pack", "--json", "--ignore-scripts", *sources, cwd=folder))
    files = [f"./{package['filename']}" for package in packed]
    (folder / "package.json").write_text('{ "private": true, "type": "module" }', "utf-8")
    run(npm, "install", "--offline", "--no-audit", "--no-fund", *files, cwd=folder)
    (folder / "program.ts").write_text(PROGRAM, "utf-8")
    shown = (made / "README.md").read_text("utf-8").split("```ts\n")[1:]
    assert len(shown) == 2, "the examples of the README"
    for number, text in enumerate(shown):
        (folder / f"example{number}.ts").write_text(text.partition("```")[0], "utf-8")
    (folder / "tsconfig.json").write_text(json.dumps(SETTINGS), "utf-8")
    return folder


def test_package_stands_alone(consumer: Path) -> None:
    """What is published is complete, and asks for nothing of the workspace nor for its sources."""
    package = consumer / "node_modules" / "@croupier" / "sdk"
    manifest = json.loads((package / "package.json").read_text("utf-8"))

    assert sorted(manifest["dependencies"]) == sorted(DEPENDENCIES)
    assert "private" not in manifest
    for name in ("name", "version", "license", "engines", "files", "exports", "description"):
        assert manifest[name], name
    assert {path.name for path in package.iterdir()} >= {"README.md", "LICENSE", "index.js"}
    found = [path for path in package.rglob("*") if path.is_file()]
    assert not [path for path in found if path.suffix == ".ts" and ".d." not in path.name]
    texts = {path: path.read_text("utf-8") for path in found if path.suffix in {".ts", ".js"}}
    assert not [path for path, text in texts.items() if "@croupier/protocol" in text]


async def test_plays_in_node(tools: tuple[str, str], consumer: Path, tmp_path: Path) -> None:
    """A stranger's program plays at a real server; it and the README's examples are well typed."""
    node, _ = tools
    run(node, MODULES / "typescript/bin/tsc", "-p", consumer, cwd=consumer)
    server = Server(tmp_path)
    try:
        await server.start()
        # Newer versions of Node have it without being told.
        command = (node, "--experimental-websocket", "--no-warnings", "made/program.js")
        told: dict[str, Any] = json.loads(run(*command, cwd=consumer, CROUPIER_HTTP=server.http))
    finally:
        await server.clear()

    for game in told["found"]:
        assert game["finished"]
        assert game["seeds"] == [32, 32]
        assert game["known"]
        assert game["cost"] == game["rounds"]
        assert game["refused"] == "stake_below"
        assert {"balance", "state", "welcome"} <= set(game["events"])
        assert "problem" not in game["events"]
    assert told["opened"] == 1
    assert "no WebSocket" in told["without"]
