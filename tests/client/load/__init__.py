"""Tests of `client.load`."""
