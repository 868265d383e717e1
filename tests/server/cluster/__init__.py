"""Tests of what joins nodes, against a real PostgreSQL and a real Valkey."""
