"""Measurements: `python -m bench`, `bench.history`, `bench.memory` and `bench.restart`.

They drive real processes on real disks and read the operating system's accounts of them. What they
found is in `docs/performance.md`.
"""
