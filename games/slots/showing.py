"""A round as events in order, and in one line of words."""

from __future__ import annotations

from games.slots import events, features
from games.slots.columns import cells_of, held_of, scatters_of
from games.slots.events import Event
from games.slots.model import Machine
from games.slots.reels import Spin
from games.slots.rounds import SlotPlay, SlotRound
from games.slots.windows import Hit, LineHit


def events_of(machine: Machine, state: SlotRound) -> tuple[Event, ...]:
    """Return everything that has happened; the last event is the total once the round is over."""
    shown: list[Event] = []
    _show_spin(shown, machine, state.spin, state.line_bet, 0)
    if state.free_games:
        _show_free_games(shown, machine, state)
    if state.respins is not None:
        _show_respins(shown, machine, state, state.respins)
    if isinstance(state, SlotPlay):
        _show_decisions(shown, machine, state)
    payout = state.payouts[0]
    if payout is not None:
        shown.append(events.Total(payout))
    return tuple(shown)


def _show_spin(shown: list[Event], machine: Machine, spin: Spin, unit: int, number: int) -> None:
    shown.append(events.Reveal(spin.stops, spin.window, number))
    if spin.expanded:
        cells = tuple(
            reel * machine.rows + row
            for reel in spin.expanded
            for row in range(machine.reel_rows[reel])
        )
        shown.append(events.WildExpanded(cells))
    first = machine.cascades.multiplier(0) if machine.cascades else 1
    hits = spin.hits
    shown.extend(_win(hit, unit * first) for hit in hits)
    for cascade in spin.cascades:
        removed = sorted({cell for hit in hits for cell in hit.positions})
        shown.append(events.Cascaded(tuple(removed), cascade.window, cascade.multiplier))
        hits = cascade.hits
        shown.extend(_win(hit, unit * cascade.multiplier) for hit in hits)
    scatters = spin.scatters
    if scatters and (pay := machine.scatter_pay(len(scatters))):
        shown.append(events.ScatterWin(machine.scatter_symbol, len(scatters), pay * unit, scatters))


def _win(hit: Hit, unit: int) -> Event:
    if isinstance(hit, LineHit):
        return events.LineWin(
            hit.line, hit.symbol, hit.run, hit.amount * unit, hit.positions, hit.multiplier
        )
    return events.WaysWin(hit.symbol, hit.run, hit.ways, hit.amount * unit, hit.positions)


def _show_free_games(shown: list[Event], machine: Machine, state: SlotRound) -> None:
    rules = machine.free_games
    assert rules is not None, "free games were played"
    awarded = rules.awards[scatters_of(state.spin.label)]
    shown.append(events.FreeGamesWon(awarded, awarded, rules.multiplier, state.spin.scatters))
    held = 0
    for number, spin in enumerate(state.free_games, 1):
        if held:
            shown.append(events.WildsHeld(machine.wilds[0].symbol, cells_of(held)))
        held = held_of(spin.label)
        _show_spin(shown, machine, spin, state.line_bet * rules.multiplier, number)
        before = awarded
        awarded = min(rules.cap, awarded + rules.retrigger_awards[len(spin.scatters)])
        if awarded > before:
            shown.append(
                events.FreeGamesWon(
                    awarded - before, awarded - number, rules.multiplier, spin.scatters
                )
            )


def _show_respins(
    shown: list[Event], machine: Machine, state: SlotRound, play: features.RespinPlay
) -> None:
    rules = machine.respins
    assert rules is not None, "respins were played"
    stake = state.stakes[0]
    for number, step in enumerate(play.steps):
        kind = events.Respin if number else events.RespinsStarted
        pairs = zip(step.cells, step.values, strict=True)
        coins = tuple(events.Coin(cell, value * stake) for cell, value in pairs)
        shown.append(kind(coins, step.left))
    value = play.value + (rules.full if play.full else 0)
    shown.append(events.RespinsPaid(play.coins, play.full, value * stake))


def _show_decisions(shown: list[Event], machine: Machine, state: SlotPlay) -> None:
    stake = state.stakes[0]
    if machine.pick is not None and features.starts_pick(machine, state.spin):
        rules = machine.pick
        cells = features.cells_with(machine, state.spin, rules.symbol)
        shown.append(events.PickStarted(cells, rules.places, rules.picks))
        for number, place in enumerate(state.opened):
            taken = state.found[: number + 1]
            over = features.pick_is_over(rules, taken)
            left = 0 if over else rules.picks - len(taken)
            amount = features.prize(rules, state.found[number]) * stake
            shown.append(events.Picked(place, amount, left))
    for choice, drawn, won in state.gambles:
        shown.append(events.Gambled(choice, drawn, won))
    if state.stage == "gamble":
        shown.append(events.GambleOffered(state.won))


def summary_of(machine: Machine, state: SlotRound) -> str:
    """Return what happened in a few words."""
    words = machine.words
    parts = []
    hits = len(state.spin.hits)
    name = "way win" if machine.ways else "line win"
    if hits:
        parts.append(f"1 {name}" if hits == 1 else f"{hits} {name}s")
    if state.spin.cascades:
        falls = len(state.spin.cascades)
        parts.append("1 cascade" if falls == 1 else f"{falls} cascades")
    scatters = len(state.spin.scatters)
    if scatters and machine.scatter_pay(scatters):
        parts.append(f"{scatters} scatters")
    if state.free_games:
        parts.append(f"{len(state.free_games)} {words['free_games']}")
    if state.respins is not None:
        parts.append(f"{words['respins']} with {state.respins.coins} {words['coin']}")
    if isinstance(state, SlotPlay):
        parts += _decided(machine, state)
    return ", ".join(parts) or words["no_win"]


def _decided(machine: Machine, state: SlotPlay) -> list[str]:
    parts = []
    if state.opened:
        assert machine.pick is not None, "places were opened"
        prizes = [features.prize(machine.pick, place) for place in state.found]
        parts.append(f"{machine.words['pick']}: {', '.join(map(str, prizes))} times the stake")
    if state.stage == "pick":
        parts.append(f"{machine.words['pick']}: open a place")
    for _, drawn, won in state.gambles:
        parts.append(f"{drawn} doubled" if won else f"{drawn} lost")
    if state.stage == "gamble":
        parts.append(f"won {state.won}, gamble or collect")
    return parts
