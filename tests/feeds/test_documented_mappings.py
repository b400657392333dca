"""The worked examples of docs/feeds.md do what the page says."""

import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from data_sources.feeds import parser_of, transport
from data_sources.model.city import FeedSpec
from data_sources.pack_indicators import vocabulary
from tests.feeds.builders import RECEIVED_AT

DOCS = Path(__file__).resolve().parents[2] / "docs" / "feeds.md"
SECTION = DOCS.read_text("utf-8").partition("## A feed by mapping, without code")[2].partition("\n## ")[0]
UNITS = {spec.property_id: spec.unit for spec in vocabulary()}


def example(number: int) -> tuple[FeedSpec, bytes]:
    """The feed of the section's example and the message that it is for."""
    block = re.findall(r"```toml\n(\[\[feeds\]\].*?)```", SECTION, re.DOTALL)[number]
    (entry,) = tomllib.loads(block)["feeds"]
    message = re.findall(r"`(\{\"(?:updated|dev)\".*?\})`", SECTION)[number]
    return FeedSpec.model_validate({**entry, "units": UNITS}), json.dumps(json.loads(message)).encode()


def test_example_over_http() -> None:
    feed, message = example(0)
    batch = parser_of(feed)(message, feed=feed, received_at=RECEIVED_AT)
    assert transport(feed) == "http"
    assert [(one.feature_id, one.property_id, one.value, one.unit) for one in batch.observations] == [
        ("A1", "pm25", 37.5, "µg/m³"),
        ("A1", "air_temperature", 30.0, "°C"),
    ]
    assert batch.observations[0].observed_at == datetime(2026, 11, 22, 3, tzinfo=UTC)
    assert (batch.features[0].name, batch.features[0].lat) == ({"th": "ตลาด"}, 16.43)
    assert (batch.rejected, batch.observations[0].flags) == ((), ())


def test_example_over_mqtt() -> None:
    feed, message = example(1)
    (found,) = parser_of(feed)(message, feed=feed, received_at=RECEIVED_AT).observations
    assert transport(feed) == "mqtt"
    assert (found.feature_id, found.property_id, found.value, found.unit) == ("P-3", "pipe_water", 0.125, "m")
    assert found.observed_at == datetime(2026, 11, 22, 11, tzinfo=UTC)
