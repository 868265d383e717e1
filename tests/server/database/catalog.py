"""What a program relies on in the schema, and what a migration takes from it.

Read from PostgreSQL's own catalog before and after, so that it does not matter how a migration is
written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from server.database.connect import Connection

__all__ = ["Catalog", "Function", "broken", "read"]

_COLUMNS: Final = """
    SELECT c.relname::text AS relation, a.attname::text AS name,
        format_type(a.atttypid, a.atttypmod) AS kind, a.attnotnull AS needed,
        a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '' AS given
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'croupier'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
        AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
"""
_FUNCTIONS: Final = """
    SELECT p.proname::text AS name, pg_get_function_identity_arguments(p.oid) AS arguments,
        p.pronargs::integer AS most, (p.pronargs - p.pronargdefaults)::integer AS least,
        pg_get_function_result(p.oid) AS result
    FROM pg_proc p WHERE p.pronamespace = 'croupier'::regnamespace AND p.prokind IN ('f', 'p')
"""
_RULES: Final = """
    SELECT conrelid::regclass::text AS relation, conname::text AS name,
        pg_get_constraintdef(oid) AS text, CASE WHEN contype IN ('c', 'f') THEN ARRAY(
            SELECT attname::text FROM pg_attribute WHERE attrelid = conrelid
                AND attnum = ANY (conkey)) ELSE '{}' END AS columns
    FROM pg_constraint WHERE connamespace = 'croupier'::regnamespace AND contype IN
        ('c', 'f', 'p', 'u', 'x') AND conrelid <> 0 AND conparentid = 0 AND NOT EXISTS
        (SELECT FROM pg_class WHERE oid = conrelid AND relispartition)
"""
_UNIQUE: Final = """
    SELECT i.indrelid::regclass::text AS relation, i.indexrelid::regclass::text AS name,
        pg_get_indexdef(i.indexrelid) AS text, '{}'::text[] AS columns
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE i.indisunique AND c.relnamespace = 'croupier'::regnamespace AND NOT c.relispartition
"""
_TRIGGERS: Final = """
    SELECT tgrelid::regclass::text AS relation, tgname::text AS name,
        pg_get_triggerdef(t.oid) AS text, '{}'::text[] AS columns
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT tgisinternal AND c.relnamespace = 'croupier'::regnamespace AND NOT c.relispartition
"""
_RIGHTS: Final = """
    SELECT g.rolname::text AS role, 'relation ' || c.relname AS thing, r.privilege_type AS right
    FROM pg_class c, aclexplode(c.relacl) r JOIN pg_roles g ON g.oid = r.grantee
    WHERE c.relnamespace = 'croupier'::regnamespace AND NOT c.relispartition
    UNION ALL
    SELECT coalesce(g.rolname::text, 'public'),
        format('function %s(%s)', p.proname, pg_get_function_identity_arguments(p.oid)),
        r.privilege_type
    FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) r
        LEFT JOIN pg_roles g ON g.oid = r.grantee
    WHERE p.pronamespace = 'croupier'::regnamespace
"""


class Column(NamedTuple):
    """What a statement that reads or writes a column relies on."""

    kind: str
    optional: bool
    """Whether a row can be inserted without it."""


class Function(NamedTuple):
    """What a call relies on."""

    most: int
    least: int
    """How many arguments have no default."""
    result: str


class Rule(NamedTuple):
    """What may refuse a row."""

    text: str
    columns: frozenset[str]
    """The only columns that it looks at, where that is known."""


class Catalog(NamedTuple):
    """A schema as programs meet it."""

    columns: dict[tuple[str, str], Column]
    functions: dict[tuple[str, str], Function]
    """By name and arguments."""
    rules: dict[tuple[str, str], Rule]
    """Constraints, unique indexes and triggers by relation and name: what refuses a row."""
    rights: set[tuple[str, str, str]]


async def read(connection: Connection) -> Catalog:
    """Read the schema `croupier`."""
    return Catalog(
        {
            (row["relation"], row["name"]): Column(row["kind"], row["given"] or not row["needed"])
            for row in await connection.fetch(_COLUMNS)
        },
        {
            (row["name"], row["arguments"]): Function(row["most"], row["least"], row["result"])
            for row in await connection.fetch(_FUNCTIONS)
        },
        {
            (row["relation"].removeprefix("croupier."), row["name"]): Rule(
                row["text"], frozenset(row["columns"])
            )
            for query in (_RULES, _UNIQUE, _TRIGGERS)
            for row in await connection.fetch(query)
        },
        {(row["role"], row["thing"], row["right"]) for row in await connection.fetch(_RIGHTS)},
    )


def broken(before: Catalog, after: Catalog) -> Iterator[str]:
    """Yield, in words, whatever would trouble a program that was written for the schema before."""
    yield from _columns(before, after)
    yield from _functions(before, after)
    old = {relation for relation, _ in before.columns}
    for place, rule in after.rules.items():
        looked_at = {(place[0], column) for column in rule.columns}
        new = looked_at and not looked_at & before.columns.keys()
        if place[0] in old and before.rules.get(place) != rule and not new:
            yield f"{place[0]} refuses rows that it took before: {place[1]}"
    for role, thing, right in sorted(before.rights - after.rights):
        yield f"{role} has lost {right} on {thing}"


def _columns(before: Catalog, after: Catalog) -> Iterator[str]:
    relations = {relation for relation, _ in before.columns}
    for place, column in before.columns.items():
        now, name = after.columns.get(place), ".".join(place)
        if now is None:
            yield f"{name} is gone"
        elif now.kind != column.kind:
            yield f"{name} was {column.kind} and is {now.kind}"
        elif column.optional and not now.optional:
            yield f"{name} must be given now"
    for place, column in after.columns.items():
        if place[0] in relations and place not in before.columns and not column.optional:
            yield f"{'.'.join(place)} is new and must be given"


def _functions(before: Catalog, after: Catalog) -> Iterator[str]:
    for (name, arguments), function in before.functions.items():
        now = after.functions.get((name, arguments))
        if now is None:
            yield f"{name}({arguments}) is gone"
        elif now.result != function.result:
            yield f"{name}({arguments}) returned {function.result} and returns {now.result}"
        elif now.least > function.least:
            yield f"{name}({arguments}) needs more arguments"
    for (name, arguments), function in after.functions.items():
        if (name, arguments) in before.functions:
            continue
        for (older, others), known in before.functions.items():
            if older == name and function.least <= known.most and known.least <= function.most:
                yield f"{name}({arguments}) can be called like {name}({others})"
