"""Chains, commitments, reveal and proof: the only room that touches seeds and secrets."""
