"""The tests. They mirror the source tree, path for path."""
