"""Tests of games.video_poker."""
