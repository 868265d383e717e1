"""Opening the vault at the start: with the key that this database was played under, or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from server.fairness.keyring import VaultError
from server.fairness.vault import Vault, has_generated_key

__all__ = ["WrongKey", "open_vault"]

_NEWEST_CHAINS: Final = "SELECT id, secret, key_id FROM chain ORDER BY id DESC LIMIT 20"


class WrongKey(Exception):  # noqa: N818 - one clear line for a person
    """The key is missing, or it is not the one of this database; the message says what to do."""


async def open_vault(pool: Any, key_file: Path | None, data: Path, *, generate: bool) -> Vault:
    """Open the vault. A key is generated only where nothing was ever sealed.

    A lost key must not be replaced in silence: without it no stored round can be replayed. Raises
    WrongKey, VaultError and the database's errors.
    """
    missing = key_file is None and not has_generated_key(data)
    if generate and missing and await pool.fetchval("SELECT EXISTS (SELECT FROM chain)"):
        raise WrongKey(
            "the key that seals the chains' secrets, seed-keys, is missing from the data"
            " directory; put it back, or name it with fairness.key_file"
        )
    vault = Vault.load(key_file, data, generate=generate)
    chains = await pool.fetch(_NEWEST_CHAINS)
    if chains and not any(_opens(vault, row) for row in chains):
        # Else every open round would be taken for one that does not replay, and be parked.
        raise WrongKey(
            "the key opens none of the newest chains' secrets: it is not the one that this"
            " database was played under; put that one back, or add it to fairness.key_file"
        )
    return vault


def _opens(vault: Vault, row: Any) -> bool:
    """Whether a chain's secret can be read."""
    try:
        vault.open(row["id"], row["secret"], row["key_id"])
    except VaultError:
        return False
    return True
