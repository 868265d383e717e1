"""The page of `croupier rng report`."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from server.cli.dieharder import DieharderResult, DieharderTest
from server.cli.rng_page import page
from server.cli.rng_report import Report
from tests.server.cli.reports import small_report


@pytest.fixture
def report() -> Report:
    """A small report."""
    return small_report()


class Elements(HTMLParser):
    """Keeps open elements and what they refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an element."""
        self.seen.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag not in {"meta", "rect"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember an element that ends at once."""
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Expect elements to close in order."""
        assert self.open.pop() == tag


def test_the_page_needs_nothing_but_itself(report: Report) -> None:
    """No script, no address, no import; every element closes in order."""
    text = page(report)
    elements = Elements()
    elements.feed(text)

    assert elements.open == []
    assert elements.addresses == []
    assert "script" not in elements.seen
    assert not re.search(r"url\(|@import|http", text)


def test_the_page_shows_all_parts(report: Report) -> None:
    """Verdict, secret, every test of every part, the manifest and the checksums."""
    text = page(report)

    assert 'Result: <span class="passed">passed</span>' in text
    assert report.secret in text
    for row in report.raw.rows:
        assert row.test in text
    for found in report.outcomes.rows:
        assert found.finding.test in text
    checksums = [one.sha256 for one in report.components]
    for checksum in [*checksums, *(one.sha256 for one in report.collected)]:
        assert checksum in text
    assert report.manifest[0].digest in text
    assert "not asked for" in text


def test_a_failure_is_seen(report: Report) -> None:
    """The verdict says failed where a part has failed."""
    assert 'Result: <span class="failed">failed</span>' in page(replace(report, passed=False))


def test_text_from_elsewhere_is_escaped(report: Report) -> None:
    """What a program or a game names cannot become an element of the page."""
    odd = DieharderResult("<b>&", (DieharderTest("<i>", 0.5, "PASSED"),))
    text = page(replace(report, dieharder=odd))

    assert "&lt;b&gt;&amp;" in text
    assert "&lt;i&gt;" in text
    assert "<i>" not in text
