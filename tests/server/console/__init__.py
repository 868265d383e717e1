"""Tests of `server.console`."""
