"""The bus: typed messages on topics, from any node to every node that subscribed.

It may lose, delay and double messages; whoever uses it numbers what matters and asks again. What is
published reaches this node's own subscribers without any network, so that what one node can do
alone goes on while the others cannot be reached.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any, Final, get_args

import msgspec
import structlog

from server.cluster.signatures import OVERHEAD_BYTES, Foreign, Signatures

__all__ = ["MAXIMUM_MESSAGE_BYTES", "Bus", "MessageTooLarge", "Subscription"]

log = structlog.get_logger(__name__)

_COMPLAINT_S: Final = 60.0
"""Of each way to be foreign, one line in the log for so long; the metric counts every message."""
MAXIMUM_MESSAGE_BYTES: Final = 1_048_576
"""What is longer is neither sent nor decoded. A snapshot of a thousand seats is a tenth of it."""
PROTOCOL: Final = 1
"""Of the messages of all topics. Fields and kinds may be added under the same number: who does not
know them leaves them out. A message of a later protocol states it as its first byte; none of
protocol 1 begins with so low a byte, since each is a map or an array."""
PROTOCOL_MAX: Final = 0x7F
ORIGIN_BYTES: Final = 8
"""Each message begins with the bus that sent it, by which that bus knows its own echo."""

_encoder = msgspec.msgpack.Encoder()


class _Kind(msgspec.Struct):
    """What every tagged message has."""

    type: Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[a-z_ -]+\Z")]


_kinds = msgspec.msgpack.Decoder(_Kind)


class MessageTooLarge(ValueError):  # noqa: N818 - a condition of the message
    """A message is longer than any node would take."""


class _Topic:
    """One topic that this node listens to, however many ask for it."""

    __slots__ = ("decoder", "interrupted", "kind", "ready", "subscriptions", "tags")

    def __init__(self, kind: Any) -> None:
        self.kind = kind
        self.tags = {each.__struct_config__.tag for each in get_args(kind) or (kind,)}
        self.decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(kind)
        self.subscriptions: list[Subscription] = []
        self.ready = asyncio.Event()
        self.interrupted = False

    def unknown(self, payload: bytes) -> str | None:
        """Return the kind that a message states if none of the topic's is called so."""
        try:
            kind = _kinds.decode(payload).type
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        return kind if kind not in self.tags else None


class Subscription:
    """One handler on one topic, until `close`."""

    __slots__ = ("_bus", "handler", "resumed", "topic")

    def __init__(
        self,
        bus: Bus,
        topic: str,
        handler: Callable[[Any], None],
        resumed: Callable[[], None] | None,
    ) -> None:
        self._bus = bus
        self.topic = topic
        self.handler = handler
        self.resumed = resumed

    async def ready(self) -> None:
        """Wait until whatever is published from now on is delivered, or the bus loses it."""
        await self._bus.listening(self.topic)

    def close(self) -> None:
        """Deliver nothing more."""
        self._bus.unsubscribe(self)


class Bus:
    """The bus of a node that is alone, and what every other bus has in common.

    Where others can reach its network, *signatures* tell the casino's own messages from foreign
    ones.
    """

    def __init__(self, signatures: Signatures | None = None) -> None:
        self.instance: Final = os.urandom(ORIGIN_BYTES)
        """Names this bus among all that there ever were."""
        self.sent = 0
        self.received = 0
        self.dropped: Counter[str] = Counter()
        """Messages that were not sent or not delivered, by reason."""
        self._topics: dict[str, _Topic] = {}
        self._signatures = signatures
        self._origin_at = 0 if signatures is None else OVERHEAD_BYTES
        self._complained_s: dict[str, float] = {}

    # -- what users call --------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """Whether other nodes can be reached, as far as this one knows."""
        return True

    async def start(self) -> None:
        """Begin to send and to listen."""

    async def stop(self) -> None:
        """End both."""

    def publish(self, topic: str, message: msgspec.Struct, *, here: bool = False) -> bool:
        """Send a message to everyone who subscribed; never waits. False: it is certainly lost.

        With *here* only to this node's own subscribers, where it is known that there are no others.
        Raises MessageTooLarge.
        """
        payload = _encoder.encode(message)
        if len(payload) > MAXIMUM_MESSAGE_BYTES:
            self.dropped["too large"] += 1
            raise MessageTooLarge(f"{len(payload)} bytes on {topic}")
        if topic in self._topics:
            asyncio.get_running_loop().call_soon(self._deliver, topic, payload)
        if here:
            return True
        data = self.instance + payload
        if self._signatures is not None:
            data = self._signatures.sign(self._channel(topic), data)
        sent = self._transmit(topic, data)
        self.sent += sent
        return sent

    def subscribe(
        self,
        topic: str,
        kind: Any,
        handler: Callable[[Any], None],
        *,
        resumed: Callable[[], None] | None = None,
    ) -> Subscription:
        """Call *handler* with each message of *kind* on a topic. What is of no such kind goes.

        All subscriptions to a topic take the same kind, a struct or a union of tagged ones. After
        the bus was interrupted, and may have lost messages, *resumed* is called.
        """
        found = self._topics.get(topic)
        if found is None:
            found = self._topics[topic] = _Topic(kind)
            self._listen(topic)
        assert found.kind == kind, f"{topic} carries {found.kind}"
        subscription = Subscription(self, topic, handler, resumed)
        found.subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """End a subscription; the last one of a topic ends the node's own."""
        found = self._topics.get(subscription.topic)
        if found is None or subscription not in found.subscriptions:
            return
        found.subscriptions.remove(subscription)
        if not found.subscriptions:
            del self._topics[subscription.topic]
            self._forget(subscription.topic)

    async def listening(self, topic: str) -> None:
        """Wait until a topic that was subscribed to is listened to."""
        found = self._topics.get(topic)
        if found is not None:
            await found.ready.wait()

    @property
    def topics(self) -> int:
        """How many topics this node listens to."""
        return len(self._topics)

    # -- what a bus with a network does besides ---------------------------------------------------

    def _channel(self, topic: str) -> bytes:
        """Return what a topic is called on the network."""
        return topic.encode()

    def _transmit(self, topic: str, data: bytes) -> bool:  # noqa: ARG002 - for those who have peers
        """Send to the other nodes; there are none."""
        return True

    def _listen(self, topic: str) -> None:
        """Begin to listen to a topic."""
        self._confirm(topic)

    def _forget(self, topic: str) -> None:
        """Listen to a topic no more."""

    # -- what it calls when something comes -------------------------------------------------------

    def _confirm(self, topic: str) -> None:
        """A topic is listened to from now on."""
        found = self._topics.get(topic)
        if found is None or found.ready.is_set():
            return
        found.ready.set()
        if found.interrupted:
            found.interrupted = False
            for subscription in tuple(found.subscriptions):
                if subscription.resumed is not None:
                    self._guarded(topic, subscription.resumed)

    def _interrupt(self, topic: str) -> None:
        """A topic is not listened to for now."""
        found = self._topics.get(topic)
        if found is not None and found.ready.is_set():
            found.ready.clear()
            found.interrupted = True

    def _receive(self, topic: str, data: bytes) -> None:
        """Take what came over the network."""
        origin_at = self._origin_at
        if data[origin_at : origin_at + ORIGIN_BYTES] == self.instance:
            return
        self.received += 1
        if len(data) > MAXIMUM_MESSAGE_BYTES + ORIGIN_BYTES + origin_at:
            self.dropped["too large"] += 1
            return
        if self._signatures is not None:
            try:
                data = self._signatures.check(self._channel(topic), data)
            except Foreign as foreign:
                self._reject(topic, str(foreign))
                return
        self._deliver(topic, data[ORIGIN_BYTES:])

    def _reject(self, topic: str, reason: str) -> None:
        """Count a foreign message, and say so in the log now and then."""
        self.dropped[reason] += 1
        now_s = asyncio.get_running_loop().time()
        if now_s >= self._complained_s.get(reason, 0.0):
            self._complained_s[reason] = now_s + _COMPLAINT_S
            log.warning("a foreign message on the bus was dropped", reason=reason, topic=topic)

    def _deliver(self, topic: str, payload: bytes) -> None:
        found = self._topics.get(topic)
        if found is None:
            return
        if payload and PROTOCOL < payload[0] <= PROTOCOL_MAX:
            if not self.dropped["other protocol"]:
                log.error(
                    "a node of a newer program speaks another protocol: let this one follow it",
                    theirs=payload[0],
                    ours=PROTOCOL,
                )
            self.dropped["other protocol"] += 1
            return
        try:
            message = found.decoder.decode(payload)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            if (kind := found.unknown(payload)) is not None:
                if not self.dropped["unknown kind"]:
                    log.info("a newer program tells what this one does not know", kind=kind)
                self.dropped["unknown kind"] += 1
                return
            # A program that is broken, or somebody who knows the key.
            if not self.dropped["garbage"]:
                log.warning("garbage on the bus", topic=topic, error=str(error))
            self.dropped["garbage"] += 1
            return
        for subscription in tuple(found.subscriptions):
            self._guarded(topic, subscription.handler, message)

    def _guarded(self, topic: str, call: Callable[..., None], *arguments: Any) -> None:
        """Call a handler; one that fails takes nothing from the others."""
        try:
            call(*arguments)
        except Exception:
            self.dropped["handler failed"] += 1
            log.exception("a handler of the bus failed", topic=topic)
