"""The protocol for a stranger: AsyncAPI 3, OpenAPI 3.1 and TypeScript, from one source."""

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
