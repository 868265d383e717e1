"""Where a Chromium is found, and how it is started."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Playwright

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = Path(__file__).with_name("package")
"""Holds a manifest that names an npm package with a Chromium, for machines that have none."""
NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
FLAGS: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--no-first-run",
    "--use-angle=swiftshader",
)
WANTED: Final = (
    "no Chromium: install chromium or google-chrome, or name one with CROUPIER_CHROMIUM, "
    "or run `npm ci` in tests/browser/package"
)


def find() -> str | None:
    """Return the path of a Chromium that starts, if there is one."""
    named = os.environ.get("CROUPIER_CHROMIUM")
    if named:
        return named
    for name in NAMES:
        path = shutil.which(name)
        if path is not None and starts(path):
            return path
    packed = unpacked()
    return packed if packed is not None and starts(packed) else None


def starts(path: str) -> bool:
    """Say whether it is a Chromium whose libraries are there; some systems have only a stub."""
    try:
        told = subprocess.run(
            [path, "--version"], capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return told.returncode == 0 and any(name in told.stdout for name in ("Chromium", "Chrome"))


def unpacked() -> str | None:
    """Return the path of the Chromium of the npm package, which unpacks itself, if it is there."""
    node = shutil.which("node")
    if node is None or not (PACKAGE / "node_modules").is_dir():
        return None
    script = "import c from '@sparticuz/chromium'; console.log(await c.executablePath())"
    told = subprocess.run(
        [node, "--input-type=module", "--eval", script],
        cwd=PACKAGE,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return told.stdout.strip() or None


def flags() -> list[str]:
    """Return the switches; root has no sandbox."""
    return [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


async def launch(driver: Playwright, path: str, *more: str, **options: Any) -> Browser:
    """Start a browser with an empty profile."""
    return await driver.chromium.launch(
        executable_path=path, args=[*flags(), *more], headless=True, **options
    )
