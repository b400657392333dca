"""The registry of feed kinds, and how a feed is reached."""

from typing import get_args

import pytest

from data_sources.errors import FeedConfigError
from data_sources.feeds import PARSERS, parser_of, transport
from data_sources.feeds.geojson_positions import parse as parse_geojson
from data_sources.feeds.gtfs_realtime import parse as parse_gtfs_realtime
from data_sources.model.city import FeedKind
from tests.feeds.builders import feed_spec


def test_every_kind_that_a_pack_may_name_has_a_parser() -> None:
    assert set(PARSERS) == set(get_args(FeedKind))


def test_parser_is_chosen_by_kind() -> None:
    assert parser_of(feed_spec(kind="gtfs_realtime")) is parse_gtfs_realtime
    assert parser_of(feed_spec(kind="geojson_positions")) is parse_geojson


@pytest.mark.parametrize(
    ("url", "topic", "expected"),
    [
        ("https://example.org/vp.pb", None, "http"),
        ("HTTP://example.org/vp.pb", None, "http"),
        ("mqtt://example.org", "t", "mqtt"),
        ("mqtts://example.org", "t", "mqtt"),
        ("", None, "http"),
        ("", "t", "mqtt"),
    ],
)
def test_url_tells_whether_a_feed_is_polled_or_subscribed(url: str, topic: str | None, expected: str) -> None:
    assert transport(feed_spec(url=url, topic=topic)) == expected


@pytest.mark.parametrize(
    ("url", "topic", "code"),
    [("ftp://example.org", None, "url_invalid"), ("mqtt://example.org", None, "topic_missing")],
)
def test_feed_that_cannot_be_reached_is_told_so(url: str, topic: str | None, code: str) -> None:
    with pytest.raises(FeedConfigError) as caught:
        transport(feed_spec(url=url, topic=topic))
    assert caught.value.code == code
