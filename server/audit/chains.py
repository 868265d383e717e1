"""Chains: each hashes down to its commitment, and no seed stands in two of them."""

from __future__ import annotations

from array import array
from typing import Final

from server.audit.crew import Crew
from server.audit.findings import Findings
from server.audit.reader import Reader
from server.audit.seeds import WORD_BYTES, ChainRow, hash_chain

__all__ = ["check_chains"]

_CHAINS_A_PART: Final = 250
_CHAINS_A_COUNT: Final = 1_000_000
"""How many commitments the database compares with one another in one statement."""


async def check_chains(reader: Reader, crew: Crew, chains: Findings, seeds: Findings) -> None:
    """Hash every chain down. `chains` is on commitments, `seeds` on seeds that come twice.

    Two chains share a seed only if the commitment of one is a seed or the commitment of the other,
    because from the shared seed down they are the same. Takes some 80 bytes of memory a chain.
    """
    commitments: set[int] = set()
    count = 0
    async for span in reader.spans("chain", "id"):
        rows = await reader.fetch(
            f"SELECT substr(c.commitment, 1, {WORD_BYTES}) FROM chain c WHERE {span.holds('c')}",  # noqa: S608 - made of constants
            *span.arguments,
        )
        commitments.update(array("Q", b"".join(row[0] for row in rows)))
        count += len(rows)
    await _name_twins(reader, count, seeds)
    async for span in reader.spans("chain", "id"):
        rows = await reader.fetch(
            "SELECT c.id, c.commitment, c.secret, c.key_id, c.length FROM chain c"  # noqa: S608
            f" WHERE {span.holds('c')} ORDER BY c.id",
            *span.arguments,
        )
        known = {row["id"]: ChainRow(*row) for row in rows}
        every = list(known.values())
        parts = [every[at : at + _CHAINS_A_PART] for at in range(0, len(every), _CHAINS_A_PART)]
        async for part in crew.hash_chains(parts):
            for chain, breach, words in part:
                chains.looked_at += 1
                if breach:
                    chains.breach(breach if "chain" in breach else f"chain {chain}: {breach}")
                if words and not commitments.isdisjoint(array("Q", words)):
                    await _name_shared(reader, crew, known[chain], seeds)
            reader.progress(chains.name, chains.looked_at)
    seeds.looked_at += chains.looked_at


async def _name_twins(reader: Reader, count: int, seeds: Findings) -> None:
    """Name commitments that several chains have."""
    parts = 1 + count // _CHAINS_A_COUNT
    for part in range(parts):
        rows = await reader.fetch(
            "SELECT array_agg(id ORDER BY id) FROM chain"
            " WHERE get_byte(commitment, 0) % $1 = $2 GROUP BY commitment HAVING count(*) > 1",
            parts,
            part,
        )
        for (ids,) in rows:
            named = ", ".join(map(str, ids))
            seeds.breach(f"chains {named} have the same commitment, so the same seeds")


async def _name_shared(reader: Reader, crew: Crew, row: ChainRow, seeds: Findings) -> None:
    """Look whole seeds up among all commitments, and name the chains that share one."""
    mine = {seed: n for n, seed in enumerate(hash_chain(crew.vault, row)) if n}
    rows = await reader.fetch(
        "SELECT id, commitment FROM chain WHERE commitment = ANY ($1) ORDER BY id", list(mine)
    )
    for other, commitment in rows:
        seeds.breach(
            f"seed {mine[commitment]} of chain {row.id} is the commitment of chain {other}: they"
            " share seeds"
        )
