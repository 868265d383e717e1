"""Tests of identity, against a real PostgreSQL."""
