"""Every feed that observes is read by its own parser, with the values that the simulated nature has."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from data_sources import catalogue
from data_sources.feeds import PARSERS
from data_sources.model.city import City, FeedSpec
from data_sources.model.feed import Batch
from data_sources.model.observation import TicketState
from data_sources.simulator.channels import channels_of
from data_sources.simulator.observatory import Observatory, nature_of
from data_sources.simulator.reports import FICTITIOUS_PHONE
from data_sources.simulator.wire_mapping import datastore_page

ROOT = Path(__file__).parents[2]
PACKS = {
    "bundled": ROOT / "dashboard/cities/khon_kaen",
    "second": ROOT / "tests/fixtures/cities/brumal_bay",
}
NOW = datetime(2026, 9, 22, 19, 40, 7, tzinfo=UTC)
WHOLE_NUMBERS = ("wind_direction", "relative_humidity", "pm10_24h", "o3_8h", "no2", "so2")
TOLERANCES = {"wind_speed": 0.19, **dict.fromkeys(WHOLE_NUMBERS, 0.51)}
"""Half of the last digit that the coarsest of the formats writes; of all others 0.06."""


def simulated(pack: str) -> City:
    city = catalogue.load_city(PACKS[pack], {})
    return catalogue.simulated(city, "http://127.0.0.1:1", "mqtt://127.0.0.1:2")


CITIES = {pack: simulated(pack) for pack in PACKS}
OBSERVATORIES = {city.root: Observatory(city, nature_of(city, 1)) for city in CITIES.values()}
FEEDS = [
    pytest.param(city, feed, id=f"{pack}-{feed.feed_id}")
    for pack, city in CITIES.items()
    for feed in city.feeds
    if feed.simulated_entities in {"observations", "statistics"}
]


def read(city: City, feed: FeedSpec, now: datetime = NOW) -> list[Batch]:
    observatory = OBSERVATORIES[city.root]
    if feed.kind == "ngsi_ld":
        bodies = [msgspec.json.encode(observatory.entities(feed, kind, now)) for kind in feed.entity_types]
    elif feed.kind == "ckan_datastore":
        bodies = [datastore_page(observatory.body(feed, now), "any", 1000, 0)]
    else:
        bodies = [observatory.body(feed, now)]
    return [PARSERS[feed.kind](body, feed=feed, received_at=now) for body in bodies]


@pytest.mark.parametrize(("city", "feed"), FEEDS)
def test_parser_reads_the_values_of_nature(city: City, feed: FeedSpec) -> None:
    nature = nature_of(city, 1)
    channels = {one.key: one for one in channels_of(feed, city)}
    told = [one for batch in read(city, feed) for one in batch.observations]
    assert {(one.feature_id, one.property_id) for one in told} >= set(channels) - _gone(city, feed)
    for one in told:
        channel = channels.get((one.feature_id, one.property_id))
        if channel is None:  # a station of another part of the country
            continue
        expected = channel.values(nature, [one.observed_at])[0]
        tolerance = max(TOLERANCES.get(one.property_id, 0.06), 1e-6 * abs(expected))
        assert one.value == pytest.approx(expected, abs=tolerance), one
        assert one.unit == city.properties[one.property_id].unit
        assert one.observed_at <= NOW
        assert one.synthetic


def _gone(city: City, feed: FeedSpec) -> set[tuple[str, str]]:
    """What this message left out on purpose: broken readings."""
    refused = {one.entity_id for batch in read(city, feed) for one in batch.rejected}
    return {one.key for one in channels_of(feed, city) if one.feature.feature_id in refused}


@pytest.mark.parametrize(("city", "feed"), FEEDS)
def test_feed_is_a_little_dirty_at_most(city: City, feed: FeedSpec) -> None:
    batches = [read(city, feed, NOW + timedelta(hours=hour))[0] for hour in range(24)]
    told = sum(len(batch.observations) for batch in batches)
    refused = sum(len(batch.rejected) for batch in batches)
    assert told
    # One gauge that is silent for good is the dirtiest: a sixth of a short list.
    assert refused <= 0.17 * told


def test_one_rain_gauge_is_silent_one_late_and_a_code_ends_with_a_return() -> None:
    city = CITIES["bundled"]
    feed = city.feed("flood_rain")
    assert feed is not None
    body = Observatory(city, nature_of(city, 1)).body(feed, NOW)
    batch = PARSERS[feed.kind](body, feed=feed, received_at=NOW)
    assert b"\\r" in body
    assert [one.code for one in batch.rejected] == ["value_missing"]
    behind = [one for one in batch.observations if one.observed_at < NOW - timedelta(hours=1)]
    assert len(behind) == 1


def test_lake_says_now_and_then_that_it_has_no_reading() -> None:
    city = CITIES["bundled"]
    feed = city.feed("flood_lakes")
    assert feed is not None
    quarters = 4 * 24 * 10
    refused = [
        one.code
        for quarter in range(0, quarters, 4)
        for one in read(city, feed, NOW + timedelta(minutes=15 * quarter))[0].rejected
    ]
    assert set(refused) == {"value_missing"}
    assert len(refused) < 0.02 * 4 * quarters / 4


def test_reports_go_through_their_life_and_keep_their_names() -> None:
    city = CITIES["bundled"]
    feed = city.feed("traffy")
    assert feed is not None
    observatory = Observatory(city, nature_of(city, 1))

    def tickets(now: datetime) -> Batch:
        return PARSERS["traffy"](observatory.tickets(feed, now, 1000, 0), feed=feed, received_at=now)

    first, later = tickets(NOW), tickets(NOW + timedelta(days=4))
    assert not first.rejected
    states = {one.ticket_id: one.state for one in later.tickets}
    was_open = [one for one in first.tickets if one.state is TicketState.OPEN]
    assert len(was_open) > 20
    assert all(one.ticket_id in states for one in was_open)
    closed = sum(states[one.ticket_id] is TicketState.CLOSED for one in was_open)
    assert 0.3 * len(was_open) < closed < len(was_open)
    assert all(one.closed_at is None or one.closed_at >= one.opened_at for one in later.tickets)


def test_phone_number_of_a_report_is_the_fictitious_one_and_is_masked() -> None:
    city = CITIES["bundled"]
    feed = city.feed("traffy")
    assert feed is not None
    body = Observatory(city, nature_of(city, 1)).tickets(feed, NOW, 1000, 0)
    batch = PARSERS["traffy"](body, feed=feed, received_at=NOW)
    assert FICTITIOUS_PHONE.strip() in body.decode()
    assert not any("080-000-0000" in one.description for one in batch.tickets)


def test_pages_of_reports_follow_each_other() -> None:
    city = CITIES["bundled"]
    feed = city.feed("traffy")
    assert feed is not None
    observatory = Observatory(city, nature_of(city, 1))
    whole = msgspec.json.decode(observatory.tickets(feed, NOW, 100, 0))["results"]
    parts = [msgspec.json.decode(observatory.tickets(feed, NOW, 50, at))["results"] for at in (0, 50)]
    assert parts[0] + parts[1] == whole


def test_broker_gets_a_reading_once_in_each_interval() -> None:
    city = CITIES["second"]
    feed = city.feed("brumal_lagoon")
    assert feed is not None
    observatory = Observatory(city, nature_of(city, 1))
    sent = [len(observatory.messages(feed, NOW + timedelta(seconds=second))) for second in range(60)]
    assert sum(sent) == 60 // feed.interval_s
