"""The audit: reads the whole record and proves that books, rounds and chains agree.

It trusts nothing that a constraint, a trigger or the server promises, and changes nothing.
"""
