"""Tests of the measurements: quick ones, of what they compute and how they end."""
