"""The server: sockets in, tables, fairness, ledger, and the command that runs them."""

from __future__ import annotations

__version__ = "0.1.0"
