"""The registers of messages, and what holds for every struct on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from protocol.messages import ANSWERS, EVENTS, REPLIES, REQUESTS
from protocol.messages.common import MAXIMUM_INTEGER, Event, Message, Reply, Request
from protocol.schema.attributes import attribute_docs
from tests.protocol.values import KINDS

IDS = {"chain", "player", "round", "session", "table"}
"""What an entity's id is called."""


def subclasses(base: type[Any]) -> Iterator[type[Any]]:
    """Yield every class below another."""
    for kind in base.__subclasses__():
        yield kind
        yield from subclasses(kind)


def structs() -> list[type[Any]]:
    """Return every struct of the messages."""
    found = {kind for kind in subclasses(Message) if kind.__module__.startswith("protocol.")}
    return sorted(found - {Request, Reply, Event}, key=lambda kind: kind.__name__)


def leaves(info: Any) -> Iterator[Any]:
    """Yield the plain types inside a type, without entering other structs."""
    match info:
        case inspect.UnionType():
            for one in info.types:
                yield from leaves(one)
        case inspect.VarTupleType():
            yield from leaves(info.item_type)
        case inspect.Metadata():
            yield from leaves(info.type)
        case _:
            yield info


def fields(kind: type[Any]) -> Iterator[tuple[str, Any]]:
    """Yield name and plain types of each field."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        for leaf in leaves(field.type):
            yield field.name, leaf


def test_every_message_is_registered() -> None:
    """Every request, reply and event that is declared is registered under its name."""
    for base, register in ((Request, REQUESTS), (Reply, REPLIES), (Event, EVENTS)):
        declared = {
            kind
            for kind in subclasses(base)
            if kind.__module__.startswith("protocol.") and hasattr(kind, "TYPE")
        }
        assert declared == set(register.values())
        assert all(name == kind.TYPE for name, kind in register.items())


def test_every_request_is_answered() -> None:
    """Every request names replies that exist, and every reply but the error answers one."""
    assert ANSWERS.keys() == REQUESTS.keys()
    answering = {reply for replies in ANSWERS.values() for reply in replies}
    assert answering | {"error"} == set(REPLIES)


STRUCTS = pytest.mark.parametrize("kind", structs(), ids=lambda kind: kind.__name__)


@STRUCTS
def test_integers_are_bounded(kind: type[Any]) -> None:
    """No integer field can hold what a client's language would round."""
    for name, leaf in fields(kind):
        if isinstance(leaf, inspect.IntType):
            low = leaf.ge if leaf.ge is not None else leaf.gt
            high = leaf.le if leaf.le is not None else leaf.lt
            assert low is not None, name
            assert high is not None, name
            assert -MAXIMUM_INTEGER <= low <= high <= MAXIMUM_INTEGER, name
        assert not isinstance(leaf, inspect.FloatType), name


@STRUCTS
def test_ids_are_strings(kind: type[Any]) -> None:
    """Every id of an entity is a string, and bounded; where the name holds a struct, it has one."""
    for name, leaf in fields(kind):
        if name in IDS and not isinstance(leaf, inspect.StructType | inspect.NoneType):
            assert isinstance(leaf, inspect.StrType), name
            assert leaf.max_length == 64
            assert leaf.min_length == 1


@STRUCTS
def test_requests_are_bounded(kind: type[Any]) -> None:
    """Every text, byte string and list that a client sends has a greatest length."""
    if issubclass(kind, Reply | Event) or kind not in sent():
        return
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        found = field.type.type if isinstance(field.type, inspect.Metadata) else field.type
        for one in found.types if isinstance(found, inspect.UnionType) else (found,):
            if isinstance(one, inspect.StrType | inspect.BytesType | inspect.VarTupleType):
                assert one.max_length is not None, field.name


def sent() -> set[type[Any]]:
    """Return every struct that a client sends."""
    found: set[type[Any]] = set()
    todo: list[type[Any]] = list(REQUESTS.values())
    while todo:
        kind = todo.pop()
        found.add(kind)
        todo += [leaf.cls for _, leaf in fields(kind) if isinstance(leaf, inspect.StructType)]
    return found


@STRUCTS
def test_structs_are_frozen_and_open(kind: type[Any]) -> None:
    """Messages are values, and fields of a later version are ignored."""
    config = kind.__struct_config__

    assert config.frozen
    assert not config.forbid_unknown_fields
    assert not config.array_like


@STRUCTS
def test_everything_is_explained(kind: type) -> None:
    """Every struct and every field has words for whoever writes a client."""
    assert kind.__doc__
    docs = attribute_docs(kind)
    assert [one.name for one in msgspec.structs.fields(kind) if one.name not in docs] == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_names(kind: type[Any]) -> None:
    """Names on the wire are in lower case, with underscores, and fields bear their own."""
    assert kind.TYPE.lower() == kind.TYPE
    assert [field.encode_name for field in msgspec.structs.fields(kind)] == list(
        kind.__struct_fields__
    )
