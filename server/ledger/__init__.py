"""Accounts, settlement and the record: the only room that moves money."""
