"""The operators' side of the house: what they watch, what they may do to a table, who did what."""
