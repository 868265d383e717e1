"""Tests of `server.http.console`: the operators' way in, and what every call of theirs passes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import msgspec
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry
from yarl import URL

from protocol.schema.console import COOKIE, COOKIE_PLAIN, PREFIX, REFUSALS
from server.config import Settings
from server.config.settings import Http
from server.http.application import Room, build_application
from server.http.console import Console
from server.http.listener import client_of
from server.identity.roles import Permission, Role, permissions_of
from server.identity.sign_ins import SignedIn
from tests.server.harness import House
from tests.server.http.site import SignUps
from tests.server.identity.people import PASSWORD, Office, Person, open_office, secrets_in


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> str:
        """The code of a refusal; its status, message and form are those of the table."""
        code = str(self.body["error"]["code"])
        assert set(self.body) == {"error"}
        assert (self.status, self.body["error"]["message"]) == REFUSALS[code]
        assert self.headers["Cache-Control"] == "no-store"
        return code


class Browser:
    """A browser before a console."""

    def __init__(self, client: Any, office: Office, console: Console) -> None:
        self.client = client
        self.office = office
        self.console = console
        self.origin = str(client.make_url("/").origin())

    async def ask(self, method: str, path: str, **options: Any) -> Answer:
        """Send a request as a page of this server would."""
        wanted: dict[str, str | None] = {"Origin": self.origin} if method != "GET" else {}
        wanted.update(options.pop("headers", {}))
        headers = {name: text for name, text in wanted.items() if text is not None}
        if "data" not in options and method != "GET":
            options["json"] = options.pop("body", {})
        async with self.client.request(
            method, f"{PREFIX}{path}", headers=headers, **options
        ) as response:
            text = await response.text()
            body = json.loads(text) if text else None
            return Answer(response.status, body, response.headers.copy())

    async def enter(self, person: Person, **changes: Any) -> Answer:
        """Sign in by the next code."""
        headers = changes.pop("headers", {})
        self.office.clock.next_step()
        body = {
            "name": person.name,
            "password": PASSWORD,
            "code": person.code(self.office.clock.at),
            **changes,
        }
        body = {name: value for name, value in body.items() if value is not None}
        return await self.ask("POST", "/sign-in", body=body, headers=headers)


@asynccontextmanager
async def browse(
    office: Office, http: Http | None = None, **settings: Any
) -> AsyncIterator[Browser]:
    """Serve a console, with a route for every permission, and open a browser.

    `rooms` makes what else is served of the console.
    """
    mode = settings.pop("mode", "development")
    rooms: Callable[[Console], Iterable[Room]] = settings.pop("rooms", lambda _: ())
    identity = msgspec.structs.replace(office.settings, sign_ins_per_minute=1_000)
    whole = Settings(
        mode=mode,
        identity=msgspec.structs.replace(identity, **settings),
        http=http if http is not None else Http(),
    )
    console = Console(office.sign_ins, whole, lambda request: client_of(request, whole))
    application = build_application(
        sign_ups=SignUps(),  # type: ignore[arg-type]
        registry=CollectorRegistry(),
        not_ready=lambda: None,
        console=console,
        back_office=rooms(console),
    )

    async def done(request: web.Request, operator: SignedIn) -> web.Response:
        number = await console.record(request, operator, "test.do", request.path, "because")
        return web.json_response({"record": number})

    for permission in Permission:
        console.route(application, "POST", f"/test/{permission}", permission, done)
    async with TestClient(TestServer(application)) as client:
        yield Browser(client, office, console)


@pytest.fixture
async def browser(office: Office) -> AsyncIterator[Browser]:
    """A browser on this machine, in development."""
    async with browse(office) as browser:
        yield browser


async def test_sign_in(browser: Browser) -> None:
    """The right words set a cookie that scripts cannot read, and tell who it is."""
    mara = await browser.office.hire("mara", Role.FLOOR)
    answer = await browser.enter(mara)

    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE_PLAIN}=")
    assert {part.strip() for part in cookie.split(";")[1:]} == {
        "HttpOnly",
        "Path=/",
        "SameSite=Strict",
    }
    assert (answer.body["name"], answer.body["role"]) == ("mara", "floor")
    assert answer.body["permissions"] == sorted(permissions_of("floor"))
    assert answer.body["ends_ms"] - answer.body["signed_in_ms"] == 43_200_000
    assert (answer.body["previous_ms"], answer.body["recovery_codes"]) == (None, 10)
    assert (await browser.ask("GET", "/session")).body == answer.body
    left = await browser.ask("POST", "/sign-out")
    assert left.status == 204
    assert f'{COOKIE_PLAIN}=""' in left.headers["Set-Cookie"]
    assert (await browser.ask("GET", "/session")).code == "not_signed_in"
    assert (await browser.ask("POST", "/sign-out")).status == 204


async def test_a_token_is_dead_after_the_sign_out(browser: Browser) -> None:
    """A copy of the cookie is worth nothing once its owner has signed out."""
    mara = await browser.office.hire()
    cookie = (await browser.enter(mara)).headers["Set-Cookie"].partition(";")[0]
    await browser.ask("POST", "/sign-out")
    browser.client.session.cookie_jar.clear()
    assert (await browser.ask("GET", "/session", headers={"Cookie": cookie})).code == (
        "not_signed_in"
    )


async def test_refusals_tell_nothing(browser: Browser) -> None:
    """D8: wrong names, passwords and codes get the same bytes."""
    mara = await browser.office.hire()
    answers = [
        await browser.enter(mara, name="nobody"),
        await browser.enter(mara, password="wrong password"),
        await browser.enter(mara, code="12345"),
        await browser.enter(mara, name="somebody", code=None, recovery_code="X"),
    ]
    assert {answer.code for answer in answers} == {"sign_in_refused"}
    assert len({json.dumps(answer.body) for answer in answers}) == 1
    assert len({tuple(sorted(set(answer.headers))) for answer in answers}) == 1


async def test_locked(browser: Browser) -> None:
    """Who is locked is told for how long, and that is the same for a name that is not there."""
    mara = await browser.office.hire()
    for name in ("mara", "nobody"):
        for _ in range(3):
            refused = await browser.enter(mara, name=name, password="wrong password")
            assert refused.code == "sign_in_refused"
        answer = await browser.enter(mara, name=name)
        assert answer.code == "locked"
        assert answer.headers["Retry-After"] == "30"


async def test_recovery_code(browser: Browser) -> None:
    """A recovery code takes the place of the code, once; both together or neither is no sign-in."""
    mara = await browser.office.hire()
    code = mara.recovery_codes[3]
    assert (await browser.enter(mara, recovery_code=code)).code == "invalid_body"
    assert (await browser.enter(mara, code=None)).code == "invalid_body"
    assert (await browser.enter(mara, code=None, recovery_code=code)).body["recovery_codes"] == 9
    assert (await browser.enter(mara, code=None, recovery_code=code)).code == "sign_in_refused"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"[" * 4_000,
        b'{"name": "mara"}',
        b'{"name": "mara", "password": "", "code": "123456"}',
        b'{"name": "mara", "password": "x", "code": 123456}',
        b'{"name": "mara", "password": "x", "code": "123456", "role": "admin"}',
        b'{"name": "m\\u0000", "password": "x", "code": "123456"}',
        b'{"name": "\\ud800", "password": "x", "code": "123456"}',
        json.dumps({"name": "m" * 65, "password": "x", "code": "1"}).encode(),
        json.dumps({"name": "m", "password": "x" * 257, "code": "1"}).encode(),
        json.dumps({"name": "m", "password": "x", "code": "1" * 17}).encode(),
        b" " * 5_000,
    ],
)
async def test_wrong_bodies(browser: Browser, body: bytes) -> None:
    """What is no sign-in is refused before anything is counted or hashed."""
    headers = {"Content-Type": "application/json"}
    answer = await browser.ask("POST", "/sign-in", data=body, headers=headers)
    assert answer.code == "invalid_body"
    assert not await browser.office.outcomes()


async def test_bodies_are_bounded(browser: Browser) -> None:
    """A large body is not read to its end."""
    headers = {"Content-Type": "application/json"}
    answer = await browser.ask("POST", "/sign-in", data=b" " * 70_000, headers=headers)
    assert answer.status == 413


async def test_only_from_pages_of_this_server(browser: Browser) -> None:
    """No other site can make a browser sign in, sign out or act: origin and form are looked at."""
    mara = await browser.office.hire()
    await browser.enter(mara)
    port = browser.client.port
    for path in ("/sign-in", "/sign-out", "/test/tables.watch"):
        for origin in (
            None,
            "null",
            "",
            "https://evil.example",
            f"http://127.0.0.1:{port + 1}",
            f"http://localhost:{port}",
            f"http://127.0.0.1.evil.example:{port}",
            f"ftp://127.0.0.1:{port}",
            "http://127.0.0.1:99999999",
            "http://[",
        ):
            answer = await browser.ask("POST", path, headers={"Origin": origin})
            assert answer.code == "wrong_origin", (path, origin)
        answer = await browser.ask("POST", path, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.code == "wrong_origin"
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            headers = {"Content-Type": kind}
            answer = await browser.ask("POST", path, data=b"{}", headers=headers)
            assert answer.code == "not_json", (path, kind)
    assert (await browser.ask("GET", "/session")).status == 200, "still signed in"
    actions = [row["action"] for row in await browser.office.actions()]
    assert actions == ["operator.add", "console.sign-in"]


async def test_roles_are_enforced(office: Office) -> None:
    """Every permission: who has it gets through and is on record, all others are refused."""
    async with browse(office) as browser:
        for permission in Permission:
            answer = await browser.ask("POST", f"/test/{permission}")
            assert answer.code == "not_signed_in"
        for role in Role:
            person = await office.hire(f"the-{role}", role)
            assert (await browser.enter(person)).status == 200
            for permission in Permission:
                answer = await browser.ask("POST", f"/test/{permission}")
                if permission in permissions_of(role):
                    assert answer.status == 200, (role, permission)
                    row = (await office.actions())[-1]
                    assert row["id"] == answer.body["record"]
                    assert (row["actor"], row["role"]) == (person.name, role)
                    assert (row["object"], row["reason"], row["address"]) == (
                        f"{PREFIX}/test/{permission}",
                        "because",
                        "127.0.0.1",
                    )
                else:
                    assert answer.code == "not_permitted", (role, permission)


async def test_disabled_is_out_at_once(browser: Browser) -> None:
    """D9: the next call of a disabled operator is that of a stranger."""
    mara = await browser.office.hire()
    await browser.enter(mara)
    assert (await browser.ask("POST", "/test/tables.watch")).status == 200
    await browser.office.operators.disable("mara")
    assert (await browser.ask("GET", "/session")).code == "not_signed_in"
    assert (await browser.ask("POST", "/test/tables.watch")).code == "not_signed_in"
    assert (await browser.enter(mara)).code == "sign_in_refused"


async def test_players_are_no_operators(browser: Browser) -> None:
    """A sign-in of another kind is nobody here, and a credential without a role may nothing."""
    mara = await browser.office.hire()
    await browser.enter(mara)
    async with browser.office.database.connected("superuser") as superuser:
        await superuser.execute("UPDATE croupier.credential SET kind = 'player'")
    assert (await browser.ask("GET", "/session")).code == "not_signed_in"
    assert (await browser.ask("POST", "/test/tables.watch")).code == "not_signed_in"


async def test_over_tls_the_cookie_is_bound_to_the_host(office: Office) -> None:
    """Behind a trusted proxy with TLS the cookie is Secure and `__Host-`, and no other is taken."""
    tls = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}
    async with browse(office, Http(trusted_proxies=("127.0.0.0/8",))) as browser:
        browser.origin = browser.origin.replace("http:", "https:")
        answer = await browser.enter(await office.hire(), headers=tls)
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        assert {part.strip() for part in cookie.split(";")[1:]} == {
            "HttpOnly",
            "Path=/",
            "SameSite=Strict",
            "Secure",
        }
        token = cookie.partition(";")[0]
        headers = {**tls, "Cookie": token}
        assert (await browser.ask("GET", "/session", headers=headers)).status == 200
        headers["Cookie"] = token.replace(COOKIE, COOKIE_PLAIN)
        assert (await browser.ask("GET", "/session", headers=headers)).code == "not_signed_in"
        plain = {**tls, "Origin": browser.origin.replace("https:", "http:")}
        assert (await browser.ask("POST", "/sign-out", headers=plain)).code == "wrong_origin"
        address = await office.owner.fetchval("SELECT address FROM sign_in")
        assert address == "198.51.100.7"


async def test_no_password_in_clear(office: Office) -> None:
    """From another machine nobody signs in without TLS, and nothing is counted or hashed."""
    async with browse(office, Http(trusted_proxies=("127.0.0.0/8",))) as browser:
        headers = {"X-Forwarded-For": "198.51.100.7"}
        answer = await browser.enter(await office.hire(), headers=headers)
        assert answer.code == "insecure"
        assert not await office.outcomes()


async def test_production_sets_no_open_cookie(office: Office) -> None:
    """In production the cookie is Secure, whatever the proxy says or leaves out."""
    async with browse(office, mode="production") as browser:
        mara = await office.hire()
        assert (await browser.enter(mara)).code == "wrong_origin"
        browser.origin = browser.origin.replace("http:", "https:")
        cookie = (await browser.enter(mara)).headers["Set-Cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        assert "Secure" in cookie


async def test_rate_by_address(office: Office) -> None:
    """An address may try so often a minute, right or wrong."""
    async with browse(office, sign_ins_per_minute=2) as browser:
        mara = await office.hire()
        answers = [await browser.enter(mara) for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert answers[2].code == "too_fast"
        assert answers[2].headers["Retry-After"] == "60"


async def test_networks(office: Office) -> None:
    """From outside its networks the console is not there."""
    for networks, status in ((("10.0.0.0/8", "::1/128"), 404), (("127.0.0.0/8",), 401)):
        async with browse(office, console_networks=networks) as browser:
            answer = await browser.ask("GET", "/session")
            assert answer.status == status
            answer = await browser.ask("POST", "/sign-in", headers={"Origin": "null"})
            assert answer.status == (404 if status == 404 else 403)


async def test_the_database_is_away(browser: Browser, monkeypatch: Any) -> None:
    """Without the database nobody is signed in, and that is told as a fault that passes."""
    mara = await browser.office.hire()
    await browser.enter(mara)

    async def away(*_: Any, **__: Any) -> Any:
        raise ConnectionRefusedError

    monkeypatch.setattr(browser.console.sign_ins, "_check", away)
    assert (await browser.ask("GET", "/session")).code == "unavailable"
    monkeypatch.setattr(browser.console.sign_ins, "_begin", away)
    assert (await browser.enter(mara)).code == "unavailable"


async def test_no_secret_in_logs(browser: Browser) -> None:
    """Nothing that is logged on the way in holds a password, a code or a token."""
    mara = await browser.office.hire()
    with structlog.testing.capture_logs() as logs:
        await browser.enter(mara)
        await browser.ask("POST", "/test/payments.decide")
        await browser.enter(mara, password=PASSWORD + " not")
        await browser.enter(mara, name=PASSWORD)
        await browser.enter(mara, code=None, recovery_code=mara.recovery_codes[0] + "X")
    jar = browser.client.session.cookie_jar.filter_cookies(URL(browser.origin))
    text = repr(logs)
    assert [entry["event"] for entry in logs] == [
        "signed in",
        "operator lacks permission",
        *["sign-in refused"] * 3,
    ]
    assert not secrets_in(text, mara)
    assert jar[COOKIE_PLAIN].value not in text


async def test_a_whole_node(house: House) -> None:
    """On a running node an operator signs in; the pages' policy does not stand in the way."""
    async with open_office(house.database) as office:
        house.casino._sign_ins._seal = office.sign_ins._seal
        mara = await office.hire()
        code = mara.code(office.clock.at)
        house.casino._sign_ins._now = office.clock
        body = {"name": "mara", "password": PASSWORD, "code": code}
        url = f"{house.http}{PREFIX}"
        headers = {"Origin": house.http}
        async with house.web.post(f"{url}/sign-in", json=body, headers=headers) as response:
            assert response.status == 200
            cookie = {"Cookie": response.headers["Set-Cookie"].partition(";")[0]}
        async with house.web.get(f"{url}/session", headers=cookie) as response:
            assert (await response.json())["name"] == "mara"
        async with house.web.get(f"{url}/sign-in") as response:
            assert response.status == 405
