"""Tests of games.craps."""
