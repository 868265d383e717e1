"""The page that `croupier load --html` fills with the figures of a run."""

from __future__ import annotations

from importlib import resources

__all__ = ["load_report_page"]


def load_report_page() -> str | None:
    """Return the built page, or None if it has not been built."""
    try:
        page = resources.files("server.web").joinpath("dist", "loadreport", "report.html")
        return page.read_text(encoding="utf-8")
    except OSError:
        return None
