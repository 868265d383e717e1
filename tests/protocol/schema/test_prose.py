"""The words for people: of the document, and of `docs/protocol.md`."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from games.catalogue import standard
from games.instant.curve import STEPS
from protocol.errors import CloseCode, ErrorCode
from protocol.messages import EVENTS, REQUESTS
from protocol.schema import Published, document
from protocol.schema.examples import story
from protocol.schema.prose import description
from tests.protocol.schema.games import HALF, PUBLISHED
from tests.protocol.values import as_json, unpack

PAGE = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text(encoding="utf-8")

BLOCKS = re.compile(r"```(\w+)\n(.*?)\n```", re.DOTALL)


def frames(text: str) -> list[dict[str, Any]]:
    """Return every literal frame of a text."""
    return [
        json.loads(line[2:])
        for language, block in BLOCKS.findall(text)
        for line in block.splitlines()
        if language == "text" and line.startswith(("> ", "< "))
    ]


@pytest.mark.parametrize("published", [PUBLISHED, HALF, Published()], ids=["all", "half", "no"])
def test_description(published: Published) -> None:
    """The description walks in literal frames from the ticket to the second round."""
    told = story(published)
    text = description(published, told)
    shown = frames(text)

    assert [frame["type"] for frame in shown[:9]] == [
        *("hello", "welcome", "lobby", "sit", "seated", "spin", "played", "spin", "error")
    ]
    texts = {example.text for example in told}
    assert {
        json.dumps(frame, separators=(",", ":"), ensure_ascii=False) for frame in shown
    } <= texts
    assert "POST /api/v1/demo" in text
    headings = ("Frames", "From nothing", "Rounds", "Live", "Request ids", "Losing", "Heartbeat")
    for heading in headings:
        assert f"\n## {heading}" in text
    assert not re.search(r"\{\{|\{[a-z_]+\}", text), "a placeholder was not filled in"


def test_the_multiplier_in_words() -> None:
    """The steps of the rising multiplier that the document lists are those of the rules."""
    steps = ", ".join(str(step) for step in STEPS)

    for text in (description(PUBLISHED, story(PUBLISHED)), PAGE):
        assert steps in re.sub(r"\s+", " ", text.replace("_", ""))


def test_seed_in_words() -> None:
    """The hash that the description states is true."""
    text = description(PUBLISHED, story(PUBLISHED))
    seed, digest = re.findall(r"`([0-9a-f]{64})`", text)

    assert hashlib.sha256(bytes.fromhex(seed)).hexdigest() == digest


def test_page_frames_are_valid() -> None:
    """Every literal frame of the page is valid against the schema."""
    found = document(Published())
    shown = frames(PAGE)

    assert len(shown) > 20
    for frame in shown:
        message = found["components"]["messages"][frame["type"]]
        schema = {"allOf": [message["payload"]], "components": found["components"]}
        Draft7Validator(schema).validate(frame)


def test_page_hex() -> None:
    """The MessagePack of the page is one of the frames shown before it."""
    for match in re.finditer(r"```hex\n([0-9a-f]+)\n```", PAGE):
        frame = as_json(unpack(bytes.fromhex(match[1])))
        assert frame in frames(PAGE[: match.start()])
    assert "```hex" in PAGE


def test_page_seeds_hash() -> None:
    """The seeds of the page hash to the commitments of the page."""
    commitments = {
        frame["body"]["chain"]["chain"]: frame["body"]["chain"]["commitment"]
        for frame in frames(PAGE)
        if frame["type"] == "seated"
    }
    checked = 0
    for frame in frames(PAGE):
        if frame["type"] == "played" and frame["body"]["seed"]:
            chain, _, number = frame["body"]["round"].rpartition("-")
            if chain in commitments:
                digest = b64decode(frame["body"]["seed"])
                for _ in range(int(number)):
                    digest = hashlib.sha256(digest).digest()
                assert digest == b64decode(commitments[chain])
                checked += 1
    assert checked


def test_page_lists_all() -> None:
    """The page has a row for every error code and close code, and names every play request."""
    for code in ErrorCode:
        assert f"| `{code.value}` | {code.certainty.value} | {code.action} |" in PAGE
    for close in CloseCode:
        answer = "yes" if close.reconnect else "no"
        assert f"| {close.value} | {close.name.lower()} | {answer} |" in PAGE
    live = ("tables", "join", "watch", "leave")
    for name in (*EVENTS, *live, "hello", "resume", "ping", "sit", "spin", "deal", "act", "bet"):
        assert name in REQUESTS or name in EVENTS
        assert f"`{name}`" in PAGE


def test_page_links() -> None:
    """Every entry of the page's contents leads to a heading."""
    headings = {
        re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    }

    assert set(re.findall(r"\(#([a-z0-9-]+)\)", PAGE)) == headings


def test_page_names_the_rules_of_today() -> None:
    """The digests that the page shows are those of the games as they are served."""
    shown = [frame["body"] for frame in frames(PAGE) if frame["type"] == "seated"]
    assert shown
    for body in shown:
        game = standard().version(body["game"], body["version"])
        assert game is not None
        assert body["digest"] == game.digest
