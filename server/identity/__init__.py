"""Passwords, second factors, sign-ins and roles: for operators now, for players the same way."""
