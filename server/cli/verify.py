"""`croupier verify`: check a downloaded proof, without a server and without a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter

from server.cli.errors import CommandError, ExitCode
from server.fairness.verification import Verification, verify_proof

__all__ = ["verify"]

MAXIMUM_BYTES: Final = 4 << 20
"""The longest proof of any game has a hundredth of it."""


def verify(
    file: Path,
    /,
    *,
    commitment: Annotated[
        str | None, Parameter(help="The commitment that you were told on sitting down, as hex.")
    ] = None,
    previous_seed: Annotated[
        str | None, Parameter(help="The seed of the round before, as hex.")
    ] = None,
    config: Annotated[
        Path | None, Parameter(help="The TOML file to read, for machine folders.")
    ] = None,
    as_json: Annotated[bool, Parameter("--json", negative=(), help="Print JSON.")] = False,
) -> int:
    """Check a proof: that its seed was committed to, and that outcome and payout follow from it.

    FILE holds the proof, or the whole reply to `round` as a client saved it, as JSON. Ends with 0
    if everything holds and with 1 if not, and names the step that failed.
    """
    told = _hex(commitment, "--commitment")
    before = _hex(previous_seed, "--previous-seed")
    document = _read(file)

    from server.cli.catalogue import configured  # noqa: PLC0415 - a wrong file need not load games

    verification = verify_proof(document, configured(config), commitment=told, previous_seed=before)
    failed = verification.failed
    if as_json:
        print(json.dumps(_document(verification), indent=2))
        return ExitCode.OK if failed is None else ExitCode.FAILURE
    width = max(len(step.name) for step in verification.steps)
    for step in verification.steps:
        print(f"{'ok    ' if step.ok else 'FAILED'}  {step.name:<{width}}  {step.says}")
    if failed is not None:
        raise CommandError(f"the proof does not hold: {failed.name}: {failed.says}")
    print("The proof holds.")
    if told is None:
        print("Compare its commitment with the one that you were told on sitting down.")
    return ExitCode.OK


def _document(verification: Verification) -> dict[str, object]:
    failed = verification.failed
    return {
        "ok": verification.ok,
        "round": verification.round or None,
        "failed": failed.name if failed else None,
        "steps": [
            {"name": step.name, "ok": step.ok, "says": step.says} for step in verification.steps
        ],
    }


def _hex(text: str | None, option: str) -> bytes | None:
    if text is None:
        return None
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != 32:
        raise CommandError(f"{option} takes 64 hex digits", ExitCode.USAGE)
    return value


def _read(file: Path) -> Any:
    try:
        with file.open("rb") as opened:
            data = opened.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{file}: cannot read it: {error.strerror}") from None
    if len(data) > MAXIMUM_BYTES:
        raise CommandError(f"{file}: too long for a proof")
    try:
        return json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_refuse
        )
    except (ValueError, RecursionError):
        raise CommandError(
            f"{file}: this is not JSON, or not JSON that reads only one way"
        ) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that comes twice: a person would read one value and the program the other."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
