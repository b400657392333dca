"""HTTP: ask one feed's server, within limits of time and size, and never show its key."""

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache

import httpx

from data_sources.errors import FeedConfigError, FeedContentError, TemporaryFeedError
from data_sources.feeds import codes
from data_sources.feeds.payload import gunzip, too_large
from data_sources.feeds.secrets import RedactUrls, redact, usable_key
from data_sources.model.city import FeedSpec

CONNECT_TIMEOUT_S = 5.0
REDIRECTS_MAX = 5
RETRY_AFTER_MAX = timedelta(hours=1)
"""A longer request to wait is cut to this, so that a slip at the far end cannot silence a feed."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})

_redact_logs = RedactUrls()


@cache
def _tls() -> ssl.SSLContext:
    """The certificates that are trusted, read once for all feeds: a fortieth of a second of CPU each."""
    return httpx.create_ssl_context()


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `url` is where it came from, without secrets; `is_news` is false for a 304."""

    body: bytes
    headers: Mapping[str, str]
    url: str
    is_news: bool = True


class HttpClient:
    """Asks the server of one feed. Waits when the server told it to."""

    def __init__(self, feed: FeedSpec, now: Callable[[], datetime]) -> None:
        self._feed = feed
        self._now = now
        self._not_before: datetime | None = None
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(feed.timeout_s, connect=min(CONNECT_TIMEOUT_S, feed.timeout_s)),
            headers={"User-Agent": "scopc", "Accept": "*/*", "Accept-Encoding": "gzip"},
            follow_redirects=False,
            verify=_tls(),
        )
        # httpx logs every URL with its query, where some agencies want the key
        logging.getLogger("httpx").addFilter(_redact_logs)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def url(self) -> httpx.URL:
        """The feed's address with its parameters, and its key where the query carries it. Raise
        FeedConfigError."""
        feed = self._feed
        if not feed.url:
            raise FeedConfigError(
                codes.NOT_CONFIGURED.code, f"{feed.feed_id}: no URL; set `url` or SCOPC_FEED_<ID>_URL"
            )
        try:
            url = httpx.URL(feed.url)
        except httpx.InvalidURL:
            raise FeedConfigError(codes.URL_INVALID.code, f"{feed.feed_id}: the URL cannot be read") from None
        if feed.params:
            url = url.copy_merge_params(feed.params)
        return url.copy_set_param(feed.key_param, usable_key(feed)) if feed.key_param else url

    async def get(
        self, url: httpx.URL, headers: Mapping[str, str] | None = None, *, may_be_unchanged: bool = False
    ) -> Answer:
        """Ask once.

        Raise FeedConfigError (no or wrong key, 401, 403, 404, 410), TemporaryFeedError (no connection,
        timeout, 408, 425, 429, 5xx; until a Retry-After has passed without asking) or FeedContentError
        (any other status, 304 unless the answer may be unchanged, too large, unknown compression).
        """
        self._wait_if_asked()
        sent = dict(headers or {})
        if self._feed.key_header:
            sent[self._feed.key_header] = usable_key(self._feed)
        try:
            # the clients' own timeouts start anew with each byte; this one holds for all of it
            async with asyncio.timeout(self._feed.timeout_s):
                return await self._follow(url, sent, may_be_unchanged)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise TemporaryFeedError(
                codes.TIMEOUT.code, self.says(f"no complete answer within {self._feed.timeout_s:g} s")
            ) from error
        except httpx.UnsupportedProtocol:
            raise FeedConfigError(
                codes.URL_INVALID.code, self.says("the URL must be http or https")
            ) from None
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise TemporaryFeedError(
                codes.CONNECTION.code, self.says(f"no connection ({type(error).__name__})")
            ) from error

    def says(self, what: str) -> str:
        """A line about this feed, its address without secrets."""
        return f"{self._feed.feed_id}: {redact(self._feed.url, self._feed.key_param)}: {what}"

    async def _follow(self, url: httpx.URL, headers: dict[str, str], may_be_unchanged: bool) -> Answer:
        for _ in range(REDIRECTS_MAX + 1):
            async with self._client.stream("GET", url, headers=headers) as response:
                location = response.headers.get("location")
                if response.status_code not in REDIRECTS or location is None:
                    return await self._answer(response, may_be_unchanged)
            target = self._redirected(url, location)
            if not _same_place(url, target) and self._feed.key_header:
                headers.pop(self._feed.key_header, None)  # the key is for the agency's own host
            url = target
        raise FeedContentError(
            codes.TOO_MANY_REDIRECTS.code, self.says(f"more than {REDIRECTS_MAX} redirects")
        )

    def _redirected(self, url: httpx.URL, location: str) -> httpx.URL:
        target = url.join(location)
        if target.scheme not in {"http", "https"} or not target.host:
            raise FeedContentError(
                codes.REDIRECT_INVALID.code, self.says("redirected to what is no web address")
            )
        return target

    async def _answer(self, response: httpx.Response, may_be_unchanged: bool) -> Answer:
        status = response.status_code
        url = redact(str(response.url), self._feed.key_param)
        if status == 304 and may_be_unchanged:
            return Answer(b"", response.headers, url, is_news=False)
        if status != 200:
            self._refuse(response)
        return Answer(_decoded(await self._read(response), response, self._feed), response.headers, url)

    async def _read(self, response: httpx.Response) -> bytes:
        limit = self._feed.max_bytes
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > limit:
                raise too_large(limit)
        return bytes(body)

    def _refuse(self, response: httpx.Response) -> None:
        status = response.status_code
        code, text = f"http_{status}", self.says(f"answered with status {status}")
        if status in codes.HTTP_REFUSED:
            raise FeedConfigError(code, text)
        if status in codes.HTTP_LATER or status >= 500:
            wait = _retry_after(response.headers.get("retry-after"), self._now())
            self._not_before = self._now() + wait if wait else None
            raise TemporaryFeedError(code, text)
        raise FeedContentError(code, text)

    def _wait_if_asked(self) -> None:
        if self._not_before is not None and self._now() < self._not_before:
            raise TemporaryFeedError(
                codes.RETRY_AFTER.code, self.says(f"asked us to wait until {self._not_before.isoformat()}")
            )
        self._not_before = None


def _decoded(body: bytes, response: httpx.Response, feed: FeedSpec) -> bytes:
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"", "identity"}:
        return body
    if encoding in {"gzip", "x-gzip", "deflate"}:
        return gunzip(body, feed.max_bytes)
    raise FeedContentError(
        codes.ENCODING_UNSUPPORTED.code, f"{feed.feed_id}: compressed in a way we did not ask for"
    )


def _same_place(origin: httpx.URL, target: httpx.URL) -> bool:
    """Whether the target may see the origin's key: the same server, or its move to https."""
    if origin.host != target.host:
        return False
    if (origin.scheme, origin.port) == (target.scheme, target.port):
        return True
    return (origin.scheme, origin.port, target.scheme, target.port) == ("http", None, "https", None)


def _retry_after(value: str | None, now: datetime) -> timedelta | None:
    """How long a Retry-After asks to wait: seconds or an HTTP date (RFC 9110, section 10.2.3)."""
    if value is None:
        return None
    seconds = value.strip()
    if seconds.isdecimal():
        # nine digits are thirty years; more would only be slow to read
        wait = timedelta(seconds=int(seconds[:9]))
    else:
        try:
            date = parsedate_to_datetime(value)
        except ValueError:
            return None
        wait = (date if date.tzinfo else date.replace(tzinfo=UTC)) - now
    return min(wait, RETRY_AFTER_MAX) if wait > timedelta(0) else None
