"""The exact mathematics of the games."""
