"""Second factors at rest: AES-256-GCM under keys made from those of the key file.

    key = HKDF-SHA256(key of the file, info = "croupier/identity/1")
    sealed = nonce (12 bytes) || ciphertext || tag (16 bytes)
    additional data = "croupier/identity/1 totp " || key id || " " || kind || "/" || name

A secret opens only as that of its own owner, under its own key. Seeds are sealed under other keys,
though both come from one file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.fairness.keyring import GENERATED_KEY_FILE, VaultError, read_keys

__all__ = ["SecretSeal", "VaultError", "seal_of"]

_CONTEXT: Final = b"croupier/identity/1"
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32


class SecretSeal:
    """Seals second factors. `keys` holds keys by id, the one that seals last."""

    __slots__ = ("_ciphers", "_key_id")

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise VaultError("second factors need a key to be sealed under")
        self._ciphers = {name: AESGCM(_derived(key)) for name, key in keys.items()}
        self._key_id = list(keys)[-1]

    def seal(self, kind: str, name: str, secret: bytes) -> tuple[bytes, str]:
        """Return (sealed secret with its nonce inside, id of the key)."""
        nonce = os.urandom(_NONCE_BYTES)
        cipher = self._ciphers[self._key_id]
        return nonce + cipher.encrypt(nonce, secret, _bound(kind, name, self._key_id)), self._key_id

    def open(self, kind: str, name: str, sealed: bytes, key_id: str) -> bytes:
        """Return what was sealed for this owner under this key. Raises VaultError otherwise."""
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise VaultError(f"a second factor is sealed under key {key_id!r}, which is missing")
        nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, body, _bound(kind, name, key_id))
        except (InvalidTag, ValueError):
            raise VaultError(f"a second factor does not open under key {key_id!r}") from None


def seal_of(key_file: Path | None, data: Path) -> SecretSeal:
    """Return the seal with the keys of the key file, or else of the data directory. VaultError."""
    return SecretSeal(read_keys(key_file if key_file is not None else data / GENERATED_KEY_FILE))


def _derived(key: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=_CONTEXT).derive(key)


def _bound(kind: str, name: str, key_id: str) -> bytes:
    """Return the additional data. Neither key ids nor kinds hold a space or a slash."""
    return _CONTEXT + f" totp {key_id} {kind}/{name}".encode()
