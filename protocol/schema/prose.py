"""The words of the AsyncAPI document: how a client gets from nothing to its first spin."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from typing import Final

from protocol.codec import CODECS
from protocol.errors import CloseCode, ErrorCode
from protocol.schema import signup
from protocol.schema.attributes import attribute_docs
from protocol.schema.examples import Example
from protocol.schema.published import Published

_OPENING: Final = """\
Croupier deals, spins, settles and proves. A client gets a ticket by HTTP, opens one WebSocket, and
sends requests that are each answered by a reply. This document is all that a client needs.

## Frames

Offer one subprotocol in the WebSocket handshake, as `Sec-WebSocket-Protocol`:

{subprotocols}

Both carry the same maps. A **request** is `{{"id": 7, "type": "spin", "body": {{…}}}}`. Its
**reply** bears the same id and another type, which this document names, or the type `error`.
Replies may come in any order. An **event** comes unasked and has no id: `{{"type": "draining",
"body": {{…}}}}`. One that belongs to a table repeats its type in its body, because `welcome` lists
the missed ones as bodies alone.

- Bytes (client seeds, seeds, commitments) are base64 (RFC 4648, padded) in JSON and bin in
  MessagePack. MessagePack strings are str, never bin. No extension types or timestamps are used.
  Inside a proof (`round_proof`) they are hex in both, so that it is the same document everywhere.
- Every number is a whole number within plus or minus 2^53 - 1, written without fraction or
  exponent and, in MessagePack, as an integer. Money is in minor units of the session's currency:
  100 is 1.00 EUR; `welcome.exponent` says how many digits lie behind the point.
- Every id of a thing (player, session, table, chain, round) is a string. Take none apart, except
  that a round's id is its chain's id, `-` and its number n.
- `bets`, `decision` and `view` are in the game's own form (`x-games`), as nested maps of the same
  encoding; `notes` of `x-games` says what the numbers in a view mean. Fields with a default may be
  left out, and `body` where all of its fields may.
- Ignore fields, events and values that you do not know: the protocol grows by them. Do not give a
  key twice in a map: the last would count. Times are milliseconds since 1970, durations
  milliseconds.
- Examples are JSON. `x-msgpack-hex` of a message lists the same frames in MessagePack, in the
  order of its `examples`. `x-walkthrough` has a whole evening in both.
"""

_RULES: Final = """\
## Request ids and the three certainties

The client chooses the ids: whole numbers that increase within a session, each above every id used
before and above `welcome.highest_request`. The id makes a bet or a decision safe to repeat: **the
same id with the same content gets the same answer**, after a reconnect, a crash, or on another
node, and a bet is taken once. The same id with other content is refused as `request_id_reused`.

That holds for `spin`, `deal`, `act` and `bet`. Every other request is answered anew each time, as
things stand then; a `leave` that was already done is `unknown_table`. The ids of `hello` and
`resume` are only echoed.

An `error` says how sure it is:

- `final`: decided, and the same request gets the same answer for ever. To try something else,
  take a new id.
- `temporary`: certainly not executed. The same id may be sent again, after a moment.
- `unknown`: in doubt. Ask again with the **same** id until the answer is sure. Never send the bet
  under a new id meanwhile: it could be taken twice.

Codes that you do not know: follow `certainty`. An `error` without an id answers a frame whose id
could not be read.

{errors}

## Losing the connection, and resuming

Keep the newest `token` that a `welcome` gave, the requests without an answer, and for each table
the `epoch` and `seq` of its newest event (or of `seated`). To go on, open a new WebSocket and
send `resume` with the token and those positions in place of `hello`. Its `welcome` carries a new
token; the old one works until the first frame that you send after it. Then send every unanswered
request again, unchanged, under its old id, oldest first. For each table `welcome.tables` says
either `recovered: true` with every event missed, or `recovered: false` with a `snapshot` (`live`
for a live table); never a part. A table named in neither place is gone. `token_invalid` means that
the session is over: get a new ticket. So does `replaced`: a newer session took over, or `bye` had
ended this one. Open rounds are found again by `sit`.

One player has one live session; the newest wins. The older connection is closed with 4500: do not
reconnect by yourself then, or two tabs would push each other out for ever.

## Heartbeat

Send `ping` when nothing else was sent for `welcome.ping_interval_ms`. Answer the WebSocket pings
of the server (libraries and browsers do so by themselves). If nothing at all has come from the
server for twice the interval, take the connection for lost and resume.

## Limits

`welcome.limits` tells what you may send; the server's frames can be longer (`lobby_list` is tens
of kilobytes). A frame above `frame_bytes` closes the connection with 1009. Frames beyond
`frames_per_second` are refused as `too_fast`, and far beyond close the connection with 4503. More
than `in_flight` requests without an answer are refused as `too_many_in_flight`. `hello` or
`resume` must come within five seconds.

## Close codes

{closes}

A code that you do not know: 45xx means do not reconnect by yourself; any other, reconnect and
resume. Reconnect after a random part of a second, doubling up to half a minute.
"""

_ROUNDS: Final = """\
## Rounds, chains and stale rounds

A private table plays on a **chain** of seeds that was fixed before you sat down: the house drew
the last one, s_N, and hashed down: s_(n-1) = SHA-256(s_n). `seated.chain.commitment` is s_0.
Round n uses s_n, which its reply reveals. Every bet names its round, `chain-n`, which the table
gave as `chain.round` in `seated` or as `next.round` in the reply before, and carries a
`client_seed` of 1 to 32 bytes that you draw freshly from a good random source (left out where,
and only where, `welcome.client_seed` is false).

A bet on any other round is refused as `stale_round`: nothing was staked, and `details.round` and
`details.chain` say what to bet on, under a new id and with a client seed drawn anew; where they
are missing, `sit` again. That happens when an answer was missed or a second client played on the
same table. No other refusal moves the chain either.

When a chain has been used up, `next` names the new one and its commitment, without an event. If
the new one is not ready, `next` is null and `chain_started` tells it. A chain that was idle for
long is retired without a word: a bet on it is `busy`, `chain_started` tells the new chain, and the
bet sent again is `stale_round`. `sit` tells the chain at any time.

A table does one thing at a time. A bet or a decision that comes while another one is being settled
is `busy`: wait for the reply before you send the next.

Three kinds of game (`description.kind` in the lobby):

- `instant`: `spin` is bet and outcome in one. One `played` with `finished: true`.
- `decisions`: `deal` opens the round and holds the stake. While `finished` is false,
  `view.options` lists what may be decided; send `act` with the `step` of the newest `played` and
  `{"action": …}` of an option. A wrong step is `stale_step`: nothing was done, so a double click
  is not a second card. A round that has ended is `stale_round`. `seated.open` is an open round to
  go on with. It waits for its player for a time that the operator sets, a day if he sets none, and
  that no message counts down; then the platform decides, and `round_ended` tells the result.
- `shared`: played at live tables only (below).

The bets are `{"stake": 100}` where `description.stake_form` is `one`, and
`{"bets": [{"bet": "red", "stake": 100}]}` with names from `description.choices` where it is `list`.
Stake from `stakes.minimum` (in a list, each bet) to `stakes.maximum` (in a list, all bets
together). In those bounds the amounts of `description.stakes` are always taken, others only by
some games: `bet_invalid` then names the `stakes` to choose from, `stake_not_whole` the `multiple`.

Balances come with a `version`: keep the one with the highest, in whatever order they arrive.
`held` is what lies on open rounds.

## Checking the house

Hash the revealed seed of round n once with SHA-256: it must give the seed of round n-1, and for
round 1 the commitment. If rounds were skipped, hash as many times more. Refuse a chain whose
commitment was not known before the first client seed. With seed and client seed anyone can draw
the outcome again:

    block k = HMAC-SHA256(key = s_n, message = "croupier/draw/1" | u8 stream = 0
                          | for each seat: u16 length | client seed | then u32 k)

for k = 0, 1, 2, …, big-endian, read as 32-bit words in order. An integer below b: take a word; at
or above the largest multiple of b that is at most 2^32, throw it away and take the next; the value
is the word modulo b; b = 1 takes no word. No game of today draws below more than 2^32. `round`
gives the whole proof of an ended round: its `draws` are these integers in order. What they mean in
each game is in `docs/fairness.md`, and `croupier verify` replays a proof to its outcome."""

_LIVE: Final = """\
## Live tables

A live table has several seats, one clock and one draw for all. `tables` lists them, `watch` follows
one without a seat, `join` takes a seat at it, comes back to it, or renews its client seed, and
`leave` ends either. Each of the first two answers with a `LiveState`: all there is to show.

A round takes bets (`round_opened`), closes (`bets_closed`), is drawn, and is paid to every seat in
one settlement; only then `round_result` tells its outcome. The client seeds are those of the seats
taken when the round opens, in seat order, and stand in `round_opened` before its first bet; who
sits down later, or renews his seed, counts from the next round. A client seed counts only for the
chain that its `join` names: sit down without one, and give it once the chain has been told, anew
for each chain. `phase_ms`, `closes_ms`, `draws_ms`, `decide_ms` and `next_ms` count down from the
moment the frame arrives.

- `bet` names the round. `accepted` means that its money is held, and `bets_placed` then shows it to
  everybody; until `accepted` a bet is not made. A further `bet` adds to the seat's bets. After the
  close a bet is refused as `bets_closed`; it is never moved to another round. Bets that were
  accepted settle whether their player is there or not.
- `window`: nothing follows the close but the draw. `draws_ms` says how long the table waits with
  it, for a wheel to turn; until then nobody knows the outcome, the house neither.
- `turns`: `turn` says whose turn it is and for how long, with the round as the recipient may see
  it. `act` names round and step. Out of turn it is `not_your_turn`. A decision that takes a further
  stake is told by `bets_placed` first: so `placed` is all that is held. A seat whose time runs out
  is decided for by the house, never with a further stake: `platform` of the next `turn` says so.
- `rising`: at `rising` the multiplier stands at 1.00. It is a function of the round's time alone,
  whole numbers throughout, in hundredths: with `STEPS` = 1000000, 1071773, 1148698, 1231144,
  1319507, 1414213, 1515716, 1624504, 1741101, 1866065, 2000000, and t in milliseconds,
  `doublings` = t div 10000, `second` = t mod 10000 div 1000, `fraction` = t mod 1000,
  `height` = STEPS[second] * 1000 + (STEPS[second + 1] - STEPS[second]) * fraction, it is
  height * 2^doublings div 10000000, at most 1000000. Bets name their target (`cash-out-2.00`); to
  ride until you say so, take the highest. `act` with `{"action": "cash-out"}` counts from when it
  reaches the table; `acted` says at which `at_ms`, and once it does the payout is paid. One that
  comes too late is `busy` until the crash is told, then refused.

Events of a table are dense in (`epoch`, `seq`). What a recipient may not see is cut out of his copy
of an event; the numbers stay. A higher epoch means that the table has moved to another node: its
numbers start again, so `watch` or `join` to see where it stands. A table that moves answers
`table_moved`: send the same id again. After `resume` a live table brings every event missed, or a
`live` state in place of a snapshot. `round_voided` returns every stake, with the reason.
"""


def description(published: Published, told: Sequence[Example]) -> str:
    """Return `info.description`, as Markdown."""
    subprotocols = "\n".join(
        f"- `{name}`: {'MessagePack in binary' if codec.binary else 'JSON in text'} frames"
        for name, codec in CODECS.items()
    )
    words = attribute_docs(CloseCode)
    errors = "\n".join(
        f"- `{code.value}` ({code.certainty.value}): {code.action}" for code in ErrorCode
    )
    closes = "\n".join(
        f"- {code.value} {code.name.lower()}"
        f" ({'reconnect' if code.reconnect else 'do not reconnect'}): {words[code.name]}"
        for code in CloseCode
    )
    parts = (
        _OPENING.format(subprotocols=subprotocols),
        _first_spin(published, told),
        _ROUNDS,
        _LIVE,
        _RULES.format(errors=errors, closes=closes),
    )
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _first_spin(published: Published, told: Sequence[Example]) -> str:
    """Return the walk from nothing to the second round, in literal frames."""
    hello, welcome, lobby, _, sit, seated, spin, played, stale, refused, lost, *more = told
    resume, again, resent, answered, ping, pong, *_ = more
    game = published.first("instant")
    title = f" The game is {game.title}." if game else ""
    commitment = _hex(seated.frame["body"]["chain"]["commitment"])
    seed = _hex(played.frame["body"]["seed"])
    return f"""\
## From nothing to the first spin

Real frames of one player, in order; the seeds hash as they must, and the outcomes are the games'
own.{title}

**1. Get a ticket** (operation `demo`, `x-http`). `amount` is in major units; either may be left
out. The ticket works once, within ten minutes. Each call makes another player: only the `token` of
step 3 leads back to this one.

{_block(signup.literal(), "http")}

A refusal has another status and the body `{{"error": {{"code": "…", "message": "…"}}}}`:

{chr(10).join(f"- {status} `{code}`: {words}" for status, code, words in signup.REFUSALS)}

**2. Connect** to `gateway` with `Sec-WebSocket-Protocol: croupier.v1.json` or
`croupier.v1.msgpack`, and check that the answer names the one you offered.

**3. Say hello** within five seconds. The nonce is 8 to 64 characters that you draw; if the
connection breaks before the answer, the same ticket and nonce within 30 seconds give the same
session.

{_dialogue(hello, welcome)}

**4. Look around.** The reply lists every game with its stakes and its description (see the
example of `lobby_list`).

{_dialogue(lobby)}

**5. Sit down.** `chain.round` is the round to bet on, and `chain.commitment` is what holds the
house to it.

{_dialogue(sit, seated)}

**6. Spin.** Draw a client seed now, not before.

{_dialogue(spin, played)}

In MessagePack the same request is

{_block(spin.packed.hex(), "text")}

**7. Check the seed.** SHA-256 of the bytes `{seed}` is `{commitment}`: the commitment of step 5.

**8. Go on** with `next.round`. A bet on a round that has been played stakes nothing:

{_dialogue(stale, refused)}

**9. Suppose the connection breaks** before an answer. Connect again, resume, and send the same
frame again: the bet is taken once.

{_dialogue(lost)}

{_dialogue(resume, again, resent, answered)}

**10. Keep alive** when you have nothing to say.

{_dialogue(ping, pong)}
"""


def _dialogue(*examples: Example) -> str:
    arrows = {"client": ">", "server": "<"}
    return _block("\n".join(f"{arrows[one.sender]} {one.text}" for one in examples), "text")


def _block(text: str, language: str) -> str:
    return f"```{language}\n{text}\n```"


def _hex(encoded: str) -> str:
    return b64decode(encoded).hex()
