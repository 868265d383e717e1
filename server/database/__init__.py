"""The database: the embedded PostgreSQL, its roles, migrations, backups and connections."""

from __future__ import annotations
