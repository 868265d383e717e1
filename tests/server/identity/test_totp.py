"""Tests of `server.identity.totp` by the vectors of the RFCs."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from server.identity import totp
from tests.server.identity.people import secret_of

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_rfc_6238(seconds: int, code: str) -> None:
    """The codes of RFC 6238, appendix B, come out; six digits are the last six of eight."""
    step = seconds // totp.STEP_S
    assert totp.code(SECRET, step, 8) == code
    assert totp.code(SECRET, step) == code[2:]
    assert totp.matching_step(SECRET, code[2:], seconds) == step


def test_rfc_4226() -> None:
    """The codes of RFC 4226, appendix D, come out."""
    assert [totp.code(SECRET, counter) for counter in range(10)] == (
        [
            "755224",
            "287082",
            "359152",
            "969429",
            "338314",
            "254676",
            "287922",
            "162583",
            "399871",
            "520489",
        ]
    )


def test_one_step_of_skew() -> None:
    """Codes of the steps around now match their own step; others match none."""
    now, step = 1_800_000_015.0, 60_000_000
    for skew in (-1, 0, 1):
        assert totp.matching_step(SECRET, totp.code(SECRET, step + skew), now) == step + skew
    for skew in (-2, 2):
        assert totp.matching_step(SECRET, totp.code(SECRET, step + skew), now) is None
    assert totp.matching_step(SECRET, totp.code(SECRET, 0), 3.0) == 0


@pytest.mark.parametrize("said", ["", "94287", "x94287", "\N{FULLWIDTH DIGIT ONE}" * 6, "9" * 99])
def test_what_is_no_code(said: str) -> None:
    """Text that is no code matches nothing; spaces in one do not matter."""
    assert totp.matching_step(SECRET, said, 59) is None
    assert totp.matching_step(SECRET, "287 082", 59) == 1


def test_address_for_authenticators() -> None:
    """The address holds the secret, the issuer and the parameters, and odd names are quoted."""
    parts = urlsplit(uri := totp.uri(SECRET, "mara@site+1", "Croupier"))
    assert (parts.scheme, parts.netloc, parts.path) == (
        "otpauth",
        "totp",
        "/Croupier:mara%40site%2B1",
    )
    assert {name: values[0] for name, values in parse_qs(parts.query).items()} == {
        "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "issuer": "Croupier",
        "algorithm": "SHA1",
        "digits": "6",
        "period": "30",
    }
    assert secret_of(uri) == SECRET


def test_secrets_are_fresh() -> None:
    """Each secret is as long as the hash and different from the last."""
    assert len({totp.new_secret() for _ in range(20)}) == 20
    assert len(totp.new_secret()) == 20
