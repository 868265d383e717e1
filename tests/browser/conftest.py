"""One server and one browser for all these tests; each test has profiles of its own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from server.database.embedded import EmbeddedPostgres
from server.web.build_state import BuildState, build_state
from tests.browser import chromium
from tests.browser.floor import Floor, open_floor
from tests.browser.visits import Visit
from tests.chaos.processes import Server

HERE = Path(__file__).parent

Begin = Callable[..., Awaitable[Visit]]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run these tests last and in one event loop, so that no browser idles beside the others."""
    ours = [item for item in items if item.path.is_relative_to(HERE)]
    for item in ours:
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
    ours.sort(key=lambda item: item.path.stem == "test_books")  # the books are proved at the end
    items[:] = [*(item for item in items if not item.path.is_relative_to(HERE)), *ours]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Return the path of a Chromium; without one nothing here can be tested, and CI fails.

    While the pages are being written, those of the last build may be tested; CI wants fresh ones.
    """
    strict = os.environ.get("CI", "").lower() == "true"
    state = build_state()
    if state is not BuildState.FRESH and (strict or state is not BuildState.STALE):
        pytest.fail(state.value, pytrace=False)
    path = chromium.find()
    if path is not None:
        return path
    if strict:
        pytest.fail(f"THE PAGES ARE NOT TESTED: {chromium.WANTED}", pytrace=False)
    pytest.skip(f"THE PAGES ARE NOT TESTED: {chromium.WANTED}")


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the source of the scanner for faults of accessibility."""
    path = chromium.ROOT / "web/node_modules/axe-core/axe.min.js"
    return path.read_text(encoding="utf-8")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(
    chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    """Run the server that all tests here visit."""
    server = Server(tmp_path_factory.mktemp("house"))
    try:
        await server.start()
        yield server
    finally:
        await server.clear()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    """Run the browser of all tests here."""
    async with async_playwright() as driver:
        running = await chromium.launch(driver, chromium_path)
        yield running
        await running.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def open_console(chromium_path: str, cluster: EmbeddedPostgres) -> AsyncIterator[Floor]:
    """Run the house whose operators watch tables."""
    async with open_floor(cluster) as opened:
        yield opened


@pytest.fixture
def floor(open_console: Floor) -> Floor:
    """Return that house without a table."""
    open_console.clear()
    return open_console


@pytest_asyncio.fixture(loop_scope="session")
async def begin(browser: Browser, house: Server) -> AsyncIterator[Begin]:
    """Return a function that begins a visit. No page may complain of what a test did not expect."""
    visits: list[Visit] = []

    async def start(*arguments: object, **options: object) -> Visit:
        home = options.pop("home", house.http)
        visit = await Visit.begin(browser, home, *arguments, **options)  # type: ignore[arg-type]
        visits.append(visit)
        return visit

    yield start
    complaints = [line for visit in visits for line in visit.unexpected]
    for visit in visits:
        await visit.context.close()
    assert not complaints, "\n" + "\n".join(complaints)


@pytest_asyncio.fixture(loop_scope="session")
async def visit(begin: Begin) -> Visit:
    """Begin one visit on a desktop."""
    return await begin()
