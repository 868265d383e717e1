"""Tests of games.blackjack."""
