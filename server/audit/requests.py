"""Requests: every accepted one has its wager, open bet or decision, and each of those a request."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, Final

from server.audit.findings import Findings
from server.audit.reader import Moment, Reader, Span
from server.audit.rounds import RoundTotals
from server.audit.scene import Scene, round_id

__all__ = ["check_requests"]

# An accepted request of step 0 opened its round or was all of it; a later one is a decision.
_MATCHED: Final = "(r.step = 0 AND w.chain IS NOT NULL OR r.step > 0 AND i.chain IS NOT NULL)"


async def check_requests(
    reader: Reader, scene: Scene, wagers: int, rounds: RoundTotals, requests: Findings
) -> None:
    """Look at every recorded request once; `wagers` is how many there are.

    Requests for retired rounds are left out. Those of retired sessions for later rounds were kept.
    """
    moment = scene.moment
    matched = decisions = marks = 0
    waiting = {(hold.session, hold.request): hold for hold in scene.holds.values()}
    async for table, span in _spans(reader):
        row = await reader.row(
            f"""
            SELECT count(*) AS all,
                count(*) FILTER (WHERE r.verdict = 0 AND r.step = 0 AND w.chain IS NOT NULL)
                    AS wagers,
                count(*) FILTER (WHERE r.verdict = 0 AND r.step > 0 AND i.chain IS NOT NULL)
                    AS decisions,
                sum(hashtextextended(r.chain || '-' || r.n || '.' || r.step - 1, 0)::numeric)
                    FILTER (WHERE r.verdict = 0 AND r.step > 0 AND i.chain IS NOT NULL)::text
                    AS marks,
                array_agg(r.session) FILTER (WHERE r.verdict = 0 AND NOT {_MATCHED}) AS sessions,
                array_agg(r.id) FILTER (WHERE r.verdict = 0 AND NOT {_MATCHED}) AS ids
            FROM {table} r
            LEFT JOIN wager w ON w.chain = CASE WHEN r.verdict = 0 AND r.step = 0 THEN r.chain END
                AND w.n = r.n AND w.session = r.session AND w.request = r.id
                AND {moment.saw("w", "settled_at")}
            LEFT JOIN round_input i ON
                i.chain = CASE WHEN r.verdict = 0 AND r.step > 0 THEN r.chain END
                AND i.n = r.n AND i.step = r.step - 1 AND NOT i.platform
            WHERE {span.holds("r")} AND {moment.saw("r", "at")}
                AND NOT r.chain < {reader.border}
            """,  # noqa: S608 - made of constants
            *span.arguments,
        )
        requests.looked_at += row["all"]
        matched += row["wagers"]
        decisions += row["decisions"]
        marks += int(row["marks"] or 0)
        for key in zip(row["sessions"] or (), row["ids"] or (), strict=True):
            hold = waiting.get(key)
            found = await _request(reader, table, *key)
            if hold is not None and found["step"] == 0 and _of(hold) == _of_row(found):
                del waiting[key]
                continue
            what = "decision" if found["step"] else "wager or open bet"
            requests.breach(
                f"request {key[1]} of session {key[0]} was accepted for round"
                f" {round_id(found['chain'], found['n'])} and has no {what}"
            )
        reader.progress(requests.name, requests.looked_at)
    for hold in waiting.values():
        requests.breach(
            f"open bet {round_id(hold.chain, hold.n)} was never accepted: session {hold.session}"
            f" has no such request {hold.request}"
        )
    if matched != wagers:
        await _name_unasked_wagers(reader, moment, requests)
    if (decisions, marks) != (rounds.decisions, rounds.decision_marks):
        await _name_unasked_decisions(reader, moment, requests)


def _of(hold: Any) -> tuple[int, int]:
    return hold.chain, hold.n


def _of_row(row: Any) -> tuple[int, int]:
    return row["chain"], row["n"]


async def _request(reader: Reader, table: str, session: int, request: int) -> Any:
    return await reader.row(
        f"SELECT step, chain, n FROM {table} WHERE session = $1 AND id = $2",  # noqa: S608 - ours
        session,
        request,
    )


async def _spans(reader: Reader) -> AsyncIterator[tuple[str, Span]]:
    """Yield parts of the tables that requests are in."""
    for table in ("request", "kept_request"):
        async for span in reader.spans(table, "session", "id"):
            yield table, span


async def _name_unasked_wagers(reader: Reader, moment: Moment, requests: Findings) -> None:
    async for span in reader.spans("wager", "chain"):
        rows = await reader.fetch(
            f"""
            SELECT w.chain, w.n, w.session, w.request, r.verdict
            FROM wager w
            LEFT JOIN (SELECT * FROM request UNION ALL SELECT * FROM kept_request) AS r
                ON r.session = w.session AND r.id = w.request
            WHERE {span.holds("w")} AND {moment.saw("w", "settled_at")}
                AND (r.verdict = 0 AND r.step = 0 AND r.chain = w.chain AND r.n = w.n) IS NOT TRUE
            """,  # noqa: S608 - made of constants
            *span.arguments,
        )
        for chain, n, session, request, verdict in rows:
            why = (
                "was refused"
                if verdict
                else "is not on record"
                if verdict is None
                else "is for another round"
            )
            requests.breach(
                f"wager {round_id(chain, n)}: its request {request} of session {session} {why}"
            )


async def _name_unasked_decisions(reader: Reader, moment: Moment, requests: Findings) -> None:
    """Count requests a decision. Only for a record that does not agree: it takes memory."""
    asked: Counter[tuple[int, int, int]] = Counter()
    async for table, span in _spans(reader):
        for chain, n, step in await reader.fetch(
            f"""
            SELECT r.chain, r.n, r.step - 1 FROM {table} r
            WHERE r.verdict = 0 AND r.step > 0 AND {span.holds("r")} AND {moment.saw("r", "at")}
                AND NOT r.chain < {reader.border}
            """,  # noqa: S608 - made of constants
            *span.arguments,
        ):
            asked[chain, n, step] += 1
    async for span in reader.spans("round_input", "chain"):
        for chain, n, step in await reader.fetch(
            f"""
            SELECT i.chain, i.n, i.step FROM round_input i
            WHERE NOT i.platform AND {span.holds("i")} AND {moment.saw("i", "at")}
            """,  # noqa: S608 - the same
            *span.arguments,
        ):
            found = asked.pop((chain, n, step), 0)
            if found != 1:
                requests.breach(
                    f"decision {step} of round {round_id(chain, n)} has {found} accepted requests"
                )
