"""Who did what: the append-only record of operators, read newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from protocol.schema.console_record import (
    Attempts,
    OperatorEntry,
    Operators,
    RecordedAction,
    RecordedActions,
    RecordedAttempt,
)

__all__ = ["PAGE_ROWS_MAX", "Record"]

PAGE_ROWS_MAX: Final = 200
_NEWEST: Final = (1 << 63) - 1

# An operator's own actions are found by the index (operator, id); all others by the primary key.
_ACTIONS: Final = """
    SELECT id, actor, role, action, object, reason, address, at FROM operator_action
    WHERE id < $1 {of} ORDER BY id DESC LIMIT $2
"""
_ALL: Final = _ACTIONS.format(of="")
_OF_OPERATOR: Final = _ACTIONS.format(
    of="AND operator = (SELECT id FROM credential WHERE kind = 'operator' AND name = $3)"
)
_ATTEMPTS: Final = """
    SELECT a.id, a.at, a.address, a.outcome, c.name
    FROM sign_in_attempt a LEFT JOIN credential c ON c.id = a.credential
    WHERE a.id < $1 AND a.kind = 'operator' ORDER BY a.id DESC LIMIT $2
"""
_OPERATORS: Final = """
    SELECT c.name, o.role, c.disabled_at IS NOT NULL AS disabled, c.created_at, c.password_at,
        l.created_at AS signed_in_at, l.address,
        (SELECT count(*) FROM sign_in s WHERE s.credential = c.id AND s.ended_at IS NULL) AS open,
        (SELECT count(*) FROM recovery_code r WHERE r.credential = c.id AND r.used_at IS NULL)
            AS recovery_codes
    FROM operator o JOIN credential c ON c.id = o.credential
    LEFT JOIN LATERAL (SELECT s.created_at, s.address FROM sign_in s
        WHERE s.credential = c.id ORDER BY s.id DESC LIMIT 1) l ON true
    ORDER BY c.name LIMIT 1000
"""


class Record:
    """Reads with the rights of the application, which can read the record and change nothing."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def actions(self, *, before: int | None, actor: str, rows: int) -> RecordedActions:
        """Return actions older than the number `before`, of one operator if `actor` names one."""
        found = await self._pool.fetch(
            _OF_OPERATOR if actor else _ALL,
            _NEWEST if before is None else before,
            rows + 1,
            *([actor] if actor else []),
        )
        listed = tuple(
            RecordedAction(
                id=str(row["id"]),
                at_ms=_milliseconds(row["at"]),
                actor=row["actor"],
                role=row["role"],
                action=row["action"],
                object=row["object"],
                reason=row["reason"],
                address=row["address"],
            )
            for row in found[:rows]
        )
        return RecordedActions(actions=listed, more=len(found) > rows)

    async def attempts(self, *, before: int | None, rows: int) -> Attempts:
        """Return attempts to sign in that are older than the number `before`."""
        found = await self._pool.fetch(_ATTEMPTS, _NEWEST if before is None else before, rows + 1)
        listed = tuple(
            RecordedAttempt(
                id=str(row["id"]),
                at_ms=_milliseconds(row["at"]),
                operator=row["name"],
                outcome=row["outcome"],
                address=row["address"],
            )
            for row in found[:rows]
        )
        return Attempts(attempts=listed, more=len(found) > rows)

    async def operators(self) -> Operators:
        """Return who the operators are, by name."""
        found = await self._pool.fetch(_OPERATORS)
        return Operators(
            operators=tuple(
                OperatorEntry(
                    name=row["name"],
                    role=row["role"],
                    disabled=row["disabled"],
                    created_ms=_milliseconds(row["created_at"]),
                    password_ms=_milliseconds(row["password_at"]),
                    signed_in_ms=_milliseconds(row["signed_in_at"])
                    if row["signed_in_at"] is not None
                    else None,
                    address=row["address"],
                    open=row["open"],
                    recovery_codes=row["recovery_codes"],
                )
                for row in found
            )
        )


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000)
