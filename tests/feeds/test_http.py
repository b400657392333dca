"""Fetching over HTTP, against a server on the loopback."""

import asyncio
import gzip
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from data_sources.errors import FeedConfigError, FeedContentError, FeedError, TemporaryFeedError
from data_sources.feeds.http import HttpSource
from data_sources.feeds.secrets import redact
from data_sources.feeds.source import Fetched, Unchanged
from tests.feeds.builders import feed_spec
from tests.feeds.web import Answer, Request, Server, always, response, serving

NOW = datetime(2026, 3, 1, 5, 0, tzinfo=UTC)
BODY = b"\x0a\x05\x0a\x032.0"


class SteppedClock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def fetching(answer: Answer, path: str = "/vp.pb", times: int = 1, **spec: Any) -> tuple[list[Any], Server]:
    """Fetch so many times; results and errors in order, and the server that was asked."""

    async def run() -> tuple[list[Any], Server]:
        results: list[Any] = []
        async with serving(answer) as server:
            feed = feed_spec(url=server.url + path, **{"timeout_s": 5, **spec})
            async with HttpSource(feed, lambda: NOW) as source:
                for _ in range(times):
                    try:
                        results.append(await source.fetch())
                    except FeedError as error:
                        results.append(error)
        return results, server

    return asyncio.run(run())


def fetch(answer: Answer, **spec: Any) -> Any:
    return fetching(answer, **spec)[0][0]


def test_document_is_fetched_with_its_type_and_time() -> None:
    result = fetch(always(response(200, BODY, Content_Type="application/x-protobuf")))
    assert isinstance(result, Fetched)
    assert result.payload.messages == (BODY,)
    assert (result.payload.content_type, result.payload.received_at) == ("application/x-protobuf", NOW)
    assert result.payload.url is not None
    assert result.payload.url.endswith("/vp.pb")


def test_server_is_asked_for_news_only_and_answers_304() -> None:
    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        known = request.headers.get("if-none-match") == '"v1"'
        known &= request.headers.get("if-modified-since") == "Sun, 01 Mar 2026 04:59:00 GMT"
        whole = response(200, BODY, ETag='"v1"', Last_Modified="Sun, 01 Mar 2026 04:59:00 GMT")
        writer.write(response(304) if known else whole)

    (first, *others), server = fetching(answer, times=3)
    assert isinstance(first, Fetched)
    assert others == [Unchanged(checked_at=NOW), Unchanged(checked_at=NOW)]
    assert "if-none-match" not in server.requests[0].headers


def test_same_bytes_without_validators_are_no_news() -> None:
    (first, second), _ = fetching(always(response(200, BODY)), times=2)
    assert isinstance(first, Fetched)
    assert isinstance(second, Unchanged)


def test_forgotten_document_is_fetched_again() -> None:
    async def run() -> tuple[Any, Any, Server]:
        async with (
            serving(always(response(200, BODY, ETag='"v1"'))) as server,
            HttpSource(feed_spec(url=server.url), lambda: NOW) as source,
        ):
            first = await source.fetch()
            source.forget()
            return first, await source.fetch(), server

    first, second, server = asyncio.run(run())
    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)
    assert "if-none-match" not in server.requests[1].headers


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, FeedConfigError),
        (403, FeedConfigError),
        (404, FeedConfigError),
        (410, FeedConfigError),
        (408, TemporaryFeedError),
        (429, TemporaryFeedError),
        (500, TemporaryFeedError),
        (503, TemporaryFeedError),
        (204, FeedContentError),
        (304, FeedContentError),
        (400, FeedContentError),
        (418, FeedContentError),
    ],
)
def test_status_tells_what_the_caller_can_do(status: int, kind: type[FeedError]) -> None:
    error = fetch(always(response(status)))
    assert type(error) is kind
    assert error.code == f"http_{status}"


@pytest.mark.parametrize(
    "retry_after",
    ["120", format_datetime(NOW + timedelta(seconds=120), usegmt=True)],
)
def test_server_that_asks_for_patience_is_left_alone_until_then(retry_after: str) -> None:
    clock = SteppedClock()

    async def run() -> tuple[list[str], Server]:
        codes: list[str] = []
        async with (
            serving(always(response(429, Retry_After=retry_after))) as server,
            HttpSource(feed_spec(url=server.url), clock) as source,
        ):
            for seconds in (0, 119, 120):
                clock.now = NOW + timedelta(seconds=seconds)
                with pytest.raises(TemporaryFeedError) as caught:
                    await source.fetch()
                codes.append(caught.value.code)
        return codes, server

    codes, server = asyncio.run(run())
    assert codes == ["http_429", "retry_after", "http_429"]
    assert len(server.requests) == 2


@pytest.mark.parametrize("retry_after", ["soon", "-5", "Sun, 01 Mar 2020 00:00:00 GMT", "²"])
def test_senseless_retry_after_is_ignored(retry_after: str) -> None:
    results, server = fetching(always(response(503, Retry_After=retry_after)), times=2)
    assert [error.code for error in results] == ["http_503", "http_503"]
    assert len(server.requests) == 2


def test_wait_of_years_is_cut_to_an_hour() -> None:
    clock = SteppedClock()

    async def run() -> str:
        async with (
            serving(always(response(503, Retry_After="9" * 5000))) as server,
            HttpSource(feed_spec(url=server.url), clock) as source,
        ):
            with pytest.raises(TemporaryFeedError):
                await source.fetch()
            clock.now = NOW + timedelta(hours=1)
            with pytest.raises(TemporaryFeedError) as caught:
                await source.fetch()
        return caught.value.code

    assert asyncio.run(run()) == "http_503"


def test_nobody_listening_is_temporary() -> None:
    async def run() -> None:
        async with serving(always(b"")) as server:
            url = server.url
        async with HttpSource(feed_spec(url=url), lambda: NOW) as source:
            await source.fetch()

    with pytest.raises(TemporaryFeedError) as caught:
        asyncio.run(run())
    assert caught.value.code == "connection"


def test_answer_that_breaks_off_is_temporary() -> None:
    error = fetch(always(response(200, BODY, Content_Length="1000")))
    assert isinstance(error, TemporaryFeedError)
    assert error.code == "connection"


def test_server_that_drips_is_left_at_the_total_timeout() -> None:
    async def drip(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(200):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    start = time.monotonic()
    error = fetch(drip, timeout_s=0.5)
    assert isinstance(error, TemporaryFeedError)
    assert error.code == "timeout"
    assert time.monotonic() - start < 3


def endless(size: int) -> Answer:
    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(size // 65536):
            writer.write(bytes(65536))
            await writer.drain()

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        endless(50_000_000),
        always(response(200, gzip.compress(bytes(50_000_000)), Content_Encoding="gzip")),
    ],
)
def test_body_beyond_the_limit_is_refused_before_and_after_unpacking(answer: Answer) -> None:
    error = fetch(answer, max_bytes=200_000)
    assert isinstance(error, FeedContentError)
    assert error.code == "too_large"


def test_compressed_body_is_unpacked() -> None:
    answer = always(response(200, gzip.compress(BODY), Content_Encoding="gzip"))
    assert fetch(answer).payload.messages == (BODY,)


def test_compression_that_we_did_not_ask_for_is_refused() -> None:
    error = fetch(always(response(200, BODY, Content_Encoding="br")))
    assert isinstance(error, FeedContentError)
    assert error.code == "encoding_unsupported"


def redirecting(location: Callable[[Request], str]) -> Answer:
    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        target = location(request)
        writer.write(response(302, Location=target) if target else response(200, BODY))

    return answer


def test_redirect_is_followed_with_the_key_on_the_same_server() -> None:
    (result,), server = fetching(
        redirecting(lambda request: "/new" if request.target == "/vp.pb" else ""),
        key_header="X-Key",
        key="hidden",
    )
    assert isinstance(result, Fetched)
    assert [request.target for request in server.requests] == ["/vp.pb", "/new"]
    assert server.requests[1].headers["x-key"] == "hidden"


def test_key_is_not_carried_to_another_server() -> None:
    async def run() -> Server:
        async with (
            serving(always(response(200, BODY))) as other,
            serving(always(response(301, Location=other.url))) as server,
        ):
            feed = feed_spec(url=server.url, key_header="X-Key", key="hidden")
            async with HttpSource(feed, lambda: NOW) as source:
                await source.fetch()
        return other

    (request,) = asyncio.run(run()).requests
    assert "x-key" not in request.headers


@pytest.mark.parametrize(
    ("location", "code"),
    [("/again", "too_many_redirects"), ("file:///etc/passwd", "redirect_invalid")],
)
def test_redirects_that_lead_nowhere_are_refused(location: str, code: str) -> None:
    error = fetch(redirecting(lambda _: location))
    assert isinstance(error, FeedContentError)
    assert error.code == code


def test_redirect_that_cannot_be_read_is_temporary() -> None:
    assert isinstance(fetch(redirecting(lambda _: "http://example.org:port/")), TemporaryFeedError)


def test_key_is_sent_as_header_or_query_and_shows_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    (by_header,), server = fetching(always(response(200, BODY)), key_header="Authorization", key="hidden-1\n")
    assert server.requests[0].headers["authorization"] == "hidden-1"
    (by_query,), server = fetching(
        always(response(200, BODY)), path="/vp.pb?a=1", key_param="apikey", key="hidden-2"
    )
    assert server.requests[0].target == "/vp.pb?a=1&apikey=hidden-2"
    assert by_query.payload.url.endswith("/vp.pb?a=1&apikey=***")
    error = fetch(always(response(500)), path="/vp.pb?token=hidden-3", key_param="k", key="hidden-4")
    shown = f"{by_header} {by_query} {error}"
    assert "hidden" not in shown
    assert "HTTP Request" in caplog.text
    assert "hidden" not in caplog.text


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ({"url": ""}, "not_configured"),
        ({"url": "http://[::1"}, "url_invalid"),
        ({"url": "ftp://127.0.0.1/vp.pb"}, "url_invalid"),
        ({"url": "/vp.pb"}, "url_invalid"),
        ({"url": "http://127.0.0.1:1/", "key_header": "X-Key"}, "key_missing"),
        ({"url": "http://127.0.0.1:1/", "key_param": "key", "key": "ลับ"}, "key_invalid"),
    ],
)
def test_feed_set_up_wrongly_is_told_so(spec: dict[str, Any], code: str) -> None:
    async def run() -> None:
        async with HttpSource(feed_spec(**spec), lambda: NOW) as source:
            await source.fetch()

    with pytest.raises(FeedConfigError) as caught:
        asyncio.run(run())
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pass@example.org/vp.pb", "https://example.org/vp.pb"),
        ("https://example.org/vp?agency=1&API_KEY=abc", "https://example.org/vp?agency=1&API_KEY=***"),
        ("https://example.org/vp?x=abc#part", "https://example.org/vp?x=***"),
        ("http://[::1", "(URL cannot be read)"),
    ],
)
def test_addresses_are_shown_without_secrets(url: str, shown: str) -> None:
    assert redact(url, key_param="x") == shown
