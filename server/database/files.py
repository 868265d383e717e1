"""What a data directory holds beside the cluster: passwords and the port."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from server.database.errors import DataDirectoryUnusable

Role = Literal["app", "owner", "report", "superuser"]

USERS: Final[dict[Role, str]] = {
    "app": "croupier_app",
    "owner": "croupier_owner",
    "report": "croupier_report",
    "superuser": "postgres",
}
"""The database user of each role."""

DATABASE: Final = "croupier"
"""The name of the database in an embedded cluster."""

SOCKET_PATH_BYTES_MAX: Final = 103
"""The shortest limit on a Unix socket's path, without its final zero: macOS; Linux has 107."""


def write_private(path: Path, text: str) -> None:
    """Replace *path* by *text* in one step, readable by this user alone."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


class DataDirectory:
    """The paths below one data directory, and the addresses that follow from its files.

    It starts nothing and locks nothing, so a second process may use it to find a running server.
    """

    __slots__ = ("cluster", "log", "path", "port_file", "secrets")

    def __init__(self, path: Path) -> None:
        """Lay out *path*, which need not exist."""
        self.path = path.absolute()
        self.cluster = self.path / "postgres"
        self.secrets = self.path / "secrets"
        self.port_file = self.path / "postgres.port"
        self.log = self.path / "postgres.log"

    @property
    def exists(self) -> bool:
        """Whether a cluster was created here; it appears complete or not at all."""
        return self.cluster.exists()

    def create(self) -> None:
        """Make the directory and its private part, without touching what exists.

        Raises:
            DataDirectoryUnusable: not allowed, not a directory, or no space.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.secrets.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise DataDirectoryUnusable(
                f"The data directory {self.path} cannot be created: {error.strerror}."
            ) from None

    def password(self, role: Role) -> str | None:
        """Return the password of *role*, or None if there is none yet.

        Raises:
            DataDirectoryUnusable: the file exists and may not be read by this user.
        """
        try:
            return self._password_file(role).read_text("utf-8").strip() or None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DataDirectoryUnusable(
                f"The passwords in {self.secrets} cannot be read: {error.strerror}. "
                "Run the command as the user who runs the server."
            ) from None

    def new_password(self, role: Role) -> str:
        """Draw a password for *role* and keep it."""
        password = secrets.token_urlsafe(32)
        write_private(self._password_file(role), password + "\n")
        return password

    def _password_file(self, role: Role) -> Path:
        """Name the file of a role's password."""
        return self.secrets / f"postgres-{role}"

    def port(self) -> int | None:
        """Return the port that was chosen for this directory, if one was."""
        try:
            return int(self.port_file.read_text("ascii"))
        except (OSError, ValueError):
            return None

    def url(self, role: Role, *, socket: bool = False, database: str = DATABASE) -> str:
        """Return the connection string of *role*.

        Args:
            role: whom to connect as.
            socket: connect over the cluster's Unix socket where its path is short enough. That
                costs a few microseconds less a call, but needs the right to enter the cluster's
                directory. Otherwise 127.0.0.1.
            database: the database's name.

        Raises:
            DataDirectoryUnusable: there is no database here yet.
        """
        password, port = self.password(role), self.port()
        if password is None or port is None:
            raise DataDirectoryUnusable(
                f"There is no database in {self.path}: start the server on it once, "
                "or name another directory with --data."
            )
        login = f"{USERS[role]}:{quote(password, safe='')}"
        path = self.cluster / f".s.PGSQL.{port}"
        if socket and len(os.fsencode(path)) <= SOCKET_PATH_BYTES_MAX:
            host = quote(str(self.cluster), safe="/")
            return f"postgresql://{login}@/{database}?host={host}&port={port}"
        return f"postgresql://{login}@127.0.0.1:{port}/{database}"
