"""Rounds are checked in the browser, and a proof that was tampered with is refused."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import expect

from tests.browser.rounds import checks, deal_open, spin_reels, spin_wheel, stand
from tests.browser.visits import Visit
from tests.chaos.processes import croupier
from tests.protocol.schema.fair_proofs import last_proof
from tests.server.fairness.played import proof_of

FAIR = "Verified: this round was fair."
Proof = dict[str, Any]


async def play(visit: Visit, game: str) -> None:
    """Play one round of a game."""
    await visit.table(game)
    if game == "slot":
        await spin_reels(visit)
    elif game == "roulette":
        await spin_wheel(visit, "Straight 17", "Even money Red")
    else:
        await stand(visit, await deal_open(visit))


async def download(visit: Visit, path: Path) -> Proof:
    """Save the proof of the round that is shown."""
    async with visit.page.expect_download() as saving:
        await visit.button("Download the proof").click()
    await (await saving.value).save_as(path)
    return read(path)


def read(path: Path) -> Proof:
    """Return a saved proof."""
    proof: Proof = json.loads(path.read_text(encoding="utf-8"))
    return proof


async def verify(visit: Visit, verdict: str) -> None:
    """Press Verify and wait for a verdict."""
    await visit.button("Verify").click()
    await expect(visit.page.get_by_role("main").get_by_text(verdict)).to_be_visible()


@pytest.mark.parametrize("game", ["slot", "roulette", "blackjack"])
async def test_round_is_verified(visit: Visit, tmp_path: Path, game: str) -> None:
    """Every step is shown and holds; the saved proof convinces the command and another page."""
    await play(visit, game)
    href = await checks(visit).get_attribute("href")
    await visit.leave_for("History")
    await visit.page.locator(f'a[href="{href}"]').click()
    await verify(visit, FAIR)
    steps = visit.page.locator("main ol > li")
    told = [(await step.inner_text()).splitlines()[0] for step in await steps.all()]
    assert len(told) >= 5
    assert all(line.endswith(": ✓ holds") for line in told), told
    proof = await download(visit, tmp_path / "proof.json")
    assert proof["round"] in (href or "")

    ended = await croupier("verify", str(tmp_path / "proof.json"), cwd=tmp_path)
    assert ended.code == 0, ended.err
    await visit.open("/verify")
    await visit.page.get_by_label("Proof file (JSON)").set_input_files(tmp_path / "proof.json")
    await verify(visit, FAIR)


BETS = {
    "baccarat": re.compile("^Result Player, pays "),
    "casino-war": re.compile("^War Ante, pays "),
    "three-card-poker": re.compile("^Against the dealer Ante, pays "),
    "joker-poker": None,
}
"""Card games of the generic table, and what to bet on where there is a choice."""
ENDS = re.compile("^(Surrender|Fold|Hold nothing)$")


async def test_cards_are_dealt_again(visit: Visit) -> None:
    """Of each card game the steps tell every card that lay on the table, and what was paid."""
    await visit.register()
    for game, bet in BETS.items():
        await visit.open(f"/play/{game}")
        await visit.online()
        if bet is not None:
            await visit.button(bet).click()
        await visit.button(re.compile("^Play ")).click()
        await expect(checks(visit).or_(visit.button(ENDS))).to_be_visible()
        if await visit.button(ENDS).is_visible():
            await visit.button(ENDS).click()
        await checks(visit).click()
        await verify(visit, FAIR)
        steps = visit.page.locator("main ol > li")
        outcome = steps.filter(has_text="outcome: ✓ holds")
        await expect(outcome).to_contain_text("every card was dealt again in order: ")
        await expect(steps.filter(has_text="payout: ✓ holds")).to_contain_text("minor units")


def richer(proof: Proof) -> None:
    """The payout is not what the outcome pays."""
    proof["payout"] += 1


def another_seed(proof: Proof) -> None:
    """The seed is not the one that was promised."""
    proof["seed"] = ("0" if proof["seed"][0] != "0" else "1") + proof["seed"][1:]


def another_number(proof: Proof) -> None:
    """The wheel is said to have shown another number."""
    proof["draws"][0]["value"] = (proof["draws"][0]["value"] + 1) % 37


def another_outcome(proof: Proof) -> None:
    """The outcome does not follow from the numbers drawn."""
    proof["outcome"]["number"] = (proof["outcome"]["number"] + 1) % 37


TAMPERS = (richer, another_seed, another_number, another_outcome)


async def test_tampered_proof_is_refused(visit: Visit, tmp_path: Path) -> None:
    """One changed figure is enough; a page without a session checks it."""
    await play(visit, "roulette")
    await checks(visit).click()
    proof = await download(visit, tmp_path / "proof.json")
    stranger = await visit.another()
    await stranger.open("/verify")
    for tamper in TAMPERS:
        tampered = copy.deepcopy(proof)
        tamper(tampered)
        await stranger.page.get_by_label("or paste the proof here").fill(json.dumps(tampered))
        await verify(stranger, "Not proved: ")
        await expect(stranger.page.get_by_text("✗ fails")).to_be_visible()
        await expect(stranger.page.get_by_text(FAIR)).to_have_count(0)


@pytest.mark.parametrize("name", ["crash", "plinko"])
async def test_a_round_for_another_return(visit: Visit, name: str) -> None:
    """A return that an operator chose is proved from the version's number, and only as that one."""
    bet = {"crash": "cash-out-1.10", "plinko": "plinko-16-low"}[name]
    bets = {"bets": [{"bet": bet, "stake": 10_000}]}
    proof = proof_of(name, bets, version=109_655)
    assert proof["payout"] > 0
    await visit.open("/verify")
    paste = visit.page.get_by_label("or paste the proof here")
    await paste.fill(json.dumps(proof))
    await verify(visit, FAIR)
    await expect(visit.page.get_by_text(f"{name} version 109655, digest ")).to_be_visible()
    await paste.fill(json.dumps({**proof, "version": 109_755}))
    await verify(visit, "Not proved: ")


async def test_no_proof_is_no_proof(visit: Visit) -> None:
    """What is no proof at all gets a plain sentence."""
    await visit.open("/verify")
    paste = visit.page.get_by_label("or paste the proof here")
    for text, sentence in (
        ("{", "This is not a proof: it cannot be read as JSON."),
        ("[1]", "This proof is not of the right form."),
        ('{"format": "croupier-proof/9"}', "This proof is not of the right form."),
    ):
        await paste.fill(text)
        await visit.reads(sentence)


TOLD: Final = {
    "copper-bell": "3 bell on line 3 at 8x pays 8000000",
    "dandelion-clock": "cascade 7 at 12x: 3 hare by 2 ways pays 120000; cascade 8 at 12x: no win",
    "ember-hoard": "8 coins, then 3, 0, 1, 0, 0, 2, 1, until every place is full, pays 526000",
    "market-day": "place 4 hides 12 times the stake; 78300 is collected",
    "slot": "10 free games spun again: 0, 0, 0, 0, 0, 0, 0, 3000, 0, 12000",
    "tidewater": "4 beacon anywhere pays 10000; 12 free games spun again",
    "winter-crown": "16 free games spun again: 4000, 4000, 0",
}


async def test_features_are_played_again(visit: Visit) -> None:
    """The page plays every slot machine again, and tells each step and what it paid."""
    await visit.open("/verify")
    paste = visit.page.get_by_label("or paste the proof here")
    proof: Proof = {}
    for name, told in TOLD.items():
        proof = last_proof(name)
        await paste.fill(json.dumps(proof))
        await verify(visit, FAIR)
        await expect(visit.page.get_by_text(told)).to_be_visible()
    proof["outcome"]["events"][-2]["payout"] += 1
    await paste.fill(json.dumps(proof))
    await verify(visit, "Not proved: outcome: replaying the round gives another outcome")
