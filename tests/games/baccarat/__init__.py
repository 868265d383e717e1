"""Tests of games.baccarat."""
