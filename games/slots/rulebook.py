"""The machine in words: the help text and the pay table that every player can read."""

from __future__ import annotations

from fractions import Fraction

from games.slots.machine import FreeGames, Machine


def help_text(machine: Machine, top_amount: int, top_probability: Fraction) -> str:
    """Return the rules as Markdown: the words of the file, then what follows from its tables.

    `top_amount` is the highest pay of a line in line bets, with its probability on one line.
    """
    lines = len(machine.lines)
    rows = "\n".join(
        f"{number}. {' '.join(str(row + 1) for row in line)}"
        for number, line in enumerate(machine.lines, 1)
    )
    text = f"""{machine.help.strip()}

## Lines

The stake is spread evenly over {lines} lines, all of them always in play. A line pays the highest
of its wins, for an unbroken run from the leftmost reel. Wins of different lines are added. The row
on each reel, 1 at the top:

{rows}
"""
    if machine.wild:
        replaced = ", ".join(
            machine.labels[pay.name]
            for pay in machine.pays
            if machine.wild in pay.symbols and pay.name != machine.wild
        )
        text += f"\n## Wild\n\n{machine.labels[machine.wild]} stands in for {replaced}.\n"
    if machine.scatter is not None:
        scatter = machine.labels[machine.scatter.symbol]
        text += f"""
## Scatter

{scatter} counts anywhere in the window. Its wins are added to those of the lines.
"""
    if machine.free_games is not None:
        text += f"\n## Free games\n\n{_free_games_text(machine, machine.free_games)}\n"
    return f"""{text}
## Odds

Every stop of a reel is drawn anew for each spin; nothing that happened before, and no stake,
changes the chances. The highest pay of a line, {top_amount:,} line bets, comes on one line once in
{round(1 / top_probability):,} spins on average.
"""


def _free_games_text(machine: Machine, rules: FreeGames) -> str:
    words = machine.words["free_games"]
    text = [f"Scatters in one spin win {words}: {_awards(rules.awards)}."]
    text.append("They are played at once, with the stake of the spin that won them.")
    if rules.multiplier > 1:
        text.append(f"All their wins are multiplied by {rules.multiplier}.")
    if rules.retrigger_awards == rules.awards:
        text.append("More can be won while they last, in the same way.")
    elif any(rules.retrigger_awards):
        text.append(f"While they last, more can be won: {_awards(rules.retrigger_awards)}.")
    text.append(f"A round has at most {rules.cap} of them; an award is cut to what is left.")
    if rules.reels != machine.reels:
        text.append("They have reels of their own.")
    return " ".join(text)


def _awards(awards: tuple[int, ...]) -> str:
    return ", ".join(f"{count} scatters {awards[count]}" for count in _steps(awards))


def _steps(amounts: tuple[int, ...]) -> list[int]:
    """Return the counts at which the amount rises."""
    return [count for count in range(1, len(amounts)) if amounts[count] > amounts[count - 1]]


def pay_table(machine: Machine) -> tuple[tuple[str, str], ...]:
    """Return rows of (combination, pays), highest count first."""
    rows = []
    for pay in machine.pays:
        label = machine.labels[pay.name]
        rows += [
            (f"{label} x {count}", f"{pay.amounts[count]:,} times the line bet")
            for count in reversed(_steps(pay.amounts))
        ]
    if machine.scatter is not None:
        label = machine.labels[machine.scatter.symbol]
        amounts = machine.scatter.amounts
        steps = [count for count in _steps(amounts) if count <= machine.most_scatters]
        for count in reversed(steps):
            more = " or more" if count == steps[-1] and count < machine.most_scatters else ""
            rows.append((f"{label} x {count}{more}", f"{amounts[count]:,} times the stake"))
    if machine.free_games is not None:
        awards = machine.free_games.awards
        words = machine.words["free_games"]
        rows += [
            (f"{count} scatters", f"{awards[count]} {words}") for count in reversed(_steps(awards))
        ]
    return tuple(rows)
