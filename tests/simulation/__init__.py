"""Random operations against a model: tests that cross many modules."""
