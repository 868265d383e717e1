"""A plug-in on the path of a test, as an installed package would be."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

GOOD = """
from games.roulette import EuropeanRoulette


class Wheel(EuropeanRoulette):
    name = "plug-wheel"

    def __init__(self):
        super().__init__()
        self.digest = "{digest}"

    def describe(self):
        import msgspec
        return msgspec.structs.replace(super().describe(), game=self.name, digest=self.digest)


def games():
    return [Wheel()]
""".replace("{digest}", "ab" * 32)


WAITING = """
import socket

with socket.socket(socket.AF_UNIX) as waiting:
    waiting.settimeout(20)
    waiting.connect({address!r})
    waiting.recv(1)
"""
"""Before a plug-in: while it loads it connects to an address, and waits for a byte or the end."""


def install(folder: Path, package: str, code: str, entry: str | None = None) -> Path:
    """Write a module and the metadata that an installation leaves; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{package}.py").write_text(code, encoding="utf-8")
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[croupier.games]\n{package} = {entry or f'{package}:games'}\n", encoding="utf-8"
    )
    return folder


def put_on_path(monkeypatch: pytest.MonkeyPatch, folder: Path, *packages: str) -> None:
    """Let this process import what is installed there, until the test ends."""
    monkeypatch.syspath_prepend(folder)
    for package in packages:
        monkeypatch.delitem(sys.modules, package, raising=False)
