"""The TypeScript types: whole, consistent, and accepted by the compiler where there is one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from protocol.errors import CloseCode, ErrorCode
from protocol.messages import ANSWERS, EVENTS, REPLIES, REQUESTS
from protocol.schema import Published, typescript
from tests.protocol.schema.games import PUBLISHED

ROOT = Path(__file__).parents[3]

DECLARED = re.compile(r"^export (?:interface|type|const) (\w+)", re.MULTILINE)
STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
COMMENTS = re.compile(r"/\*.*?\*/|//[^\n]*")
BUILT_IN = {"Readonly", "Record", "Uint8Array", "K", "T", "Known"}

USAGE = """
import {
  CLOSE_CODES, ERROR_CODES, MAXIMUM_INTEGER, SUBPROTOCOLS, DEMO_PATH,
  type AnswerTo, type Bytes, type Certainty, type DemoAccount, type ErrorCode, type EventFrame,
  type Games, type RequestFrame, type ServerFrame,
} from "./protocol";

declare const seed: Bytes;
const bets: Games["wheel"]["bets"] = { bets: [{ bet: "left", stake: 10 }] };
export const spin: RequestFrame<"spin"> = {
  id: 1, type: "spin", body: { table: "1", round: "2-1", bets, client_seed: seed },
};
export const ping: RequestFrame = { id: 2, type: "ping", body: {} };

export function act(frame: ServerFrame): string {
  switch (frame.type) {
    case "played": return frame.body.finished ? String(frame.body.payout) : frame.body.round;
    case "error": {
      const known = frame.body.code in ERROR_CODES;
      const sure: Certainty = frame.body.certainty;
      const next: string | undefined = frame.body.details?.chain?.round;
      return known ? sure : next ?? (frame.id === undefined ? "unread" : frame.body.message);
    }
    case "draining": return String(frame.body.within_ms);
    default: return frame.type;
  }
}
export function answered(frame: AnswerTo<"spin">): boolean { return frame.type === "played"; }
export function walk(view: Games["dare"]["view"]): number {
  return view.events.reduce((sum, one) => sum + (one.event === "step" ? one.pair[0] : 1), 0);
}
export const tomorrow: ErrorCode = "code_of_tomorrow";
export const again: boolean = CLOSE_CODES[4001].reconnect;
export const use = [MAXIMUM_INTEGER, SUBPROTOCOLS.json, DEMO_PATH] as const;
export const stranger = (frame: EventFrame, account: DemoAccount) => [frame.id, account.ticket];
// @ts-expect-error: a request has a body of its own form
export const wrong: RequestFrame<"sit"> = { id: 1, type: "sit", body: { table: "1" } };
// @ts-expect-error: an id is a number
export const worse: RequestFrame<"ping"> = { id: "1", type: "ping", body: {} };
"""


@pytest.fixture(params=[False, True], ids=["msgpack", "json"])
def text(request: pytest.FixtureRequest) -> str:
    """The module for frames of either encoding."""
    return typescript(PUBLISHED, json_bytes=request.param)


def code_of(text: str) -> str:
    """Return the module without comments and strings."""
    return STRINGS.sub('""', COMMENTS.sub("", text))


def test_declared_once(text: str) -> None:
    """No name is declared twice."""
    names = DECLARED.findall(text)

    assert len(names) == len(set(names))


def test_names_exist(text: str) -> None:
    """Every type that is used is declared."""
    declared = set(DECLARED.findall(text)) | BUILT_IN
    used = set(re.findall(r"\b[A-Z][A-Za-z0-9]+\b", code_of(text)))

    assert used - declared == set()


def test_brackets_close(text: str) -> None:
    """Every bracket is closed by its own kind."""
    closing = {")": "(", "]": "[", "}": "{"}
    stack: list[str] = []
    for character in code_of(text):
        if character in closing.values():
            stack.append(character)
        elif character in closing:
            assert stack
            assert stack.pop() == closing[character]
    assert stack == []


def test_everything_is_there(text: str) -> None:
    """Every message, error code and close code is there."""
    for title, kinds in (("Requests", REQUESTS), ("Replies", REPLIES), ("Events", EVENTS)):
        rows = text.partition(f"export interface {title} {{")[2].partition("}")[0]
        assert re.findall(r"readonly (\w+):", rows) == list(kinds)
    rows = text.partition("export interface Answers {")[2].partition("}")[0]
    answers = re.findall(r"readonly (\w+): (.+);", rows)
    assert {
        request: tuple(json.loads(f"[{union.replace(' | ', ',')}]")) for request, union in answers
    } == ANSWERS
    for code in ErrorCode:
        assert f'  {code.value}: {{ certainty: "{code.certainty.value}"' in text
    for close in CloseCode:
        assert f"  {close.value}: {{ name:" in text


def test_bytes() -> None:
    """Bytes are what the encoding makes of them."""
    assert "export type Bytes = Uint8Array;" in typescript(Published())
    assert "export type Bytes = string;" in typescript(Published(), json_bytes=True)


def test_optional_fields() -> None:
    """What a client may leave out is optional; what the server always sends is not."""
    text = typescript(PUBLISHED)

    assert "  readonly client_seed?: Bytes;" in text
    assert "  readonly voided: boolean;" in text
    assert "  readonly details?: ErrorDetails;" in text


def test_open_sets() -> None:
    """Sets that may grow are open; tags and certainties are closed, so that a switch narrows."""
    text = typescript(PUBLISHED)

    assert 'export type ProtocolAction = Open<"go" | "stay">;' in text
    assert '  readonly event: "step";' in text
    assert 'export type Certainty = "final" | "temporary" | "unknown";' in text
    assert "export type ErrorCode = Open<keyof typeof ERROR_CODES>;" in text


def compiler() -> list[str] | None:
    """Return the command of an installed TypeScript compiler, or None."""
    given = os.environ.get("CROUPIER_TSC")
    local = ROOT / "web" / "node_modules" / ".bin" / "tsc"
    for candidate in (given, str(local) if local.exists() else None, shutil.which("tsc")):
        if candidate and shutil.which("node"):
            return [candidate]
    return None


def test_compiles(text: str, tmp_path: Path) -> None:
    """The strictest compiler accepts the module and a client that uses it."""
    command = compiler()
    if command is None:
        pytest.skip(
            "NO TYPESCRIPT COMPILER: set CROUPIER_TSC, or install the web client's packages"
        )
    (tmp_path / "protocol.ts").write_text(text, encoding="utf-8")
    (tmp_path / "usage.ts").write_text(USAGE, encoding="utf-8")
    strict = ["--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--noUnusedLocals"]
    done = subprocess.run(
        [*command, "--strict", "--noEmit", "--target", "es2022", *strict, "usage.ts"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
