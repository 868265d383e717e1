"""The HTTP call for a ticket, as it is described."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft7Validator

from protocol.messages.session import Hello
from protocol.schema import signup


def test_examples() -> None:
    """The examples of the call are valid against its schemas."""
    schemas = signup.schemas()

    Draft7Validator(schemas["DemoRequest"]).validate(signup.REQUEST)
    Draft7Validator(schemas["DemoAccount"]).validate(signup.ACCOUNT)
    (call,) = signup.calls("http://127.0.0.1:8080/")
    for row in call["responses"][1:]:
        Draft7Validator(schemas["DemoRefused"]).validate(row["example"])


@pytest.mark.parametrize(
    "wrong", [{"currency": "eur"}, {"currency": 978}, {"amount": 1000}, {"amount": "1,000"}]
)
def test_wrong_bodies(wrong: dict[str, object]) -> None:
    """The schema refuses what the server would refuse."""
    assert not Draft7Validator(signup.schemas()["DemoRequest"]).is_valid(wrong)


def test_the_ticket_fits() -> None:
    """The ticket of the answer has the form that `hello` takes."""
    ticket = signup.ACCOUNT["ticket"]

    assert isinstance(ticket, str)
    assert 16 <= len(ticket) <= 128
    assert "ticket" in Hello.__struct_fields__


def test_literal() -> None:
    """The call as it crosses the wire holds the two examples."""
    text = signup.literal()

    assert text.startswith("POST /api/v1/demo HTTP/1.1\n")
    assert json.dumps(signup.REQUEST) in text
    assert json.dumps(signup.ACCOUNT) in text
