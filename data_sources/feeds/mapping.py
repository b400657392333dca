"""The engine of a pack's mapping: a document of JSON in, observations out, without code of its own.

How a mapping is written: `DocumentMapping` and docs/feeds.md. Every mapped value becomes one observation or
one rejection; a key that an item lacks makes neither, unless the item has none of the mapped keys.
"""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from data_sources.errors import FeedContentError
from data_sources.feeds import clean, codes
from data_sources.feeds.clock_texts import TimeUnreadable, read_time
from data_sources.feeds.document_paths import ABSENT, Item, items
from data_sources.feeds.observing import Collector, zone_of
from data_sources.feeds.payload import ENTITIES_MAX
from data_sources.feeds.reading import Unusable, number, text
from data_sources.feeds.units import UnitUnknown, to_property_unit
from data_sources.feeds.value_numbers import value_number
from data_sources.model.city import DocumentMapping, FeedSpec, ValueMapping

RECEIVED = "@received"
"""As `time`: the source tells none, and what it sends counts as observed on receipt."""


class _When(NamedTuple):
    observed_at: datetime
    period_s: float | None = None
    flags: tuple[str, ...] = ()


class Reader:
    """Reads documents of one mapping into a collector. `zone`: of times without an offset, if it is not
    that of the feed."""

    def __init__(
        self,
        mapping: DocumentMapping,
        feed: FeedSpec,
        received_at: datetime,
        into: Collector,
        zone: tzinfo | None = None,
    ) -> None:
        self._zone = zone or zone_of(feed)
        self._mapping = mapping
        self._feed = feed
        self._received_at = received_at
        self._into = into

    def read(self, document: Any) -> None:
        """Read every item of the document. Raise FeedContentError when its items are not where the mapping
        says, or are too many."""
        path = self._mapping.items
        found = items(document, path)
        if found is None:
            raise FeedContentError(codes.NOT_DOCUMENT.code, f"the message has no items at {path!r}")
        if len(found) > ENTITIES_MAX:
            raise FeedContentError(codes.TOO_MANY_ENTITIES.code, f"{len(found)} items, limit {ENTITIES_MAX}")
        for item in found:
            self.read_item(item)

    def read_item(self, item: Item, units: Mapping[str, str] | None = None) -> None:
        """Read one item. `units` are those that it tells itself, by path; they go before the mapping's."""
        feature_id = text(item.at(self._mapping.feature_id), clean.ID_MAX)
        if feature_id is None:
            told = f"no feature id at {self._mapping.feature_id!r}"
            self._into.reject(Unusable(codes.FEATURE_UNIDENTIFIED, told), "", item.value)
            return
        if not self._into.wants(feature_id):
            return
        try:
            when = self._when(item)
            wanted = self._mapping.values or self._long_value(item)
        except Unusable as error:
            self._into.reject_row(feature_id, error.rule, str(error), item.value)
            return
        self._tell_feature(item, feature_id)
        present = [one for one in wanted if item.at(one.path) is not ABSENT]
        if wanted and not present:
            told = f"nothing at {', '.join(repr(one.path) for one in wanted)}"
            self._into.reject_row(feature_id, codes.VALUE_MISSING, told, item.value)
        for one in present:
            self._read_value(item.at(one.path), one, feature_id, when, (units or {}).get(one.path, one.unit))

    def _read_value(
        self, raw: Any, one: ValueMapping, feature_id: str, when: _When, unit: str | None, /
    ) -> None:
        word = raw.strip() if isinstance(raw, str) else str(raw).lower() if isinstance(raw, bool) else None
        try:
            coded = one.codes.get(word) if word is not None else None
            read = value_number(raw, (*one.missing, *self._mapping.missing)) if coded is None else coded
            value, target, flags = in_property_unit(read, unit, one.property, self._feed)
        except Unusable as error:
            told = f"at {one.path!r}: {error}"
            self._into.reject_value(feature_id, one.property, error.rule, told, raw)
            return
        self._into.add(
            feature_id,
            one.property,
            value,
            target,
            when.observed_at,
            period_s=one.period_s or self._mapping.period_s or when.period_s,
            flags=(*when.flags, *flags),
        )

    def _long_value(self, item: Item) -> tuple[ValueMapping, ...]:
        """The one value of an item of a long document, as a wide one would map it; none when it is
        unwanted. Raise Unusable when it names no property."""
        mapping = self._mapping
        name = item.text_at(mapping.property)
        if name is None or mapping.value is None:
            raise Unusable(codes.PROPERTY_UNKNOWN, f"no property at {mapping.property!r}")
        property_id = mapping.properties.get(name, name)
        if not property_id:
            self._into.ignore(codes.PROPERTY_UNWANTED.code)
            return ()
        return (ValueMapping(property=property_id, path=mapping.value, unit=item.text_at(mapping.unit)),)

    def _when(self, item: Item) -> _When:
        path = self._mapping.time
        if path == RECEIVED:
            return _When(self._received_at)
        stamp = text(item.at(path))
        if stamp is None:
            raise Unusable(codes.OBSERVED_AT_MISSING, f"no time at {path!r}")
        try:
            at, period_s, is_assumed = read_time(stamp, self._mapping.time_format, self._zone)
        except TimeUnreadable as error:
            raise Unusable(codes.OBSERVED_AT_UNREADABLE, str(error)) from error
        is_guess = is_assumed and self._feed.timezone is None
        return _When(at, period_s, (codes.TIME_ZONE_ASSUMED.code,) if is_guess else ())

    def _tell_feature(self, item: Item, feature_id: str) -> None:
        """What the item is of, unless it says no more of it than an id that the pack wrote itself."""
        mapping = self._mapping
        paths = {"th": mapping.name_th, "en": mapping.name_en}
        name = {language: told for language, path in paths.items() if (told := item.text_at(path))}
        lat = None if mapping.lat is None else number(item.at(mapping.lat))
        lon = None if mapping.lon is None else number(item.at(mapping.lon))
        if name or lat is not None or not mapping.feature_id.startswith("="):
            self._into.feature(feature_id, mapping.feature_kind, name=name, lat=lat, lon=lon)


def in_property_unit(
    value: float, unit: str | None, property_id: str, feed: FeedSpec
) -> tuple[float, str, tuple[str, ...]]:
    """The value in the property's unit, that unit, and flags. Raise Unusable: `property_unknown`,
    `unit_unknown`."""
    target = feed.units.get(property_id)
    if target is None:
        raise Unusable(codes.PROPERTY_UNKNOWN, f"property {property_id[:60]!r} is not in the vocabulary")
    if unit is None:
        return value, target, ()
    try:
        converted, is_gas = to_property_unit(value, unit, target, property_id)
    except UnitUnknown as error:
        raise Unusable(codes.UNIT_UNKNOWN, str(error)) from error
    return converted, target, (codes.GAS_CONVERTED.code,) if is_gas else ()
