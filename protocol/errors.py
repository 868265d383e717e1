"""Error codes and close codes, each saying what the client should do next.

Both sets are open: a client that meets a code it does not know follows the *certainty* of an error
and the range of a close code (40xx and the registered codes: reconnect; 45xx: do not).
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple


class Certainty(enum.Enum):
    """How sure the answer is, which decides whether the same id may be sent again."""

    FINAL = "final"
    """Decided. The same request gets the same answer for ever."""
    TEMPORARY = "temporary"
    """Certainly not executed. The same id may be sent again."""
    UNKNOWN = "unknown"
    """In doubt. Ask again with the same id; never with a new one."""


class _Error(NamedTuple):
    certainty: Certainty
    action: str


class ErrorCode(enum.Enum):
    """The code of an error reply; `certainty` and `action` say what to do about it."""

    # The request could not be read.
    MALFORMED = "malformed"
    INVALID_BODY = "invalid_body"
    UNKNOWN_TYPE = "unknown_type"
    NUMBER_OUT_OF_BOUNDS = "number_out_of_bounds"
    REQUEST_ID_REUSED = "request_id_reused"
    # The connection or the session does not allow it.
    HELLO_FIRST = "hello_first"
    ALREADY_SIGNED_IN = "already_signed_in"
    TOO_FAST = "too_fast"
    TOO_MANY_IN_FLIGHT = "too_many_in_flight"
    TICKET_INVALID = "ticket_invalid"
    TOKEN_INVALID = "token_invalid"  # noqa: S105 - a code, not a password
    REPLACED = "replaced"
    # The table or the round does not allow it.
    UNKNOWN_GAME = "unknown_game"
    UNKNOWN_TABLE = "unknown_table"
    UNKNOWN_ROUND = "unknown_round"
    TABLE_CLOSED = "table_closed"
    TOO_MANY_TABLES = "too_many_tables"
    NOT_WATCHABLE = "not_watchable"
    WRONG_REQUEST = "wrong_request"
    STALE_ROUND = "stale_round"
    STALE_STEP = "stale_step"
    ROUND_OPEN = "round_open"
    ROUND_UNDECIDED = "round_undecided"
    BET_INVALID = "bet_invalid"
    STAKE_BELOW = "stake_below"
    STAKE_ABOVE = "stake_above"
    STAKE_NOT_WHOLE = "stake_not_whole"
    DECISION_FORBIDDEN = "decision_forbidden"
    BETS_CLOSED = "bets_closed"
    NOT_YOUR_TURN = "not_your_turn"
    SEAT_TAKEN = "seat_taken"
    NO_SEAT = "no_seat"
    TABLE_FULL = "table_full"
    # The money gate does not allow it.
    INSUFFICIENT_FUNDS = "insufficient_funds"
    ACCOUNT_SUSPENDED = "account_suspended"
    EXCLUDED = "excluded"
    STAKE_CAP = "stake_cap"
    WAGER_LIMIT = "wager_limit"
    LOSS_LIMIT = "loss_limit"
    # Not now, or not known.
    TABLE_MOVED = "table_moved"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    DRAINING = "draining"
    IN_DOUBT = "in_doubt"

    @property
    def certainty(self) -> Certainty:
        """Whether the refusal is final, temporary or unknown."""
        return _ERRORS[self].certainty

    @property
    def action(self) -> str:
        """What the client should do next, as one sentence."""
        return _ERRORS[self].action


_FINAL: Final = Certainty.FINAL
_TEMPORARY: Final = Certainty.TEMPORARY

_ERRORS: Final[dict[ErrorCode, _Error]] = {
    ErrorCode.MALFORMED: _Error(_FINAL, "Send one request as a map with id, type and body."),
    ErrorCode.INVALID_BODY: _Error(_FINAL, "Correct the body and send it under a new id."),
    ErrorCode.UNKNOWN_TYPE: _Error(_FINAL, "Use a request type of this protocol version."),
    ErrorCode.NUMBER_OUT_OF_BOUNDS: _Error(
        _FINAL, "Keep every integer within plus or minus 2^53 - 1 and its own bounds."
    ),
    ErrorCode.REQUEST_ID_REUSED: _Error(
        _FINAL, "This id was used with other content; take an id above the highest one used."
    ),
    ErrorCode.HELLO_FIRST: _Error(_FINAL, "Send hello or resume before anything else."),
    ErrorCode.ALREADY_SIGNED_IN: _Error(_FINAL, "This connection has its session; go on with it."),
    ErrorCode.TOO_FAST: _Error(_TEMPORARY, "Send more slowly, then send the same id again."),
    ErrorCode.TOO_MANY_IN_FLIGHT: _Error(
        _TEMPORARY, "Wait for replies, then send the same id again."
    ),
    ErrorCode.TICKET_INVALID: _Error(_FINAL, "Get a new ticket and say hello with it."),
    ErrorCode.TOKEN_INVALID: _Error(_FINAL, "The session cannot be resumed; get a new ticket."),
    ErrorCode.REPLACED: _Error(
        _FINAL, "A newer session of this player took over; do not reconnect by yourself."
    ),
    ErrorCode.UNKNOWN_GAME: _Error(_FINAL, "Choose a game from the lobby."),
    ErrorCode.UNKNOWN_TABLE: _Error(_FINAL, "Sit down first, and use the table id of that answer."),
    ErrorCode.UNKNOWN_ROUND: _Error(_FINAL, "Use the id of a round of your own history."),
    ErrorCode.TABLE_CLOSED: _Error(_FINAL, "Choose another game; this table takes no new rounds."),
    ErrorCode.TOO_MANY_TABLES: _Error(_FINAL, "Leave a table, then sit down."),
    ErrorCode.NOT_WATCHABLE: _Error(_FINAL, "Private tables cannot be watched."),
    ErrorCode.WRONG_REQUEST: _Error(
        _FINAL, "Use the request that this kind of game takes; the lobby tells the kind."
    ),
    ErrorCode.STALE_ROUND: _Error(
        _FINAL, "Nothing was staked; bet on the round that the details name, under a new id."
    ),
    ErrorCode.STALE_STEP: _Error(
        _FINAL, "The round has moved on; decide on the step that the details name."
    ),
    ErrorCode.ROUND_OPEN: _Error(_FINAL, "Finish the open round first."),
    ErrorCode.ROUND_UNDECIDED: _Error(_FINAL, "Its proof can be had once the round has ended."),
    ErrorCode.BET_INVALID: _Error(_FINAL, "Choose bets from the game's description."),
    ErrorCode.STAKE_BELOW: _Error(_FINAL, "Stake at least the minimum."),
    ErrorCode.STAKE_ABOVE: _Error(_FINAL, "Stake at most the maximum."),
    ErrorCode.STAKE_NOT_WHOLE: _Error(_FINAL, "Stake whole minor units."),
    ErrorCode.DECISION_FORBIDDEN: _Error(_FINAL, "Choose one of the round's options."),
    ErrorCode.BETS_CLOSED: _Error(_FINAL, "Bet on the next round, once it has opened."),
    ErrorCode.NOT_YOUR_TURN: _Error(_FINAL, "Wait until the table says that it is your turn."),
    ErrorCode.SEAT_TAKEN: _Error(_FINAL, "Choose another seat, or none for the first free one."),
    ErrorCode.NO_SEAT: _Error(_FINAL, "Join the table first; a watcher cannot bet or decide."),
    ErrorCode.TABLE_FULL: _Error(_FINAL, "Every seat is taken; watch, or join another table."),
    ErrorCode.INSUFFICIENT_FUNDS: _Error(_FINAL, "Stake less, or add funds."),
    ErrorCode.ACCOUNT_SUSPENDED: _Error(_FINAL, "No new bets on this account; contact support."),
    ErrorCode.EXCLUDED: _Error(_FINAL, "No new bets while the exclusion or time-out lasts."),
    ErrorCode.STAKE_CAP: _Error(_FINAL, "Stake at most the cap that applies to this player."),
    ErrorCode.WAGER_LIMIT: _Error(_FINAL, "The wager limit is reached; wait until it frees room."),
    ErrorCode.LOSS_LIMIT: _Error(_FINAL, "The loss limit is reached; wait until it frees room."),
    ErrorCode.TABLE_MOVED: _Error(_TEMPORARY, "Send the same id again in a moment."),
    ErrorCode.BUSY: _Error(_TEMPORARY, "Send the same id again in a moment."),
    ErrorCode.UNAVAILABLE: _Error(_TEMPORARY, "Send the same id again in a few seconds."),
    ErrorCode.DRAINING: _Error(_TEMPORARY, "Reconnect and send the same id again."),
    ErrorCode.IN_DOUBT: _Error(
        Certainty.UNKNOWN, "The bet may have been taken; ask again with the same id."
    ),
}


class Refused(Exception):  # noqa: N818 - the field's word; it is a verdict, not a fault
    """A request that is refused, with the code that the client sees.

    `details` is a small map for the client program, such as the round that may be bet on.
    """

    def __init__(
        self, code: ErrorCode, message: str = "", details: dict[str, object] | None = None
    ) -> None:
        super().__init__(message or code.action)
        self.code = code
        self.message = message or code.action
        self.details = details


class CloseCode(enum.IntEnum):
    """Why the server closed the connection. 45xx: do not reconnect by yourself."""

    NORMAL = 1000
    """After `bye`."""
    GOING_AWAY = 1001
    """The server drains: reconnect with jitter and resume."""
    PROTOCOL_ERROR = 1002
    """Not WebSocket."""
    INVALID_TEXT = 1007
    """A text frame that is not UTF-8."""
    MESSAGE_TOO_BIG = 1009
    """A frame above the limit that `welcome` tells."""
    INTERNAL = 1011
    """A fault of the server: reconnect and resume."""
    SLOW = 4001
    """The client reads too slowly: reconnect and resume."""
    SILENT = 4002
    """No answer to a ping: reconnect and resume."""
    FULL = 4003
    """The server has as many connections as it takes: reconnect later."""
    REPLACED = 4500
    """A newer connection or session of this player took over."""
    HELLO_TIMEOUT = 4501
    """No hello or resume in time."""
    MALFORMED = 4502
    """Frames before a session that cannot be read, again and again."""
    TOO_FAST = 4503
    """Far above the frame rate in spite of warnings."""
    WRONG_SUBPROTOCOL = 4504
    """None of the offered subprotocols is spoken here."""
    WRONG_FRAME_TYPE = 4505
    """A text frame on the MessagePack subprotocol, or the reverse."""
    SIGN_IN_REFUSED = 4506
    """The ticket or token was refused: get a new ticket."""

    @property
    def reconnect(self) -> bool:
        """Whether the client should reconnect and resume by itself."""
        return self not in (CloseCode.NORMAL, CloseCode.MESSAGE_TOO_BIG) and self < 4500
