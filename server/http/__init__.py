"""HTTP: sign-ups, health and metrics."""
