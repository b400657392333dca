"""The one poll loop reads what is asked for, what is sent to us, and what costs calls."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from data_sources.errors import StoreError
from data_sources.ingest import loops
from data_sources.ingest.intake import Intake
from data_sources.ingest.loops import Ingest, IngestOptions
from data_sources.model.city import Bounds, FeedSpec, FlowPoint, VehicleLimits
from data_sources.model.feed import Batch, FeedState, FeedStatus, ImportRecord, Payload
from data_sources.model.observation import Observation
from data_sources.stores.memory import MemoryHistory, MemoryLive
from tests.builders import feed_spec
from tests.feeds.web import Request, response, serving

TOWN = Bounds(west=10, south=50, east=11, north=51)
WAIT_S = 10.0

Done = Callable[[FeedStatus], bool]


class History(MemoryHistory):
    """A history store that can refuse to record while its inbox can be read."""

    refuses = False

    def record(
        self, feed_id: str, received_at: datetime, batch: Batch, status: FeedStatus, payload: Payload | None
    ) -> None:
        if self.refuses:
            raise StoreError("disk full")
        super().record(feed_id, received_at, batch, status, payload)


def notification(*entities: dict[str, Any]) -> bytes:
    return json.dumps({"type": "Notification", "data": entities}).encode()


def parking(free: int) -> dict[str, Any]:
    return {
        "id": "P1",
        "type": "OffStreetParking",
        "location": {"type": "Point", "coordinates": [10.5, 50.5]},
        "totalSpotNumber": 100,
        "availableSpotNumber": free,
    }


async def ingested(feed: FeedSpec, history: MemoryHistory, live: MemoryLive, done: Done) -> FeedStatus:
    """Run ingest on one feed until its status is as wanted; the status then."""
    intake = Intake(feed, history, live, bounds=TOWN, limits=VehicleLimits(), schedule=None)
    ingest = Ingest([intake], history, live, lambda: datetime.now(UTC), IngestOptions(owner="me"))
    running = asyncio.create_task(ingest.run())
    try:
        async with asyncio.timeout(WAIT_S):
            while not done(intake.status):
                await asyncio.sleep(0.01)
        return intake.status
    finally:
        ingest.stop()
        await running


def pushed(**more: Any) -> FeedSpec:
    return feed_spec("parks", "ngsi_ld", push=True, key="secret", interval_s=0.05, **more)


def send(history: MemoryHistory, *bodies: bytes) -> None:
    for body in bodies:
        history.put_inbox("parks", Payload(messages=(body,), received_at=datetime.now(UTC)))


def last_messages(history: MemoryHistory, feed_id: str) -> tuple[bytes, ...]:
    last = history.latest_message(feed_id)
    stored = history.payload(last.payload_id) if last else None
    return stored.payload.messages if stored else ()


def test_what_was_sent_is_read_published_and_cleared() -> None:
    history, live = MemoryHistory(), MemoryLive()
    send(history, notification(parking(20)), notification(parking(19)))
    status = asyncio.run(ingested(pushed(), history, live, lambda status: not history.take_inbox("parks")))
    assert (status.state, status.total_messages, status.error) == (FeedState.UP, 1, None)
    assert [one.available for one in live.facilities()["parks"]] == [19]
    assert history.latest_message("parks") is not None


def test_what_could_not_be_committed_is_read_again_by_the_next_process() -> None:
    history, live = History(), MemoryLive()
    history.refuses = True
    send(history, notification(parking(20)))
    asyncio.run(ingested(pushed(), history, live, lambda status: status.total_messages >= 1))
    assert len(history.take_inbox("parks")) == 1
    history.refuses = False
    asyncio.run(ingested(pushed(), history, live, lambda status: not history.take_inbox("parks")))
    assert history.latest_message("parks") is not None


def test_unreadable_notification_lies_in_quarantine_and_is_not_read_for_ever() -> None:
    history, live = MemoryHistory(), MemoryLive()
    send(history, b"{", notification(parking(20)))
    status = asyncio.run(ingested(pushed(), history, live, lambda status: not history.take_inbox("parks")))
    assert (status.total_accepted, status.total_rejected) == (1, {"not_json": 1})
    assert [one.code for one in history.quarantined("parks")] == ["not_json"]


def test_feed_that_is_sent_to_us_without_a_key_says_so() -> None:
    feed = pushed().model_copy(update={"key": None})
    status = asyncio.run(
        ingested(feed, MemoryHistory(), MemoryLive(), lambda status: status.error_code is not None)
    )
    assert (status.error_code, status.state) == ("key_missing", FeedState.NEVER)


def test_silence_of_who_sends_to_us_is_no_good_news() -> None:
    history, live = MemoryHistory(), MemoryLive()
    takes: list[int] = []

    class Counting(MemoryHistory):
        def take_inbox(self, feed_id: str, limit: int = 100) -> list[tuple[int, Payload]]:
            takes.append(limit)
            return super().take_inbox(feed_id, limit)

    status = asyncio.run(ingested(pushed(), Counting(), live, lambda status: len(takes) > 3))
    assert (status.state, status.last_good_at, status.total_unchanged) == (FeedState.NEVER, None, 0)
    assert history.feed_statuses() == {}


async def _serving(
    pages: Sequence[Any], feed: Callable[[str], FeedSpec], done: Done
) -> tuple[FeedStatus, Any]:
    history, live = MemoryHistory(), MemoryLive()
    answers = iter(pages)

    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(response(200, json.dumps(next(answers, pages[-1])).encode()))

    async with serving(answer) as server:
        return await ingested(feed(server.url), history, live, done), history


def test_broker_is_polled_through_all_its_pages() -> None:
    pages = [[parking(20)] * 500, [{**parking(5), "id": "P2"}]]
    status, history = asyncio.run(
        _serving(
            pages,
            lambda url: feed_spec(
                "parks", "ngsi_ld", url=url, entity_types=["OffStreetParking"], interval_s=60
            ),
            lambda status: status.total_messages > 0,
        )
    )
    assert (status.accepted, status.rejected) == (2, {"duplicate_entity": 499})
    assert len(last_messages(history, "parks")) == 2


def test_flow_service_is_asked_for_each_point() -> None:
    points = tuple(FlowPoint(link_id=name, lat=50.5, lon=10.5) for name in ("A", "B"))
    status, history = asyncio.run(
        _serving(
            [{"flowSegmentData": {"currentSpeed": 30, "freeFlowSpeed": 60, "confidence": 1}}],
            lambda url: feed_spec("flow", "tomtom_flow", url=url, points=points, interval_s=60),
            lambda status: status.total_messages > 0,
        )
    )
    assert (status.accepted, status.flagged) == (2, {"timestamp_from_receipt": 2})
    kept = last_messages(history, "flow")
    assert [json.loads(message)["link_id"] for message in kept] == ["A", "B"]


@pytest.mark.parametrize("kind", ["ngsi_ld", "tomtom_flow", "longdo_events"])
def test_feed_without_an_address_is_told_not_configured(kind: str) -> None:
    status = asyncio.run(
        ingested(
            feed_spec("roads", kind),
            MemoryHistory(),
            MemoryLive(),
            lambda status: status.error_code is not None,
        )
    )
    assert status.error_code == "not_configured"


def test_sheet_handed_in_for_a_feed_is_shown_while_ingest_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "TICK_S", 0.01)
    monkeypatch.setattr(loops, "FILES_EVERY_S", 0.01)
    history, live = MemoryHistory(), MemoryLive()
    at = datetime.now(UTC)
    figure = Observation(
        feed_id="parks",
        feature_id="city",
        property_id="visitors",
        observed_at=at,
        received_at=at,
        value=7.0,
        unit="persons",
        cadence_s=86_400.0,
    )
    record = ImportRecord(
        digest="d", file_name="x", feed_id="parks", imported_at=at, accepted=1, corrected=0, unchanged=0
    )

    def shown(status: FeedStatus) -> bool:
        if status.error_code and not history.imports(1):  # it runs, and has taken up what there was
            history.record_observations([figure])
            history.record_import(record)
        return [one.value for one in live.observations().get("parks", ())] == [7.0]

    asyncio.run(ingested(feed_spec("parks", "ngsi_ld"), history, live, shown))
