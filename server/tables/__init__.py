"""Tables: who may act when, and what is settled. One writer each."""
