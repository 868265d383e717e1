"""Reads the docstrings that stand under the fields of a class.

They are the only place where a field is explained; the schema repeats them, so that a client's
author reads the same words as a reader of the code.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from functools import cache
from typing import Final

_SOURCE: Final = re.compile(r" \((?:GLI-\d+|standards)\b[^)]*\)")


@cache
def attribute_docs(kind: type) -> dict[str, str]:
    """Return the docstring under each field of a class, of its bases too, as one line each.

    A field without one is left out. So is everything where the source cannot be had.
    """
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.partition(".")[0] in ("builtins", "msgspec", "enum", "typing"):
            continue
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(base)))
        except (OSError, TypeError):
            continue
        body = tree.body[0]
        assert isinstance(body, ast.ClassDef)
        for statement, follower in zip(body.body, body.body[1:], strict=False):
            name = _assigned(statement)
            if name is not None and (text := _string(follower)) is not None:
                found[name] = _for_clients(text)
    return found


def class_doc(kind: type) -> str:
    """Return the docstring of a class as one paragraph a line, without its indentation."""
    paragraphs = inspect.cleandoc(kind.__doc__ or "").split("\n\n")
    return "\n\n".join(_for_clients(paragraph) for paragraph in paragraphs)


def _for_clients(text: str) -> str:
    """Return one line, without the requirement that a rule comes from."""
    return _SOURCE.sub("", " ".join(text.split()))


def _assigned(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return None


def _string(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        value = statement.value.value
        return value if isinstance(value, str) else None
    return None
