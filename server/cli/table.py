"""`croupier table`: list live tables, make one, and operate them, with the server up or down."""

from __future__ import annotations

import getpass
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from games.live import live_rules
from protocol.schema.console_tables import Action
from server.cli.catalogue import catalogue_of, configured
from server.cli.database import Config, Data, Json, Url, find_target, owner_url, run_told
from server.cli.errors import CommandError, ExitCode
from server.config import load
from server.console.commanding import Done, TableCommands, TableListed, open_tables
from server.database.migrations import check
from server.identity.sign_ins import plain_name
from server.tables.live.origins import Origin, configured_tables, configured_terms
from server.tables.live.settings import TableState
from server.tables.live.terms import (
    TableRefused,
    amount_text,
    changes_of,
    read_table,
    terms_of,
    text_of,
    usual_table,
)

__all__ = ["app"]

app = App(name="table", help="List live tables, make one, pause, close, void, change, revert.")

Result = TypeVar("Result")

Name = Annotated[str, Parameter(name="TABLE", help="The table's title or id.")]
Reason = Annotated[str, Parameter(help="Why, for the record, 3 to 500 characters; required.")]
Operator = Annotated[
    str | None,
    Parameter(help="In whose name; the role must allow it. Else that of this system's user."),
]
Minimum = Annotated[str | None, Parameter(help='In major units, such as "0.50".')]
Maximum = Annotated[str | None, Parameter(help='In major units, such as "500.00".')]
Seats = Annotated[int | None, Parameter(help="How many seats.")]
Betting = Annotated[int | None, Parameter(help="How long bets are taken, in milliseconds.")]
Decision = Annotated[int | None, Parameter(help="How long a seat has to decide.")]
Pause = Annotated[int | None, Parameter(help="The pause after a result.")]
Draw = Annotated[
    int | None, Parameter(help="The pause between the close of bets and the draw; 0: none.")
]
Hold = Annotated[int | None, Parameter(help="How long an absent player's seat is held.")]
_REASON: Final = range(3, 501)
_NARROWEST: Final = 150
_DONE: Final = {
    Action.PAUSE: "is paused: the running round finishes, and no other begins",
    Action.RESUME: "goes on",
    Action.OPEN: "is open",
    Action.CLOSE: "is closed, or will be when its round has finished",
}


@app.command(name="list")
def list_(
    *, data: Data = None, database: Url = None, config: Config = None, as_json: Json = False
) -> None:
    """List the live tables: state, limits, seats, round, money held, and the node of each."""
    found = _Place(data, database, config).run(lambda tables: tables.list())
    if as_json:
        print(json.dumps([_document(each) for each in found], indent=2))
        return
    table = Table("id", "title", "game", "state", "limits", "seats", "round", "held", "node", "by")
    for each in found:
        limits = (each.terms.minimum, each.terms.maximum)
        low, high = (amount_text(limit, each.exponent) for limit in limits)
        table.add_row(
            str(each.id),
            each.title,
            each.game,
            each.state.wire if each.parked is None else "parked",
            f"{each.currency} {low} to {high}",
            f"{each.taken} of {each.terms.seats}",
            each.round or "",
            amount_text(each.held, each.exponent),
            "" if each.node is None else str(each.node),
            each.origin,
        )
    console = Console()
    (console if console.is_terminal else Console(width=_NARROWEST)).print(table)


@app.command
def show(
    table: Name,
    /,
    *,
    data: Data = None,
    database: Url = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show one table with everything that it takes, and who set it."""

    async def work(tables: TableCommands) -> tuple[TableListed, dict[str, Origin]]:
        found = await tables.find(table)
        return found, await tables.origins(found)

    found, origins = _Place(data, database, config).run(work)
    document = _document(found)
    if as_json:
        said = {name: _origin_document(origin) for name, origin in origins.items()}
        print(json.dumps({**document, "origins": said}, indent=2))
        return
    shown = {name: "" if value is None else str(value) for name, value in document.items()}
    widths = [max(map(len, texts)) for texts in (shown, (shown[name] for name in origins))]
    for name, value in shown.items():
        line = f"{name.replace('_', ' '):<{widths[0]}}  {value}"
        if name in origins:
            origin = _origin_text(name, origins[name], found)
            line = f"{line:<{sum(widths) + 2}}  {origin}"
        print(line.rstrip())


@app.command(name="open")
def open_(
    table: Name,
    /,
    *,
    reason: Reason,
    game: Annotated[str | None, Parameter(help="Make a new table of this game.")] = None,
    currency: Annotated[str | None, Parameter(help="Of a new table; EUR if left out.")] = None,
    minimum: Minimum = None,
    maximum: Maximum = None,
    seats: Seats = None,
    betting_ms: Betting = None,
    decision_ms: Decision = None,
    result_ms: Pause = None,
    seat_hold_ms: Hold = None,
    draw_ms: Draw = None,
    closed: Annotated[
        bool, Parameter(negative=(), help="A new table begins closed, to be opened later.")
    ] = False,
    operator: Operator = None,
    data: Data = None,
    database: Url = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Make a new live table, with --game; or, without, open one that is closed.

    A running server takes a new table at once: some node runs it, every node lists it. It outlives
    restarts, and config.toml never changes it. What is left out is as usual at the game.
    """
    said = _said(
        currency=currency,
        minimum=minimum,
        maximum=maximum,
        seats=seats,
        betting_ms=betting_ms,
        decision_ms=decision_ms,
        result_ms=result_ms,
        seat_hold_ms=seat_hold_ms,
        draw_ms=draw_ms,
    )
    place = _Place(data, database, config)
    if game is None:
        if said or closed:
            raise CommandError(
                "A new table needs its --game; limits, seats and clocks of one that there is are"
                " changed by `croupier table change`.",
                ExitCode.USAGE,
            )
        _act(place, table, Action.OPEN, reason, operator, as_json=as_json)
        return
    _make(place, {"title": table, "game": game, **said}, closed, reason, operator, as_json)


@app.command
def pause(
    table: Name,
    /,
    *,
    reason: Reason,
    operator: Operator = None,
    data: Data = None,
    database: Url = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Let the running round finish, and begin no other until the table is resumed."""
    place = _Place(data, database, config)
    _act(place, table, Action.PAUSE, reason, operator, as_json=as_json)


@app.command
def resume(
    table: Name,
    /,
    *,
    reason: Reason,
    operator: Operator = None,
    data: Data = None,
    database: Url = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Let a paused table's rounds begin again."""
    place = _Place(data, database, config)
    _act(place, table, Action.RESUME, reason, operator, as_json=as_json)


@app.command
def close(
    table: Name,
    /,
    *,
    reason: Reason,
    operator: Operator = None,
    data: Data = None,
    database: Url = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Let the running round finish, then close the table."""
    place = _Place(data, database, config)
    _act(place, table, Action.CLOSE, reason, operator, as_json=as_json)


@app.command
def void(
    table: Name,
    round_id: Annotated[str, Parameter(name="ROUND", help="The running round, as `chain-n`.")],
    /,
    *,
    reason: Reason,
    operator: Operator = None,
    data: Data = None,
    database: Url = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Void the running round: every stake goes back. Players are told the reason.

    The round is named, so that no later one is voided: `croupier table show` tells it. A node must
    run.
    """
    place = _Place(data, database, config)
    _act(place, table, Action.VOID, reason, operator, round_id, as_json=as_json)


@app.command
def change(
    table: Name,
    /,
    *,
    reason: Reason,
    minimum: Minimum = None,
    maximum: Maximum = None,
    seats: Seats = None,
    betting_ms: Betting = None,
    decision_ms: Decision = None,
    result_ms: Pause = None,
    seat_hold_ms: Hold = None,
    draw_ms: Draw = None,
    operator: Operator = None,
    data: Data = None,
    database: Url = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Change limits, seats or clocks of a table that is paused or closed, between rounds.

    It counts from the next round. From then on config.toml leaves the table alone.
    """
    said = _said(
        minimum=minimum,
        maximum=maximum,
        seats=seats,
        betting_ms=betting_ms,
        decision_ms=decision_ms,
        result_ms=result_ms,
        seat_hold_ms=seat_hold_ms,
        draw_ms=draw_ms,
    )
    _change(_Place(data, database, config), table, said, reason, operator, as_json=as_json)


@app.command
def revert(
    table: Name,
    /,
    *,
    reason: Reason,
    operator: Operator = None,
    data: Data = None,
    database: Url = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Give a table that operators made or changed back to config.toml, which must list it.

    As with a change the table is paused or closed, between rounds. It takes what this command finds
    in config.toml (--config), and at every start of a node what stands there then. Whether the
    table is open stays as it is.
    """
    _revert(_Place(data, database, config), table, reason, operator, as_json=as_json)


class _Place:
    """Where the tables are, and under which settings."""

    def __init__(self, data: Path | None, database: str | None, config: Path | None) -> None:
        self._target = find_target(data, database, config)
        self.config = config

    def run(
        self, work: Callable[[TableCommands], Awaitable[Result]], operator: str | None = None
    ) -> Result:
        """Do something with the tables, in the name of who runs the command or of an operator."""

        async def done() -> Result:
            name = None if operator is None else plain_name(operator)
            async with (
                owner_url(self._target) as address,
                open_tables(address, getpass.getuser(), name) as tables,
            ):
                await check(tables.connection)
                return await work(tables)

        try:
            return run_told(done())
        except TableRefused as refused:
            raise CommandError(f"{refused}.") from None


def _act(
    place: _Place,
    name: str,
    action: Action,
    reason: str,
    operator: str | None,
    round_id: str | None = None,
    *,
    as_json: bool,
) -> None:
    reason = _plain(reason)

    async def work(tables: TableCommands) -> tuple[TableListed, Done]:
        table = await tables.find(name)
        return table, await tables.act(table, action, reason, round_id)

    table, done = place.run(work, operator)
    words = f"{table.title} {_DONE.get(action, f'has lost round {round_id}: it is void')}"
    _tell(done, action.value, words, as_json=as_json)


def _make(
    place: _Place,
    said: dict[str, Any],
    closed: bool,  # noqa: FBT001 - as it was said
    reason: str,
    operator: str | None,
    as_json: bool,  # noqa: FBT001 - as it was said
) -> None:
    reason = _plain(reason)
    catalogue = configured(place.config)

    async def work(tables: TableCommands) -> Done:
        exponents = await tables.exponents()
        table = read_table(said)
        game = catalogue.current(table.game)
        rules = None if game is None else live_rules(game)
        if rules is not None:
            usual = usual_table(rules, table.currency, exponents.get(table.currency, 2))
            fields = {name: getattr(usual, name) for name in usual.__struct_fields__}
            table = read_table({**fields, **said})
        terms = terms_of(table, catalogue, exponents)
        state = TableState.CLOSED if closed else TableState.OPEN
        return await tables.make(table, terms, state, text_of(table, state), reason)

    done = place.run(work, operator)
    _tell(done, "make", f"{said['title']} is made", as_json=as_json, ran=True)


def _change(
    place: _Place,
    name: str,
    said: dict[str, Any],
    reason: str,
    operator: str | None,
    *,
    as_json: bool,
) -> None:
    reason = _plain(reason)
    catalogue = configured(place.config)

    async def work(tables: TableCommands) -> tuple[TableListed, str, Done]:
        table = await tables.find(name)
        terms = terms_of(
            read_table({**table.said(), **said}), catalogue, {table.currency: table.exponent}
        )
        text = changes_of(table.terms, terms, table.exponent)
        if not text:
            raise CommandError("Nothing would be different: nothing was done.", ExitCode.USAGE)
        return table, text, await tables.change(table, terms, text, reason)

    table, text, done = place.run(work, operator)
    _tell(done, "change", f"{table.title} is changed, {text}", as_json=as_json)


def _revert(place: _Place, name: str, reason: str, operator: str | None, *, as_json: bool) -> None:
    reason = _plain(reason)
    settings = load(place.config)
    catalogue = catalogue_of(settings.games)

    async def work(tables: TableCommands) -> tuple[TableListed, str, Done]:
        table = await tables.find(name)
        terms, text = configured_terms(configured_tables(settings.live), table.on_record, catalogue)
        return table, text, await tables.revert(table, terms, text, reason)

    table, text, done = place.run(work, operator)
    _tell(done, "revert", f"{table.title} is as config.toml has it, {text}", as_json=as_json)


def _said(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _plain(reason: str) -> str:
    plain = " ".join(reason.split())
    if len(plain) not in _REASON or not plain.isprintable():
        raise CommandError("Give a --reason of 3 to 500 characters.", ExitCode.USAGE)
    return plain


def _tell(done: Done, action: str, words: str, *, as_json: bool, ran: bool = False) -> None:
    if as_json:
        document = {"table": str(done.table), "action": action, "record": done.record}
        print(json.dumps({**document, "node": done.node}))
        return
    if done.node is not None:
        where = f"node {done.node} {'runs it' if ran else 'has done it'}"
    else:
        where = "no node runs it yet" if ran else "in the record: no node runs it now"
    print(f"{words} ({where}; record {done.record}).")


def _origin_text(name: str, origin: Origin, table: TableListed) -> str:
    """Return in one line where a value comes from."""
    if origin.at is None:
        if name == "state" and table.state is not TableState.OPEN:
            return "who set it is not on record"
        return "config.toml"
    why = f": {origin.reason}" if origin.reason else ""
    under = "" if origin.record is None else f" (record {origin.record})"
    return f"{origin.origin}, {origin.at:%Y-%m-%d %H:%M:%S %Z}{why}{under}"


def _origin_document(origin: Origin) -> dict[str, Any]:
    at = None if origin.at is None else origin.at.isoformat()
    return {**origin._asdict(), "at": at}


def _document(table: TableListed) -> dict[str, Any]:
    changed = table.changed_at
    return {
        "id": str(table.id),
        "title": table.title,
        "game": table.game,
        "state": table.state.wire,
        "currency": table.currency,
        **table.terms._asdict(),
        "minimum": amount_text(table.terms.minimum, table.exponent),
        "maximum": amount_text(table.terms.maximum, table.exponent),
        "seats_taken": table.taken,
        "round": table.round,
        "held": amount_text(table.held, table.exponent),
        "parked": table.parked,
        "node": table.node,
        "origin": table.origin,
        "made_at": table.made_at.isoformat(),
        "changed_at": None if changed is None else changed.isoformat(),
    }
