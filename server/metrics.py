"""What the node counts, as Prometheus metrics. Read at scrape time; a bet pays for none of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client.core import (
    CollectorRegistry,
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_ITEMS: Final = (1, 2, 5, 10, 25, 50, 100, 250, 500)


class _Histogram:
    """Counts by bucket; one list index a sample."""

    __slots__ = ("_bounds", "_counts", "_sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._sum = 0.0

    def add(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    def family(self, name: str, text: str) -> HistogramMetricFamily:
        total = 0
        buckets: list[tuple[str, float]] = []
        for bound, count in zip((*self._bounds, None), self._counts, strict=True):
            total += count
            buckets.append(("+Inf" if bound is None else str(bound), total))
        return HistogramMetricFamily(name, text, buckets=buckets, sum_value=self._sum)


class SettlementMetrics:
    """What the settlement queue reports."""

    def __init__(self) -> None:
        self.items = 0
        self.batches = 0
        self.retries: dict[str, int] = {}
        self._seconds = _Histogram(_SECONDS)
        self._sizes = _Histogram(_ITEMS)

    def batch(self, items: int, seconds: float) -> None:
        """Count one settled batch."""
        self.items += items
        self.batches += 1
        self._seconds.add(seconds)
        self._sizes.add(items)

    def retried(self, reason: str) -> None:
        """Count one interrupted call."""
        self.retries[reason] = self.retries.get(reason, 0) + 1

    def collect(self) -> Iterator[Metric]:
        """Give the metric families."""
        yield CounterMetricFamily(
            "croupier_settlement_items", "Items that the settling call decided", value=self.items
        )
        yield self._seconds.family("croupier_settlement_seconds", "Duration of a settling call")
        yield self._sizes.family("croupier_settlement_batch_items", "Items in a settling call")
        retries = CounterMetricFamily(
            "croupier_settlement_retries", "Interrupted or split calls", labels=["reason"]
        )
        for reason, count in self.retries.items():
            retries.add_metric([reason], count)
        yield retries


class NodeCollector(Collector):
    """Reads every figure of the node when it is scraped."""

    def __init__(
        self,
        settlement: SettlementMetrics,
        gauges: dict[str, tuple[str, Callable[[], float]]],
        labelled: dict[str, tuple[str, str, Callable[[], dict[str, int]]]],
    ) -> None:
        self._settlement = settlement
        self._gauges = gauges
        self._labelled = labelled

    def collect(self) -> Iterator[Metric]:
        """Give the metric families."""
        yield from self._settlement.collect()
        for name, (text, read) in self._gauges.items():
            yield GaugeMetricFamily(name, text, value=read())
        for name, (text, label, read_all) in self._labelled.items():
            family = CounterMetricFamily(name, text, labels=[label])
            for value, count in read_all().items():
                family.add_metric([value], count)
            yield family


def registry_of(collector: Collector) -> CollectorRegistry:
    """Return a registry with the node's collector and the process's own."""
    from prometheus_client import ProcessCollector  # noqa: PLC0415 - reads /proc at import

    registry = CollectorRegistry()
    registry.register(collector)
    ProcessCollector(registry=registry)
    return registry
