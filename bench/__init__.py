"""Measurements: `python -m bench`, `bench.games`, `bench.history`, `bench.memory`, `bench.restart`.

All but that of the games drive real processes on real disks and read the operating system's
accounts of them. What they found is in `docs/performance.md`.
"""
