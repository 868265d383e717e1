"""Baccarat (punto banco): eight decks, a fresh shoe each round, banker pays 19 to 20."""

from __future__ import annotations

from games.baccarat.game import Baccarat, BaccaratView, baccarat_games

__all__ = ["Baccarat", "BaccaratView", "baccarat_games"]
