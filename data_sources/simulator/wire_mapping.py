"""Documents that a pack reads by its own mapping: the mapping turned round, so that no city needs code to be
simulated. JSON over HTTP or MQTT, and CKAN's datastore.

Made for what mappings usually say: items at a path of keys (or one object), constant or plain feature ids,
wide or long items. Values go out in the property's unit unless the mapping names another one.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from data_sources.feeds.ckan_datastore import RECORDS
from data_sources.feeds.units import UnitUnknown, convert
from data_sources.model.city import City, DocumentMapping, FeedSpec
from data_sources.simulator.channels import Channel, last_step, published
from data_sources.simulator.nature import Nature
from data_sources.simulator.told import Told, told_at

ROUNDS = 4
"""Readings of a list: the newest and those before it, as such services repeat them."""
TOLD_FOR = {
    "day": timedelta(days=7),
    "week": timedelta(weeks=8),
    "month": timedelta(days=400),
    "quarter": timedelta(days=800),
    "year": timedelta(days=6 * 366),
}
"""How far back a table of statistics reaches."""


class _Row:
    """One item: a time, and values by property, of one feature."""

    def __init__(self, stamp: str, feature_id: str, values: Mapping[str, float]) -> None:
        self.stamp = stamp
        self.feature_id = feature_id
        self.values = values


def document(
    feed: FeedSpec, city: City, nature: Nature, channels: tuple[Channel, ...], now: datetime
) -> bytes:
    """The whole document at `now`."""
    mapping = feed.mapping or DocumentMapping(values=())
    rows = list(rows_of(feed, city, nature, channels, now))
    found: list[Any] = []
    for row in rows:
        found.extend(_items(mapping, city, row))
    if feed.kind == "ckan_datastore":
        return msgspec.json.encode(found)
    if not mapping.items:
        return msgspec.json.encode(found[-1] if found else {})
    body: dict[str, Any] = {}
    _put(body, mapping.items.removesuffix(".*"), found)
    return msgspec.json.encode(body)


def datastore_page(records: bytes, resource: str, limit: int, offset: int) -> bytes:
    """A page of CKAN's `datastore_search`: every value as text, as from a spreadsheet."""
    rows: list[dict[str, Any]] = msgspec.json.decode(records)
    page = [
        {"_id": offset + number, **{name: str(value) for name, value in row.items()}}
        for number, row in enumerate(rows[offset : offset + limit], 1)
    ]
    answer: dict[str, Any] = {"success": True}
    _put(answer, RECORDS, page)
    answer["result"] |= {"resource_id": resource, "total": len(rows), "limit": limit, "offset": offset}
    return msgspec.json.encode(answer)


def rows_of(
    feed: FeedSpec, city: City, nature: Nature, channels: tuple[Channel, ...], now: datetime
) -> Iterable[_Row]:
    """What is told, oldest first."""
    if not channels:
        return
    if channels[0].every is not None:
        yield from _statistics(feed, city, nature, channels, now)
        return
    step = timedelta(seconds=channels[0].step_s)
    newest = last_step(now, channels[0].step_s)
    for back in reversed(range(ROUNDS)):
        told = told_at(feed, city, nature, channels, newest - back * step)
        for feature_id in told.features:
            values = {
                property_id: value for (name, property_id), value in told.values.items() if name == feature_id
            }
            yield _Row(_instant(feed, told), feature_id, values)


def _statistics(
    feed: FeedSpec, city: City, nature: Nature, channels: tuple[Channel, ...], now: datetime
) -> Iterable[_Row]:
    """A row for each period of each feature, with the figures that have it."""
    rows: dict[tuple[datetime, str, str], dict[str, float]] = {}
    for channel in channels:
        assert channel.every is not None
        told = published(
            channel, city, now, now - TOLD_FOR[channel.every] - timedelta(days=channel.late_days)
        )
        for (period, at), value in zip(told, channel.values(nature, [at for _, at in told]), strict=True):
            stamp = period.stamp(buddhist=feed.kind == "ckan_datastore" and city.spec.buddhist_era)
            rows.setdefault((at, stamp, channel.feature.feature_id), {})[channel.property_id] = value
    for (_, stamp, feature_id), values in sorted(rows.items()):
        yield _Row(stamp, feature_id, values)


def _items(mapping: DocumentMapping, city: City, row: _Row) -> Iterable[dict[str, Any]]:
    """The items that tell of a row: one wide one, or a long one for each value."""
    if mapping.values:
        item = _begun(mapping, row)
        for one in mapping.values:
            if one.property in row.values:
                value = _in_unit(row.values[one.property], city, one.property, one.unit)
                word = next((word for word, code in one.codes.items() if code == value), None)
                _put(item, one.path, value if word is None else word)
        yield item
        return
    words = {property_id: word for word, property_id in mapping.properties.items()}
    for property_id, value in row.values.items():
        item = _begun(mapping, row)
        _put(item, mapping.property or "", words.get(property_id, property_id))
        _put(item, mapping.value or "", _rounded(value))
        if mapping.unit is not None and property_id in city.properties:
            _put(item, mapping.unit, city.properties[property_id].unit)
        yield item


def _begun(mapping: DocumentMapping, row: _Row) -> dict[str, Any]:
    item: dict[str, Any] = {}
    if not mapping.time.startswith(("@", "/")):
        _put(item, mapping.time, row.stamp)
    if not mapping.feature_id.startswith(("=", "@")) and "{" not in mapping.feature_id:
        _put(item, mapping.feature_id, row.feature_id)
    return item


def _instant(feed: FeedSpec, told: Told) -> str:
    """The time as the mapping reads it."""
    written: dict[str, Callable[[], str]] = {
        "iso": lambda: told.local.replace(tzinfo=None).isoformat(timespec="seconds"),
        "epoch_s": lambda: str(int(told.at.timestamp())),
        "epoch_ms": lambda: str(int(told.at.timestamp()) * 1000),
    }
    time_format = feed.mapping.time_format if feed.mapping else "iso"
    write = written.get(time_format)
    return told.local.strftime(time_format) if write is None else write()


def _in_unit(value: float, city: City, property_id: str, unit: str | None) -> float:
    own = city.properties.get(property_id)
    if unit is None or own is None:
        return _rounded(value)
    try:
        return _rounded(convert(value, own.unit, unit))
    except UnitUnknown:
        return _rounded(value)


def _rounded(value: float) -> float:
    return round(value, 3)


def _put(target: dict[str, Any], path: str, value: Any) -> None:
    """Set what stands at a path of keys."""
    *steps, last = path.split(".")
    for step in steps:
        target = target.setdefault(step, {})
    target[last] = value
