"""Alerts of a GTFS-Realtime message."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from data_sources.feeds import clean
from data_sources.feeds.clean import ID_MAX, line
from data_sources.feeds.gtfs_fields import CAUSES, EFFECTS, SEVERITIES, instant
from data_sources.model.transit import InformedEntity, ServiceAlert


def read_alert(
    alert: Any, *, alert_id: str, feed_id: str, received_at: datetime, synthetic: bool
) -> ServiceAlert:
    """Return the alert. An open end of an active period is None, as is a stamp that is no time."""
    has = alert.HasField
    return ServiceAlert(
        alert_id=alert_id,
        feed_id=feed_id,
        received_at=received_at,
        cause=CAUSES[alert.cause] if has("cause") else None,
        effect=EFFECTS[alert.effect] if has("effect") else None,
        severity=SEVERITIES[alert.severity_level] if has("severity_level") else None,
        active_periods=tuple((instant(period.start), instant(period.end)) for period in alert.active_period),
        informed=tuple(_informed(entity) for entity in alert.informed_entity),
        header=_by_language(alert.header_text, clean.paragraph),
        description=_by_language(alert.description_text, clean.paragraph),
        url=_by_language(alert.url, clean.web_address),
        synthetic=synthetic,
    )


def _informed(entity: Any) -> InformedEntity:
    return InformedEntity(
        agency_id=line(entity.agency_id, ID_MAX),
        route_id=line(entity.route_id, ID_MAX) or line(entity.trip.route_id, ID_MAX),
        trip_id=line(entity.trip.trip_id, ID_MAX),
        stop_id=line(entity.stop_id, ID_MAX),
    )


def _by_language(text: Any, read: Callable[[str | bytes], str | None]) -> dict[str, str]:
    """The text by language code; of two in one language the first."""
    texts: dict[str, str] = {}
    for translation in text.translation:
        words = read(translation.text)
        if words is not None:
            texts.setdefault(line(translation.language, ID_MAX) or "", words)
    return texts
