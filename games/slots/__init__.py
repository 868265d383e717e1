"""Video slots: one engine, and a file for each machine."""
