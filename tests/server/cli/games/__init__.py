"""Tests of `croupier game`."""
