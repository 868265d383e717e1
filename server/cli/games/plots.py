"""The plots of a PAR page, drawn as SVG from the exact figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Final

from games.analysis.par import ParBet

__all__ = ["funnel", "payout_law"]

WIDTH: Final = 720
HEIGHT: Final = 300
LEFT: Final = 64
RIGHT: Final = 16
TOP: Final = 18
BOTTOM: Final = 58
_BARS_MAXIMUM: Final = 24
_FUNNEL_DECADES: Final = (3, 8)
_BAR_WIDTH: Final = 72
_STEPS: Final = 60
_FACTOR: Final = 1.65


def payout_law(bet: ParBet) -> str:
    """Return the probabilities of a bet's results as bars on a logarithmic scale, or nothing."""
    bars = _bars(bet)
    if not bars:
        return ""
    floor = math.floor(min(math.log10(chance) for _, chance in bars))
    floor = min(floor, -1)
    parts = [_open(f"Probability of each result of {bet.bet}")]
    for decade in range(floor, 1):
        y = _y(decade, floor, 0)
        parts.append(_line(LEFT, y, WIDTH - RIGHT, y, "grid"))
        parts.append(_text(LEFT - 6, y + 4, _power(decade), "end"))
    step = (WIDTH - LEFT - RIGHT) / len(bars)
    for index, (label, chance) in enumerate(bars):
        x, top = LEFT + index * step, _y(math.log10(chance), floor, 0)
        width, height = min(step * 0.7, _BAR_WIDTH), HEIGHT - BOTTOM - top
        parts.append(
            f'<rect class="bar" x="{x + (step - width) / 2:.1f}" y="{top:.1f}" width="{width:.1f}"'
            f' height="{max(height, 0.5):.1f}"><title>{escape(label)}: {chance:.6g}</title></rect>'
        )
        middle = x + step / 2
        parts.append(
            f'<text class="label" text-anchor="end" transform="translate({middle + 4:.1f}'
            f' {HEIGHT - BOTTOM + 12}) rotate(-35)">{escape(label)}</text>'
        )
    parts.append("</svg>")
    return "".join(parts)


def _bars(bet: ParBet) -> list[tuple[str, float]]:
    """Return (label, probability) of each outcome, or of each band where there are many."""
    if bet.law is not None and len(bet.law) <= _BARS_MAXIMUM:
        bars = [(_trim(each.net), float(each.probability)) for each in bet.law]
    else:
        bars = [(_band(each.above, each.up_to), float(each.probability)) for each in bet.bands]
    return [(label, chance) for label, chance in bars if chance > 0]


def _band(above: str | None, up_to: str | None) -> str:
    if up_to is None:
        return f"over {_trim(above or '')}"
    return f"to {_trim(up_to)}"


def _trim(number: str) -> str:
    text = number.rstrip("0").rstrip(".") if "." in number else number
    return "0" if text == "-0" else text


def funnel(bet: ParBet) -> str:
    """Return where the return of a bet lies after N rounds, with 90 %; nothing if unknown."""
    if bet.standard_deviation is None or bet.returns.decimal is None:
        return ""
    mean, deviation = float(bet.returns.decimal), float(bet.standard_deviation)
    first, last = _FUNNEL_DECADES
    widest = _FACTOR * deviation / 10 ** (first / 2)
    low, high = mean - widest, mean + widest
    if low == high:
        low, high = mean - 0.01, mean + 0.01
    parts = [_open(f"Return of {bet.bet} after so many rounds, 90 % of all players")]
    for share in _ticks(low, high):
        y = _y(share, low, high)
        parts.append(_line(LEFT, y, WIDTH - RIGHT, y, "grid"))
        parts.append(_text(LEFT - 6, y + 4, f"{share * 100:g} %", "end"))
    for decade in range(first, last + 1):
        x = _x(decade, first, last)
        parts.append(_line(x, TOP, x, HEIGHT - BOTTOM, "grid"))
        parts.append(_text(x, HEIGHT - BOTTOM + 18, _power(decade), "middle"))
    upper, lower = [], []
    for step in range(_STEPS + 1):
        place = first + (last - first) * step / _STEPS
        half = _FACTOR * deviation / 10 ** (place / 2)
        x = _x(place, first, last)
        upper.append((x, _y(mean + half, low, high)))
        lower.append((x, _y(mean - half, low, high)))
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*upper, *reversed(lower)])
    parts.append(f'<polygon class="funnel" points="{points}"/>')
    if low < 1 < high:
        y = _y(1, low, high)
        parts.append(_line(LEFT, y, WIDTH - RIGHT, y, "even"))
    y = _y(mean, low, high)
    parts.append(_line(LEFT, y, WIDTH - RIGHT, y, "mean"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, "rounds", "middle"))
    parts.append("</svg>")
    return "".join(parts)


def _ticks(low: float, high: float) -> Sequence[float]:
    span = high - low
    step = 10 ** math.floor(math.log10(span / 4))
    for factor in (1, 2, 5, 10):
        if span / (step * factor) <= 7:
            step *= factor
            break
    first = math.ceil(low / step)
    return [round(index * step, 10) for index in range(first, math.floor(high / step) + 1)]


def _open(label: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">'
        f"<title>{escape(label)}</title>"
    )


def _x(value: float, low: float, high: float) -> float:
    return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)


def _y(value: float, low: float, high: float) -> float:
    return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text class="label" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _power(decade: int) -> str:
    if decade == 0:
        return "1"
    shift = '<tspan dy="-5" font-size="8">'
    return f"10{shift}{str(decade).replace('-', '−')}</tspan>"  # noqa: RUF001 - a minus sign
