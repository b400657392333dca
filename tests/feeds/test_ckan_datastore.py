"""CKAN's datastore. No recorded answer was at hand: these are written from CKAN's documentation."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from data_sources.errors import FeedConfigError, FeedContentError, FeedError, TemporaryFeedError
from data_sources.feeds import ckan_datastore
from data_sources.feeds.source import Fetched, Unchanged
from data_sources.model.city import DocumentMapping
from data_sources.model.feed import Batch
from tests.feeds.builders import RECEIVED_AT, feed_spec
from tests.feeds.web import Request, Server, always, response, serving

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MAPPING = DocumentMapping.model_validate(
    {
        "feature_id": "/result.resource_id",
        "time": "{ปี}-{เดือน}",
        "time_format": "period",
        "values": [{"property": "visitors", "path": "จำนวน", "missing": ["-"]}],
    }
)
FEED = feed_spec(
    feed_id="statistics",
    kind="ckan_datastore",
    mapping=MAPPING,
    resources=("res-a", "res-b"),
    units={"visitors": "persons/month"},
    key_header="api-key",
    key="sesame",
)


def record(month: int, value: Any = "1,200") -> dict[str, Any]:
    return {"_id": month, "\ufeffปี": "2568", "เดือน ": str(month), "จำนวน": value}


def answer(records: list[Any], total: int | None = None, resource: str = "res-a") -> dict[str, Any]:
    total = len(records) if total is None else total
    return {"success": True, "result": {"resource_id": resource, "records": records, "total": total}}


def parse(document: Any) -> Batch:
    return ckan_datastore.parse(json.dumps(document).encode(), feed=FEED, received_at=RECEIVED_AT)


def test_records_are_text_with_thai_headers_and_buddhist_years() -> None:
    batch = parse(answer([record(1), record(2, "-")]))
    (january,) = batch.observations
    assert (january.feature_id, january.value, january.unit) == ("res-a", 1200, "persons/month")
    assert january.observed_at == datetime(2025, 1, 31, 17, tzinfo=UTC)
    assert january.period_s == 31 * 86_400
    assert [(one.code, one.entity_id) for one in batch.rejected] == [("value_missing", "res-a")]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ({"success": False, "error": {"__type": "Not Found Error"}}, "service_refused"),
        ({"success": False}, "service_refused"),
        ({"success": True, "result": {}}, "not_document"),
        ([], "not_document"),
    ],
)
def test_answer_without_records_is_refused(document: Any, code: str) -> None:
    with pytest.raises(FeedContentError) as caught:
        parse(document)
    assert caught.value.code == code


def pages_of(sizes: dict[str, int]) -> Any:
    """A datastore whose resources have so many records."""

    async def serve(request: Request, writer: asyncio.StreamWriter) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}
        offset, limit, resource = int(asked["offset"]), int(asked["limit"]), asked["resource_id"]
        size = sizes.get(resource)
        if size is None:
            writer.write(response(404))
            return
        records = [{"_id": number} for number in range(offset, min(offset + limit, size))]
        writer.write(response(200, json.dumps(answer(records, size, resource)).encode()))

    return serve


def fetched(serve: Any, times: int = 1, **changes: Any) -> tuple[list[Any], Server]:
    """What a source fetched, an error in place of what it raised, and the server that it asked."""

    async def run() -> tuple[list[Any], Server]:
        async with serving(serve) as server:
            feed = FEED.model_copy(update={"url": server.url, **changes})
            source = ckan_datastore.open_source(feed, lambda: NOW)
            found: list[Any] = []
            for _ in range(times):
                try:
                    found.append(await source.fetch())
                except FeedError as error:
                    found.append(error)
            await source.aclose()
            return found, server

    return asyncio.run(run())


def test_every_resource_is_asked_for_page_by_page_with_the_key() -> None:
    (found,), server = fetched(pages_of({"res-a": 3, "res-b": 2}), params={"limit": "2"})
    assert isinstance(found, Fetched)
    assert [len(json.loads(page)["result"]["records"]) for page in found.payload.messages] == [2, 1, 2]
    assert {request.headers["api-key"] for request in server.requests} == {"sesame"}
    asked = [parse_qs(urlsplit(request.target).query) for request in server.requests]
    assert [(one["resource_id"], one["offset"]) for one in asked] == [
        (["res-a"], ["0"]),
        (["res-a"], ["2"]),
        (["res-b"], ["0"]),
    ]


def test_same_records_again_are_no_news() -> None:
    found, _ = fetched(pages_of({"res-a": 1, "res-b": 1}), times=2)
    assert [type(one) for one in found] == [Fetched, Unchanged]


def test_call_beyond_the_quota_is_not_made() -> None:
    found, server = fetched(pages_of({"res-a": 1, "res-b": 1}), times=2, quota_per_day=2)
    assert len(server.requests) == 2
    assert isinstance(found[1], TemporaryFeedError)
    assert found[1].code == "quota_spent"


def test_resource_that_fails_does_not_withhold_the_others_and_is_told() -> None:
    (found,), _ = fetched(pages_of({"res-b": 1}))
    assert isinstance(found, Fetched)
    page, failure = found.payload.messages
    assert json.loads(page)["result"]["resource_id"] == "res-b"
    with pytest.raises(FeedContentError, match="status 404") as caught:
        ckan_datastore.parse(failure, feed=FEED, received_at=RECEIVED_AT)
    assert caught.value.code == "service_refused"


def test_failure_of_every_resource_is_raised() -> None:
    (found,), _ = fetched(pages_of({}))
    assert isinstance(found, FeedConfigError)
    assert found.code == "http_404"


def test_answer_that_is_no_datastores_ends_the_pages() -> None:
    (found,), server = fetched(always(response(200, b"<p>maintenance</p>")))
    assert isinstance(found, Fetched)
    assert len(server.requests) == 2


def test_feed_without_resources_is_told_so() -> None:
    with pytest.raises(FeedConfigError) as caught:
        ckan_datastore.open_source(FEED.model_copy(update={"resources": ()}), lambda: NOW)
    assert caught.value.code == "resources_missing"


def test_resource_of_more_pages_than_are_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ckan_datastore, "PAGES_MAX", 2)
    (found,), server = fetched(pages_of({"res-a": 9}), params={"limit": "2"}, resources=("res-a",))
    assert len(server.requests) == 2
    assert isinstance(found, Fetched)
    with pytest.raises(FeedContentError, match="more than 2 pages"):
        ckan_datastore.parse(found.payload.messages[-1], feed=FEED, received_at=RECEIVED_AT)
