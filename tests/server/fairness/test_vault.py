"""Sealed seeds."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.fairness.keyring import GENERATED_KEY_FILE
from server.fairness.vault import Vault, VaultError

OLD, NEW = os.urandom(32), os.urandom(32)
SECRET = os.urandom(32)
CHAIN = 7203


@pytest.fixture
def vault() -> Vault:
    """Return a vault with two keys."""
    return Vault({"1": OLD, "2": NEW})


def test_what_was_sealed_opens(vault: Vault) -> None:
    """A secret comes back, and the newest key sealed it."""
    sealed, key_id = vault.seal(CHAIN, SECRET)

    assert key_id == vault.key_id == "2"
    assert vault.open(CHAIN, sealed, key_id) == SECRET
    assert SECRET not in sealed


def test_the_stored_form_is_that_of_the_page(vault: Vault) -> None:
    """Nonce, ciphertext and tag, with purpose, chain and key in the additional data."""
    sealed, _ = vault.seal(CHAIN, SECRET)
    bound = b"croupier/vault/1 chain seed" + CHAIN.to_bytes(8, "big") + b"2"

    assert len(sealed) == 12 + 32 + 16
    assert AESGCM(NEW).decrypt(sealed[:12], sealed[12:], bound) == SECRET


def test_sealing_twice_gives_different_bytes(vault: Vault) -> None:
    """No nonce is used a second time."""
    nonces = {vault.seal(CHAIN, SECRET)[0][:12] for _ in range(1_000)}

    assert len(nonces) == 1_000


def test_after_a_rotation(vault: Vault) -> None:
    """Old secrets open under the old key, and can be sealed again under the new one."""
    sealed, key_id = Vault({"1": OLD}).seal(CHAIN, SECRET)
    assert key_id == "1"
    assert vault.open(CHAIN, sealed, key_id) == SECRET

    again, newest = vault.reseal(CHAIN, sealed, key_id)

    assert newest == "2"
    assert Vault({"2": NEW}).open(CHAIN, again, newest) == SECRET
    assert vault.reseal(CHAIN, again, newest) == (again, newest)


def test_a_removed_key(vault: Vault) -> None:
    """A secret whose key was taken away says which key is missing."""
    sealed, key_id = Vault({"1": OLD}).seal(CHAIN, SECRET)

    with pytest.raises(VaultError, match="key '1', which the key file does not hold"):
        Vault({"2": NEW}).open(CHAIN, sealed, key_id)


@pytest.mark.parametrize("where", [0, 11, 12, 43, 44, 59])
def test_a_changed_secret_does_not_open(vault: Vault, where: int) -> None:
    """One bit of nonce, ciphertext or tag changed is one bit too many."""
    sealed, key_id = vault.seal(CHAIN, SECRET)
    changed = bytearray(sealed)
    changed[where] ^= 1

    with pytest.raises(VaultError, match="does not open"):
        vault.open(CHAIN, bytes(changed), key_id)


@pytest.mark.parametrize("length", [0, 1, 11, 12, 27, 59])
def test_a_cut_secret_does_not_open(vault: Vault, length: int) -> None:
    """What is too short is refused like anything else."""
    sealed, key_id = vault.seal(CHAIN, SECRET)

    with pytest.raises(VaultError, match="does not open"):
        vault.open(CHAIN, sealed[:length], key_id)


def test_a_secret_opens_only_where_it_belongs(vault: Vault) -> None:
    """Moved to another chain, another key's number or another purpose it is refused."""
    sealed, key_id = vault.seal(CHAIN, SECRET)
    same_key = Vault({"1": NEW, "2": NEW})
    nonce = bytes(12)
    bound = b"croupier/vault/1 something" + CHAIN.to_bytes(8, "big") + b"2"
    other_purpose = nonce + AESGCM(NEW).encrypt(nonce, SECRET, bound)

    for chain, data, name in (
        (CHAIN + 1, sealed, key_id),
        (CHAIN, sealed, "1"),
        (CHAIN, other_purpose, key_id),
    ):
        with pytest.raises(VaultError, match="does not open"):
            same_key.open(chain, data, name)


def test_nothing_leaks(vault: Vault) -> None:
    """Neither repr nor an error shows a key or a secret, and no error drags another behind it."""
    sealed, key_id = vault.seal(CHAIN, SECRET)
    with pytest.raises(VaultError) as caught:
        vault.open(CHAIN + 1, sealed, key_id)

    error = caught.value
    shown = f"{vault!r} {error!r} {error.__cause__!r} {vars(error)!r}"

    assert error.__suppress_context__
    for secret in (OLD, NEW, SECRET):
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown


def test_impossible_keys_are_refused() -> None:
    """A vault without keys, or with short ones, is not made."""
    for keys in ({}, {"1": b"short"}):
        with pytest.raises(VaultError, match="32 bytes"):
            Vault(keys)


def test_load_generates_once(tmp_path: Path) -> None:
    """In development a key is made in the data directory and used again at the next start."""
    data = tmp_path / "data"
    sealed, key_id = Vault.load(None, data, generate=True).seal(CHAIN, SECRET)

    assert Vault.load(None, data, generate=True).open(CHAIN, sealed, key_id) == SECRET
    assert stat.S_IMODE((data / GENERATED_KEY_FILE).stat().st_mode) == 0o600


def test_load_in_production(tmp_path: Path) -> None:
    """Production refuses a generated key, one made earlier too, and generates none."""
    for _ in range(2):
        with pytest.raises(VaultError, match=r"fairness\.key_file"):
            Vault.load(None, tmp_path, generate=False)
        assert list(tmp_path.iterdir()) in ([], [tmp_path / GENERATED_KEY_FILE])
        Vault.load(None, tmp_path, generate=True)


def test_load_reads_a_key_file(tmp_path: Path) -> None:
    """The highest number of a key file seals; a file that is missing is never generated."""
    file = tmp_path / "keys"
    with pytest.raises(VaultError, match="No such file"):
        Vault.load(file, tmp_path, generate=True)
    assert list(tmp_path.iterdir()) == []
    file.write_text(f"2 {NEW.hex()}\n1 {OLD.hex()}\n", encoding="utf-8")
    file.chmod(0o600)

    loaded = Vault.load(file, tmp_path, generate=False)

    assert loaded.key_id == "2"
    assert loaded.open(CHAIN, *Vault({"1": OLD}).seal(CHAIN, SECRET)) == SECRET


def test_load_refuses_wrong_permissions(tmp_path: Path) -> None:
    """A generated key that somebody opened to others is refused as well."""
    Vault.load(None, tmp_path, generate=True)
    (tmp_path / GENERATED_KEY_FILE).chmod(0o644)

    with pytest.raises(VaultError, match="chmod 600"):
        Vault.load(None, tmp_path, generate=True)
