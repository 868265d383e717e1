"""The report on randomness as one page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from games.analysis.randomness.battery import OutcomesVerdict
from games.analysis.randomness.sp800_22.suite import BitsVerdict
from server.cli.rng_report import Report

__all__ = ["page"]

_BINS: Final = 20
_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --good: #2a7d46; --bad: #c0392b; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
table { border-collapse: collapse; margin: .8rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; vertical-align: bottom; } td.n, th.n { text-align: right; }
.scroll { overflow-x: auto; } code { font-size: .85em; overflow-wrap: anywhere; }
.passed { color: var(--good); font-weight: 600; } .failed { color: var(--bad); font-weight: 600; }
summary { cursor: pointer; } figure { margin: 1rem 0; } figcaption { font-size: .9em; }
svg { max-width: 100%; height: auto; } svg rect { fill: currentColor; opacity: .55; }
@media print { details { display: block; } }
"""


def page(report: Report) -> str:
    """Return the page, as HTML."""
    parts = [
        _head(report),
        _exhaustive(report),
        _raw(report.raw),
        _outcomes(report.outcomes, report.rounds),
        _manifest(report),
        _dieharder(report),
        _sources(report),
    ]
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>Randomness of Croupier</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _head(report: Report) -> str:
    return (
        "<h1>Randomness of Croupier</h1>\n"
        f"<p>Result: {_verdict(passed=report.passed)}. Made {escape(report.made)} by Croupier "
        f"{escape(report.croupier)} on {escape(report.python)}.</p>\n"
        "<p>All streams below follow from the secret "
        f"<code>{escape(report.secret)}</code>, which serves this report and nothing else. With it "
        "in a file, <code>croupier rng report --seed-file</code> makes the same figures again, and "
        "<code>croupier rng collect</code> the files whose checksums stand at the end.</p>"
    )


def _exhaustive(report: Report) -> str:
    rows = [(one.what, f"{one.cases:,}", _verdict(passed=one.passed)) for one in report.exhaustive]
    return (
        "<h2>Counted out</h2>\n<p>The live draw functions, run on words so short that every one of "
        "them is tried. Passed means that every outcome came exactly equally often.</p>\n"
        + _table(("What", "#Cases", "Result"), rows)
    )


def _raw(verdict: BitsVerdict) -> str:
    groups: dict[str, list[int]] = {}
    for row in verdict.rows:
        group = groups.setdefault(row.test.partition(":")[0], [0, 0, 0, 0])
        group[0] += 1
        group[1] += row.sequences
        group[2] += row.failures
        group[3] += not row.within_bounds
    summary = [
        (name, f"{tests}", f"{values:,}", f"{failures:,}", f"{failures / values:.2%}", f"{out}")
        for name, (tests, values, failures, out) in groups.items()
    ]
    rows = [
        (
            row.test,
            f"{row.failures} of {row.sequences}",
            f"{row.proportion:.4f}",
            f"{row.proportion_bound:.4f}",
            _number(row.smallest_p_value),
            _number(row.proportion_p_value),
            "-" if row.uniformity_p_value is None else _number(row.uniformity_p_value),
            " ".join(map(str, row.bins)),
        )
        for row in verdict.rows
    ]
    return (
        f"<h2>Raw bits: NIST SP 800-22</h2>\n<p>Result: {_verdict(passed=verdict.passed)}. "
        f"{verdict.sequences} sequences, {verdict.bits:,} bits. A sequence fails a test below "
        "0.01. The numbers of failures and the uniformity of the p-values are judged together by "
        "Holm's procedure, all of them at 99 %; one p-value below 10^-12 fails by itself. Smallest "
        "adjusted p-value: "
        f"{_number(verdict.smallest_adjusted_p_value)}.</p>\n"
        + _table(
            ("Test", "#Kinds", "#P-values", "#Below 0.01", "#Share", "#Outside NIST's own bounds"),
            summary,
        )
        + "<p>NIST's own bounds hold for each kind by itself; some lie outside them by chance.</p>"
        + "\n<details><summary>Every test</summary>\n"
        + _table(
            (
                "Test",
                "#Failures",
                "#Proportion",
                "#Bound",
                "#Smallest P",
                "#P of failures",
                "#P of uniformity",
                "#Tenths",
            ),
            rows,
        )
        + "</details>"
    )


def _outcomes(verdict: OutcomesVerdict, rounds: int) -> str:
    games: dict[str, list[float]] = {}
    for row in verdict.rows:
        group = games.setdefault(row.game, [0, 0, 1.0])
        group[0] += 1
        group[1] += row.finding.p_value < 0.01
        group[2] = min(group[2], row.adjusted_p_value)
    summary = [
        (game, f"{tests:.0f}", f"{below:.0f}", _number(smallest))
        for game, (tests, below, smallest) in sorted(games.items())
    ]
    rows = [
        (
            row.game,
            row.series,
            row.finding.test,
            f"{row.finding.statistic:.4g}",
            "-" if row.finding.freedom is None else f"{row.finding.freedom:,}",
            f"{row.finding.observations:,}",
            _number(row.finding.p_value),
            _number(row.adjusted_p_value),
        )
        for row in sorted(verdict.rows, key=lambda row: row.finding.p_value)
    ]
    return (
        f"<h2>Final outcomes of the games</h2>\n<p>Result: {_verdict(passed=verdict.passed)} at "
        f"99 %; at 95 % it {'passes too' if verdict.passed_at_95 else 'does not pass'}. "
        f"{rounds:,} rounds of each game, {verdict.tests:,} tests, judged together by Holm's "
        "procedure. Smallest adjusted p-value: "
        f"{_number(verdict.smallest_adjusted_p_value)}. Before adjustment "
        f"{verdict.below_one_percent:,} lie below 0.01; one in a hundred is as it should be.</p>\n"
        + _histogram([row.finding.p_value for row in verdict.rows])
        + _table(("Game", "#Tests", "#Below 0.01", "#Smallest adjusted"), summary)
        + "<details><summary>Every test, the smallest p-value first</summary>\n"
        + _table(
            (
                "Game",
                "Series",
                "Test",
                "#Statistic",
                "#Freedom",
                "#Observations",
                "#P-value",
                "#Adjusted",
            ),
            rows,
        )
        + "</details>"
    )


def _manifest(report: Report) -> str:
    rows = [
        (
            f"{one.game}, version {one.version}",
            f"{one.draws_fewest} to {one.draws_most}",
            f"{one.maximum_draws:,}",
            one.replacement,
            "; ".join(
                f"{position.draw}: " + ", ".join(position.bounds) for position in one.positions[:6]
            )
            + ("; …" if len(one.positions) > 6 else ""),
            one.digest,
        )
        for one in report.manifest
    ]
    return (
        "<h2>Usage manifest</h2>\n<p>What each game draws. Every draw is uniform below its bound, "
        "the weight of a stop being a range of values. Bounds by the number of the draw in the "
        "round, the most frequent first.</p>\n"
        + _table(
            ("Game", "#Draws seen", "#Draws at most", "Replacement", "Bounds", "SHA-256"), rows
        )
    )


def _dieharder(report: Report) -> str:
    found = report.dieharder
    rows = [(one.test, _number(one.p_value), one.assessment) for one in found.tests]
    table = _table(("Test", "#P-value", "Assessment"), rows) if rows else ""
    return f"<h2>dieharder</h2>\n<p>{escape(found.line)}</p>\n{table}"


def _sources(report: Report) -> str:
    components = [(one.name, one.sha256) for one in report.components]
    files = [(one.name, f"{one.bytes:,}", one.sha256) for one in report.collected]
    return (
        "<h2>Checksums</h2>\n"
        + _table(("Component", "SHA-256 of the source"), components)
        + _table(("Collected file", "#Bytes", "SHA-256"), files)
    )


def _verdict(*, passed: bool) -> str:
    word = "passed" if passed else "failed"
    return f'<span class="{word}">{word}</span>'


def _number(value: float) -> str:
    return f"{value:.4f}" if value >= 0.0001 else f"{value:.1e}"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a heading with # in front is that of numbers. Verdicts are HTML already."""
    numeric = [heading.startswith("#") for heading in headings]
    lines = ['<div class="scroll"><table>', "<thead><tr>"]
    for heading, number in zip(headings, numeric, strict=True):
        mark = ' class="n"' if number else ""
        lines.append(f'<th scope="col"{mark}>{escape(heading.removeprefix("#"))}</th>')
    lines.append("</tr></thead>\n<tbody>")
    for row in rows:
        cells = []
        for text, number in zip(row, numeric, strict=True):
            shown = text if text.startswith("<span class=") else escape(text)
            if len(text) == 64 and " " not in text:
                shown = f"<code>{shown}</code>"
            cells.append(f'<td class="n">{shown}</td>' if number else f"<td>{shown}</td>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
    lines.append("</tbody></table></div>\n")
    return "\n".join(lines)


def _histogram(p_values: Sequence[float]) -> str:
    """Return a plot of how many p-values lie in each twentieth, which should be even."""
    bins = [0] * _BINS
    for p_value in p_values:
        bins[min(int(p_value * _BINS), _BINS - 1)] += 1
    highest = max(bins)
    width, height = 560, 120
    bar = width / _BINS
    bars = "".join(
        f'<rect x="{index * bar + 1:.1f}" y="{height * (1 - number / highest):.1f}" '
        f'width="{bar - 2:.1f}" height="{height * number / highest:.1f}"/>'
        for index, number in enumerate(bins)
    )
    told = ", ".join(map(str, bins))
    return (
        f'<figure><svg viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-label="P-values in each twentieth from 0 to 1: {told}">{bars}</svg>'
        "<figcaption>P-values before adjustment, from 0 on the left to 1 on the right; even is as "
        "it should be.</figcaption></figure>\n"
    )
