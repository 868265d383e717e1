"""What the history tells."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.visits import Visit, amount


async def total_cost(visit: Visit) -> list[int]:
    """Open the history and return what each of its rounds took from the balance."""
    await visit.leave_for("History")
    await expect(visit.heading("History")).to_be_visible()
    await expect(visit.page.get_by_text("Fetching your rounds…")).to_have_count(0)
    older = visit.button("Older rounds")
    rounds = visit.page.locator("main ol > li")
    while await older.is_visible():
        shown = await rounds.count()
        await older.click()
        await expect(rounds.nth(shown)).to_be_visible()
    costs = []
    for line in await rounds.all():
        stake, payout = await line.locator("data").all()
        costs.append(await amount(stake) - await amount(payout))
    return costs
