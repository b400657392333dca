"""Sources of observation services, against a server on the loopback."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from data_sources.errors import FeedConfigError, FeedContentError
from data_sources.feeds import parser_of
from data_sources.feeds.observation_source import OpenAqSource, OpenMeteoSource
from data_sources.feeds.source import Fetched, Unchanged
from data_sources.feeds.sources import open_source
from data_sources.model.city import FeedSpec
from tests.feeds.builders import feed_spec
from tests.feeds.web import Request, Server, response, serving

NOW = datetime(2026, 3, 1, 5, tzinfo=UTC)
PLACES = ({"feature_id": "a", "lat": 16.5, "lon": 102.25}, {"feature_id": "b", "lat": 16.4321, "lon": 102.9})
LOCATION = {
    "results": [
        {"id": 7, "name": "x", "sensors": [{"id": 1, "parameter": {"name": "pm25", "units": "µg/m³"}}]}
    ]
}
LATEST = {"results": [{"sensorsId": 1, "value": 31, "datetime": {"utc": "2026-03-01T04:00:00Z"}}]}


def asked(
    answers: Callable[[Request], Any], *, hours: tuple[float, ...] = (0,), path: str = "", **spec: Any
) -> tuple[list[Any], Server, FeedSpec]:
    """Fetch once at each of these hours after NOW."""
    clock = [NOW]

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        body = answers(request)
        writer.write(response(200, body if isinstance(body, bytes) else json.dumps(body).encode()))

    async def run() -> tuple[list[Any], Server, FeedSpec]:
        async with serving(answer) as server:
            feed = feed_spec(feed_id="service", url=server.url + path, **spec)
            source = open_source(feed, lambda: clock[0], None)
            found = []
            for hour in hours:
                clock[0] = NOW + timedelta(hours=hour)
                found.append(await source.fetch())
            await source.aclose()
            return found, server, feed

    return asyncio.run(run())


def openaq(request: Request) -> Any:
    return LATEST if request.target.endswith("/latest") else LOCATION


def test_kind_chooses_the_source() -> None:
    for kind, expected in (("open_meteo", OpenMeteoSource), ("openaq", OpenAqSource)):
        source = open_source(feed_spec(kind=kind, interval_s=60), lambda: NOW, None)
        assert isinstance(source, expected)
        assert source.pause_s == 60
        asyncio.run(source.aclose())


def test_all_places_are_asked_for_in_one_call_with_the_feeds_parameters() -> None:
    _, server, _ = asked(
        lambda _: [],
        kind="open_meteo",
        places=PLACES,
        params={"current": "rain"},
        path="/v1/forecast?models=x",
    )
    (request,) = server.requests
    assert urlsplit(request.target).path == "/v1/forecast"
    assert parse_qs(urlsplit(request.target).query) == {
        "models": ["x"],
        "current": ["rain"],
        "latitude": ["16.5,16.4321"],
        "longitude": ["102.25,102.9"],
    }


def test_parameters_and_key_go_with_a_plain_request() -> None:
    _, server, _ = asked(
        lambda _: b"<x/>", kind="tmd_weather", params={"uid": "api"}, key_param="ukey", key="secret"
    )
    assert parse_qs(urlsplit(server.requests[0].target).query) == {"uid": ["api"], "ukey": ["secret"]}


def test_location_and_its_latest_values_are_one_message_that_its_parser_reads() -> None:
    (found,), server, feed = asked(
        openaq, kind="openaq", path="/v3", features=("openaq:7",), key_header="X-API-Key", key="secret"
    )
    assert [request.target for request in server.requests] == ["/v3/locations/7", "/v3/locations/7/latest"]
    assert {request.headers["x-api-key"] for request in server.requests} == {"secret"}
    assert isinstance(found, Fetched)
    (message,) = found.payload.messages
    (observation,) = parser_of(feed)(message, feed=feed, received_at=NOW).observations
    assert (observation.feature_id, observation.property_id, observation.value) == ("openaq:7", "pm25", 31.0)


def test_location_is_asked_about_itself_once_a_day_and_the_same_values_are_no_news() -> None:
    found, server, _ = asked(openaq, hours=(0, 1, 25), kind="openaq", features=("openaq:7",))
    assert [type(each) for each in found] == [Fetched, Unchanged, Unchanged]
    assert [request.target.endswith("/latest") for request in server.requests] == [
        False,
        True,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    "spec", [{"kind": "open_meteo"}, {"kind": "openaq"}, {"kind": "openaq", "features": ("openaq:../x",)}]
)
def test_service_without_places_asks_for_a_setting(spec: dict[str, Any]) -> None:
    with pytest.raises(FeedConfigError) as caught:
        asked(openaq, **spec)
    assert caught.value.code == "points_missing"


def test_answer_that_is_no_json_is_refused() -> None:
    with pytest.raises(FeedContentError) as caught:
        asked(lambda _: b"<html>", kind="openaq", features=("openaq:7",))
    assert caught.value.code == "not_json"
