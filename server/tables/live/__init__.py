"""Live tables: many seats, one clock, one draw."""
