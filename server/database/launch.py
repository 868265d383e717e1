"""Become an unprivileged user, then run a program in place of this process.

PostgreSQL refuses to run as root, so the supervisor starts its programs through this file, with a
fresh interpreter: changing identity and capabilities between fork and exec of a process that has
threads is not safe in Python. It imports nothing but the standard library and is run as
``python -I -S launch.py OPTIONS -- PROGRAM ARGUMENTS``.
"""

from __future__ import annotations

import ctypes
import os
import sys

# linux/prctl.h and linux/capability.h
PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 1 << 2
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_READ_SEARCH = 2
SIGQUIT = 3


class _Header(ctypes.Structure):
    """``struct __user_cap_header_struct``."""

    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    """``struct __user_cap_data_struct``; the kernel reads two of them."""

    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _check(result: int) -> None:
    """Raise what the C library reported in errno."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def become(user: int, group: int, *, search: bool) -> None:
    """Give up root for *user* and *group*, keeping at most the right to pass closed directories.

    With *search* the one capability CAP_DAC_READ_SEARCH is kept, as an ambient one, so that it
    survives the exec: it lets the process read and traverse, and write nothing more.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if search:
        # Capabilities then survive the change of user, until capset below drops all but one. It
        # also lets access(2) take them into account, with which PostgreSQL looks for its programs.
        _check(libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0))
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    if not search:
        return
    bit = 1 << CAP_DAC_READ_SEARCH
    data = (_Data * 2)(_Data(bit, bit, bit), _Data(0, 0, 0))
    _check(libc.capset(ctypes.byref(_Header(CAPABILITY_VERSION_3, 0)), data))
    _check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_READ_SEARCH, 0, 0))


def main(arguments: list[str]) -> None:
    """Apply the options before ``--`` and execute what follows it."""
    split = arguments.index("--")
    options, command = arguments[:split], arguments[split + 1 :]
    named = dict(option.split("=", 1) for option in options)
    if "user" in named:
        become(int(named["user"]), int(named["group"]), search=named.get("search") == "1")
    if "parent" in named:
        # Set after the change of identity, which clears it.
        _check(ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, SIGQUIT, 0, 0, 0))
        if os.getppid() != int(named["parent"]):
            raise SystemExit(1)  # it died before the signal was asked for
    os.execv(command[0], command)  # noqa: S606 - there is no shell, and that is wanted


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as error:
        sys.stderr.write(f"FATAL:  could not run PostgreSQL as another user: {error.strerror}\n")
        raise SystemExit(1) from None
