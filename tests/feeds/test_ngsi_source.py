"""A context broker asked page by page, against a server on the loopback."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from data_sources.errors import FeedConfigError, FeedContentError, FeedError, TemporaryFeedError
from data_sources.feeds import ngsi_source
from data_sources.feeds.ngsi_source import NgsiSource
from data_sources.feeds.source import Fetched, Unchanged
from tests.feeds.builders import feed_spec
from tests.feeds.web import Request, Server, response, serving

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TOTAL = "NGSILD_Results_Count"

Headers = Callable[[int, int], dict[str, str]]


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of two entities."""
    monkeypatch.setattr(ngsi_source, "PAGE_SIZE", 2)


def entities(count: int) -> list[dict[str, str]]:
    return [{"id": f"e{number}", "type": "X"} for number in range(count)]


def query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}


def fetching(
    held: list[Any],
    headers: Headers = lambda offset, total: {},
    *,
    times: int = 1,
    path: str = "",
    **spec: Any,
) -> tuple[list[Any], Server]:
    """Ask a broker that holds these entities so many times."""

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        offset, limit = int(query(request)["offset"]), int(query(request)["limit"])
        page = json.dumps(held[offset : offset + limit]).encode()
        writer.write(response(200, page, Content_Type="application/json", **headers(offset, len(held))))

    async def run() -> tuple[list[Any], Server]:
        results: list[Any] = []
        async with serving(answer) as server:
            feed = feed_spec(
                feed_id="broker", kind="ngsi_ld", url=server.url + path, **{"entity_types": ("X",), **spec}
            )
            source = NgsiSource(feed, lambda: NOW)
            try:
                for _ in range(times):
                    try:
                        results.append(await source.fetch())
                    except FeedError as error:
                        results.append(error)
            finally:
                await source.aclose()
        return results, server

    return asyncio.run(run())


def ids(result: Fetched) -> list[str]:
    return [entity["id"] for page in result.payload.messages for entity in json.loads(page)]


def test_broker_is_asked_for_types_with_tenant_and_key() -> None:
    (found,), server = fetching(
        entities(1), entity_types=("X", "Y"), tenant="roads", key_header="X-Auth-Token", key="secret"
    )
    (request,) = server.requests
    assert urlsplit(request.target).path == "/ngsi-ld/v1/entities"
    assert query(request) == {"type": "X,Y", "limit": "2", "offset": "0", "count": "true"}
    assert request.headers["ngsild-tenant"] == "roads"
    assert request.headers["x-auth-token"] == "secret"
    assert request.headers["accept"] == "application/json"
    assert (ids(found), found.payload.message_at) == (["e0"], (NOW,))


def test_address_of_the_entities_is_taken_as_it_stands() -> None:
    _, server = fetching(entities(1), path="/tenant/ngsi-ld/v1/entities?options=keyValues")
    assert urlsplit(server.requests[0].target).path == "/tenant/ngsi-ld/v1/entities"
    assert query(server.requests[0])["options"] == "keyValues"


@pytest.mark.parametrize(
    ("count", "headers", "calls"),
    [
        (5, lambda offset, total: {TOTAL: str(total)}, 3),
        (4, lambda offset, total: {TOTAL: str(total)}, 2),
        (5, lambda offset, total: {"Link": '<http://inside/x>; rel="next"'} if offset < 4 else {}, 3),
        (5, lambda offset, total: {}, 3),
        (4, lambda offset, total: {}, 3),
        (0, lambda offset, total: {TOTAL: "0"}, 1),
    ],
)
def test_pages_are_read_to_the_end(count: int, headers: Headers, calls: int) -> None:
    (found,), server = fetching(entities(count), headers)
    assert ids(found) == [f"e{number}" for number in range(count)]
    assert len(server.requests) == calls


def test_link_to_another_relation_is_no_next_page() -> None:
    context = '<https://example.org/context.jsonld>; rel="http://www.w3.org/ns/json-ld#context"'
    _, server = fetching(entities(4), lambda offset, total: {"Link": context})
    assert len(server.requests) == 1


def test_same_entities_are_no_news_until_they_are_forgotten() -> None:
    (first, second), _ = fetching(entities(3), times=2)
    assert isinstance(first, Fetched)
    assert second == Unchanged(checked_at=NOW)

    async def run() -> Any:
        async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
            writer.write(response(200, b"[]"))

        async with serving(answer) as server:
            source = NgsiSource(feed_spec(kind="ngsi_ld", url=server.url), lambda: NOW)
            await source.fetch()
            source.forget()
            found = await source.fetch()
            await source.aclose()
            return found

    assert isinstance(asyncio.run(run()), Fetched)


def test_what_is_no_list_is_one_page_and_left_to_the_parser() -> None:
    async def run() -> Any:
        async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
            writer.write(response(200, b'{"type": "problem"}'))

        async with serving(answer) as server:
            source = NgsiSource(feed_spec(kind="ngsi_ld", url=server.url), lambda: NOW)
            found = await source.fetch()
            await source.aclose()
            return found

    assert asyncio.run(run()).payload.messages == (b'{"type": "problem"}',)


def test_pages_together_stay_within_the_feeds_limit() -> None:
    (found,), _ = fetching(entities(50), max_bytes=200)
    assert isinstance(found, FeedContentError)
    assert found.code == "too_large"


def test_broker_without_an_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ngsi_source, "PAGES_MAX", 3)
    (found,), server = fetching(entities(100))
    assert isinstance(found, FeedContentError)
    assert found.code == "too_many_pages"
    assert len(server.requests) == 3


@pytest.mark.parametrize(("status", "kind"), [(401, FeedConfigError), (503, TemporaryFeedError)])
def test_refusal_is_told(status: int, kind: type[FeedError]) -> None:
    async def run() -> None:
        async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
            writer.write(response(status))

        async with serving(answer) as server:
            source = NgsiSource(feed_spec(kind="ngsi_ld", url=server.url), lambda: NOW)
            try:
                await source.fetch()
            finally:
                await source.aclose()

    with pytest.raises(kind) as caught:
        asyncio.run(run())
    assert caught.value.code == f"http_{status}"
