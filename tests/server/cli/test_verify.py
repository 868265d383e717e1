"""`croupier verify`."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from games.entropy import Draws
from server.catalogue.machines import read_file
from server.cli.main import run
from server.fairness.proof import build_proof
from tests.server.cli.games.running import alone, changed
from tests.server.fairness.played import chain, proof_of, roulette_proof


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Name a proof file."""
    return tmp_path / "proof.json"


def write(file: Path, document: object) -> str:
    """Save a document as a client would."""
    file.write_text(json.dumps(document, indent=2), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("wrap", [False, True])
def test_a_good_proof(file: Path, capsys: pytest.CaptureFixture[str], wrap: bool) -> None:
    """A proof, or the whole reply around it, ends with 0 and says each step."""
    proof = roulette_proof()
    reply = {"id": 3, "type": "round_proof", "body": {"proof": proof}}

    assert run(["verify", write(file, reply if wrap else proof)]) == 0

    out, err = capsys.readouterr()
    assert err == ""
    assert "FAILED" not in out
    assert "The proof holds." in out
    assert "Compare its commitment" in out
    for name in ("document", "commitment", "rules", "inputs", "draws", "outcome", "payout"):
        assert f"ok      {name} " in out


def test_a_changed_proof(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A changed payout ends with 1 and names its step in one line."""
    proof = roulette_proof()
    proof["payout"] += 5

    assert run(["verify", write(file, proof)]) == 1

    out, err = capsys.readouterr()
    assert "FAILED  payout" in out
    assert "holds." not in out
    assert err.startswith("croupier: the proof does not hold: payout: The payout is ")
    assert err.count("\n") == 1


def test_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json the verdict is one document, and the exit code the same."""
    proof = roulette_proof()

    assert run(["verify", write(file, proof), "--json"]) == 0
    good = json.loads(capsys.readouterr().out)
    assert run(["verify", write(file, {**proof, "stake": 1}), "--json"]) == 1
    bad = json.loads(capsys.readouterr().out)

    assert good["ok"] is True
    assert good["round"] == proof["round"]
    assert good["failed"] is None
    assert all(step["ok"] for step in good["steps"])
    assert bad["ok"] is False
    assert bad["failed"] == "stake"


def test_what_the_player_was_told(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The commitment and the seed that the player kept are compared."""
    path = write(file, proof_of("slot", {"stake": 20}, n=9))
    told = ["--commitment", chain().commitment.hex(), "--previous-seed", chain().seed(8).hex()]

    assert run(["verify", path, *told]) == 0
    assert "Compare" not in capsys.readouterr().out
    assert run(["verify", path, "--commitment", "ab" * 32]) == 1
    assert "told commitment" in capsys.readouterr().err
    assert run(["verify", path, "--previous-seed", "ab" * 32]) == 1
    assert "told previous seed" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--commitment", "--previous-seed"])
@pytest.mark.parametrize("text", ["", "xyz", "ab" * 31, "ab" * 33])
def test_options_that_are_no_hash(
    file: Path, capsys: pytest.CaptureFixture[str], option: str, text: str
) -> None:
    """What is not 64 hex digits is a mistake of the command line."""
    assert run(["verify", write(file, roulette_proof()), f"{option}={text}"]) == 2
    assert capsys.readouterr().err == f"croupier: {option} takes 64 hex digits\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "this is not JSON"),
        (b"\xff\xfe", "this is not JSON"),
        (b"{", "this is not JSON"),
        (b'{"format": NaN}', "this is not JSON"),
        (b'{"format": 1, "format": 2}', "reads only one way"),
        (b"[" * 100_000, "this is not JSON"),
        (b'{"n": ' + b"9" * 10_000 + b"}", "this is not JSON"),
        (b" " * (5 << 20), "too long"),
        (b"[]", "document: this is not a proof"),
        (b'{"format": "croupier-proof/9"}', "reads `croupier-proof/1`"),
        (b'{"format": "croupier-proof/1"}', "lacks the field"),
        (b'\xef\xbb\xbf{"format": "croupier-proof/1"}', "lacks the field"),
    ],
)
def test_files_that_are_no_proof(
    file: Path, capsys: pytest.CaptureFixture[str], content: bytes, says: str
) -> None:
    """Any file that is no proof ends with 1 and one clear line."""
    file.write_bytes(content)

    assert run(["verify", str(file)]) == 1

    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there, or is a directory, ends with 1 and one clear line."""
    assert run(["verify", str(tmp_path / "none.json")]) == 1
    assert "none.json: cannot read it: No such file" in capsys.readouterr().err
    assert run(["verify", str(tmp_path)]) == 1
    assert "cannot read it: Is a directory" in capsys.readouterr().err


def test_a_machine_of_a_folder(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A round of a machine from outside is checked where its folder is configured."""
    alone(monkeypatch, tmp_path)
    (tmp_path / "machines").mkdir()
    machine = read_file(changed(tmp_path / "machines" / "one.toml"))
    seed = bytes(32)
    commitment = sha256(seed).digest()
    bets = {"stake": 1}
    state = machine.open((machine.bets_type(1),), Draws(seed, (b"client",)))
    proof = build_proof(
        game=machine,
        chain=7,
        n=1,
        commitment=commitment,
        seed=seed,
        client_seeds=[b"client"],
        bets=[msgspec.msgpack.encode(bets)],
        decisions=[],
        stake=1,
        payout=state.payouts[0] or 0,
        voided=False,
    )
    write(file, proof)
    config = tmp_path / "casino.toml"
    config.write_text('[games]\nmachine_folders = ["machines"]\n')

    assert run(["verify", str(file), "--config", str(config)]) == 0
    capsys.readouterr()
    assert run(["verify", str(file)]) == 1
    assert "classic-sevens" in capsys.readouterr().err
