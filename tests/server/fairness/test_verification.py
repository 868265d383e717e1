"""Checking proofs, with our program and with one that shares no code with it."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from games.catalogue import Catalogue
from games.game import AnyGame
from server.fairness.verification import verify_proof
from tests.server.fairness import vectors
from tests.server.fairness.played import (
    PROOFS,
    blackjack_proof,
    catalogue,
    chain,
    proof_of,
    roulette_proof,
    slot_proof,
)

PLAYED = [
    "document",
    "commitment",
    "previous seed",
    "rules",
    "inputs",
    "draws",
    "outcome",
    "stake",
    "payout",
]


def failed(proof: dict[str, Any], games: Catalogue | None = None) -> str:
    """Return the name of the first step that fails, empty if none does."""
    step = verify_proof(proof, games or catalogue()).failed
    if step is None:
        return ""
    assert step.says.isprintable()
    assert step.says.endswith(".")
    return step.name


def flips(value: object) -> Iterator[object]:
    """Yield values of the same type that differ."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1, 0, -value)
    elif isinstance(value, str):
        yield from (
            value + "0",
            value[:-1],
            "",
            *(value[:at] + ("1" if value[at] == "0" else "0") + value[at + 1 :] for at in (0, -1)
              if value),
        )  # fmt: skip
    elif value is None:
        yield from ("00" * 32, {})
    elif isinstance(value, list):
        yield from ([*value, *value[-1:]], value[:-1], [], value[::-1])
    elif isinstance(value, dict):
        yield from ({**value, "more": 1}, {})


def tampered(value: object) -> Iterator[tuple[str, object]]:
    """Yield (place, document with that place changed) for every place of a document."""
    for other in flips(value):
        if json.dumps(other) != json.dumps(value):
            yield "", other
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f".{key}", {name: each for name, each in value.items() if name != key}
            for place, other in tampered(inner):
                yield f".{key}{place}", {**value, key: other}
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            for place, other in tampered(inner):
                yield f"[{at}]{place}", [*value[:at], other, *value[at + 1 :]]


class TestTampering:
    """Whatever is changed in a proof is found."""

    @pytest.mark.parametrize("name", PROOFS)
    def test_every_field_changed_is_refused(self, name: str) -> None:
        """Each field, each element and each digit's end, changed alone, breaks the proof."""
        proof = PROOFS[name]()
        assert failed(proof) == ""
        passed = {
            place
            for place, changed in tampered(proof)
            if isinstance(changed, dict) and failed(changed) == ""
        }

        # The previous seed may be left out.
        assert passed <= {".previous_seed", *WORD_OF_THE_RECORD.get(name, ())}

    @pytest.mark.parametrize("name", PROOFS)
    def test_each_step_finds_its_own(self, name: str) -> None:
        """The step that fails is the one that the change belongs to."""
        proof = PROOFS[name]()
        other = "ab" * 32
        for field, value, step in (
            ("format", "croupier-proof/0", "document"),
            ("round", "1-1", "document"),
            ("chain", "1", "document"),
            ("n", proof["n"] + 1, "document"),
            ("seat", 1, "document"),
            ("commitment", other, "commitment"),
            ("seed", other, "commitment"),
            ("previous_seed", other, "previous seed"),
            ("game", "poker", "rules"),
            ("version", 99, "rules"),
            ("digest", other, "rules"),
            ("bets", [*proof["bets"], *proof["bets"]], "inputs"),
            ("draws", [], "draws"),
            ("outcome", {**proof["outcome"], "payout": 1}, "outcome"),
            ("stake", proof["stake"] + 1, "stake"),
            ("payout", proof["payout"] + 1, "payout"),
        ):
            assert failed({**proof, field: value}) == step, field

    def test_a_consistent_change_of_the_number_breaks_the_chain(self) -> None:
        """A round that claims another place in its chain does not hash to the commitment."""
        proof = roulette_proof()
        n = proof["n"] + 1

        assert failed({**proof, "n": n, "round": f"{proof['chain']}-{n}"}) == "commitment"

    def test_another_client_seed_gives_other_draws(self) -> None:
        """A client seed that was not the player's moves the draws."""
        proof = slot_proof()

        assert failed({**proof, "client_seeds": ["00"]}) == "draws"
        assert failed({**proof, "client_seeds": [*proof["client_seeds"], ""]}) == "draws"

    def test_bets_are_read_to_the_letter(self) -> None:
        """A bet with something added, a fraction or another type is not the bet that was made."""
        for bets in (
            {"stake": 20, "more": 1},
            {"stake": 20.0},
            {"stake": True},
            {"stake": "20"},
            {"stake": 0},
            {"stake": 21},
            {},
        ):
            assert failed({**slot_proof(), "bets": [bets]}) == "inputs", bets

    def test_decisions_must_be_legal(self) -> None:
        """Decisions that the rules forbid, that are missing or too many, are found."""
        proof = blackjack_proof()
        hit, stand = proof["decisions"]
        for decisions in ([hit], [hit, stand, stand], [hit, {**stand, "decision": {}}], []):
            assert failed({**proof, "decisions": decisions}) in ("inputs", "draws")
        for name in ("slot", "roulette"):
            assert failed({**PROOFS[name](), "decisions": [hit]}) == "inputs"

    def test_a_platform_decision_is_the_prescribed_one(self) -> None:
        """The platform never hits; a proof that says so is refused."""
        proof = blackjack_proof()
        hit, stand = proof["decisions"]

        assert failed({**proof, "decisions": [{**hit, "platform": True}, stand]}) == "inputs"

    def test_a_void_round_cannot_be_made_of_a_played_one(self) -> None:
        """A lost round is not turned into a void one, nor a void one into a won one."""
        lost = proof_of("roulette", {"bets": [{"bet": "straight-1", "stake": 100}]}, n=5)
        void = proof_of("roulette", {"bets": [{"bet": "red", "stake": 100}]}, voided=True)

        assert failed({**lost, "voided": True}) == "outcome"
        assert failed({**void, "voided": False}) == "draws"
        assert failed({**void, "stake": 1}) == "payout"
        assert failed({**void, "payout": 1}) == "payout"
        assert failed({**void, "outcome": {}}) == "outcome"
        assert failed({**void, "seed": "ab" * 32}) == "commitment"

    @settings(max_examples=200, deadline=None)
    @given(st.data())
    def test_never_a_traceback(self, data: st.DataObject) -> None:
        """Values of any kind in place of any field give a verdict."""
        proof = copy.deepcopy(blackjack_proof())
        values = st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=6,
        )
        field = data.draw(st.sampled_from(sorted(proof)))
        target = proof
        if isinstance(proof[field], list) and data.draw(st.booleans()):
            at = data.draw(st.integers(0, len(proof[field]) - 1))
            if isinstance(proof[field][at], dict):
                target, field = (
                    proof[field][at],
                    data.draw(st.sampled_from(sorted(proof[field][at]))),
                )
        before = target[field]
        target[field] = data.draw(values)

        verdict = verify_proof(proof, catalogue())

        assert all(step.says.isprintable() for step in verdict.steps)
        if json.dumps(before) != json.dumps(target[field]) and field != "platform":
            assert not verdict.ok or target[field] is None


WORD_OF_THE_RECORD = {
    "roulette": {".bets[0].bets", ".bets[0].bets[0].bet"},
    "blackjack": {".decisions[1].platform"},
    "split": {".decisions[1].platform", ".decisions[2].platform"},
}
"""Places of a proof where some change changes nothing that a replay could see.

The order of bets, a losing bet in place of another that loses as well, and whether the player or
the platform stood. The page says so, and to compare them with what was sent.
"""


class TestVerdict:
    """What a verification tells."""

    def test_steps_of_a_proof_that_holds(self) -> None:
        """Every step is named, in order, with a sentence."""
        verdict = verify_proof(slot_proof(), catalogue())

        assert [step.name for step in verdict.steps] == PLAYED
        assert verdict.ok
        assert verdict.failed is None
        assert verdict.round == slot_proof()["round"]

    def test_what_the_player_was_told(self) -> None:
        """The commitment and the seed that the player kept are compared with the proof's."""
        proof = proof_of("slot", {"stake": 20}, n=9)
        told, before = chain().commitment, chain().seed(8)

        good = verify_proof(proof, catalogue(), commitment=told, previous_seed=before)
        assert good.ok
        assert {"told commitment", "told previous seed"} <= {step.name for step in good.steps}
        for other in (bytes(32), sha256(told).digest()):
            bad = verify_proof(proof, catalogue(), commitment=other).failed
            assert bad is not None
            assert bad.name == "told commitment"
            bad = verify_proof(proof, catalogue(), previous_seed=other).failed
            assert bad is not None
            assert bad.name == "told previous seed"

    def test_a_chain_made_up_afterwards(self) -> None:
        """A proof of a consistent but other chain holds by itself and not against what was told."""
        proof = proof_of("slot", {"stake": 20})

        assert verify_proof(proof, catalogue()).ok
        assert not verify_proof(proof, catalogue(), commitment=sha256(b"told").digest()).ok

    def test_unknown_rules_are_said_plainly(self) -> None:
        """A version or a digest that this program lacks says what to do."""
        proof = roulette_proof()
        unknown = verify_proof({**proof, "version": 7}, catalogue()).failed
        changed = verify_proof({**proof, "digest": "ab" * 32}, catalogue()).failed
        assert unknown is not None
        assert changed is not None

        assert unknown.says == (
            "This program does not know roulette version 7; use a release that has it."
        )
        assert changed.says.endswith("use the release that dealt the round.")
        assert "abababab" in changed.says

    def test_a_program_without_the_game_still_checks_the_chain(self) -> None:
        """Chain and commitment need no rules."""
        games: list[AnyGame] = []
        verdict = verify_proof(roulette_proof(), Catalogue(games))

        assert [step.ok for step in verdict.steps] == [True, True, True, False]

    def test_a_void_round_that_cannot_be_played(self) -> None:
        """Inputs that the rules do not allow are a reason to void, and said so."""
        proof = proof_of("blackjack", {"stake": 100}, [("split", False)] * 9, voided=True)
        verdict = verify_proof(proof, catalogue())

        assert verdict.ok
        assert "cannot be played" in " ".join(step.says for step in verdict.steps)


NODE = shutil.which("node")
VERIFIER = Path(__file__).with_name("verify.mjs")


@pytest.mark.skipif(NODE is None, reason="NODE IS MISSING: the second verifier was not run")
class TestSecondVerifier:
    """A verifier in JavaScript that was written from the page."""

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run it."""
        assert NODE is not None
        return subprocess.run(
            [NODE, str(VERIFIER), *map(str, arguments)],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def test_vectors(self) -> None:
        """It computes every vector that the page gives."""
        done = self.run("--vectors", vectors.FILE)

        assert done.returncode == 0, done.stdout + done.stderr

    def test_vectors_can_fail(self, tmp_path: Path) -> None:
        """A vector with one digit changed is found."""
        file = tmp_path / "vectors.json"
        made = vectors.vectors()
        made["draws"][-1]["draws"][0]["value"] = "1"
        file.write_text(json.dumps(made), encoding="utf-8")

        assert self.run("--vectors", file).returncode == 1

    @pytest.mark.parametrize("name", PROOFS)
    def test_proofs(self, name: str, tmp_path: Path) -> None:
        """It finds a proof of each game right, and a changed one wrong."""
        proof = PROOFS[name]()
        file = tmp_path / "proof.json"
        file.write_text(json.dumps({"body": {"proof": proof}}), encoding="utf-8")

        done = self.run(file)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "FAILED" not in done.stdout
        assert proof["game"] in done.stdout

        for field, value in (
            ("n", proof["n"] + 1),
            ("seed", "ab" * 32),
            ("client_seeds", ["00ff"]),
            ("stake", proof["stake"] + 2),
            ("payout", proof["payout"] + 1),
        ):
            if name in ("blackjack", "split", "insured") and field in ("stake", "payout"):
                continue  # it deals blackjack's cards and leaves the money to the rules
            file.write_text(json.dumps({**proof, field: value}), encoding="utf-8")
            done = self.run(file)
            assert done.returncode == 1, field
            assert "FAILED" in done.stdout


class TestPage:
    """`docs/fairness.md` says what the code does."""

    def test_vectors_of_the_page(self) -> None:
        """The page and its file hold the vectors that the code gives; make them again if not."""
        page = vectors.PAGE.read_text(encoding="utf-8")

        assert vectors.FILE.read_text(encoding="utf-8") == vectors.file_text()
        assert page == vectors.page_with(vectors.page_part(), page)
        assert page.count(vectors.MARKS[0]) == page.count(vectors.MARKS[1]) == 1

    def test_vectors_cover_the_hard_cases(self) -> None:
        """There are rejected words, 64-bit numbers with rejections, and a bound of 1."""
        draws = [draw for case in vectors.vectors()["draws"] for draw in case["draws"]]

        assert any(int(draw["below"]) <= 1 << 32 and draw["words"] > 1 for draw in draws)
        assert any(int(draw["below"]) > 1 << 32 and draw["words"] > 2 for draw in draws)
        assert any(draw["below"] == 1 and draw["words"] == 0 for draw in draws)
        assert {1 << 32, (1 << 32) + 1, 1 << 64} <= {int(draw["below"]) for draw in draws}

    def test_every_field_and_step_is_explained(self) -> None:
        """The page names each field of a proof and each step of a verification."""
        page = vectors.PAGE.read_text(encoding="utf-8")

        for name in [*roulette_proof(), *PLAYED, "told commitment", "told previous seed"]:
            assert f"`{name}`" in page, name
