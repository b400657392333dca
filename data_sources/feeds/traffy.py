"""Citizens' reports of Traffy Fondue, in the forms in which its interfaces give them.

The share search answers `{"status", "total", "results": [...]}`, the statistics interface a GeoJSON
FeatureCollection. Fields differ by interface and year: `coords` or `coord` or a Point, `[lng, lat]`, numbers
often as text; `description` or `comment`; `state` in Thai or English; `type` as a list or with commas; times
are UTC, `2026-09-26 07:33:36.854728+00`. Keyword filters are ignored by the service, so that reports of
other places come along: the rules leave them aside by the city's bounds. A report that tells no state counts
as open, flagged: the share search of 2021 knew none. Text is kept as citizens wrote it, without control
characters and without personal data (`feeds/personal.py`).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from data_sources.errors import FeedContentError
from data_sources.feeds import clean, codes
from data_sources.feeds.html_text import html_text
from data_sources.feeds.observing import document_of
from data_sources.feeds.paged_source import PagedSource, Paging
from data_sources.feeds.payload import ENTITIES_MAX
from data_sources.feeds.personal import masked
from data_sources.feeds.reading import Unusable, instant, number, rejected, text, to_utc
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch, Rejected
from data_sources.model.observation import Ticket, TicketState

STATES: Mapping[str, TicketState] = {
    "start": TicketState.OPEN,
    "open": TicketState.OPEN,
    "pending": TicketState.OPEN,
    "รอรับเรื่อง": TicketState.OPEN,
    "รับเรื่อง": TicketState.OPEN,
    "ส่งต่อ": TicketState.IN_PROGRESS,
    "forward": TicketState.IN_PROGRESS,
    "inprogress": TicketState.IN_PROGRESS,
    "in_progress": TicketState.IN_PROGRESS,
    "follow": TicketState.IN_PROGRESS,
    "กำลังดำเนินการ": TicketState.IN_PROGRESS,
    "finish": TicketState.CLOSED,
    "closed": TicketState.CLOSED,
    "เสร็จสิ้น": TicketState.CLOSED,
    "irrelevant": TicketState.REJECTED,
    "rejected": TicketState.REJECTED,
    "ไม่เกี่ยวข้อง": TicketState.REJECTED,
}
"""By `state`, in small letters without spaces. The publisher documents no list; others are rejected."""

PAGE_SIZE = 1_000
"""Reports of a page: the most that the service gives."""
PAGES_MAX = 3
"""The newest three thousand: days of a large city's reports, at a tenth of the hundred calls a minute that
the service allows."""

CATEGORIES_MAX = 12
STARS_MAX = 5
TEXT_MAX = 32_000
"""Characters read of a text with its markup."""


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read one answer; of reports with one id the one with the latest activity is used.

    Raise FeedContentError when it holds no reports, or says itself that it failed.
    """
    found: dict[str, Ticket] = {}
    refused: list[Rejected] = []
    for report in _reports(document_of(payload, feed)):
        fields = _fields(report)
        key = _ticket_id(fields)
        try:
            ticket = _ticket(fields, key, feed, received_at)
        except Unusable as error:
            kept = _without_personal_data(clean.record(report))
            refused.append(rejected(error, key or "", kept, len(refused)))
            continue
        other = found.get(ticket.ticket_id)
        if other is not None:
            older, ticket = (ticket, other) if _active_at(ticket) < _active_at(other) else (other, ticket)
            refused.append(_duplicate(older))
        found[ticket.ticket_id] = ticket
    return Batch(tickets=tuple(found.values()), rejected=tuple(refused))


def open_source(feed: FeedSpec, now: Callable[[], datetime]) -> PagedSource:
    """What asks for the newest reports, page by page."""
    return PagedSource(feed, now, Paging(_count, PAGE_SIZE, PAGES_MAX, newest_first=True))


class _Page(msgspec.Struct):
    results: list[msgspec.Raw] | None = None
    features: list[msgspec.Raw] | None = None


def _count(page: bytes) -> tuple[int, int | None]:
    """Reports of a page. How many there are in all is not asked: the answer's `total` counts pages' rows in
    one interface and all reports in the other."""
    try:
        found = msgspec.json.decode(page, type=_Page)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return 0, None
    return len(found.results or found.features or ()), None


def _reports(document: Any) -> list[Any]:
    reports = document
    if isinstance(document, dict):
        if document.get("status") in (False, "false", "error"):
            told = text(document.get("message")) or "status is false"
            raise FeedContentError(codes.SERVICE_REFUSED.code, f"the service says: {told}")
        reports = document.get("results", document.get("features"))
    if not isinstance(reports, list):
        raise FeedContentError(codes.NOT_TICKETS.code, "the message has neither results nor features")
    if len(reports) > ENTITIES_MAX:
        raise FeedContentError(codes.TOO_MANY_ENTITIES.code, f"{len(reports)} reports, limit {ENTITIES_MAX}")
    return reports


def _fields(report: Any) -> Mapping[str, Any]:
    """The fields of a report; those of a GeoJSON feature with its point as `coords`."""
    if not isinstance(report, dict):
        return {}
    properties = report.get("properties")
    if not isinstance(properties, dict):
        return report
    geometry = report.get("geometry")
    point = geometry.get("coordinates") if isinstance(geometry, dict) else None
    return {"coords": point, **properties}


def _ticket_id(fields: Mapping[str, Any]) -> str | None:
    """The report's id. Where an interface tells none, its picture or its words and time stand for it: they
    stay the same from one answer to the next."""
    told = text(fields.get("ticket_id"), clean.ID_MAX) or text(fields.get("message_id"), clean.ID_MAX)
    if told is not None:
        return told
    marks = [text(fields.get(name), clean.URL_MAX) for name in ("timestamp", "photo", "description")]
    if marks[0] is None or not any(marks[1:]):
        return None
    return sha256("\n".join(mark or "" for mark in marks).encode()).hexdigest()[:16]


def _ticket(fields: Mapping[str, Any], key: str | None, feed: FeedSpec, received_at: datetime) -> Ticket:
    if key is None:
        raise Unusable(codes.ENTITY_ID_MISSING, "the report has no id")
    lat, lon = _point(fields)
    opened_at = _instant(fields, "timestamp", feed)
    if opened_at is None:
        raise Unusable(codes.OBSERVED_AT_MISSING, "the report has no time")
    flags: list[str] = []
    state = _state(fields, flags)
    updated_at = _instant(fields, "last_activity", feed)
    is_over = state in {TicketState.CLOSED, TicketState.REJECTED}
    description, is_masked = masked(_words(fields, "description", "comment"))
    address, has_masked_address = masked(_words(fields, "address"))
    if is_masked or has_masked_address:
        flags.append(codes.PERSONAL_DATA_MASKED.code)
    stars = number(fields.get("star", fields.get("stars")))
    return Ticket(
        ticket_id=key,
        feed_id=feed.feed_id,
        state=state,
        opened_at=opened_at,
        received_at=received_at,
        updated_at=updated_at,
        closed_at=updated_at if is_over else None,
        categories=_categories(fields),
        description=description,
        address=address,
        organisation=text(fields.get("org")) or _first(fields.get("org")) or "",
        lat=lat,
        lon=lon,
        stars=stars if stars is not None and 0 < stars <= STARS_MAX else None,
        flags=tuple(flags),
        synthetic=feed.synthetic,
    )


def _point(fields: Mapping[str, Any]) -> tuple[float, float]:
    pair = fields.get("coords", fields.get("coord"))
    if not isinstance(pair, list) or len(pair) < 2 or None in pair[:2]:
        raise Unusable(codes.POSITION_MISSING, "the report has no longitude and latitude")
    lon, lat = number(pair[0]), number(pair[1])
    if lat is None or lon is None:
        raise Unusable(codes.POSITION_NOT_NUMBER, "longitude or latitude is not a number")
    return lat, lon


def _state(fields: Mapping[str, Any], flags: list[str]) -> TicketState:
    told = text(fields.get("state")) or text(fields.get("state_type_latest"))
    if told is None:
        flags.append(codes.TICKET_STATE_ASSUMED.code)
        return TicketState.OPEN
    state = STATES.get(told.lower().replace(" ", ""))
    if state is None:
        raise Unusable(codes.TICKET_STATE_UNKNOWN, f"state {told[:40]!r} is not known")
    return state


def _instant(fields: Mapping[str, Any], name: str, feed: FeedSpec) -> datetime | None:
    """The time at that field, null where it has none. Raise Unusable when it cannot be read."""
    stamp = fields.get(name)
    if stamp is None or stamp == "":
        return None
    at = instant(stamp)
    utc = None if at is None else to_utc(at, ZoneInfo(feed.timezone) if feed.timezone else UTC)
    if utc is None:
        raise Unusable(codes.OBSERVED_AT_UNREADABLE, f"{name} {str(stamp)[:40]!r} is no time")
    return utc


def _words(fields: Mapping[str, Any], *names: str) -> str:
    """The text of the first of these fields that has any."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and (words := clean.paragraph(html_text(value[:TEXT_MAX]))):
            return words
    return ""


def _categories(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """What the report is about; `{a,b}` and "a,b" are how lists come out of its database."""
    for name in ("problem_type_fondue", "type", "hashtag"):
        told = fields.get(name)
        parts = told.strip("{}").split(",") if isinstance(told, str) else told
        if isinstance(parts, list):
            words = [word.lstrip("#") for part in parts if (word := text(part)) and word.lstrip("#")]
            if words:
                return tuple(dict.fromkeys(words))[:CATEGORIES_MAX]
    return ()


def _first(value: Any) -> str | None:
    return text(value[0]) if isinstance(value, list) and value else None


def _active_at(ticket: Ticket) -> datetime:
    return ticket.updated_at or ticket.opened_at


def _duplicate(older: Ticket) -> Rejected:
    return Rejected(
        code=codes.DUPLICATE_ENTITY.code,
        entity_id=older.ticket_id,
        detail=f"report {older.ticket_id}: the message has a newer one",
        record=msgspec.json.decode(msgspec.json.encode(older), type=dict[str, Any]),
    )


def _without_personal_data(report: Any) -> Any:
    """A report for quarantine: its texts masked, wherever they stand."""
    if isinstance(report, dict):
        return {name: _without_personal_data(value) for name, value in report.items()}
    if isinstance(report, list):
        return [_without_personal_data(value) for value in report]
    return masked(report)[0] if isinstance(report, str) else report
