"""A person with a keyboard and nothing else."""

from __future__ import annotations

from typing import Final

from playwright.async_api import Locator, expect

from tests.browser.visits import Visit

MOST_TABS: Final = 60
_FOCUS: Final = """() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return ['', true];
  const { outlineStyle, boxShadow } = getComputedStyle(element);
  const shape = element.querySelector(':scope > rect, :scope > circle');
  const paint = shape === null ? undefined : getComputedStyle(shape);
  const drawn = paint !== undefined &&
    (Number.parseFloat(paint.strokeWidth) > 5 || paint.fill === 'rgb(156, 196, 255)');
  const seen = outlineStyle !== 'none' || boxShadow !== 'none' || drawn;
  return [element.getAttribute('aria-label') ?? element.textContent ?? '', seen];
}"""
_HAS_FOCUS: Final = "(elements) => elements.some((element) => element === document.activeElement)"


async def focus(visit: Visit) -> str:
    """Return the name of what has the focus; a person must see that it has it."""
    await visit.still()
    name, seen = await visit.page.evaluate(_FOCUS)
    if not seen:  # a page that is just being drawn anew may show it a moment later
        await visit.page.wait_for_function(f"() => ({_FOCUS})()[1]")
        name, seen = await visit.page.evaluate(_FOCUS)
    assert seen, f"nothing shows that {name!r} has the focus"
    return str(name).strip()


async def tab_to(visit: Visit, target: Locator, most: int = MOST_TABS) -> None:
    """Press Tab until *target* has the focus."""
    await expect(target.first).to_be_visible()
    passed = []
    for _ in range(most):
        await visit.page.keyboard.press("Tab")
        passed.append(await focus(visit))
        if await target.evaluate_all(_HAS_FOCUS):
            return
    raise AssertionError(f"{most} Tabs do not lead to {target}: {passed}")


async def press(visit: Visit, target: Locator, key: str = "Enter", most: int = MOST_TABS) -> None:
    """Go to something with Tab, unless the focus is there, and press a key."""
    await expect(target.first).to_be_enabled()
    if not await target.evaluate_all(_HAS_FOCUS):
        await tab_to(visit, target, most)
    await visit.page.keyboard.press(key)


async def register(visit: Visit) -> None:
    """Open a play-money account."""
    await visit.open()
    await press(visit, visit.button("Play with play money"))
    await visit.online()
