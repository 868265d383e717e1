"""Whether what is drawn is random."""
