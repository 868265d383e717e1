"""Tests of `client.load.report`."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from client.load.histogram import PERCENTILES, Histogram
from client.load.options import LoadError
from client.load.report import MARK, fill, read_run

ROOT = Path(__file__).parents[3]
PAGE = f"<!doctype html><body><main></main>{MARK}<script>later()</script></body>"


def figures(**changes: Any) -> dict[str, Any]:
    """Return figures as the first form of `croupier load --json` had them."""
    base: dict[str, Any] = {
        "bets": 3,
        "bets_per_s": 1.5,
        "latency_ms": {"p50": 1.0, "p90": 2.0, "p99": 2.0, "p999": 2.0, "max": None},
        "errors": {"busy": 1},
        "players": 2,
        "seconds": 2.0,
        "games": {"slot": {"players": 2, "bets": 3, "requests": 3, "stakes": 3, "payouts": 0}},
        "started_ms": 0,
    }
    return {**base, **changes}


class Scripts(HTMLParser):
    """Reads a page as a browser would and keeps what its scripts hold."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False
        self.comments = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Begin."""
        self._inside = tag == "script"
        if self._inside:
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        """End."""
        self._inside = False

    def handle_data(self, data: str) -> None:
        """Keep."""
        if self._inside:
            self.found[-1] += data

    def handle_comment(self, data: str) -> None:
        """Count."""
        self.comments += 1


def scripts(page: str) -> list[str]:
    """Return what each script of a page holds."""
    reader = Scripts()
    reader.feed(page)
    assert reader.comments == 0
    return reader.found


@pytest.mark.parametrize(
    "hostile",
    [
        "</script><script>alert(1)</script>",
        "</SCRIPT >",
        "<!-- <script>",
        "-->",
        "]]>",
        "&lt;/script&gt;",
        "\u2028\u2029",
        '"\\"\\u0000',
        MARK,
    ],
)
def test_no_figure_can_leave_its_place(hostile: str) -> None:
    """Names, codes and games come from elsewhere; they stay data whatever they hold."""
    told = figures(errors={hostile: 1}, currency=hostile)
    page = fill(PAGE, [(hostile, told)])
    found = scripts(page)

    assert len(found) == 2
    assert found[1] == "later()"
    content = json.loads(found[0])
    assert content["runs"][0]["name"] == hostile
    assert content["runs"][0]["figures"]["errors"] == {hostile: 1}
    assert not set("<>&\u2028\u2029") & set(found[0])


def test_two_runs_stand_in_their_order() -> None:
    """The second is compared with the first."""
    content = json.loads(scripts(fill(PAGE, [("a", figures()), ("b", figures(bets=9))]))[0])

    assert content["form"] == 1
    assert [(run["name"], run["figures"]["bets"]) for run in content["runs"]] == [
        ("a", 3),
        ("b", 9),
    ]


@pytest.mark.parametrize("count", [0, 3])
def test_one_run_or_two_are_shown(count: int) -> None:
    """Of more, nobody could read the charts."""
    with pytest.raises(LoadError, match="one run or two"):
        fill(PAGE, [("a", figures())] * count)


@pytest.mark.parametrize("page", ["", "<body></body>", PAGE + MARK])
def test_a_page_without_its_place_is_refused(page: str) -> None:
    """Rather than written without figures."""
    with pytest.raises(LoadError, match="build it again"):
        fill(page, [("a", figures())])


def test_the_source_of_the_page_has_the_place() -> None:
    """The page and this module mean the same element."""
    source = (ROOT / "web/apps/loadreport/index.html").read_text(encoding="utf-8")

    assert source.count(MARK) == 1


def test_a_built_page_has_the_place_and_asks_nobody() -> None:
    """What is built is one file that loads nothing."""
    built = ROOT / "server/web/dist/loadreport/report.html"
    if not built.exists():
        pytest.skip("the pages are not built")
    page = built.read_text(encoding="utf-8")

    assert page.count(MARK) == 1
    assert len(page) < 250_000
    for loads in ('src="', "@import", "url(http", "fetch(", "XMLHttpRequest", "WebSocket("):
        assert loads not in page


def test_older_files_get_their_distribution(tmp_path: Path) -> None:
    """It is in the histogram that they have always held."""
    histogram = Histogram()
    for value in range(1, 1_001):
        histogram.record(value * 1_000)
    path = tmp_path / "old.json"
    path.write_text(json.dumps(figures(latency_hdr=histogram.hdr())), encoding="utf-8")
    content = json.loads(scripts(fill(PAGE, [("old", read_run(path))]))[0])
    latency = content["runs"][0]["figures"]["detail"]["latency"]

    assert latency["raw"] is None
    told = latency["corrected"]["percentiles_ms"]
    for name, share in PERCENTILES.items():
        assert told[name] == pytest.approx((histogram.percentile(share) or 0) / 1000, rel=0.002)
    assert latency["corrected"]["distribution"][-1][0] == 1.0


@pytest.mark.parametrize("blob", [None, 7, "", "====", "SElTVEZBQUFBRQ==", "A" * 1_000])
def test_a_damaged_histogram_is_left_out(blob: Any) -> None:
    """The rest of the report is still worth having."""
    content = json.loads(scripts(fill(PAGE, [("old", figures(latency_hdr=blob))]))[0])

    assert "detail" not in content["runs"][0]["figures"]


@pytest.mark.parametrize(
    "content", ["", "null", "[]", "{}", '{"bets": "many"}', "[" * 5_000, "\x00", '{"bets": 1e999}']
)
def test_what_is_no_run_is_named(tmp_path: Path, content: str) -> None:
    """In one line that names the file."""
    path = tmp_path / "other.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(LoadError, match=r"other\.json: these are not figures"):
        read_run(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With the reason."""
    with pytest.raises(LoadError, match=r"cannot read the figures .*gone\.json"):
        read_run(tmp_path / "gone.json")
