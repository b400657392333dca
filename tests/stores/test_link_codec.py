"""Link frames: small, and back as they went in to a tenth of a km/h and a second."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_sources.model.traffic import LinkState, SourceSpeed
from data_sources.stores.link_codec import (
    HourSums,
    added,
    decode_links,
    decode_sums,
    encode_links,
    encode_sums,
    no_sums,
    taken_back,
)
from tests.stores.samples import NOON, at, link

QUARTER = timedelta(minutes=15)

_speeds = st.none() | st.integers(0, 3000).map(lambda tenths: tenths / 10)
_times = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)
_feeds = st.sampled_from(["flow", "probe", "sensors"])
_sources = st.builds(
    SourceSpeed,
    feed_id=_feeds,
    speed_kmh=_speeds,
    observed_at=_times,
    samples=st.none() | st.integers(0, 500),
    closed=st.booleans(),
)
_states = st.builds(
    LinkState,
    link_id=st.text(min_size=1, max_size=4),
    speed_kmh=_speeds,
    free_flow_kmh=_speeds,
    observed_at=st.none() | _times,
    feed_id=st.none() | _feeds,
    sources=st.lists(_sources, max_size=3).map(tuple),
    disagreement=st.booleans(),
    closed=st.booleans(),
    synthetic=st.booleans(),
)


def as_lists(sums: HourSums) -> tuple[list[int], list[int]]:
    return sums.tenths.tolist(), sums.minutes.tolist()


@settings(max_examples=150)
@given(st.lists(_states, max_size=12))
def test_frame_gives_back_every_state(links: list[LinkState]) -> None:
    ids = [one.link_id for one in links]
    assert decode_links(NOON, ids, encode_links(NOON, links)) == tuple(links)


def test_speed_is_kept_to_a_tenth_and_time_to_a_second() -> None:
    (kept,) = decode_links(NOON, ["a"], encode_links(NOON, [link("a", 23.456, observed=-1.5)]))
    assert kept.speed_kmh == 23.5
    assert kept.observed_at == at(-2)
    assert kept.sources[0].speed_kmh == 23.5


def test_no_data_stays_no_data_and_standing_traffic_stays_zero() -> None:
    nothing, standing = decode_links(NOON, ["a", "b"], encode_links(NOON, [link("a", None), link("b", 0.0)]))
    assert nothing.speed_kmh is None
    assert nothing.observed_at is None
    assert standing.speed_kmh == 0.0


def test_minute_of_5000_links_takes_at_most_25_kb() -> None:
    chance = random.Random(3)
    links = []
    for number in range(5000):
        speed_kmh, observed_at = chance.uniform(3, 90), at(-chance.uniform(0, 120))
        sources = [SourceSpeed(feed_id="flow", speed_kmh=speed_kmh, observed_at=observed_at)]
        if number % 3 == 0:
            other = {"observed_at": at(-chance.uniform(0, 300)), "samples": chance.randint(3, 20)}
            sources.append(SourceSpeed(feed_id="probe", speed_kmh=speed_kmh + chance.gauss(0, 6), **other))
        links.append(link(f"{number}", speed_kmh, observed_at=observed_at, sources=tuple(sources)))
    assert len(encode_links(NOON, links)) <= 25_000


def test_sums_count_only_what_was_measured_lately() -> None:
    links = [link("a", 20.0), link("b", None), link("c", 30.0, observed=-901), link("d", 0.0, observed=-900)]
    sums = added(no_sums(4), links, NOON, QUARTER)
    assert as_lists(sums) == ([200, 0, 0, 0], [1, 0, 0, 1])


@given(st.lists(st.lists(_speeds, min_size=3, max_size=3), min_size=1, max_size=6))
def test_minute_taken_back_leaves_the_sums_as_before(minutes: list[list[float | None]]) -> None:
    sums = no_sums(3)
    for speeds in minutes:
        links = [link(f"{place}", speed) for place, speed in enumerate(speeds)]
        after = added(sums, links, NOON, QUARTER)
        assert as_lists(taken_back(after, links, NOON, QUARTER)) == as_lists(sums)
        sums = decode_sums(encode_sums(after))
        assert as_lists(sums) == as_lists(after)


def test_frame_of_another_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_sources.stores.link_codec.FORMAT", 99)
    body = encode_links(NOON, [link()])
    monkeypatch.undo()
    with pytest.raises(ValueError, match="link frame has format 99"):
        decode_links(NOON, ["a"], body)
