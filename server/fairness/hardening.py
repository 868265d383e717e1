"""What keeps the memory of the process, where seeds and keys lie, from being written to a disk."""

from __future__ import annotations

import resource

__all__ = ["forbid_core_dumps"]


def forbid_core_dumps() -> None:
    """Forbid core dumps for this process and its children, for good (standards A17).

    Soft and hard limit become 0, so nobody without privileges can raise them again. A system that
    pipes dumps into a program of its own passes this limit on; the usual ones respect it.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
