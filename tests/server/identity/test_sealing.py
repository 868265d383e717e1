"""Tests of `server.identity.sealing`."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.fairness.vault import Vault
from server.identity.sealing import SecretSeal, VaultError, seal_of

OLD, NEW = bytes(range(32)), bytes(range(1, 33))


def test_a_secret_opens_as_what_it_is() -> None:
    """A sealed secret opens for its owner under its key, and in no other way."""
    seal = SecretSeal({"1": OLD, "2": NEW})
    sealed, key = seal.seal("operator", "mara", b"secret")

    assert key == "2"
    assert b"secret" not in sealed
    assert seal.open("operator", "mara", sealed, key) == b"secret"
    for kind, name, text, number in (
        ("operator", "otto", sealed, "2"),
        ("player", "mara", sealed, "2"),
        ("operator", "mara", sealed, "1"),
        ("operator", "mara", sealed, "3"),
        ("operator", "mara", sealed[:-1] + bytes([sealed[-1] ^ 1]), "2"),
        ("operator", "mara", b"", "2"),
    ):
        with pytest.raises(VaultError) as caught:
            seal.open(kind, name, text, number)
        assert "mara" not in str(caught.value)


def test_keys_turn() -> None:
    """What an older key sealed opens while that key is in the file; a fresh nonce each time."""
    sealed, key = SecretSeal({"1": OLD}).seal("operator", "mara", b"secret")
    assert SecretSeal({"1": OLD, "2": NEW}).open("operator", "mara", sealed, key) == b"secret"
    assert SecretSeal({"1": OLD}).seal("operator", "mara", b"secret")[0] != sealed


def test_seeds_have_other_keys() -> None:
    """Nothing that is sealed here opens as a chain's secret, though the file is the same."""
    sealed, key = SecretSeal({"1": OLD}).seal("operator", "mara", b"s" * 32)
    with pytest.raises(VaultError):
        Vault({"1": OLD}).open(1, sealed, key)


def test_where_the_keys_are(tmp_path: Path) -> None:
    """Keys come from the file that is named, else from the data directory, else not at all."""
    with pytest.raises(VaultError, match="cannot read the key file"):
        seal_of(None, tmp_path)
    for name, key in (("seed-keys", OLD), ("named", NEW)):
        (tmp_path / name).write_text(f"1 {key.hex()}\n")
        (tmp_path / name).chmod(0o600)
    sealed = SecretSeal({"1": OLD}).seal("operator", "mara", b"secret")
    assert seal_of(None, tmp_path).open("operator", "mara", *sealed) == b"secret"
    with pytest.raises(VaultError):
        seal_of(tmp_path / "named", tmp_path).open("operator", "mara", *sealed)
    with pytest.raises(VaultError):
        SecretSeal({})
