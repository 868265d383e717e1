"""The machine in words: the help text and the pay table that every player can read."""

from __future__ import annotations

from fractions import Fraction

from games.slots.model import Cascades, FreeGames, Gamble, Machine, Pick, Respins, Wild


def help_text(machine: Machine, top_amount: int, top_probability: Fraction) -> str:
    """Return the rules as Markdown: the words of the file, then what follows from its tables.

    `top_amount` is the highest pay of a line (with ways: of one way) in line bets, with its
    probability on one line (with ways: that any way brings it in a spin).
    """
    sections = [machine.help.strip(), _ways_text(machine) if machine.ways else _lines_text(machine)]
    if machine.wilds:
        sections.append("## Wild\n\n" + "\n\n".join(_wild_text(machine, w) for w in machine.wilds))
    if machine.cascades is not None:
        sections.append(f"## Cascades\n\n{_cascades_text(machine.cascades)}")
    if machine.scatter is not None:
        scatter = machine.labels[machine.scatter.symbol]
        sections.append(
            f"## Scatter\n\n{scatter} counts anywhere in the window."
            " Its wins are added to those of the lines."
        )
    if machine.free_games is not None:
        sections.append(f"## Free games\n\n{_free_games_text(machine, machine.free_games)}")
    if machine.respins is not None:
        sections.append(f"## Hold and respin\n\n{_respins_text(machine, machine.respins)}")
    if machine.pick is not None:
        sections.append(f"## Bonus\n\n{_pick_text(machine, machine.pick)}")
    if machine.gamble is not None:
        sections.append(f"## Gamble\n\n{_gamble_text(machine.gamble)}")
    where = "in a spin once" if machine.ways else "on one line once"
    what = "way" if machine.ways else "line"
    sections.append(
        f"""## Odds

Every stop of a reel is drawn anew for each spin; nothing that happened before, and no stake,
changes the chances. The highest pay of a {what}, {top_amount:,} line bets, comes {where} in
{round(1 / top_probability):,} spins on average."""
    )
    return "\n\n".join(sections) + "\n"


def _lines_text(machine: Machine) -> str:
    rows = "\n".join(
        f"{number}. {' '.join(str(row + 1) for row in line)}"
        for number, line in enumerate(machine.lines, 1)
    )
    return f"""## Lines

{_spread(len(machine.lines))} A line
pays the highest of its wins, for an unbroken run from the leftmost reel. Wins of different lines
are added. The row on each reel, 1 at the top:

{rows}"""


def _ways_text(machine: Machine) -> str:
    ways = 1
    for rows in machine.reel_rows:
        ways *= rows
    return f"""## Ways

There are no lines: a symbol pays for an unbroken run of reels from the leftmost that show it on
whatever row, once for each choice of one of its places on each reel of the run, up to
{_counted(ways, "way")}. Only the longest run of a symbol pays. Wins of different symbols are
added. A stake is {_counted(machine.units, "line bet")}."""


def _spread(lines: int) -> str:
    if lines == 1:
        return "The stake is on 1 line, which is always in play."
    return f"The stake is spread evenly over {lines} lines, all of them always in play."


def _wild_text(machine: Machine, wild: Wild) -> str:
    label = machine.labels[wild.symbol]
    replaced = ", ".join(
        machine.labels[pay.name]
        for pay in machine.pays
        if wild.symbol in pay.symbols and pay.name != wild.symbol
    )
    text = f"{label} stands in for {replaced}." if replaced else f"{label} stands in for nothing."
    if wild.multiplier > 1:
        text += f" It multiplies every win that it is part of by {wild.multiplier}"
        text += ", and several multiply each other."
        own = next((pay for pay in machine.pays if pay.name == wild.symbol), None)
        if own is not None:
            told = ", ".join(
                f"{count} of it pay {amount * wild.multiplier**count:,}"
                for count, amount in enumerate(own.amounts)
                if amount
            )
            text += f" That goes for its own row of the table, too: {told} line bets."
    if wild.expands:
        text += " Wherever it stops it fills its reel before wins are counted."
    elif wild.expands_free:
        text += " In free games it fills its reel wherever it stops, before wins are counted."
    if wild.expands_free and machine.scatter is not None:
        scatter = machine.labels[machine.scatter.symbol]
        text += f" {scatter} on a reel that it fills still counts."
    return text


def _cascades_text(rules: Cascades) -> str:
    steps = ", ".join(str(multiplier) for multiplier in rules.multipliers)
    return (
        "After a win the symbols that paid vanish, those above them fall down, and the reel moves"
        " on into the gap: what comes is what stands above on its strip. The new window pays again,"
        f" and so on until nothing pays, at most {_counted(rules.most, 'time')}. The wins are"
        f" multiplied, window by window, by {steps}; the last number stays. Scatters and symbols"
        " of a feature are counted when the last window has come to rest."
    )


def _free_games_text(machine: Machine, rules: FreeGames) -> str:
    words = machine.words["free_games"]
    text = [f"Scatters in one spin win {words}: {_awards(machine, rules.awards)}."]
    text.append("They are played at once, with the stake of the spin that won them.")
    if rules.multiplier > 1:
        text.append(f"All their wins are multiplied by {rules.multiplier}.")
    if rules.sticky:
        wild = machine.labels[machine.wilds[0].symbol]
        text.append(
            f"{wild} stays where it is, on all of the reel if it fills it, until the last of them"
            " has been played; what stops behind it does not count."
        )
    if rules.retrigger_awards == rules.awards:
        text.append("More can be won while they last, in the same way.")
    elif any(rules.retrigger_awards):
        text.append(
            f"While they last, more can be won: {_awards(machine, rules.retrigger_awards)}."
        )
    text.append(f"A round has at most {rules.cap} of them; an award is cut to what is left.")
    if rules.reels != machine.reels:
        text.append("They have reels of their own.")
    return " ".join(text)


def _respins_text(machine: Machine, rules: Respins) -> str:
    coin = machine.labels[rules.symbol]
    chance = Fraction(*rules.chance)
    values = ", ".join(
        f"{value} ({Fraction(weight, rules.weight)})" for value, weight in rules.values
    )
    text = (
        f"{rules.trigger} or more of {coin} in the window of a paid spin are held, and every other"
        f" place is drawn again, {_counted(rules.respins, 'time')} in a row. In each respin each"
        f" empty place shows {coin} with a chance of {chance}; a new one is held too, and the"
        " count of respins starts again. When no respin is left all of them pay. One is worth so"
        f" many times the stake (with its chance): {values}."
    )
    if rules.full:
        text += f" Where every place is filled, {rules.full:,} times the stake is paid on top."
    return text


def _pick_text(machine: Machine, rules: Pick) -> str:
    prizes = ", ".join(f"{prize:,}" for prize in rules.prizes)
    text = (
        f"{rules.trigger} or more of {machine.labels[rules.symbol]} in the window of a paid spin"
        f" start a bonus with {_counted(rules.places, 'place')}. You open up to {rules.picks} of"
        f" them. They hide these prizes, in times the stake, each of them once as listed: {prizes}."
    )
    if rules.stops:
        verbs = "hides none and ends" if rules.stops == 1 else "hide none and end"
        text += f" {rules.stops} of the places {verbs} the bonus."
    text += " Every place is as likely to hide each prize that is left, whichever you open."
    return text


def _gamble_text(rules: Gamble) -> str:
    return (
        "When a round has won, you can collect, or gamble all of the win on red or black. Both are"
        " equally likely: the win is doubled or lost, so a gamble returns exactly 100 %. You can"
        f" gamble up to {_counted(rules.steps, 'time')} in a row, as long as the win would not"
        f" come to more than {rules.maximum:,} times the stake. If you do not decide, the win is"
        " collected."
    )


def _awards(machine: Machine, awards: tuple[int, ...]) -> str:
    most = machine.most_scatters
    return ", ".join(
        f"{counts} {'scatter' if counts == '1' else 'scatters'} {awards[count]}"
        for count in _steps(awards, most)
        for counts in [_counts(awards, count, most)]
    )


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _counts(amounts: tuple[int, ...], count: int, most: int) -> str:
    """Return in words the counts from this one on, up to `most`, that bring as much."""
    last = count
    while last < most and amounts[last + 1] == amounts[count]:
        last += 1
    if last == count:
        return str(count)
    return f"{count} or more" if last == most else f"{count} to {last}"


def _steps(amounts: tuple[int, ...], most: int) -> list[int]:
    """Return the counts up to `most` at which the amount rises."""
    return [count for count in range(1, most + 1) if amounts[count] > amounts[count - 1]]


def pay_table(machine: Machine) -> tuple[tuple[str, str], ...]:
    """Return rows of (combination, pays), highest count first."""
    rows = []
    unit = "times the line bet for each way" if machine.ways else "times the line bet"
    reels, most = machine.reel_count, machine.most_scatters
    for pay in machine.pays:
        label = machine.labels[pay.name]
        rows += [
            (f"{label} x {_counts(pay.amounts, count, reels)}", f"{pay.amounts[count]:,} {unit}")
            for count in reversed(_steps(pay.amounts, reels))
        ]
    if machine.scatter is not None:
        label = machine.labels[machine.scatter.symbol]
        amounts = machine.scatter.amounts
        rows += [
            (f"{label} x {_counts(amounts, count, most)}", f"{amounts[count]:,} times the stake")
            for count in reversed(_steps(amounts, most))
        ]
    if machine.free_games is not None:
        awards = machine.free_games.awards
        words = machine.words["free_games"]
        rows += [
            (f"{_counts(awards, count, most)} scatters", f"{awards[count]} {words}")
            for count in reversed(_steps(awards, most))
        ]
    return tuple(rows) + _feature_rows(machine)


def _feature_rows(machine: Machine) -> tuple[tuple[str, str], ...]:
    rows = []
    if machine.respins is not None:
        respins = machine.respins
        label = machine.labels[respins.symbol]
        rows.append((f"{label} x {respins.trigger} or more", machine.words["respins"]))
        values = ", ".join(f"{value:,}" for value, _ in respins.values)
        rows.append((f"{label} in the {machine.words['respins']}", f"{values} times the stake"))
        if respins.full:
            rows.append(("Every place filled", f"{respins.full:,} times the stake"))
    if machine.pick is not None:
        pick = machine.pick
        label = machine.labels[pick.symbol]
        rows.append((f"{label} x {pick.trigger} or more", machine.words["pick"]))
        prizes = ", ".join(f"{prize:,}" for prize in sorted(set(pick.prizes), reverse=True))
        rows.append((f"A place in the {machine.words['pick']}", f"{prizes} times the stake"))
    return tuple(rows)
