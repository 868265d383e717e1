"""Tests of games.roulette."""
