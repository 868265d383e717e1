"""A PAR sheet as one page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import msgspec
import pytest

from games.analysis.par import par_document
from games.catalogue import standard
from server.cli.games.page import page_of, reachable
from server.cli.games.sheets import grouped

_VOID = {"meta"}


class Balanced(HTMLParser):
    """Reads a page and checks that every element is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        self.seen.add(tag)
        self.attributes += attrs
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See an element without content."""
        self.seen.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        assert self.open.pop() == tag


def page(name: str) -> str:
    """Return the page of a game."""
    game = standard().current(name)
    assert game is not None
    document = par_document(game)
    return page_of(document, game.describe(), grouped(document.bets))


@pytest.mark.parametrize("name", ["slot", "roulette", "blackjack"])
def test_a_page_needs_nothing_else(name: str) -> None:
    """Nothing is fetched or run: no script, no address, no link."""
    text = page(name)
    reader = Balanced()
    reader.feed(text)
    reader.close()

    assert reader.open == []
    assert not reader.seen & {"script", "link", "img", "iframe", "object", "a"}
    assert not {"src", "href", "action"} & {attribute for attribute, _ in reader.attributes}
    assert not re.search(r"https?:|url\(|@import", text)
    assert "prefers-color-scheme: dark" in text


def test_a_page_shows_the_sheet() -> None:
    """Figures, plots and tables of the sheet are on the page."""
    text = page("slot")

    for word in ("95.410970 %", "4.359891", "Where the return comes from", "Full moon x 5", "<svg"):
        assert word in text
    assert page("roulette").count("<svg") == 2 * 7  # law and funnel for each kind of bet


def test_what_a_gamble_can_reach() -> None:
    """Is told beside the highest award of the stated strategy, on the page and in words."""
    game = standard().current("market-day")
    assert game is not None
    (sentence,) = reachable(grouped(par_document(game).bets))

    assert sentence == (
        "stake (7 bets): other decisions than the stated ones can reach 500, once in 2871535.30"
        " rounds if all aim at it."
    )
    assert sentence in page("market-day")
    assert "can reach" not in page("roulette")


def test_text_is_escaped() -> None:
    """A name from a file cannot become markup."""
    game = standard().current("slot")
    assert game is not None
    document = par_document(game)
    odd = msgspec.structs.replace(document, title="<script>alert(1)</script>")

    assert "<script>" not in page_of(odd, game.describe(), grouped(odd.bets))
