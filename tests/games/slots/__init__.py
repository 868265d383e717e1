"""The slot engine and the machines."""
