"""Tests of connections and of the lines that explain their failures."""

from __future__ import annotations

import pytest

from server.database.connect import connect, masked, without_password
from server.database.errors import DatabaseUnreachable
from server.database.ports import free_port
from tests.postgres import Database


@pytest.mark.parametrize(
    ("url", "bare", "password"),
    [
        ("postgresql://u:p%40ss@h:1/d", "postgresql://u@h:1/d", "p@ss"),
        ("postgresql://u@h/d?sslmode=require", "postgresql://u@h/d?sslmode=require", None),
        ("postgresql://u:p@/d?host=/a b&port=5", "postgresql://u@/d?host=/a%20b&port=5", "p"),
        ("postgresql://h/d?user=u&password=p", "postgresql://h/d?user=u", "p"),
    ],
)
def test_without_password(url: str, bare: str, password: str | None) -> None:
    """A password is taken out of an address wherever it stands."""
    assert without_password(url) == (bare, password)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p%40ss@h:1/d", "postgresql://u:***@h:1/d"),
        ("postgresql://u:p@/d?host=/a b&port=5", "postgresql://u:***@/d?host=/a%20b&port=5"),
        ("postgresql://h/d?user=u&password=p", "postgresql://h/d?user=u&password=***"),
        ("postgresql://[oops", "(not a URL)"),
    ],
)
def test_masked(url: str, shown: str) -> None:
    """An address is shown without its password."""
    assert masked(url) == shown


async def test_failures_are_explained(database: Database) -> None:
    """Each failure is one line that names the address, without its password."""
    port = database.cluster.directory.port()
    good = database.url("app", socket=False)
    wrong = good.replace("//croupier_app:", "//croupier_app:guess-")
    cases = {
        wrong: "refused the user or the password",
        good.replace(database.name, "none"): "does not exist",
        good.replace(f":{port}/", f":{free_port()}/"): "cannot be reached",
        "mysql://u:hidden@h/d": "not a usable connection string",
    }
    for url, expected in cases.items():
        with pytest.raises(DatabaseUnreachable, match=expected) as caught:
            await connect(url)
        assert "\n" not in str(caught.value)
        assert "hidden" not in str(caught.value)
        assert "guess-" not in str(caught.value)


async def test_connects(database: Database) -> None:
    """A connection carries its name and its settings."""
    for socket in (True, False):
        url = database.url("app", socket=socket)
        connection = await connect(url, application_name="me", settings={"work_mem": "5MB"})
        assert await connection.fetchval("SHOW application_name") == "me"
        assert await connection.fetchval("SHOW work_mem") == "5MB"
        assert await connection.fetchval("SHOW search_path") == "croupier, public"
        await connection.close()
