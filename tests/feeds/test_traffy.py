"""Citizens' reports; what the recordings lack is authored from the documented fields."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from data_sources.errors import FeedContentError, TemporaryFeedError
from data_sources.feeds import traffy
from data_sources.feeds.source import Fetched
from data_sources.feeds.sources import open_source
from data_sources.model.feed import Batch
from data_sources.model.observation import Ticket, TicketState
from tests.feeds.builders import RECEIVED_AT, feed_spec, recording
from tests.feeds.web import Request, always, response, serving

NOW = datetime(2026, 3, 1, tzinfo=UTC)
REPORT = {
    "ticket_id": "2026-AAA",
    "coords": ["102.8235", "16.4322"],
    "timestamp": "2026-02-26 07:33:36.854728+00",
    "last_activity": "2026-02-27 01:00:00+00",
    "state": "เสร็จสิ้น",
    "type": "{ถนน,ทางเท้า}",
    "comment": "ทางเท้าทรุด โทร 081-234-5678\x00",
    "org": ["เทศบาล"],
    "star": "4",
}


def parse(document: Any, **changes: Any) -> Batch:
    feed = feed_spec(feed_id="reports", kind="traffy", **changes)
    return traffy.parse(json.dumps(document).encode(), feed=feed, received_at=RECEIVED_AT)


def shared(*reports: Any) -> Batch:
    return parse({"status": True, "total": len(reports), "results": list(reports)})


def test_report_is_a_ticket() -> None:
    assert shared(REPORT).tickets == (
        Ticket(
            ticket_id="2026-AAA",
            feed_id="reports",
            state=TicketState.CLOSED,
            opened_at=datetime(2026, 2, 26, 7, 33, 36, 854728, tzinfo=UTC),
            received_at=RECEIVED_AT,
            updated_at=datetime(2026, 2, 27, 1, tzinfo=UTC),
            closed_at=datetime(2026, 2, 27, 1, tzinfo=UTC),
            categories=("ถนน", "ทางเท้า"),
            description="ทางเท้าทรุด โทร ***",
            organisation="เทศบาล",
            lat=16.4322,
            lon=102.8235,
            stars=4,
            flags=("personal_data_masked",),
        ),
    )


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("start", "open"),
        ("รอรับเรื่อง", "open"),
        ("inprogress", "in_progress"),
        ("กำลังดำเนินการ", "in_progress"),
        ("ส่งต่อ", "in_progress"),
        ("finish", "closed"),
        ("Irrelevant", "rejected"),
    ],
)
def test_state_is_read_in_thai_and_english(state: str, expected: str) -> None:
    (ticket,) = shared({**REPORT, "state": state}).tickets
    assert ticket.state == expected
    assert (ticket.closed_at is None) == (expected in {"open", "in_progress"})


def test_report_without_state_counts_as_open_and_says_so() -> None:
    (ticket,) = shared({**REPORT, "state": None, "comment": "x"}).tickets
    assert (ticket.state, ticket.flags) == ("open", ("ticket_state_assumed",))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"coords": None}, "position_missing"),
        ({"coords": ["", "x"]}, "position_not_number"),
        ({"timestamp": None}, "observed_at_missing"),
        ({"timestamp": "soon"}, "observed_at_unreadable"),
        ({"state": "lost"}, "ticket_state_unknown"),
        ({"ticket_id": None, "timestamp": None}, "entity_id_missing"),
    ],
)
def test_report_that_cannot_be_used_is_rejected_without_personal_data(
    changes: dict[str, Any], code: str
) -> None:
    (refused,) = shared({**REPORT, **changes}).rejected
    assert refused.code == code
    assert refused.record["comment"] == "ทางเท้าทรุด โทร ***"


def test_newest_of_a_report_told_twice_is_used() -> None:
    older = {**REPORT, "state": "start", "last_activity": "2026-02-26 08:00:00+00"}
    for order in ([older, REPORT], [REPORT, older]):
        batch = shared(*order)
        assert [ticket.state for ticket in batch.tickets] == ["closed"]
        assert [one.code for one in batch.rejected] == ["duplicate_entity"]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"status": False, "message": "busy"}, "service_refused"),
        ({"status": True}, "not_tickets"),
        ("x", "not_tickets"),
    ],
)
def test_answer_without_reports_is_refused(document: Any, code: str) -> None:
    with pytest.raises(FeedContentError) as caught:
        parse(document)
    assert caught.value.code == code


def test_newest_reports_are_asked_for_page_by_page() -> None:
    def page(request: Request) -> bytes:
        offset = int(request.target.partition("offset=")[2].partition("&")[0])
        reports = [{**REPORT, "ticket_id": str(number)} for number in range(offset, min(offset + 2, 5))]
        return response(200, json.dumps({"results": reports, "total": len(reports)}).encode())

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(page(request))

    async def run() -> tuple[int, list[str]]:
        async with serving(answer) as server:
            feed = feed_spec(kind="traffy", url=f"{server.url}/search", params={"limit": "2", "name": "ops"})
            source = open_source(feed, lambda: NOW, None)
            try:
                fetched = await source.fetch()
            finally:
                await source.aclose()
            assert isinstance(fetched, Fetched)
            return len(fetched.payload.messages), [request.target for request in server.requests]

    pages, asked = asyncio.run(run())
    assert pages == 3
    assert asked == [f"/search?limit=2&name=ops&offset={offset}" for offset in (0, 2, 4)]


def test_bad_gateway_of_a_rainy_day_is_waited_out() -> None:
    async def run() -> None:
        async with serving(always(response(502))) as server:
            source = open_source(feed_spec(kind="traffy", url=server.url), lambda: NOW, None)
            try:
                await source.fetch()
            finally:
                await source.aclose()

    with pytest.raises(TemporaryFeedError) as caught:
        asyncio.run(run())
    assert caught.value.code == "http_502"


@pytest.mark.real_feeds
def test_share_search_of_2021_has_two_reports_of_two_provinces() -> None:
    feed = feed_spec(feed_id="reports", kind="traffy")
    body = recording("thai/traffy_share_search_2021.json")
    chaiyaphum, korat = traffy.parse(body, feed=feed, received_at=RECEIVED_AT).tickets
    assert (chaiyaphum.lat, chaiyaphum.lon) == (15.807776225599, 102.02051115063)
    assert chaiyaphum.opened_at == datetime(2021, 8, 10, 17, 34, 35, 342993, tzinfo=UTC)
    assert chaiyaphum.categories == ("โรงพยาบาลสนาม",)
    assert korat.address == "อาคารลิปตพัลลภ Thailand"
    assert korat.flags == ("ticket_state_assumed",)
    assert len({chaiyaphum.ticket_id, korat.ticket_id}) == 2


@pytest.mark.real_feeds
def test_geojson_of_2026_is_a_closed_report_of_a_flood() -> None:
    feed = feed_spec(feed_id="reports", kind="traffy")
    body = recording("thai/traffy_geojson_v1_shape_2026.json")
    (ticket,) = traffy.parse(body, feed=feed, received_at=RECEIVED_AT).tickets
    assert (ticket.ticket_id, ticket.state, ticket.categories) == ("2026-AAA", "closed", ("น้ำท่วม", "ถนน"))
    assert (ticket.lat, ticket.lon) == (13.7461, 100.5312)
    assert ticket.closed_at == datetime(2026, 8, 10, 11, tzinfo=UTC)
    assert ticket.organisation == "สำนักการระบายน้ำ"
