"""The key file: 32-byte keys by number, readable by the server alone.

One key a line, `NUMBER KEY`, the key as 64 hex digits or as base64. Empty lines and lines that
begin with `#` are skipped. The highest number seals, the others open what they sealed. A key with
the word `pending` behind it does not seal yet, however high its number: it opens what other nodes
seal that have it without the word already. A file with one key and nothing else is key 1.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import secrets
import stat
import tempfile
from pathlib import Path
from typing import Final

__all__ = ["GENERATED_KEY_FILE", "KEY_BYTES", "VaultError", "generate_keys", "read_keys"]

KEY_BYTES: Final = 32
MAXIMUM_KEY_NUMBER: Final = 65_535
PENDING: Final = "pending"
GENERATED_KEY_FILE: Final = "seed-keys"
"""Its name in the data directory, where the server makes one for itself."""

_HEX_DIGITS: Final = 2 * KEY_BYTES
_MAXIMUM_FILE_BYTES: Final = 65_536
_FEWEST_DISTINCT_BYTES: Final = 8
"""A random key has some 30 distinct bytes of 32; under 8 it is a placeholder somebody typed."""


class VaultError(Exception):
    """A key or a sealed secret cannot be used; the text tells an operator why and shows neither."""


def read_keys(path: Path) -> dict[str, bytes]:
    """Return the keys of a file by number: those that are pending, then the others, ascending.

    So the last one is the one that seals. Raises VaultError.
    """
    try:
        text = _read_private(path).decode("ascii")
    except UnicodeDecodeError:
        raise VaultError(f"{path}: a key file is plain text, a number and a key a line") from None
    keys: dict[int, bytes] = {}
    pending: set[int] = set()
    lines = [(number, line.split()) for number, line in enumerate(text.splitlines(), 1)]
    lines = [(number, words) for number, words in lines if words and words[0][0] != "#"]
    if not lines:
        raise VaultError(f"{path}: there is no key in this file")
    for place, words in lines:
        if len(words) == 1 and len(lines) == 1:
            words.insert(0, "1")
        waits = len(words) == 3 and words[2] == PENDING
        if len(words) != 2 + waits or not _is_number(words[0]):
            raise VaultError(f"{path}: line {place} is not a key number, a space and a key")
        number = int(words[0])
        if number in keys:
            raise VaultError(f"{path}: line {place} gives key {number} a second time")
        keys[number] = _key(words[1], f"{path}: line {place}")
        if waits:
            pending.add(number)
    if len(pending) == len(keys):
        raise VaultError(f"{path}: every key is {PENDING}, so that none can seal")
    ordered = sorted(keys, key=lambda number: (number not in pending, number))
    return {str(number): keys[number] for number in ordered}


def generate_keys(path: Path) -> None:
    """Write a file with one new key that only its owner can read; an existing one is kept.

    It is on the disk before this returns: a chain sealed under a key that a crash takes away could
    never be proved. Raises VaultError.
    """
    line = f"1 {secrets.token_hex(KEY_BYTES)}\n".encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp gives mode 0600 from the first moment, whatever the umask.
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        written = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            # A link, not a rename: it refuses to take the place of a key file that is there.
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(written)
        finally:
            written.unlink()
        _sync_directory(path.parent)
    except OSError as error:
        raise VaultError(f"{path}: cannot write a key file: {error.strerror}") from None


def _sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _read_private(path: Path) -> bytes:
    """Return a file's content if nobody but its owner, or root's group, can have read it.

    The rule is that of PostgreSQL for TLS keys: 0600 or less for a file of the server's user, 0640
    or less for one of root, which is how secrets are mounted into containers.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise VaultError(f"{path}: cannot read the key file: {error.strerror}") from None
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise VaultError(f"{path}: the key file is not a plain file")
        if status.st_uid not in (0, os.geteuid()):
            raise VaultError(f"{path}: the key file belongs to another user; chown it")
        if status.st_mode & (0o037 if status.st_uid == 0 else 0o077):
            raise VaultError(f"{path}: others can read the key file; run chmod 600 on it")
        with os.fdopen(os.dup(handle), "rb") as file:
            content = file.read(_MAXIMUM_FILE_BYTES + 1)
    finally:
        os.close(handle)
    if len(content) > _MAXIMUM_FILE_BYTES:
        raise VaultError(f"{path}: too long for a key file")
    return content


def _is_number(word: str) -> bool:
    return word.isdigit() and len(word) <= 5 and 1 <= int(word) <= MAXIMUM_KEY_NUMBER


def _key(word: str, place: str) -> bytes:
    """Return the key that a word spells. What the word is never gets into a message."""
    try:
        if len(word) == _HEX_DIGITS:
            key = bytes.fromhex(word)
        else:
            standard = word.replace("-", "+").replace("_", "/").rstrip("=")
            key = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise VaultError(f"{place} has no key of {KEY_BYTES} bytes as hex or base64")
    if len(set(key)) < _FEWEST_DISTINCT_BYTES:
        raise VaultError(f"{place} has a key that is not random; `openssl rand -hex 32` makes one")
    return key
