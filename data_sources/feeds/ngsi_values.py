"""Attributes of NGSI entities in all the ways they are written, read as plain values.

Normalised NGSI-LD (`{"type": "Property", "value": 52.6, "unitCode": "KMH"}`), its concise and its
key-values form, and NGSI v2 (`{"type": "Number", "value": 52.6}`) all occur. Names and types may be
short or the full address that a broker without our context answers with.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from data_sources.feeds import clean, codes
from data_sources.feeds.reading import Unusable, instant, number, text, to_utc
from data_sources.model.city import FeedSpec
from data_sources.model.traffic import Point

POINTS_MAX = 500
"""More than any road segment needs."""

NO_VALUE = -1.0
"""What many detectors send for "none", where a negative number means nothing."""

SPEED_UNITS = {"KMH": 1.0, "MTS": 3.6, "HM": 1.609344}
"""km/h in one of the unit, by UN/CEFACT Recommendation 20 code; without a code the data model's km/h."""
SHARE_UNITS = {"C62": 100.0, "P1": 1.0}
"""Percent in one of the unit; without a code the data model's fraction of 1."""

DURATION_MAX = timedelta(days=366)
"""Nothing is observed for longer; it also keeps sums of times inside the calendar."""

_INTERVAL = re.compile(r"\s*\d{4}-\d{2}-\d{2}[^/]*/")
_OWN_TIME = re.compile(r"[-_:.]?\d{4}-\d{2}-\d{2}T[\d:.\-]+Z?$")
"""How ids of observations end that are new with each observation."""

URN = "urn:ngsi-ld:"
"""Before the type and the id of an entity (ETSI GS CIM 009, annex A.3)."""

_INSIDE = ("value", "object", "languageMap", "@value")
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


def local_name(name: str) -> str:
    """A name without the address or prefix before it."""
    return re.split(r"[/#:]", name)[-1]


class Entity:
    """One entity of a feed's message. What is wrong with its optional values is gathered."""

    def __init__(self, document: Mapping[str, Any], key: str, feed: FeedSpec, received_at: datetime) -> None:
        self.id = key
        self.feed = feed
        self.received_at = received_at
        self._flags: dict[str, None] = {}
        self._attributes = {local_name(name): value for name, value in document.items()}
        self._zone: tzinfo = ZoneInfo(feed.timezone) if feed.timezone else UTC

    @property
    def flags(self) -> tuple[str, ...]:
        """Codes of what was wrong so far, each once."""
        return tuple(self._flags)

    def flag(self, code: str) -> None:
        """Mark the entity."""
        self._flags[code] = None

    def value(self, name: str) -> Any:
        """The plain value of an attribute; None where it is absent."""
        return _plain(_default(self._attributes.get(name)))

    def text(self, *names: str) -> str | None:
        """The first attribute of these names that holds text; several words of one stand in a row."""
        for name in names:
            value = self.value(name)
            words = value if isinstance(value, list) else [value]
            told = ", ".join(word for item in words if (word := text(_plain(item))))
            if told:
                return told[: clean.LINE_MAX]
        return None

    def texts(self, *names: str, limit: int = clean.LINE_MAX) -> dict[str, str]:
        """A text by language, from a LanguageProperty too; "" where no language is told."""
        for name in names:
            value = self.value(name)
            by_language = value if isinstance(value, dict) else {"": value}
            found = {
                "" if language == "@none" else language: told
                for language, words in by_language.items()
                if isinstance(words, str) and len(language) <= 8 and (told := clean.paragraph(words, limit))
            }
            if found:
                return found
        return {}

    def yes(self, name: str) -> bool:
        """Whether an attribute says yes."""
        value = self.value(name)
        return value is True or (isinstance(value, str) and value.strip().lower() == "true")

    def number(self, name: str, low: float = 0, high: float = float("inf")) -> float | None:
        """A number within the range; another is flagged and not used, and -1 means none."""
        value = self.value(name)
        if value is None or value == "":
            return None
        read = number(value)
        if read == NO_VALUE and low >= 0:
            return None
        if read is None or not low <= read <= high:
            self.flag(codes.VALUE_INVALID.code)
            return None
        return read

    def count(self, name: str, high: int = 1_000_000) -> int | None:
        """A whole number, at most `high`."""
        read = self.number(name, 0, high)
        return None if read is None else round(read)

    def speed_kmh(self, name: str) -> float | None:
        """A speed by its unit. Its range is judged by the rules, which hold for every kind of feed."""
        read = number(self.value(name))
        if read == NO_VALUE:
            return None
        return self._in_unit(name, self.number(name, float("-inf")), SPEED_UNITS, "KMH")

    def percent(self, name: str) -> float | None:
        """A share, as percent."""
        percent = self._in_unit(name, self.number(name), SHARE_UNITS, "C62")
        if percent is not None and percent > 100:
            self.flag(codes.VALUE_INVALID.code)
            return None
        return percent

    def _in_unit(
        self, name: str, value: float | None, factors: Mapping[str, float], default: str
    ) -> float | None:
        if value is None:
            return None
        factor = factors.get((self._beside(name, "unitCode") or default).upper())
        if factor is None:
            self.flag(codes.UNIT_UNKNOWN.code)
            return None
        return value * factor

    def unit_code(self, name: str) -> str | None:
        """The UN/CEFACT code of an attribute's unit; None where it tells none."""
        return self._beside(name, "unitCode")

    def plain(self) -> dict[str, Any]:
        """Every attribute by its short name, without what stands around its value. Of an interval its
        end; `observedAt` is the newest of the attributes, unless there is an attribute of that name."""
        values = {name: self.value(name) for name in self._attributes}
        for name, value in values.items():
            if isinstance(value, str) and _INTERVAL.match(value):
                end = self.interval(name)[1]
                values[name] = value if end is None else end.isoformat()
        at = self.measured_at(*self._attributes)
        return values if at is None else {"observedAt": at.isoformat(), **values}

    def _beside(self, name: str, what: str) -> str | None:
        """What stands beside a value: `observedAt` or `unitCode`, as a sub-attribute or as metadata."""
        attribute = _default(self._attributes.get(name))
        if not isinstance(attribute, dict):
            return None
        metadata = attribute.get("metadata")
        inner = metadata.get(what) if isinstance(metadata, dict) else None
        return text(_plain(attribute.get(what, inner)))

    def instant(self, *names: str) -> datetime | None:
        """The first attribute of these names that tells a time."""
        for name in names:
            at = self._instant(self.value(name))
            if at is not None:
                return at
        return None

    def measured_at(self, *names: str) -> datetime | None:
        """The newest time at which one of these attributes was measured (`observedAt`)."""
        stamps = (self._instant(self._beside(name, "observedAt")) for name in names)
        return max((at for at in stamps if at is not None), default=None)

    def interval(self, name: str) -> tuple[datetime | None, datetime | None]:
        """Start and end of an ISO 8601 interval; of a single time, no start and that time."""
        value = self.value(name)
        if not isinstance(value, str) or "/" not in value:
            return None, self._instant(value)
        first, _, second = value.partition("/")
        start = self._instant(first)
        length = _duration(second.strip())
        if length is not None:
            return start, _later(start, length)
        return start, self._instant(second)

    def _instant(self, stamp: Any) -> datetime | None:
        if stamp is None or stamp == "":
            return None
        at = instant(stamp)
        utc = None if at is None else to_utc(at, self._zone)
        if at is None or utc is None:
            self.flag(codes.TIME_UNREADABLE.code)
        elif at.tzinfo is None:
            self.flag(codes.TIME_ZONE_ASSUMED.code)
        return utc

    def points(self) -> tuple[Point, ...]:
        """Where the entity is: a point, a line in its direction, or the middle of an area; empty when
        it tells none. Raise Unusable when its geometry cannot be read."""
        geometry = self.value("location")
        if geometry is None:
            return ()
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
        if kind == "Point":
            return (_point(coordinates),)
        if kind == "LineString":
            return _line(coordinates)
        if kind == "Polygon" and isinstance(coordinates, list) and coordinates:
            ring = _line(coordinates[0])
            corners = ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring
            lats, lons = zip(*corners, strict=True)
            return ((sum(lats) / len(lats), sum(lons) / len(lons)),)
        raise Unusable(codes.GEOMETRY_UNUSABLE, "the location is no Point, LineString or Polygon")

    def reference(self, name: str) -> str | None:
        """The id of an entity that this one refers to, without the URN around it."""
        value = self.value(name)
        first = value[0] if isinstance(value, list) and value else value
        told = text(first, clean.URL_MAX)
        if told is None or not told.startswith(URN):
            return told and told[: clean.ID_MAX]
        return told.removeprefix(URN).partition(":")[2][: clean.ID_MAX] or None


def entity_types(document: Mapping[str, Any]) -> list[str]:
    """The types of an entity, as short names; an entity may have several."""
    kinds = document.get("type", document.get("@type"))
    return [
        local_name(kind) for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)
    ]


def entity_id(document: Any) -> str | None:
    """The id of an entity."""
    if not isinstance(document, dict):
        return None
    return text(document.get("id", document.get("@id")), clean.ID_MAX)


def lasting_id(key: str) -> str:
    """An entity's id without the URN before it and without a time at its end."""
    told = key.removeprefix(URN).partition(":")[2] if key.startswith(URN) else key
    return _OWN_TIME.sub("", told) or told or key


def _default(attribute: Any) -> Any:
    """Of an attribute with several instances the one without `datasetId`, else the first."""
    if not isinstance(attribute, list) or not any(isinstance(item, dict) for item in attribute):
        return attribute
    instances = [item for item in attribute if isinstance(item, dict)]
    return next((item for item in instances if "datasetId" not in item), instances[0])


def _plain(attribute: Any) -> Any:
    """The value inside its wrappings: at most an attribute's and that of a typed literal."""
    value = attribute
    for _ in range(2):
        inside = next((key for key in _INSIDE if key in value), None) if isinstance(value, dict) else None
        if inside is None:
            break
        value = value[inside]
    return value


def _duration(value: str) -> timedelta | None:
    """An ISO 8601 duration of days, hours, minutes and seconds; None when it is none."""
    match = _DURATION.fullmatch(value)
    if match is None or not any(match.groups()):
        return None
    days, hours, minutes, seconds = (float(part[:12]) if part else 0.0 for part in match.groups())
    try:
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None
    return length if length <= DURATION_MAX else None


def _later(start: datetime | None, length: timedelta) -> datetime | None:
    try:
        return None if start is None else start + length
    except OverflowError:
        return None


def _line(coordinates: Any) -> tuple[Point, ...]:
    if not isinstance(coordinates, list) or not coordinates:
        raise Unusable(codes.POSITION_MISSING, "the location has no coordinates")
    if len(coordinates) > POINTS_MAX:
        raise Unusable(codes.GEOMETRY_UNUSABLE, f"{len(coordinates)} points, limit {POINTS_MAX}")
    return tuple(_point(pair) for pair in coordinates)


def _point(pair: Any) -> Point:
    if not isinstance(pair, list) or len(pair) < 2 or None in pair[:2]:
        raise Unusable(codes.POSITION_MISSING, "the location has no longitude and latitude")
    lon, lat = number(pair[0]), number(pair[1])
    if lon is None or lat is None:
        raise Unusable(codes.POSITION_NOT_NUMBER, "longitude or latitude is not a number")
    return lat, lon
