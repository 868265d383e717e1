"""Tests of `server.metrics`: what is counted, in a form that Prometheus reads."""

from __future__ import annotations

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from server.metrics import NodeCollector, SettlementMetrics, registry_of


def scraped(
    settlement: SettlementMetrics, refusals: dict[str, int] | None = None, tables: int = 0
) -> dict[tuple[str, ...], float]:
    """Scrape a collector and return every sample by its name and labels."""
    collector = NodeCollector(
        settlement,
        {"croupier_tables": ("Tables", lambda: tables)},
        {"croupier_refusals": ("Refusals", "code", lambda: refusals or {})},
    )
    text = generate_latest(registry_of(collector)).decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_settlement() -> None:
    """Batches fall into buckets of seconds and of items; a bound belongs to its own bucket."""
    metrics = SettlementMetrics()
    for items, seconds in ((1, 0.0005), (2, 0.001), (500, 0.3), (501, 99.0)):
        metrics.batch(items, seconds)
    metrics.retried("deadline")
    metrics.retried("deadline")
    metrics.retried("split")
    values = scraped(metrics)
    assert values["croupier_settlement_items_total",] == 1_004
    assert values["croupier_settlement_seconds_bucket", "0.001"] == 2
    assert values["croupier_settlement_seconds_bucket", "0.25"] == 2
    assert values["croupier_settlement_seconds_bucket", "0.5"] == 3
    assert values["croupier_settlement_seconds_bucket", "5.0"] == 3
    assert values["croupier_settlement_seconds_bucket", "+Inf"] == 4
    assert values["croupier_settlement_seconds_count",] == 4
    assert values["croupier_settlement_seconds_sum",] == 0.0005 + 0.001 + 0.3 + 99.0
    assert values["croupier_settlement_batch_items_bucket", "1"] == 1
    assert values["croupier_settlement_batch_items_bucket", "2"] == 2
    assert values["croupier_settlement_batch_items_bucket", "500"] == 3
    assert values["croupier_settlement_batch_items_bucket", "+Inf"] == 4
    assert values["croupier_settlement_retries_total", "deadline"] == 2
    assert values["croupier_settlement_retries_total", "split"] == 1


def test_the_node() -> None:
    """Gauges and labelled counters are read when they are scraped; the process tells of itself."""
    metrics = SettlementMetrics()
    refusals = {"busy": 3}
    values = scraped(metrics, refusals, tables=7)
    assert values["croupier_tables",] == 7
    assert values["croupier_refusals_total", "busy"] == 3
    assert values["croupier_settlement_items_total",] == 0
    assert values["process_resident_memory_bytes",] > 0
    refusals["busy"] = 4
    assert scraped(metrics, refusals)["croupier_refusals_total", "busy"] == 4
