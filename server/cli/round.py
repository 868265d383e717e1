"""`croupier round`: show a finished round, play it again, or void one that cannot go on."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any, Final

import msgspec
from cyclopts import App, Parameter

from games.game import RoundState
from protocol.errors import Refused
from server.audit.reader import Reader
from server.cli.audit import (
    Config,
    Data,
    Database,
    Json,
    KeyFile,
    LedgerPlace,
    find_ledger,
    told_as_one_line,
)
from server.cli.catalogue import catalogue_of
from server.cli.errors import CommandError, ExitCode
from server.cli.live_round import LiveRead, read_live_round
from server.fairness.vault import Vault
from server.ledger.voiding import NotVoided, void_round
from server.tables.records import Records, RoundRecord, parse_round_id

__all__ = ["app"]

app = App(name="round", help="Show or replay a finished round; void one that cannot go on.")

_DETAILS: Final = """
    SELECT w.account, a.owner AS player, a.currency, a.test, w.session, w.request, w.gaming_day,
        w.stake, w.payout, r.ended_at, r.void_cause
    FROM round r JOIN wager w ON w.chain = r.chain AND w.n = r.n AND w.seat = 0
    LEFT JOIN account a ON a.id = w.account
    WHERE r.chain = $1 AND r.n = $2
"""
_OPEN: Final = "SELECT true FROM open_round WHERE chain = $1 AND n = $2"
_RETIRED: Final = """
    SELECT id_time(max(border)) FROM retirement
    HAVING max(border) > $1 AND EXISTS (SELECT FROM chain WHERE id = $1)
"""
_REPLAY_ERRORS: Final = (
    Refused,
    msgspec.MsgspecError,
    ArithmeticError,
    AssertionError,
    LookupError,
    TypeError,
    ValueError,
)


@app.command
def show(
    identifier: Annotated[str, Parameter(name="ID", help="The round, as `chain-n`.")],
    /,
    *,
    data: Data = None,
    database: Database = None,
    seat: Annotated[
        int | None, Parameter(help="Of a round at a live table: the seat to prove it for.")
    ] = None,
    key_file: KeyFile = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Show a finished round with everything that proves it.

    Of a round at a live table all its seats are shown, and with --seat what proves it for one of
    them. A round that is still open is refused: whoever could see it here would know its outcome.
    """
    place = find_ledger(data, database, config, key_file)
    with told_as_one_line():
        found = asyncio.run(_read(place, identifier, seat))
    document = found.document() if isinstance(found, LiveRead) else _document(identifier, *found)
    if as_json:
        print(json.dumps(document, indent=2))
        return
    proof = document.pop("proof", {})
    for name in ("commitment", "seed", "client_seeds", "bets", "decisions", "outcome"):
        if name in proof:
            document[name] = proof[name]
    width = max(map(len, document))
    for name, value in document.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        print(f"{name.replace('_', ' '):<{width}}  {text}")


@app.command
def replay(
    identifier: Annotated[str, Parameter(name="ID", help="The round, as `chain-n`.")],
    /,
    *,
    data: Data = None,
    database: Database = None,
    key_file: KeyFile = None,
    config: Config = None,
    as_json: Json = False,
) -> int:
    """Play a finished round again from its inputs and compare it with the record.

    Ends with 98 if the two differ.
    """
    place = find_ledger(data, database, config, key_file)
    with told_as_one_line():
        found = asyncio.run(_read(place, identifier))
    if isinstance(found, LiveRead):
        return _replay_live(found, as_json=as_json)
    record, details = found
    if record.void_cause is not None:
        if as_json:
            print(json.dumps({"round": identifier, "ok": True, "void_cause": record.void_cause}))
        else:
            print(_void_text(identifier, record.void_cause))
        return ExitCode.OK
    state = _play(identifier, record)
    stake, payout = state.stakes[0], state.payouts[0]
    ok = state.finished and (stake, payout) == (details["stake"], details["payout"])
    view = msgspec.to_builtins(record.game.view(state, 0))
    if as_json:
        document = {
            "round": identifier,
            "ok": ok,
            "recorded": {"stake": details["stake"], "payout": details["payout"]},
            "replayed": {"stake": stake, "payout": payout, "outcome": view},
        }
        print(json.dumps(document, indent=2))
    else:
        print(json.dumps(view, ensure_ascii=False))
        print(f"Replayed: stake {stake}, payout {payout} minor units.")
        print(f"Recorded: stake {details['stake']}, payout {details['payout']} minor units.")
    if not ok:
        raise CommandError(
            f"round {identifier} does not replay to what is on record", ExitCode.AUDIT_BREACH
        )
    return ExitCode.OK


@app.command
def void(
    identifier: Annotated[str, Parameter(name="ID", help="The round, as `chain-n`.")],
    /,
    *,
    cause: Annotated[str, Parameter(help="Why it cannot go on; stands in the record for ever.")],
    data: Data = None,
    database: Database = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Void an open round that cannot go on: give every hold back and record the cause.

    Works with the server up or down; a round at a live table is voided by the server that runs the
    table, and here only while none does. Its seed is revealed with its proof from then on.
    """
    if not cause.strip():
        raise CommandError("say with --cause why the round cannot go on", ExitCode.USAGE)
    place = find_ledger(data, database, config, None)
    with told_as_one_line():
        amount = asyncio.run(_void(place, identifier, cause.strip()))
    if as_json:
        print(json.dumps({"round": identifier, "returned": amount, "cause": cause.strip()}))
    else:
        print(f"Round {identifier} is void; {amount} minor units were given back.")


async def _void(place: LedgerPlace, identifier: str, cause: str) -> int:
    chain, n = _parsed(identifier)
    async with place.reader() as reader:
        await reader.connection.execute("SET default_transaction_read_only = off")
        try:
            return await void_round(reader.connection, chain, n, cause)
        except NotVoided as error:
            raise CommandError(str(error)) from None


def _replay_live(found: LiveRead, *, as_json: bool) -> int:
    """Tell how a round of a live table plays again; the exit code."""
    document = found.replayed()
    if as_json:
        print(json.dumps(document, indent=2))
    elif "void_cause" in document:
        print(_void_text(found.identifier, document["void_cause"]))
    else:
        print(json.dumps(document["outcome"], ensure_ascii=False))
        for each in document["recorded"]:
            print(
                f"Seat {each['seat']}: stake {each['stake']}, payout {each['payout']} minor units"
                " on record."
            )
        print("Replayed: the same." if document["ok"] else "Replayed: not the same.")
    if not document["ok"]:
        raise CommandError(f"round {found.identifier} {document['differs']}", ExitCode.AUDIT_BREACH)
    return ExitCode.OK


def _void_text(identifier: str, cause: str) -> str:
    return (
        f"Round {identifier} was void ({cause}): its stakes were returned and there is nothing to"
        " replay."
    )


def _parsed(identifier: str) -> tuple[int, int]:
    parsed = parse_round_id(identifier)
    if parsed is None:
        raise CommandError(
            f"{identifier!r} is not a round: its id is a chain's number, a dash and a number",
            ExitCode.USAGE,
        )
    return parsed


async def _read(
    place: LedgerPlace, identifier: str, seat: int | None = None
) -> tuple[RoundRecord, Any] | LiveRead:
    """Return a finished round. Raises CommandError for any other."""
    parsed = _parsed(identifier)
    keys = place.keys()
    if keys is None:
        raise CommandError("the seed cannot be opened: name the server's key file with --key-file")
    async with place.reader() as reader:
        catalogue, vault = catalogue_of(place.games), Vault(keys)
        try:
            live = await read_live_round(reader, catalogue, vault, *parsed, seat=seat)
            if live is not None:
                return live
            if seat is not None:
                raise CommandError(
                    f"{identifier} is no ended round of a live table: it has no seats",
                    ExitCode.USAGE,
                )
            details = await _details(reader, identifier, *parsed)
            record = await Records(reader.connection, catalogue, vault).ended(*parsed)
        except LookupError as error:
            raise CommandError(f"round {identifier} cannot be replayed: {error}") from None
    assert record is not None, "what has ended stays"
    return record, details


async def _details(reader: Reader, identifier: str, chain: int, n: int) -> Any:
    row = await reader.row(_DETAILS, chain, n)
    if row is not None:
        return row
    if await reader.value(_OPEN, chain, n):
        raise CommandError(
            f"round {identifier} has not ended, so nothing of it is shown: ask again once it has"
        )
    border = await reader.value(_RETIRED, chain)
    if border is not None:
        raise CommandError(
            f"round {identifier} is retired: of rounds on chains from before {border:%Y-%m-%d} only"
            " what they came to is kept"
        )
    raise CommandError(f"there is no round {identifier}")


def _document(identifier: str, record: RoundRecord, details: Any) -> dict[str, Any]:
    try:
        proof = record.proof()
    except _REPLAY_ERRORS as error:
        raise _unplayable(identifier, error) from None
    return {
        "round": identifier,
        "game": record.game.name,
        "version": record.game.version,
        "player": str(details["player"]),
        "account": str(details["account"]),
        "currency": details["currency"],
        "test": details["test"],
        "session": str(details["session"]),
        "request": details["request"],
        "stake": details["stake"],
        "payout": details["payout"],
        "void_cause": details["void_cause"],
        "gaming_day": details["gaming_day"].isoformat(),
        "ended_at": details["ended_at"].isoformat(),
        "proof": proof,
    }


def _play(identifier: str, record: RoundRecord) -> RoundState:
    try:
        return record.state()
    except _REPLAY_ERRORS as error:
        raise _unplayable(identifier, error) from None


def _unplayable(identifier: str, error: Exception) -> CommandError:
    reason = error.message if isinstance(error, Refused) else type(error).__name__
    return CommandError(
        f"round {identifier} cannot be played again from its inputs: {reason}",
        ExitCode.AUDIT_BREACH,
    )
