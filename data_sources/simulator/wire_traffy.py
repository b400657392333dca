"""Traffy Fondue's share search: reports page by page, the newest first, coordinates [lng, lat] as texts."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from data_sources.model.city import City
from data_sources.simulator.reports import Report

PAGE_DEFAULT, PAGE_MAX = 50, 1000


def page(
    found: Sequence[Report], city: City, now: datetime, limit: int = PAGE_DEFAULT, offset: int = 0
) -> bytes:
    """One page of the reports as they stand at `now`."""
    limit = min(limit, PAGE_MAX)
    rows = [_row(one, city, now.timestamp()) for one in found[offset : offset + limit]]
    return msgspec.json.encode({"status": True, "total": len(found), "results": rows})


def _row(one: Report, city: City, now_s: float) -> dict[str, Any]:
    active_s = max(at for at in (one.opened_s, one.taken_up_s, one.closed_s) if at <= now_s)
    closed = now_s >= one.closed_s
    return {
        "ticket_id": one.report_id,
        "type": [one.subject.kind],
        "description": f"{one.text} (จำลอง)",
        "coords": [f"{one.lon:.6f}", f"{one.lat:.6f}"],
        "timestamp": _stamp(one.opened_s),
        "last_activity": _stamp(active_s),
        "state": one.state_at(now_s),
        "address": city.spec.names.th,
        "org": ["หน่วยงานจำลอง"],
        "star": one.stars if closed else None,
        "photo": None,
    }


def _stamp(at_s: float) -> str:
    """As the service's database writes a time: `2026-09-26 07:33:36.854728+00`."""
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M:%S.%f}+00"
