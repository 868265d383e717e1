"""Docstrings under fields."""

from __future__ import annotations

import enum

import msgspec

from protocol.schema.attributes import attribute_docs, class_doc


class Base(msgspec.Struct):
    """A base.

    With a second
    paragraph (standards B4).
    """

    first: int
    """The first,
    over two lines (GLI-19 4.7.2, standards B2)."""
    second: int = 0
    third: int = 1


class Derived(Base):
    """Derived."""

    second: int = 2
    """Said again (by the one below)."""


class Colour(enum.Enum):
    """An enum."""

    RED = "red"
    """Like blood."""


def test_fields() -> None:
    """Each docstring is found as one line, without its source; fields without one are left out."""
    assert attribute_docs(Base) == {"first": "The first, over two lines."}


def test_inheritance() -> None:
    """A class knows the words of its bases, and its own go first."""
    assert attribute_docs(Derived) == {
        "first": "The first, over two lines.",
        "second": "Said again (by the one below).",
    }


def test_enums() -> None:
    """Members of an enum are explained the same way."""
    assert attribute_docs(Colour) == {"RED": "Like blood."}


def test_classes() -> None:
    """A class's docstring keeps its paragraphs and loses its indentation and sources."""
    assert class_doc(Base) == "A base.\n\nWith a second paragraph."


def test_without_source() -> None:
    """A class whose source cannot be had has no words, and that is no fault."""
    made = msgspec.defstruct("Made", [("a", int)])

    assert attribute_docs(made) == {}
