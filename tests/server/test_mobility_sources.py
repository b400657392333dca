"""Topics of traffic and operations: when they are drawn, what stays, what ages."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dashboard.stream_sources import (
    FacilitiesSource,
    IncidentsSource,
    LinksSource,
    OperationsSource,
    Source,
    TrafficSource,
    sources,
)
from data_sources.errors import StoreError
from data_sources.services import Services
from data_sources.stores.base import LinkHour, TypicalSpeeds
from data_sources.stores.memory import MemoryHistory
from tests.server.mobility import (
    EVENTS,
    NETWORK,
    PARKING,
    ago,
    car_park,
    incident,
    mobile_services,
    operations,
    told,
)
from tests.server.samples import NOW, BreakableLive, status


class CountedHistory(MemoryHistory):
    """Counts what the day's picture is made of."""

    day_reads = typical_reads = 0

    def link_hours(self, start: datetime, end: datetime) -> list[LinkHour]:
        self.day_reads += 1
        return super().link_hours(start, end)

    def typical_speeds(self, since: datetime, hour_of: Any) -> TypicalSpeeds:
        self.typical_reads += 1
        return super().typical_speeds(since, hour_of)


@pytest.fixture
def history() -> CountedHistory:
    return CountedHistory()


@pytest.fixture
def now() -> list[datetime]:
    return [NOW]


@pytest.fixture
def services(tmp_path: Path, live: BreakableLive, history: CountedHistory, now: list[datetime]) -> Services:
    made = mobile_services(tmp_path, live, history)
    fields = {name: getattr(made, name) for name in made.__slots__}
    return Services(**{**fields, "clock": lambda: now[0]})


def drawn(source: Source, now: datetime = NOW) -> dict[str, Any]:
    """Read, and decode the frame of the source's only topic."""
    source.read()
    ((_, picture),) = source.draw(now).items()
    frame: dict[str, Any] = msgspec.json.decode(picture.encode(0, 1))
    return frame


def test_every_topic_exists_also_in_a_city_without_links_and_schedule(
    services: Services, live: BreakableLive
) -> None:
    fields = {name: getattr(services, name) for name in services.__slots__}
    plain = Services(**{**fields, "network": None, "schedule": None, "plans": {}})
    topics = [topic for source in sources(plain) for topic in source.topics]
    assert {"links", "traffic", "incidents", "facilities", "operations"} <= set(topics)
    for source in sources(plain):
        source.read()
    for kind in (LinksSource, TrafficSource, OperationsSource):
        assert kind(plain).draw(NOW) == {}


@pytest.mark.parametrize(
    "kind", [LinksSource, TrafficSource, IncidentsSource, FacilitiesSource, OperationsSource]
)
def test_nothing_is_drawn_before_the_first_reading(
    services: Services, live: BreakableLive, kind: Any
) -> None:
    live.is_away = True
    source = kind(services)
    with pytest.raises(StoreError):
        source.read()
    assert source.draw(NOW) == {}


def test_links_lose_their_level_when_nobody_writes_any_more(services: Services, live: BreakableLive) -> None:
    source = LinksSource(services)
    live.put_links([told("e-0")])
    frame = drawn(source)
    assert (frame["v"], frame["los"][0], frame["state"][0]) == (NETWORK.version, "A", 0)
    later = drawn(source, NOW + timedelta(hours=1))
    assert (later["los"], set(later["state"])) == ("-" * len(NETWORK), {2, 3})


def test_live_store_that_comes_back_empty_clears_no_road(services: Services, live: BreakableLive) -> None:
    source = LinksSource(services)
    live.put_links([told("e-0")])
    before = drawn(source)
    live.put_links([])
    assert drawn(source) == before


def test_day_is_read_once_a_minute_and_the_typical_once_an_hour(
    services: Services, live: BreakableLive, history: CountedHistory, now: list[datetime]
) -> None:
    source = TrafficSource(services)
    live.put_links([told(link_id) for link_id in NETWORK.ids])
    for step in range(12):
        now[0] = NOW + timedelta(seconds=10 * step)
        assert drawn(source, now[0])["index"] == pytest.approx(0.9)
    assert (history.day_reads, history.typical_reads) == (2, 1)


def test_city_without_data_has_no_index_and_its_day_is_empty_not_zero(services: Services) -> None:
    frame = drawn(TrafficSource(services))
    assert (frame["index"], frame["los"], frame["typical"], frame["worst"]) == (None, "-", None, [])
    assert len(frame["hours"]) == 24
    assert {hour["index"] for hour in frame["hours"]} == {None}


def test_picture_of_traffic_is_not_drawn_anew_within_its_patience(
    services: Services, live: BreakableLive, now: list[datetime]
) -> None:
    source = TrafficSource(services)
    live.put_links([told(link_id) for link_id in NETWORK.ids])
    first = drawn(source)
    live.put_links([told(link_id, 10) for link_id in NETWORK.ids])
    now[0] = NOW + timedelta(seconds=3)
    assert drawn(source, now[0]) == first
    now[0] = NOW + timedelta(seconds=11)
    assert drawn(source, now[0])["index"] == pytest.approx(0.2)


def test_history_that_is_away_leaves_the_last_day(
    services: Services, live: BreakableLive, history: CountedHistory, now: list[datetime]
) -> None:
    source = TrafficSource(services)
    live.put_links([told("e-0")])
    drawn(source)

    def away(*_: object) -> list[LinkHour]:
        raise StoreError("gone")

    history.link_hours = away  # type: ignore[method-assign]
    now[0] += timedelta(minutes=2)
    with pytest.raises(StoreError):
        source.read()
    assert source.draw(now[0])["traffic"]


def test_incidents_say_whether_anybody_could_tell(services: Services, live: BreakableLive) -> None:
    source = IncidentsSource(services)
    assert (drawn(source)["known"], drawn(source)["incidents"]) == (False, [])
    live.put_feed_status(status(EVENTS))
    live.put_incidents([incident(synthetic=True)])
    frame = drawn(source)
    assert (frame["known"], frame["synthetic"], len(frame["incidents"])) == (True, True, 1)
    assert drawn(source, NOW + timedelta(days=1))["known"] is False


def test_facilities_of_a_feed_stay_and_age_when_the_store_forgets_them(
    services: Services, live: BreakableLive
) -> None:
    source = FacilitiesSource(services)
    live.put_facilities(PARKING, [car_park()])
    assert drawn(source)["facilities"][0]["state"] == "fresh"
    live._facilities.clear()
    assert drawn(source, NOW + timedelta(hours=1))["facilities"][0]["state"] == "stale"


def test_operations_stay_as_they_were_with_the_time_they_are_of(
    services: Services, live: BreakableLive
) -> None:
    source = OperationsSource(services)
    live.put_operations(operations())
    frame = drawn(source)
    assert datetime.fromisoformat(frame["at"]) == ago(2)
    (line,) = frame["routes"]
    assert [one["next_stop_id"] for one in line["progress"]] == ["loop1", "loop3"]
    live._operations = None
    assert drawn(source) == frame
