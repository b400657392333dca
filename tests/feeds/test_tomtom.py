"""TomTom's flow: answers, which are written from the documented fields, and calls within a quota."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from data_sources.errors import FeedConfigError, FeedContentError, FeedError, TemporaryFeedError
from data_sources.feeds import tomtom_flow
from data_sources.feeds.tomtom_source import DAY_S, TomTomSource
from data_sources.model.city import FlowPoint
from data_sources.model.feed import Batch
from data_sources.model.traffic import LinkSpeed
from tests.feeds.builders import RECEIVED_AT, feed_spec
from tests.feeds.web import Request, Server, response, serving

FEED = feed_spec(feed_id="flow", kind="tomtom_flow")
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def segment(**changes: Any) -> dict[str, Any]:
    """An answer with the fields that the vendor documents."""
    fields = {
        "frc": "FRC2",
        "currentSpeed": 31,
        "freeFlowSpeed": 70,
        "currentTravelTime": 180,
        "freeFlowTravelTime": 80,
        "confidence": 0.96,
        "roadClosure": False,
        "coordinates": {
            "coordinate": [{"latitude": 16.44, "longitude": 102.82}, {"latitude": 16.45, "longitude": 102.83}]
        },
        "@version": "4",
    }
    return {"flowSegmentData": {**fields, **changes}}


def parse(document: Any) -> Batch:
    return tomtom_flow.parse(json.dumps(document).encode(), feed=FEED, received_at=RECEIVED_AT)


def test_answer_is_the_speed_of_the_link_that_was_asked_for() -> None:
    assert parse({"link_id": "A", "answer": segment()}).link_speeds == (
        LinkSpeed(
            feed_id="flow",
            link_id="A",
            speed_kmh=31,
            free_flow_kmh=70,
            confidence=0.96,
            observed_at=RECEIVED_AT,
            received_at=RECEIVED_AT,
            flags=("timestamp_from_receipt",),
        ),
    )


def test_bare_answer_tells_its_own_place() -> None:
    (found,) = parse(segment()).link_speeds
    assert (found.link_id, found.points) == (None, ((16.44, 102.82), (16.45, 102.83)))


@pytest.mark.parametrize(
    ("said", "closed"), [(True, True), ("true", True), ("Y", True), (False, False), (None, False)]
)
def test_closure_is_read(said: Any, closed: bool) -> None:
    (found,) = parse({"link_id": "A", "answer": segment(roadClosure=said)}).link_speeds
    assert found.closed is closed


def test_confidence_beyond_its_range_is_not_used() -> None:
    (found,) = parse({"link_id": "A", "answer": segment(confidence=96)}).link_speeds
    assert (found.confidence, found.flags) == (None, ("timestamp_from_receipt", "value_invalid"))


@pytest.mark.parametrize(
    "document",
    [
        {"link_id": "A", "error": "http_400"},
        {"link_id": "A", "answer": {"error": "Point too far from nearest existing segment."}},
        {"link_id": "A", "answer": None},
    ],
)
def test_point_without_an_answer_is_rejected_with_its_link(document: Any) -> None:
    (found,) = parse(document).rejected
    assert (found.code, found.entity_id) == ("point_unanswered", "A")


@pytest.mark.parametrize(
    ("coordinates", "code"),
    [
        (None, "position_missing"),
        ({"coordinate": []}, "position_missing"),
        ({"coordinate": [{"latitude": "x", "longitude": 1}]}, "position_not_number"),
        ({"coordinate": [17]}, "position_not_number"),
        ({"coordinate": [{"latitude": 1, "longitude": 1}] * 2001}, "geometry_unusable"),
    ],
)
def test_bare_answer_without_a_place_is_rejected(coordinates: Any, code: str) -> None:
    assert [one.code for one in parse(segment(coordinates=coordinates)).rejected] == [code]


@pytest.mark.parametrize("document", [17, [], {}, {"flowSegmentData": 1}])
def test_other_documents_are_refused(document: Any) -> None:
    with pytest.raises(FeedContentError) as caught:
        parse(document)
    assert caught.value.code == "not_flow"


# --- the source


class Clock:
    """A clock that the test moves."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def points(count: int) -> tuple[FlowPoint, ...]:
    return tuple(FlowPoint(link_id=f"L{n}", lat=16 + n / 100, lon=102.5) for n in range(count))


Step = Callable[[TomTomSource, Clock], Any]


def asking(steps: int, step_s: float, *, status: Any = 200, clock: Clock | None = None, **spec: Any) -> Any:
    """Fetch every `step_s`; results and errors in order, and the server that was asked. `status` may
    be a function of the point's number."""
    clock = clock or Clock()

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        number = round((float(asked(request)["point"].split(",")[0]) - 16) * 100)
        code = status(number) if callable(status) else status
        writer.write(response(code, json.dumps(segment(currentSpeed=number)).encode()))

    async def run() -> tuple[list[Any], Server]:
        results: list[Any] = []
        async with serving(answer) as server:
            url = f"{server.url}/flowSegmentData/absolute/12/json"
            defaults = {"feed_id": "flow", "kind": "tomtom_flow", "interval_s": 60, "url": url}
            source = TomTomSource(feed_spec(**{**defaults, **spec}), clock, call_gap_s=0)
            try:
                for _ in range(steps):
                    try:
                        results.append(await source.fetch())
                    except FeedError as error:
                        results.append(error)
                    clock.forward(step_s)
            finally:
                await source.aclose()
        return results, server

    return asyncio.run(run())


def asked(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}


def links(result: Any) -> list[str]:
    return [json.loads(message)["link_id"] for message in result.payload.messages]


def test_each_point_is_asked_for_with_unit_and_key() -> None:
    _, server = asking(1, 0, points=points(1), key_param="key", key="secret")
    assert asked(server.requests[0]) == {"point": "16.0,102.5", "unit": "KMPH", "key": "secret"}


def test_without_a_quota_every_fetch_is_a_round_and_each_message_says_its_link() -> None:
    (first, second), server = asking(2, 60, points=points(3))
    assert (links(first), links(second)) == (["L0", "L1", "L2"], ["L0", "L1", "L2"])
    assert len(server.requests) == 6
    batches = [tomtom_flow.parse(body, feed=FEED, received_at=NOW) for body in first.payload.messages]
    assert [batch.link_speeds[0].speed_kmh for batch in batches] == [0, 1, 2]
    assert first.payload.message_at == (NOW, NOW, NOW)


def test_calls_are_spread_over_the_day_in_turn() -> None:
    results, server = asking(8, 60, points=points(4), quota_per_day=2880)  # one call in 30 s
    assert links(results[0]) == ["L0"]
    assert [links(one) for one in results[1:7]] == [["L1", "L2"], ["L3", "L0"]] * 3
    assert len(server.requests) == 15


@pytest.mark.parametrize(("quota", "count"), [(24, 7), (96, 5), (250, 250), (1000, 3)])
def test_a_day_never_costs_more_calls_than_the_quota_and_uses_it(quota: int, count: int) -> None:
    clock = Clock()
    feed = feed_spec(
        feed_id="flow", kind="tomtom_flow", interval_s=60, points=points(count), quota_per_day=quota
    )
    source = TomTomSource(feed, clock, call_gap_s=0)
    calls = 0

    async def counted(_: FlowPoint) -> bytes:
        nonlocal calls
        source._count_call()
        calls += 1
        return b"{}"

    source._ask = counted  # type: ignore[method-assign]

    async def run() -> None:
        while clock.now < NOW + timedelta(days=1):
            await source.fetch()
            clock.forward(source.pause_s)
        await source.aclose()

    asyncio.run(run())
    assert quota * 0.99 - 1 <= calls <= quota


def test_quota_stops_the_calls_until_midnight_utc() -> None:
    clock = Clock()

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(response(200, json.dumps(segment()).encode()))

    async def run() -> tuple[list[Any], int]:
        async with serving(answer) as server:
            feed = feed_spec(kind="tomtom_flow", points=points(9), quota_per_day=3, url=server.url)
            source = TomTomSource(feed, clock, call_gap_s=0)
            clock.forward(DAY_S)  # nobody asked for a day: more is saved up than the next may cost
            results: list[Any] = [await source.fetch()]
            with pytest.raises(TemporaryFeedError) as caught:
                await source.fetch()
            results.append(caught.value)
            clock.forward(DAY_S)
            results.append(await source.fetch())
            await source.aclose()
            return results, len(server.requests)

    (first, spent, next_day), calls = asyncio.run(run())
    assert links(first) == ["L0", "L1", "L2"]
    assert spent.code == "quota_spent"
    assert "00:00 UTC" in str(spent)
    assert (links(next_day), calls) == (["L3", "L4", "L5"], 6)


def test_a_restart_goes_on_where_the_round_is() -> None:
    clock = Clock(NOW + timedelta(seconds=5 * DAY_S / 2400))
    (first,), _ = asking(1, 0, points=points(7), quota_per_day=2400, clock=clock)
    assert links(first) == ["L5"]


def test_pause_is_the_interval_or_the_time_of_one_call() -> None:
    def pause(**spec: Any) -> float:
        source = TomTomSource(feed_spec(kind="tomtom_flow", interval_s=60, points=points(2), **spec), Clock())
        asyncio.run(source.aclose())
        return source.pause_s

    assert pause() == 60
    assert pause(quota_per_day=2880) == 60
    assert pause(quota_per_day=24) == 3600


def test_point_without_a_road_does_not_hold_up_the_others() -> None:
    (first,), _ = asking(1, 0, points=points(3), status=lambda number: 400 if number == 1 else 200)
    bodies = [json.loads(message) for message in first.payload.messages]
    assert bodies[1] == {"link_id": "L1", "error": "http_400"}
    assert [body["link_id"] for body in bodies] == ["L0", "L1", "L2"]


@pytest.mark.parametrize(
    ("status", "kind"), [(403, FeedConfigError), (429, TemporaryFeedError), (503, TemporaryFeedError)]
)
def test_refusal_ends_the_round_keeps_what_came_and_is_met_again(status: int, kind: type[FeedError]) -> None:
    def answer(number: int) -> int:
        return status if number == 1 else 200

    (first, second), server = asking(2, 60, points=points(3), status=answer)
    assert links(first) == ["L0"]
    assert isinstance(second, kind)
    assert second.code == f"http_{status}"
    assert [asked(request)["point"] for request in server.requests] == ["16.0,102.5"] + ["16.01,102.5"] * 2


def test_answer_that_is_not_json_is_told_as_such() -> None:
    async def run() -> Any:
        async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
            writer.write(response(200, b'1},"link_id":"other","answer":{'))

        async with serving(answer) as server:
            source = TomTomSource(feed_spec(kind="tomtom_flow", points=points(1), url=server.url), Clock())
            try:
                return await source.fetch()
            finally:
                await source.aclose()

    assert json.loads(asyncio.run(run()).payload.messages[0]) == {"link_id": "L0", "error": "not_json"}


def test_feed_without_points_is_told_so() -> None:
    (found,), _ = asking(1, 0)
    assert isinstance(found, FeedConfigError)
    assert found.code == "points_missing"


def test_key_stands_in_no_stored_address() -> None:
    (first,), _ = asking(1, 0, points=points(1), key_param="key", key="secret")
    assert "secret" not in str(first.payload.url)
    assert b"secret" not in b"".join(first.payload.messages)
