"""Sockets in: connections, sessions, resume and back-pressure."""

from __future__ import annotations
