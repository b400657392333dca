"""What the parsers of observation services share: collect features and values, and refuse what is none.

A service's answer lists stations with several values each. The collector turns them into observations in
the units of the vocabulary (`data_sources/properties.toml`), leaves aside features that the feed does not
list, and rejects values that the source itself calls missing. A rejection names its feature, so that the
rules can tell a broken gauge of the city from one at the other end of the country.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from data_sources.errors import FeedContentError
from data_sources.feeds import clean, codes
from data_sources.feeds.clock_texts import TimeUnreadable, read_time
from data_sources.feeds.payload import ENTITIES_MAX, unpack
from data_sources.feeds.reading import Unusable, decode_json, number, rejected, text
from data_sources.feeds.units import UnitUnknown, to_property_unit
from data_sources.feeds.value_numbers import value_number
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch, Rejected
from data_sources.model.observation import Feature, Observation, ValueClass
from data_sources.rules import Rule

HOUR_S = 3600.0
DAY_S = 86_400.0
BANGKOK = "Asia/Bangkok"
"""Zone of national feeds that send local times without saying so, unless the feed sets `timezone`."""

MISSING_SIGNED = ("-", "--", "-99", "-999", "-9999", "N/A", "null", "NaN", "None")
"""What agencies write, as text or number, where there is no value."""

MISSING = ("-1", *MISSING_SIGNED)
"""The same for quantities that are never negative: see `Quantity.signed`."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A property as a service tells it. `source_unit` is the service's own unit if it is another;
    `signed`: values below zero occur, so that -1 is one."""

    property_id: str
    unit: str
    period_s: float | None = None
    source_unit: str | None = None
    signed: bool = False


class Collector:
    """Gathers one message's features, observations and rejections; `batch` hands them over.

    `value_class` is that of the kind; the feed's own goes before it, and simulated feeds are synthetic.
    """

    def __init__(
        self, feed: FeedSpec, received_at: datetime, value_class: ValueClass = ValueClass.OBSERVED
    ) -> None:
        self._feed = feed
        self._received_at = received_at
        self._value_class = value_class if feed.value_class is None else ValueClass(feed.value_class)
        if feed.synthetic:
            self._value_class = ValueClass.SYNTHETIC
        self._listed: Collection[str] = frozenset(feed.features)
        self._features: dict[str, Feature] = {}
        self._observations: dict[tuple[str, str, datetime], Observation] = {}
        self._rejected: list[Rejected] = []
        self._ignored: dict[str, int] = {}

    def identified(self, told: Any, what: str, record: Any, prefix: str = "") -> str | None:
        """The id of a feature that the feed takes, behind `prefix`; None for another one, and for none: then
        `what` was found is rejected."""
        feature_id = text_id(told, prefix)
        if feature_id is None:
            self.reject(Unusable(codes.FEATURE_UNIDENTIFIED, what), "", record)
            return None
        return feature_id if self.wants(feature_id) else None

    def wants(self, feature_id: str) -> bool:
        """Whether the feed takes this feature; one that it does not list is counted as ignored."""
        if not self._listed or feature_id in self._listed:
            return True
        self.ignore(codes.FEATURE_UNLISTED.code)
        return False

    @property
    def listed(self) -> Collection[str]:
        """The features that the feed lists; none: it takes all."""
        return self._listed

    def ignore(self, code: str) -> None:
        """Count something that is left aside."""
        self._ignored[code] = self._ignored.get(code, 0) + 1

    def feature(
        self,
        feature_id: str,
        kind: str,
        *,
        name: Mapping[str, Any] | None = None,
        lat: Any = None,
        lon: Any = None,
    ) -> None:
        """Tell what and where a feature is; names and places may be missing. The first telling counts."""
        names = {lang: words for lang, words in _names(name or {}).items() if words}
        place = (number(lat), number(lon))
        self._features.setdefault(
            feature_id,
            Feature(
                feature_id=feature_id,
                feed_id=self._feed.feed_id,
                kind=kind,
                name=names,
                lat=place[0] if None not in place else None,
                lon=place[1] if None not in place else None,
                synthetic=self._feed.synthetic,
            ),
        )

    def station(self, feature_id: str, kind: str, name: Mapping[str, Any], lat: Any, lon: Any) -> bool:
        """Tell a feature of a list of the whole country, where only its place says that it is of the city.
        Without a usable one it is rejected, unless the feed lists it; whether it is used."""
        if feature_id not in self._listed and None in (number(lat), number(lon)):
            record = {"feature_id": feature_id, "lat": lat, "lon": lon}
            self.reject(Unusable(codes.POSITION_MISSING, f"{feature_id}: no place"), feature_id, record)
            return False
        self.feature(feature_id, kind, name=name, lat=lat, lon=lon)
        return True

    def observe(
        self,
        feature_id: str,
        quantity: Quantity,
        raw: Any,
        at: datetime,
        *,
        flags: tuple[str, ...] = (),
    ) -> None:
        """Add a value as it was sent, or its rejection. A null is a value that was not sent, and told as
        missing as well: the source names the property."""
        source_unit = quantity.unit if quantity.source_unit is None else quantity.source_unit
        try:
            told = value_number(raw, MISSING_SIGNED if quantity.signed else MISSING)
            value, is_gas = to_property_unit(told, source_unit, quantity.unit, quantity.property_id)
        except Unusable as error:
            self.reject_value(feature_id, quantity.property_id, error.rule, str(error), raw)
            return
        except UnitUnknown as error:
            self.reject_value(feature_id, quantity.property_id, codes.UNIT_UNKNOWN, str(error), raw)
            return
        if is_gas:
            flags = (*flags, codes.GAS_CONVERTED.code)
        self.add(
            feature_id,
            quantity.property_id,
            value,
            quantity.unit,
            at,
            period_s=quantity.period_s,
            flags=flags,
        )

    def add(
        self,
        feature_id: str,
        property_id: str,
        value: float,
        unit: str,
        at: datetime,
        *,
        period_s: float | None = None,
        flags: tuple[str, ...] = (),
    ) -> None:
        """Add a value that is in the property's unit already; the first of one time counts."""
        key = (feature_id, property_id, at)
        if key in self._observations:
            told = "the message has another value for this time"
            self.reject_value(feature_id, property_id, codes.DUPLICATE_ENTITY, told, value)
            return
        self._observations[key] = Observation(
            feed_id=self._feed.feed_id,
            feature_id=feature_id,
            property_id=property_id,
            value=value,
            unit=unit,
            observed_at=at,
            received_at=self._received_at,
            period_s=period_s,
            value_class=self._value_class,
            flags=flags,
            synthetic=self._feed.synthetic,
        )

    def reject_value(self, feature_id: str, property_id: str, rule: Rule, detail: str, raw: Any) -> None:
        """Reject one value of a feature."""
        record = {"feature_id": feature_id, "property_id": property_id, "value": raw}
        self.reject(Unusable(rule, f"{feature_id}, {property_id}: {detail}"), feature_id, record)

    def reject_row(self, feature_id: str, rule: Rule, detail: str, row: Any) -> None:
        """Reject all that a row says of a feature that is known."""
        record = {"feature_id": feature_id, "row": row}
        self.reject(Unusable(rule, f"{feature_id}: {detail}"), feature_id, record)

    def reject(self, error: Unusable, entity_id: str, record: Any) -> None:
        """Reject what cannot be used."""
        self._rejected.append(rejected(error, entity_id, record, len(self._rejected)))

    def batch(self, header_at: datetime | None = None) -> Batch:
        """All that was gathered."""
        return Batch(
            observations=tuple(self._observations.values()),
            features=tuple(self._features.values()),
            rejected=tuple(self._rejected),
            ignored=self._ignored,
            header_at=header_at,
        )


def document_of(payload: bytes, feed: FeedSpec) -> Any:
    """The message's JSON document. Raise FeedContentError."""
    return decode_json(unpack(payload, feed.max_bytes))


def rows_of(found: Any, of: str) -> list[Any]:
    """The list of rows, or FeedContentError: the answer is not that of the service."""
    if not isinstance(found, list):
        raise FeedContentError(codes.NOT_OBSERVATIONS.code, f"the message has no list of {of}")
    if len(found) > ENTITIES_MAX:
        raise FeedContentError(codes.TOO_MANY_ENTITIES.code, f"{len(found)} {of}, limit {ENTITIES_MAX}")
    return found


def mapping(value: Any) -> Mapping[str, Any]:
    """The object, or an empty one where something else stands."""
    return value if isinstance(value, dict) else {}


def zone_of(feed: FeedSpec) -> ZoneInfo:
    """The zone of the feed's times without an offset."""
    return ZoneInfo(feed.timezone or BANGKOK)


def observed_at(stamp: Any, zone: tzinfo, time_format: str = "iso") -> datetime:
    """When something was observed, as written without an offset in `zone`. Raise Unusable."""
    told = text(stamp)
    if told is None:
        raise Unusable(codes.OBSERVED_AT_MISSING, "no time")
    try:
        at, _, _ = read_time(told, time_format, zone)
    except TimeUnreadable as error:
        raise Unusable(codes.OBSERVED_AT_UNREADABLE, str(error)) from error
    return at


def text_id(value: Any, prefix: str = "") -> str | None:
    """An identifier as one line of text behind `prefix`, or None."""
    found = text(value, clean.ID_MAX // 2)
    return prefix + found if found and found != "-" else None


def _names(name: Mapping[str, Any]) -> dict[str, str | None]:
    return {
        lang: clean.line(words) for lang, words in name.items() if isinstance(words, str) and words != "-"
    }
