"""Whether a build is missing, stale or fresh."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from server.web.build_state import SOURCES, STAMP, BuildState, build_state, source_hash

SCRIPTS = SOURCES / "scripts"


class Tree(NamedTuple):
    """A checkout with a build."""

    sources: Path
    dist: Path

    def state(self) -> BuildState:
        """What the build is."""
        return build_state(self.dist, self.sources)

    def stamp(self) -> None:
        """Stamp the build as that of the sources."""
        stamp = {"sources": source_hash(self.sources)}
        (self.dist / STAMP).write_text(json.dumps(stamp), encoding="utf-8")


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A checkout whose build is fresh."""
    tree = Tree(tmp_path / "web", tmp_path / "dist")
    for path in ("package.json", "apps/player/src/main.ts", "packages/ui/src/a.css"):
        (tree.sources / path).parent.mkdir(parents=True, exist_ok=True)
        (tree.sources / path).write_text(path, encoding="utf-8")
    (tree.dist / "player").mkdir(parents=True)
    (tree.dist / "player/index.html").write_text("page", encoding="utf-8")
    tree.stamp()
    return tree


def test_fresh(tree: Tree) -> None:
    """A build of just these sources is fresh."""
    assert tree.state() is BuildState.FRESH


def test_stale(tree: Tree) -> None:
    """A source that changed, came, went or was renamed makes the build stale; back, it is fresh."""
    main = tree.sources / "apps/player/src/main.ts"
    text = main.read_text(encoding="utf-8")
    main.write_text("changed", encoding="utf-8")
    assert tree.state() is BuildState.STALE
    main.write_text(text, encoding="utf-8")
    assert tree.state() is BuildState.FRESH
    main.rename(main.with_name("other.ts"))
    assert tree.state() is BuildState.STALE
    main.with_name("other.ts").rename(main)
    (tree.sources / "new.ts").touch()
    assert tree.state() is BuildState.STALE


def test_what_is_no_source(tree: Tree) -> None:
    """Packages, caches, dot files and links are no sources."""
    for path in (
        "node_modules/x/y.js",
        "apps/player/dist/z.js",
        ".cache/a",
        "coverage/b",
        ".npmrc",
    ):
        (tree.sources / path).parent.mkdir(parents=True, exist_ok=True)
        (tree.sources / path).touch()
    (tree.sources / "link.ts").symlink_to(tree.dist)
    assert tree.state() is BuildState.FRESH


def test_missing(tree: Tree) -> None:
    """Without its page or a stamp that can be read there is no build."""
    page = tree.dist / "player/index.html"
    page.rename(page.with_name("gone"))
    assert tree.state() is BuildState.MISSING
    page.with_name("gone").rename(page)
    for text in ("", "[]", "{", "\x00"):
        (tree.dist / STAMP).write_text(text, encoding="utf-8")
        assert tree.state() is BuildState.MISSING
    (tree.dist / STAMP).write_text("{}", encoding="utf-8")
    assert tree.state() is BuildState.STALE
    (tree.dist / STAMP).unlink()
    assert tree.state() is BuildState.MISSING


def test_installed_from_a_wheel(tree: Tree) -> None:
    """Where the sources are not, as in a wheel, a whole build is fresh and none is missing."""
    shutil.rmtree(tree.sources)
    assert tree.state() is BuildState.FRESH
    shutil.rmtree(tree.dist)
    assert tree.state() is BuildState.MISSING


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node")
def test_the_build_computes_the_same(tree: Tree) -> None:
    """The build script's hash is this one, names that sort apart in other alphabets included."""
    for name in ("é.ts", "Z.ts", "a.ts", "\U0001f3b0.ts", "￼.ts"):
        (tree.sources / name).write_text(name, encoding="utf-8")
    program = "import(process.argv[1]).then((m) => console.log(m.sourceHash(process.argv[2])))"
    told = subprocess.run(
        ["node", "-e", program, str(SCRIPTS / "sources.mjs"), str(tree.sources)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == source_hash(tree.sources)
