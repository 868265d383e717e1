"""Tests of games.three_card_poker."""
