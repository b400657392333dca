"""`/api/v1/notifications/{feed_id}`: a context broker tells us what changed (ETSI GS CIM 009, 5.8.6).

A notification is kept in the history store before it is acknowledged, and read by ingest from there.
"""

import hmac
from collections import defaultdict
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from dashboard.api.parameters import TEXT_MAX
from dashboard.api.problems import NotFound, Problem, problem
from dashboard.api.schemas import PREFIX, Responses
from dashboard.metrics import Metrics
from data_sources.errors import FeedContentError, InboxFullError
from data_sources.feeds import parser_of
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Payload
from data_sources.services import Services

log = structlog.get_logger("api")

MEDIA_TYPES = ("application/json", "application/ld+json")

RATE_PER_S = 10.0
"""Notifications of one feed that this process takes: ingest reads as many in the long run."""
BURST = 100
"""Notifications at once, such as those that a broker sends when it has been cut off."""
FULL_RETRY_S = 60
"""When to try again while the inbox is full: ingest has to come back first."""

Credentials = Annotated[
    HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False, scheme_name="feed key"))
]

_TOLD = {"application/json": {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}}
_RESPONSES: Responses = {
    204: {"description": "Kept; it will be read"},
    **{
        status: {"description": words, "content": _TOLD}
        for status, words in (
            (401, "No bearer token, or not the feed's"),
            (404, "The city has no feed of that id that is sent to us"),
            (413, "Larger than is taken"),
            (415, f"Not one of {', '.join(MEDIA_TYPES)}, or compressed"),
            (422, "Not a notification; the reason says what it is"),
            (429, "Too many; try again after `Retry-After` seconds"),
            (503, "A store does not answer, or too many wait to be read; see `Retry-After`"),
        )
    },
}
_REQUEST: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "An NGSI-LD notification, normalised, concise or as key-values",
        "content": {media_type: {"schema": {"type": "object"}} for media_type in MEDIA_TYPES},
    },
}


class Allowance:
    """How many notifications of one feed may still come: a bucket that fills at RATE_PER_S."""

    def __init__(self) -> None:
        self._left = float(BURST)
        self._filled_at: datetime | None = None

    def take(self, now: datetime) -> bool:
        """Take one; False when there is none left."""
        if self._filled_at is not None:
            gone_s = max((now - self._filled_at).total_seconds(), 0.0)
            self._left = min(self._left + gone_s * RATE_PER_S, float(BURST))
        self._filled_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def notifications_router(services: Services, metrics: Metrics) -> APIRouter:
    """The route on which brokers notify us."""
    router = APIRouter(prefix=PREFIX, tags=["feeds"])
    allowances: defaultdict[str, Allowance] = defaultdict(Allowance)

    def refused(feed: FeedSpec, status: HTTPStatus, code: str, reason: str, retry_s: int) -> Response:
        """Put the sender off, and count it."""
        metrics.notifications_refused.labels(feed.feed_id, code).inc()
        return problem(status, code, reason, {"Retry-After": str(retry_s)})

    def kept(feed: FeedSpec, body: bytes, content_type: str, now: datetime) -> Response:
        """Keep a notification that can be read. StoreError when it could not be kept."""
        try:
            parser_of(feed)(body, feed=feed, received_at=now)
        except FeedContentError as error:
            return problem(HTTPStatus.UNPROCESSABLE_ENTITY, error.code, str(error))
        payload = Payload(messages=(body,), received_at=now, content_type=content_type)
        try:
            with metrics.query("history.put_inbox"):
                services.history.put_inbox(feed.feed_id, payload)
        except InboxFullError as error:
            log.warning("notification refused: the inbox is full", feed=feed.feed_id)
            return refused(feed, HTTPStatus.SERVICE_UNAVAILABLE, "inbox_full", str(error), FULL_RETRY_S)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    @router.post(
        "/notifications/{feed_id}",
        status_code=HTTPStatus.NO_CONTENT,
        response_class=Response,
        responses=_RESPONSES,
        openapi_extra=_REQUEST,
    )
    async def notify(
        feed_id: Annotated[str, Path(max_length=TEXT_MAX)], request: Request, credentials: Credentials
    ) -> Response:
        """Take a notification of a feed that the pack reads by `push`.

        The feed's key is the bearer token. Acknowledged with 204 once it is safely kept; what its
        entities are worth is told by the feed's counts and quarantine.
        """
        feed = services.city.feed(feed_id)
        if feed is None or not feed.push:
            raise NotFound(f"the city has no feed {feed_id!r} that is sent to us")
        if not _has_key(credentials, feed):
            reason = "send the feed's key: Authorization: Bearer ..."
            return problem(
                HTTPStatus.UNAUTHORIZED, "unauthorized", reason, {"WWW-Authenticate": 'Bearer realm="scopc"'}
            )
        now = services.clock()
        if not allowances[feed_id].take(now):
            reason = f"at most {RATE_PER_S:g} notifications a second"
            return refused(feed, HTTPStatus.TOO_MANY_REQUESTS, "too_many", reason, 1)
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type not in MEDIA_TYPES:
            reason = f"send one of {', '.join(MEDIA_TYPES)}"
            return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", reason)
        if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
            return problem(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "send it uncompressed"
            )
        body = await request.body()
        if len(body) > feed.max_bytes:
            reason = f"the body may have at most {feed.max_bytes} bytes"
            return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", reason)
        return await run_in_threadpool(kept, feed, body, content_type, now)

    return router


def _has_key(credentials: HTTPAuthorizationCredentials | None, feed: FeedSpec) -> bool:
    """Whether the bearer token is the feed's key; compared in a time that tells nothing of it."""
    key = (feed.key or "").strip()
    if not key:
        log.warning("notification refused: the feed has no key", feed=feed.feed_id)
        return False
    return credentials is not None and hmac.compare_digest(credentials.credentials.encode(), key.encode())
