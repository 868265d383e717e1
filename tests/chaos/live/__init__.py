"""Chaos of live tables: several real nodes, people at their tables, and whatever can fail."""
