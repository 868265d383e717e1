"""Tests of games.instant."""
