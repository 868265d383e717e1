"""The protocol for a stranger: an AsyncAPI 3 document and TypeScript types, from one source."""

from protocol.schema.asyncapi import document
from protocol.schema.published import (
    ExampleChain,
    ExampleRound,
    ExampleStep,
    Published,
    PublishedGame,
)
from protocol.schema.typescript import typescript

__all__ = [
    "ExampleChain",
    "ExampleRound",
    "ExampleStep",
    "Published",
    "PublishedGame",
    "document",
    "typescript",
]
