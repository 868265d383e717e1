"""The key file."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

import pytest

from server.fairness.keyring import VaultError, generate_keys, read_keys
from server.fairness.vault import Vault

KEYS = [bytes([number]) + os.urandom(31) for number in range(3)]
ROOT = os.geteuid() == 0


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    """Write a key file."""
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Name a key file."""
    return tmp_path / "keys"


def test_keys_by_number(file: Path) -> None:
    """Keys as hex or base64 come back by number, ascending, whatever their order in the file."""
    url_safe = base64.urlsafe_b64encode(KEYS[2]).decode().rstrip("=")
    write(
        file,
        f"# ours\n\n10 {KEYS[0].hex()}\n2 {base64.b64encode(KEYS[1]).decode()}\n3\t{url_safe}\n",
    )

    assert list(read_keys(file).items()) == [("2", KEYS[1]), ("3", KEYS[2]), ("10", KEYS[0])]


def test_a_pending_key_does_not_seal_yet(file: Path) -> None:
    """It opens what others seal under it; the highest of the others seals, until the word goes."""
    lines = [f"{number} {key.hex()}" for number, key in enumerate(KEYS, start=1)]
    vaults = [
        Vault(read_keys(write(file, "\n".join([*lines[:2], lines[2] + word]))))
        for word in (" pending", "")
    ]

    assert [vault.key_id for vault in vaults] == ["2", "3"]
    for here, there in (vaults, reversed(vaults)):
        sealed, key_id = here.seal(7, b"x" * 32)
        assert there.open(7, sealed, key_id) == b"x" * 32


@pytest.mark.parametrize("spell", [bytes.hex, lambda key: base64.b64encode(key).decode()])
def test_a_single_key_is_key_1(file: Path, spell: object) -> None:
    """A file with one key and nothing else is enough."""
    assert callable(spell)

    assert read_keys(write(file, f"{spell(KEYS[0])}\n")) == {"1": KEYS[0]}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no key"),
        ("# nothing\n\n", "no key"),
        (f"0 {KEYS[0].hex()}", "line 1 is not"),
        (f"70000 {KEYS[0].hex()}", "line 1 is not"),
        (f"-1 {KEYS[0].hex()}", "line 1 is not"),
        (f"1 2 {KEYS[0].hex()}", "line 1 is not"),
        (f"{KEYS[0].hex()}\n{KEYS[1].hex()}", "line 1 is not"),
        (f"1 {KEYS[0].hex()}\n1 {KEYS[1].hex()}", "line 2 gives key 1 a second time"),
        (f"1 {KEYS[0].hex()[:-2]}", "line 1 has no key of 32 bytes"),
        (f"1 {KEYS[0].hex()}ab", "line 1 has no key of 32 bytes"),
        (f"1 {KEYS[0].hex()[:-1]}x", "line 1 has no key of 32 bytes"),
        ("1 " + "00" * 32, "not random"),
        ("1 " + "deadbeef" * 8, "not random"),
        ("1 käse", "plain text"),
        (f"1 {KEYS[0].hex()} pending", "every key is pending"),
        (f"1 {KEYS[0].hex()} Pending", "line 1 is not"),
        (f"1 {KEYS[0].hex()} pending pending", "line 1 is not"),
        (f"{KEYS[0].hex()} pending", "line 1 is not"),
    ],
)
def test_wrong_files_are_refused(file: Path, text: str, says: str) -> None:
    """Each mistake is one line that names its place and never shows a key."""
    write(file, text)

    with pytest.raises(VaultError, match=says) as caught:
        read_keys(file)

    message = str(caught.value)
    assert str(file) in message
    assert "\n" not in message
    for key in KEYS:
        assert key.hex()[:12] not in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o601, 0o620, 0o660, 0o644, 0o777])
def test_a_file_that_others_can_read_is_refused(file: Path, mode: int) -> None:
    """A key that somebody else may have read, or written, is none."""
    write(file, KEYS[0].hex(), mode)

    with pytest.raises(VaultError, match="chmod 600"):
        read_keys(file)


def test_group_may_read_what_root_owns(file: Path) -> None:
    """0640 is fine for a file of root, as secrets are mounted, and not for one of the server."""
    write(file, KEYS[0].hex(), 0o640)

    if ROOT:
        assert read_keys(file) == {"1": KEYS[0]}
    else:
        with pytest.raises(VaultError, match="chmod 600"):
            read_keys(file)


@pytest.mark.root
@pytest.mark.skipif(not ROOT, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(file: Path) -> None:
    """Whoever owns the file can read and change the key."""
    write(file, KEYS[0].hex())
    os.chown(file, 12_345, 12_345)

    with pytest.raises(VaultError, match="another user"):
        read_keys(file)


@pytest.mark.root
@pytest.mark.skipif(not ROOT, reason="only root can give a file away")
@pytest.mark.parametrize(("mode", "fine"), [(0o600, True), (0o400, True), (0o640, False)])
def test_a_file_of_an_unprivileged_server(
    file: Path, mode: int, fine: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is not root keeps its own key file to itself, from its group too."""
    write(file, KEYS[0].hex(), mode)
    os.chown(file, 12_345, 12_345)
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)

    if fine:
        assert read_keys(file) == {"1": KEYS[0]}
    else:
        with pytest.raises(VaultError, match="chmod 600"):
            read_keys(file)


def test_a_link_to_a_private_file_is_followed(file: Path, tmp_path: Path) -> None:
    """Secrets are mounted as links; what counts is the file behind them."""
    (tmp_path / "link").symlink_to(write(file, KEYS[0].hex()))

    assert read_keys(tmp_path / "link") == {"1": KEYS[0]}


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A directory, a pipe, a missing or an endless file are each one clear line."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    write(tmp_path / "long", "#" * 70_000)
    for name, says in (
        ("missing", "No such file"),
        ("pipe", "plain file"),
        ("", "plain file"),
        ("long", "too long"),
    ):
        with pytest.raises(VaultError, match=says):
            read_keys(tmp_path / name)


def test_a_generated_file_is_private_from_the_first_moment(file: Path) -> None:
    """A generated file has one key and mode 0600 whatever the umask, and is alone."""
    before = os.umask(0)
    try:
        generate_keys(file)
    finally:
        os.umask(before)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(read_keys(file)) == ["1"]
    assert list(file.parent.iterdir()) == [file]


def test_generating_keeps_an_existing_file(file: Path) -> None:
    """The key of stored chains is never overwritten."""
    write(file, KEYS[0].hex())

    generate_keys(file)

    assert read_keys(file) == {"1": KEYS[0]}
    assert list(file.parent.iterdir()) == [file]


def test_generating_where_nothing_can_be_written(tmp_path: Path) -> None:
    """A data directory that is none is one clear line."""
    (tmp_path / "file").touch()

    with pytest.raises(VaultError, match="cannot write a key file"):
        generate_keys(tmp_path / "file" / "keys")
