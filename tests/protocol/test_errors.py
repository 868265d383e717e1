"""Error codes and close codes: each says what to do next, and says it well."""

from __future__ import annotations

import re

import pytest

from protocol.errors import Certainty, CloseCode, ErrorCode, Refused
from protocol.schema.attributes import attribute_docs


@pytest.mark.parametrize("code", ErrorCode, ids=lambda code: code.value)
def test_error_codes(code: ErrorCode) -> None:
    """Every code has a certainty and one sentence that tells the client what to do."""
    assert isinstance(code.certainty, Certainty)
    assert re.fullmatch(r"[A-Z][^\n]{10,120}\.", code.action)
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code.value)
    assert code.name == code.value.upper()


def test_temporary_codes_keep_the_id() -> None:
    """What was certainly not executed may be sent again under the same id, and says so."""
    for code in ErrorCode:
        if code.certainty is Certainty.TEMPORARY:
            assert "same id" in code.action


def test_doubt() -> None:
    """The one code for doubt says that the same id must be asked again."""
    unknown = [code for code in ErrorCode if code.certainty is Certainty.UNKNOWN]

    assert unknown == [ErrorCode.IN_DOUBT]
    assert "same id" in ErrorCode.IN_DOUBT.action


def test_money_refusals_are_final() -> None:
    """A refusal that the money gate has decided is recorded, so it is final."""
    for name in ("INSUFFICIENT_FUNDS", "ACCOUNT_SUSPENDED", "EXCLUDED", "STAKE_CAP", "LOSS_LIMIT"):
        assert ErrorCode[name].certainty is Certainty.FINAL


def test_refused() -> None:
    """A refusal carries its code, the code's own advice where nothing better is known, details."""
    plain = Refused(ErrorCode.BUSY)
    special = Refused(ErrorCode.STAKE_BELOW, "Stake at least 20.", {"minimum": 20})

    assert (plain.message, plain.details, str(plain)) == (
        ErrorCode.BUSY.action,
        None,
        ErrorCode.BUSY.action,
    )
    assert (special.message, special.details) == ("Stake at least 20.", {"minimum": 20})


@pytest.mark.parametrize("code", CloseCode, ids=lambda code: code.name)
def test_close_codes(code: CloseCode) -> None:
    """Every close code has a meaning, and its range tells whether to reconnect."""
    assert attribute_docs(CloseCode)[code.name].endswith(".")
    if code >= 4500:
        assert not code.reconnect
    elif code >= 4000:
        assert code.reconnect
    # RFC 6455, 7.4: what a server may send and an application may use.
    assert 1000 <= code <= 1011 or 4000 <= code <= 4999


def test_reconnecting() -> None:
    """After a fault, a drain or slowness the client comes back; after `bye` it does not."""
    back = {CloseCode.GOING_AWAY, CloseCode.INTERNAL, CloseCode.SLOW, CloseCode.SILENT}

    assert all(code.reconnect for code in back)
    assert not CloseCode.NORMAL.reconnect
    assert not CloseCode.REPLACED.reconnect
