"""Seeds at rest: AES-256-GCM under the keys of a key file.

    sealed = nonce (12 bytes) || ciphertext || tag (16 bytes)
    additional data = "croupier/vault/1 chain seed" || u64 chain || key id

So a sealed secret opens only as what it is: moved to another chain, another key or another purpose
it is refused. Nonces are random, which is safe for 2^32 chains a key (NIST SP 800-38D 8.3).
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

from server.fairness.keyring import (
    GENERATED_KEY_FILE,
    KEY_BYTES,
    VaultError,
    generate_keys,
    read_keys,
)

__all__ = ["Vault", "VaultError", "has_generated_key"]

_PURPOSE: Final = b"croupier/vault/1 chain seed"
_NONCE_BYTES: Final = 12


def has_generated_key(data: Path) -> bool:
    """Whether the data directory holds the key that a server made for itself."""
    return (data / GENERATED_KEY_FILE).exists()


class Vault:
    """Seals the secrets of chains. `keys` holds 32-byte keys by id, the one that seals last."""

    __slots__ = ("_ciphers", "_keys", "key_id")

    key_id: str
    """The id of the key that seals."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys.values()):
            raise VaultError(f"a vault needs keys of {KEY_BYTES} bytes")
        self._keys = dict(keys)
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self.key_id = list(keys)[-1]

    @classmethod
    def load(cls, key_file: Path | None, data: Path, *, generate: bool) -> Vault:
        """Return a vault with the keys of `key_file`, or else of the data directory.

        `generate` lets the server make the file in the data directory, in mode 0600, when there is
        none; production does not allow it. Raises VaultError.
        """
        if key_file is not None:
            return cls(read_keys(key_file))
        if not generate:
            raise VaultError("set fairness.key_file: production refuses a key the server generated")
        path = data / GENERATED_KEY_FILE
        if not path.exists():
            generate_keys(path)
        return cls(read_keys(path))

    def seal(self, chain: int, secret: bytes) -> tuple[bytes, str]:
        """Return (sealed secret with its nonce inside, id of the key)."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self.key_id].encrypt(nonce, secret, _bound(chain, self.key_id))
        return nonce + sealed, self.key_id

    def open(self, chain: int, sealed: bytes, key_id: str) -> bytes:
        """Return what was sealed for this chain under this key. Raises VaultError otherwise."""
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise VaultError(
                f"chain {chain} is sealed under key {key_id!r}, which the key file does not hold"
            )
        nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, body, _bound(chain, key_id))
        except (InvalidTag, ValueError):
            raise VaultError(
                f"the secret of chain {chain} does not open under key {key_id!r}: it was changed, "
                "or another key had this number"
            ) from None

    def reseal(self, chain: int, sealed: bytes, key_id: str) -> tuple[bytes, str]:
        """Return the same secret under the key that seals now, after a rotation."""
        if key_id == self.key_id:
            return sealed, key_id
        return self.seal(chain, self.open(chain, sealed, key_id))

    def derived(self, purpose: bytes) -> dict[str, bytes]:
        """Return keys for another purpose, by HKDF from each of the vault's, the newest last.

        Nothing can be learnt from them of the vault's own or of those for any other purpose.
        """
        return {
            name: HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose).derive(key)
            for name, key in self._keys.items()
        }

    def __repr__(self) -> str:
        return f"<Vault keys {', '.join(self._ciphers)}>"


def _bound(chain: int, key_id: str) -> bytes:
    """Return the additional data. Only the last part varies in length, so it needs no framing."""
    return _PURPOSE + chain.to_bytes(8, "big") + key_id.encode()
