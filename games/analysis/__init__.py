"""Exact return, hit frequency and volatility of the games, and the PAR document made from them."""
