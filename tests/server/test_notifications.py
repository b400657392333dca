"""Brokers notify us: who may, what is taken, and that it is kept before it is acknowledged."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard.api.notifications import BURST, FULL_RETRY_S, RATE_PER_S, Allowance
from dashboard.server import create_asgi
from dashboard.settings import Settings
from data_sources.errors import StoreError
from data_sources.feeds.inbox import InboxSource
from data_sources.feeds.source import Fetched, Quiet
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Payload
from data_sources.services import Services
from data_sources.stores import folding
from data_sources.stores.memory import MemoryChanges, MemoryHistory
from data_sources.text import load_texts
from tests.server.samples import NOW, BreakableLive, both, make_city, small_dash

KEY = "hush-hush"
PATH = "/api/v1/notifications/detectors"
BROKER = FeedSpec(
    feed_id="detectors",
    kind="ngsi_ld",
    names=both("Detectors"),
    agency=both("Roads"),
    push=True,
    key=KEY,
    max_bytes=20_000,
)
ENTITY = {
    "id": "urn:ngsi-ld:TrafficFlowObserved:1",
    "type": "TrafficFlowObserved",
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [10.5, 50.5]}},
    "averageVehicleSpeed": {"type": "Property", "value": 31.5},
}
NOTIFICATION: dict[str, Any] = {
    "id": "urn:ngsi-ld:Notification:1",
    "type": "Notification",
    "subscriptionId": "urn:ngsi-ld:Subscription:1",
    "data": [ENTITY],
}


class History(MemoryHistory):
    """A history store that can be away."""

    is_away = False

    def put_inbox(self, feed_id: str, payload: Payload) -> int:
        if self.is_away:
            raise StoreError("connection refused")
        return super().put_inbox(feed_id, payload)


def post(
    tmp_path: Path,
    *,
    feed: FeedSpec = BROKER,
    path: str = PATH,
    content: bytes | None = None,
    headers: dict[str, str] | None = None,
    times: int = 1,
    history: History | None = None,
    then: str | None = None,
) -> tuple[httpx.Response, History]:
    """Send a notification so many times, and `then` get an address; the last answer, and the store."""
    city = make_city(tmp_path)
    live, history = BreakableLive(), history or History()
    services = Services(
        city=city.model_copy(update={"feeds": (*city.feeds, feed)}),
        live=live,
        history=history,
        clock=lambda: NOW,
        texts=load_texts(),
    )
    site = create_asgi(Settings(), services, MemoryChanges(live), small_dash())
    sent = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/ld+json", **(headers or {})}
    body = json.dumps(NOTIFICATION).encode() if content is None else content

    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app=site)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
            for _ in range(times):
                answer = await client.post(path, content=body, headers=sent)
            if then is not None:
                answer = await client.get(then)
        return answer

    return asyncio.run(run()), history


def waiting(history: History) -> Sequence[tuple[int, Payload]]:
    return history.take_inbox("detectors", 1000)


def test_notification_is_kept_as_it_came_and_acknowledged(tmp_path: Path) -> None:
    answer, history = post(tmp_path)
    assert (answer.status_code, answer.content) == (204, b"")
    ((_, payload),) = waiting(history)
    assert payload.messages == (json.dumps(NOTIFICATION).encode(),)
    assert (payload.received_at, payload.content_type) == (NOW, "application/ld+json")


def test_notification_that_could_not_be_kept_is_not_acknowledged(tmp_path: Path) -> None:
    history = History()
    history.is_away = True
    answer, _ = post(tmp_path, history=history)
    assert (answer.status_code, answer.json()["error"]) == (503, "store_unavailable")
    assert waiting(history) == []


@pytest.mark.parametrize("path", ["/api/v1/notifications/nobody", "/api/v1/notifications/bus_a"])
def test_feed_that_is_unknown_or_not_sent_to_us_is_not_found(tmp_path: Path, path: str) -> None:
    answer, history = post(tmp_path, path=path)
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    assert waiting(history) == []


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer wrong", f"Basic {KEY}", KEY, "Bearer ", f"Bearer {KEY}x"]
)
def test_who_does_not_have_the_key_is_refused(tmp_path: Path, authorization: str) -> None:
    answer, history = post(tmp_path, headers={"Authorization": authorization})
    assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert KEY not in answer.text
    assert waiting(history) == []


@pytest.mark.parametrize("key", [None, "", "  "])
def test_feed_without_a_key_takes_nothing(tmp_path: Path, key: str | None) -> None:
    answer, _ = post(
        tmp_path, feed=BROKER.model_copy(update={"key": key}), headers={"Authorization": "Bearer "}
    )
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "headers", [{"Content-Type": "text/plain"}, {"Content-Type": ""}, {"Content-Encoding": "gzip"}]
)
def test_other_media_than_plain_json_are_refused(tmp_path: Path, headers: dict[str, str]) -> None:
    answer, history = post(tmp_path, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (415, "unsupported_media_type")
    assert waiting(history) == []


def test_media_type_may_say_its_charset(tmp_path: Path) -> None:
    answer, _ = post(tmp_path, headers={"Content-Type": "application/json; charset=utf-8"})
    assert answer.status_code == 204


@pytest.mark.parametrize("size", [20_001, 1_000_001])
def test_body_beyond_the_limit_is_refused(tmp_path: Path, size: int) -> None:
    answer, history = post(tmp_path, content=b" " * size)
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
    assert waiting(history) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty_body"), (b"{", "not_json"), (b"17", "not_ngsi"), (b"<html>", "html_page")],
)
def test_what_cannot_be_read_is_refused_with_its_code(tmp_path: Path, content: bytes, code: str) -> None:
    answer, history = post(tmp_path, content=content)
    assert (answer.status_code, answer.json()["error"]) == (422, code)
    assert waiting(history) == []


def test_more_than_the_rate_is_put_off(tmp_path: Path) -> None:
    answer, history = post(tmp_path, times=BURST + 1)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert len(waiting(history)) == BURST


def test_full_inbox_puts_the_sender_off_counts_it_and_keeps_what_was_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "INBOX_MAX_ROWS", 2)
    answer, history = post(tmp_path, times=4, then="/metrics")
    assert len(waiting(history)) == 2
    told = 'scopc_notifications_refused_total{feed_id="detectors",reason="inbox_full"} 2.0'
    assert told in answer.text
    answer, _ = post(tmp_path, history=history)
    assert (answer.status_code, answer.json()["error"]) == (503, "inbox_full")
    assert int(answer.headers["retry-after"]) == FULL_RETRY_S


def test_allowance_fills_again_up_to_the_burst() -> None:
    allowance = Allowance()
    assert all(allowance.take(NOW) for _ in range(BURST))
    assert not allowance.take(NOW)
    later: datetime = NOW + timedelta(seconds=1)
    assert [allowance.take(later) for _ in range(int(RATE_PER_S) + 1)] == [True] * int(RATE_PER_S) + [False]
    much_later = later + timedelta(days=1)
    assert sum(allowance.take(much_later) for _ in range(BURST * 2)) == BURST


def test_ingest_takes_what_was_sent_and_clears_it_once_committed(tmp_path: Path) -> None:
    _, history = post(tmp_path, times=2)
    source = InboxSource(BROKER, history)
    taken = asyncio.run(source.fetch())
    assert isinstance(taken, Fetched)
    assert (len(taken.payload.messages), taken.payload.message_at) == (2, (NOW, NOW))
    assert asyncio.run(source.fetch()) == taken
    asyncio.run(source.done())
    assert asyncio.run(source.fetch()) == Quiet()
