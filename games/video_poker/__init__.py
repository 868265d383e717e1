"""Video poker: Jacks or Better, Deuces Wild and Joker Poker, each with several pay tables."""

from __future__ import annotations

from games.video_poker.game import VideoPoker, video_poker_games
from games.video_poker.view import VideoPokerView

__all__ = ["VideoPoker", "VideoPokerView", "video_poker_games"]
