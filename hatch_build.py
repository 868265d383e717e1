"""The build hook of the wheel: no wheel without fresh web pages."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def _build_state(root: Path) -> ModuleType:
    """Load the module by its path: nothing of the project is installed while it is built."""
    path = root / "server" / "web" / "build_state.py"
    spec = importlib.util.spec_from_file_location("croupier_build_state", path)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{path} is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class PagesHook(BuildHookInterface[Any]):
    """Refuses to build a wheel whose pages are missing or older than their sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - theirs
        """Look at the pages. An editable install serves them from the checkout, built or not."""
        if version == "editable":
            return
        root = Path(self.root)
        found = _build_state(root)
        state = found.build_state(root / "server" / "web" / "dist", root / "web")
        if state is not found.BuildState.FRESH:
            raise RuntimeError(f"No wheel without its web pages. {state.value}")
