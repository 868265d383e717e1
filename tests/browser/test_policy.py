"""What the server allows its pages, and that they keep to it: no inline code, no strangers."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import aiohttp
from playwright.async_api import expect

from tests.browser.conftest import Begin
from tests.browser.rounds import deal_open, spin_reels, spin_wheel, stand
from tests.browser.visits import Visit
from tests.chaos.processes import Server


async def test_policy_names_no_stranger(house: Server) -> None:
    """The policy allows this server's own files and its gateway, and nothing that is inline."""
    async with aiohttp.ClientSession() as http, http.get(house.http + "/") as reply:
        policy, page = reply.headers["Content-Security-Policy"], await reply.text()
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";") if " " in rule.strip())
    assert rules["default-src"] in {"'self'", "'none'"}
    assert "unsafe" not in policy
    assert "*" not in policy
    assert rules["script-src"] == "'self'"
    assert f":{house.gateway_port}" in rules["connect-src"]
    assert rules["frame-ancestors"] == "'none'"
    assert rules["base-uri"] in {"'self'", "'none'"}
    for script in re.findall(r"<script\b([^>]*)>(.*?)</script>", page, re.DOTALL):
        assert "src=" in script[0]
        assert not script[1].strip()
    assert "<style" not in page
    assert not re.search(r"\s(?:style|on\w+)=", page)


async def test_only_this_server_is_asked(visit: Visit, house: Server) -> None:
    """Playing everything asks this server and its gateway alone, and breaks no rule."""
    asked: set[str] = set()
    visit.page.on("request", lambda request: asked.add(request.url))
    visit.page.on("websocket", lambda socket: asked.add(socket.url))
    await visit.table("slot")
    await spin_reels(visit)
    await visit.leave_for("Games")
    await visit.play("roulette")
    await spin_wheel(visit, "Straight 0")
    await visit.leave_for("Games")
    await visit.play("blackjack")
    await stand(visit, await deal_open(visit))
    await visit.button("Rules").click()
    await expect(visit.page.get_by_role("dialog")).to_be_visible()
    await visit.page.keyboard.press("Escape")
    await expect(visit.page.get_by_role("dialog")).to_have_count(0)
    await visit.leave_for("Settings")
    await visit.page.get_by_text("Dark", exact=True).click()
    ports = {urlsplit(url).netloc for url in asked if not url.startswith(("blob:", "data:"))}
    assert ports == {f"127.0.0.1:{house.http_port}", f"127.0.0.1:{house.gateway_port}"}


async def test_inline_code_is_stopped(visit: Visit) -> None:
    """Code that somebody smuggled into the page does not run, and the tests here would notice."""
    visit.expect("Content Security Policy", "policy script-src")
    await visit.open()
    await visit.page.evaluate(
        """() => {
          const script = document.createElement('script');
          script.textContent = 'globalThis.smuggled = true';
          document.body.append(script);
        }"""
    )
    assert await visit.page.evaluate("globalThis.smuggled") is None
    assert any("policy script-src" in line for line in visit.complaints)


async def test_documents_are_clean(begin: Begin) -> None:
    """The pages at /docs complain of nothing either."""
    visit = await begin()
    await visit.open("/docs")
    await expect(visit.page.get_by_role("heading").first).to_be_visible()
