"""A PAR sheet as one page: everything in it, nothing fetched, for screens and for paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape
from typing import Final

from games.analysis.par import ParBet, ParDocument
from games.game import Description
from server.cli.games.common import number, percent
from server.cli.games.plots import funnel, payout_law

__all__ = ["page_of", "reachable"]

_PLOTTED_MAXIMUM: Final = 24
"""Bets of different figures that get their own plots; the tables hold all."""

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d5dbe3;
  --paper: #ffffff; --band: #f3f5f8; --bar: #2563a8; --funnel: #2563a833; --even: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa6b5; --line: #38424f;
  --paper: #12171d; --band: #1a212a; --bar: #7fb2ec; --funnel: #7fb2ec33; --even: #ff8a80; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: 0; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
p.soft, td.soft, figcaption { color: var(--soft); }
div.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .5rem 0; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid var(--line); text-align: right;
  white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
thead th { background: var(--band); }
figure { margin: 1rem 0; } svg { width: 100%; height: auto; max-width: 720px; }
svg .label { fill: var(--soft); font-size: 11px; } svg .grid { stroke: var(--line); }
svg .bar { fill: var(--bar); } svg .funnel { fill: var(--funnel); stroke: none; }
svg .mean { stroke: var(--bar); stroke-width: 2; }
svg .even { stroke: var(--even); stroke-dasharray: 4 4; }
code { word-break: break-all; }
@media print { :root { color-scheme: light; } body { margin: 0; max-width: none; } }
"""


def page_of(
    document: ParDocument, description: Description, rows: Sequence[tuple[str, ParBet]]
) -> str:
    """Return the page; `rows` are the bets, those with equal figures as one."""
    title = escape(f"{document.title}: PAR sheet")
    about = (
        f'<p class="soft">PAR sheet of <code>{escape(document.game)}</code> version'
        f" {document.version}; return {percent(description.returns.decimal)},"
        f" {escape(document.method)}.</p>"
    )
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(document.title)}</h1>",
        about,
        _bets(rows),
        *(f'<p class="soft">{escape(sentence)}</p>' for sentence in reachable(rows)),
        _confidence(rows),
    ]
    parts += [_plots(names, bet) for names, bet in rows[:_PLOTTED_MAXIMUM]]
    parts += [
        _table(table.title, table.columns, table.rows, table.note) for table in document.tables
    ]
    parts.append(_table("Pay table", ("Combination", "Pays"), description.paytable))
    notes = dict.fromkeys(bet.note for bet in document.bets if bet.note)
    parts += [f'<p class="soft">{escape(note)}.</p>' for note in notes]
    parts.append(f'<p class="soft">Digest <code>{document.digest}</code></p></body></html>\n')
    return "".join(parts)


def _bets(rows: Sequence[tuple[str, ParBet]]) -> str:
    headings = (
        "Bet",
        "Return",
        "House edge",
        "Hit frequency",
        "SD",
        "Variance",
        "Volatility index",
        "Highest award",
        "One in",
    )
    cells = []
    for names, bet in rows:
        given, award = bet.returns.decimal, bet.highest_award
        cells.append(
            (
                names,
                percent(given),
                percent(None if given is None else str(1 - Decimal(given))),
                percent(bet.hit_frequency),
                number(bet.standard_deviation),
                number(bet.variance),
                number(bet.volatility_index),
                "-" if award is None else f"{Decimal(award.payout).normalize():f}",
                "-" if award is None or award.one_in is None else award.one_in,
            )
        )
    note = (
        "All figures are per unit of the initial stake. The volatility index is 1.65 times the"
        " standard deviation (SD) of one round."
    )
    return _table("Bets", headings, cells, note)


def reachable(rows: Sequence[tuple[str, ParBet]]) -> list[str]:
    """Say for each bet what other decisions than the stated ones can reach."""
    return [
        f"{names}: other decisions than the stated ones can reach"
        f" {Decimal(award.payout).normalize():f}, once in {award.one_in} rounds if all aim at it."
        for names, bet in rows
        if (award := bet.reachable_award) is not None
    ]


def _confidence(rows: Sequence[tuple[str, ParBet]]) -> str:
    known = [(names, bet) for names, bet in rows if bet.confidence]
    if not known:
        return ""
    headings = ("Bet", *(f"{each.rounds:,}" for each in known[0][1].confidence))
    cells = [
        (
            names,
            *(
                f"{Decimal(each.low) * 100:.2f} to {Decimal(each.high) * 100:.2f} %"
                for each in bet.confidence
            ),
        )
        for names, bet in known
    ]
    note = "Where the return lies after so many rounds, with a probability of 90 %."
    return _table("Confidence", headings, cells, note)


def _plots(names: str, bet: ParBet) -> str:
    drawn = [
        (payout_law(bet), "Probability of each net result, per unit staked."),
        (
            funnel(bet),
            "Return after so many rounds with a probability of 90 %; dashed: 100 %.",
        ),
    ]
    figures = "".join(
        f"<figure>{plot}<figcaption>{escape(caption)}</figcaption></figure>"
        for plot, caption in drawn
        if plot
    )
    return f"<h2>{escape(names)}</h2>{figures}{_bands(bet)}" if figures else ""


def _bands(bet: ParBet) -> str:
    if not bet.bands:
        return ""
    cells = [
        (
            _range(each.above, each.up_to),
            f"{float(each.probability):.3e}",
            percent(each.share),
        )
        for each in bet.bands
    ]
    return _table("", ("Net result", "Probability", "Part of the return"), cells)


def _range(above: str | None, up_to: str | None) -> str:
    low = "" if above is None else f"over {_plain(above)}"
    high = "" if up_to is None else f"up to {_plain(up_to)}"
    return f"{low} {high}".strip()


def _plain(value: str) -> str:
    return f"{Decimal(value).normalize():f}"


def _table(
    title: str, headings: Iterable[str], rows: Iterable[Iterable[str]], note: str = ""
) -> str:
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        (f"<h2>{escape(title)}</h2>" if title else "")
        + f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        + "</div>"
        + (f'<p class="soft">{escape(note)}</p>' if note else "")
    )
