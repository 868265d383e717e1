"""Requests: every accepted one has its wager, open bet or decision, and each of those a request.

In the same pass their digests are compared with what rounds were played with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, Final

from server.audit.digests import Asked, ChainSeeds, Digests, read_chain_seeds
from server.audit.findings import Findings
from server.audit.reader import Moment, Reader, Span
from server.audit.rounds import RoundTotals
from server.audit.scene import Scene, round_id

__all__ = ["check_requests"]


_ASKED: Final = ("sessions", "ids", "digests", "steps", "chains", "ns", "data")
# An accepted request of step 0 opened its round or was all of it; a later one is a decision.
_SEATED: Final = "(r.verdict = 0 AND i.seat > 0)"
_SEATS: Final = ("seated_sessions", "seated_ids", "seated_chains", "seated_ns", "seats")
_MATCHED: Final = "(r.verdict = 0 AND coalesce(w.bets, i.decision) IS NOT NULL)"


async def check_requests(
    reader: Reader,
    scene: Scene,
    wagers: int,
    rounds: RoundTotals,
    requests: Findings,
    digests: Digests,
) -> None:
    """Look at every recorded request once; `wagers` is how many there are at private tables.

    At live tables a bet is an input of its round, so it is matched as a decision is. Requests for
    retired rounds are left out. Those of retired sessions for later rounds were kept.
    """
    matched = decisions = marks = 0
    waiting = {
        (hold.session, hold.request): hold for hold in scene.holds.values() if hold.seat == 0
    }
    async for table, span in _spans(reader):
        row = await _read(reader, scene.moment, table, span)
        requests.looked_at += row["all"]
        matched += row["wagers"]
        decisions += row["decisions"]
        marks += int(row["marks"] or 0)
        opened = []
        for key in zip(row["alone"] or (), row["alone_ids"] or (), strict=True):
            asked = await _request(reader, table, *key)
            _, _, _, step, chain, n, _ = asked
            hold = waiting.get(key)
            if hold is not None and (step, chain, n) == (0, hold.chain, hold.n):
                del waiting[key]
                opened.append((*asked[:-1], hold.bets))
                continue
            what = "bet or decision" if step else "wager or open bet"
            requests.breach(
                f"request {key[1]} of session {key[0]} was accepted for round"
                f" {round_id(chain, n)} and has no {what}"
            )
        chains = {*(row["chains"] or ()), *(asked[4] for asked in opened)}
        await _name_strangers(reader, row, requests)
        known = await read_chain_seeds(reader, chains)
        digests.check(zip(*(row[part] or () for part in _ASKED), strict=True), known)
        digests.check(opened, _of_open_rounds(scene, known))
        reader.progress(requests.name, requests.looked_at)
    for hold in waiting.values():
        requests.breach(
            f"open bet {round_id(hold.chain, hold.n)} was never accepted: session {hold.session}"
            f" has no such request {hold.request}"
        )
    if matched != wagers:
        await _name_unasked_wagers(reader, scene.moment, requests)
    if (decisions, marks) != (rounds.decisions, rounds.decision_marks):
        await _name_unasked_decisions(reader, scene.moment, requests)


async def _read(reader: Reader, moment: Moment, table: str, span: Span) -> Any:
    """Return counts of a part of the requests, those that have nothing, and those that have."""
    return await reader.row(
        f"""
        SELECT count(*) AS all,
            count(*) FILTER (WHERE r.step = 0 AND {_MATCHED}) AS wagers,
            count(*) FILTER (WHERE r.step > 0 AND {_MATCHED}) AS decisions,
            sum(hashtextextended(r.chain || '-' || r.n || '.' || r.step - 1, 0)::numeric)
                FILTER (WHERE r.step > 0 AND {_MATCHED})::text AS marks,
            array_agg(r.session) FILTER (WHERE r.verdict = 0 AND NOT {_MATCHED}) AS alone,
            array_agg(r.id) FILTER (WHERE r.verdict = 0 AND NOT {_MATCHED}) AS alone_ids,
            array_agg(r.session) FILTER (WHERE {_SEATED}) AS seated_sessions,
            array_agg(r.id) FILTER (WHERE {_SEATED}) AS seated_ids,
            array_agg(r.chain) FILTER (WHERE {_SEATED}) AS seated_chains,
            array_agg(r.n) FILTER (WHERE {_SEATED}) AS seated_ns,
            array_agg(i.seat) FILTER (WHERE {_SEATED}) AS seats,
            array_agg(r.session) FILTER (WHERE {_MATCHED}) AS sessions,
            array_agg(r.id) FILTER (WHERE {_MATCHED}) AS ids,
            array_agg(r.digest) FILTER (WHERE {_MATCHED}) AS digests,
            array_agg(r.step) FILTER (WHERE {_MATCHED}) AS steps,
            array_agg(r.chain) FILTER (WHERE {_MATCHED}) AS chains,
            array_agg(r.n) FILTER (WHERE {_MATCHED}) AS ns,
            array_agg(coalesce(w.bets, i.decision)) FILTER (WHERE {_MATCHED}) AS data
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


async def _name_strangers(reader: Reader, row: Any, requests: Findings) -> None:
    """Name requests at live tables that came from another player than the one at the seat.

    Of bets that a roll of craps did not decide it has neither a wager nor a hold: they stand in the
    rolls after it, the first of which has either says whose they are.
    """
    if not row["seats"]:
        return
    rows = await reader.fetch(
        """
        WITH RECURSIVE whose AS (
            SELECT k.*, k.chain AS at_chain, k.n AS at_n,
                coalesce(w.account, h.account) AS account
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::integer[], $5::smallint[])
                AS k (session, id, chain, n, seat)
            LEFT JOIN wager w ON w.chain = k.chain AND w.n = k.n AND w.seat = k.seat
            LEFT JOIN hold h ON h.chain = k.chain AND h.n = k.n AND h.seat = k.seat
            UNION ALL
            SELECT b.session, b.id, b.chain, b.n, b.seat, f.chain, f.n,
                coalesce(w.account, h.account)
            FROM whose b
            JOIN round r ON r.chain = b.at_chain AND r.n = b.at_n
            JOIN LATERAL (
                (SELECT x.chain, x.n FROM round x
                WHERE x.table_id = r.table_id AND (x.chain, x.n) > (r.chain, r.n)
                ORDER BY x.chain, x.n LIMIT 1)
                UNION ALL SELECT l.chain, l.n FROM live_round l WHERE l.table_id = r.table_id
                ORDER BY 1, 2 LIMIT 1
            ) AS f ON true
            JOIN round_input i ON i.chain = f.chain AND i.n = f.n AND i.seat = b.seat
                AND i.platform AND i.stake > 0
            LEFT JOIN wager w ON w.chain = f.chain AND w.n = f.n AND w.seat = b.seat
            LEFT JOIN hold h ON h.chain = f.chain AND h.n = f.n AND h.seat = b.seat
            WHERE b.account IS NULL
        )
        SELECT k.session, k.id, k.chain, k.n, k.seat
        FROM whose k LEFT JOIN session s ON s.id = k.session
        GROUP BY 1, 2, 3, 4, 5 HAVING bool_or(s.account = k.account) IS NOT TRUE
        """,
        *(row[part] for part in _SEATS),
    )
    for session, request, chain, n, seat in rows:
        requests.breach(
            f"request {request} of session {session} was accepted for seat {seat} of round"
            f" {round_id(chain, n)}, which is not its player's"
        )


async def _request(reader: Reader, table: str, session: int, request: int) -> Asked:
    row = await reader.row(
        "SELECT session, id, digest, step, chain, n, ''::bytea"  # noqa: S608 - made of constants
        f" FROM {table} WHERE session = $1 AND id = $2",
        session,
        request,
    )
    asked: Asked = tuple(row)
    return asked


def _of_open_rounds(scene: Scene, chains: dict[int, ChainSeeds]) -> dict[int, ChainSeeds]:
    """Return chains with the client seeds of their open rounds, which stand with those."""
    return {
        chain: known._replace(client_seeds={opened.n: opened.client_seeds})
        for chain, known in chains.items()
        if (opened := scene.open_rounds.get(chain)) is not None
    }


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
            WHERE {span.holds("w")} AND {moment.saw("w", "settled_at")} AND w.seat = 0
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
