"""Seeds, secrets and proofs."""
