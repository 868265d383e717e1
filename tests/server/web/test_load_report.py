"""Tests of `server.web.load_report`."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from server.web.load_report import load_report_page


def test_the_page_comes_from_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From where the build puts it; None without one."""
    monkeypatch.setattr(resources, "files", lambda package: tmp_path if package else None)
    assert load_report_page() is None

    built = tmp_path / "dist" / "loadreport"
    built.mkdir(parents=True)
    (built / "report.html").write_text("a page", encoding="utf-8")
    assert load_report_page() == "a page"
