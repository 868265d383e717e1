"""Why somebody is not let in, or may not do what he asks for."""

# ruff: noqa: N818 - most of them are answers, not faults of ours

from __future__ import annotations

__all__ = [
    "IdentityError",
    "NotPermitted",
    "NotSignedIn",
    "SignInBusy",
    "SignInLocked",
    "SignInRefused",
]


class IdentityError(Exception):
    """The ancestor of all of them. The text is fit for a person and holds no secret."""


class SignInRefused(IdentityError):
    """Name, password or code is wrong, or the account is disabled: nobody is told which."""


class SignInLocked(IdentityError):
    """Too many failures under this name, or from this address."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"too many failures: wait {wait_s:.0f} s")
        self.wait_s = wait_s


class SignInBusy(IdentityError):
    """More sign-ins wait for their password to be checked than may."""


class NotSignedIn(IdentityError):
    """The token is unknown, has expired or was ended."""


class NotPermitted(IdentityError):
    """The role does not have the permission."""
