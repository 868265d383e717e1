"""`python -m server.cli` is `croupier`, for processes that start further ones."""

from __future__ import annotations

from server.cli.main import main

main()
