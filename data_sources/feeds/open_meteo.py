"""Open-Meteo: modelled weather, air quality and river discharge at points.

One place gives an object, several a list of them in the order in which they were asked. `current` holds for
the `interval` seconds before its time, and sums over them; where an answer has none, the newest hour that has
begun counts, and of daily discharge the newest whole day. Times have no offset: `utc_offset_seconds` does.
The units are told beside the values and converted. Coordinates of the answer are those of the model's cell,
not of the place. What is told is a model's, not a measurement.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from data_sources.errors import FeedContentError
from data_sources.feeds import codes
from data_sources.feeds.observing import (
    DAY_S,
    HOUR_S,
    Collector,
    Quantity,
    document_of,
    mapping,
    rows_of,
)
from data_sources.feeds.reading import Unusable, instant, number, to_utc
from data_sources.model.city import FeedPlace, FeedSpec
from data_sources.model.feed import Batch
from data_sources.model.observation import ValueClass

INSTANT: Mapping[str, tuple[str, str]] = {
    "temperature_2m": ("air_temperature", "°C"),
    "apparent_temperature": ("apparent_temperature", "°C"),
    "relative_humidity_2m": ("relative_humidity", "%"),
    "surface_pressure": ("pressure", "hPa"),
    "wind_speed_10m": ("wind_speed", "km/h"),
    "wind_direction_10m": ("wind_direction", "°"),
}
"""Values at a time: the service's name, the property and its unit."""

HOURLY_MEAN: Mapping[str, tuple[str, str]] = {
    "pm2_5": ("pm25", "µg/m³"),
    "pm10": ("pm10", "µg/m³"),
    "ozone": ("o3", "ppb"),
    "nitrogen_dioxide": ("no2", "ppb"),
    "sulphur_dioxide": ("so2", "ppb"),
    "carbon_monoxide": ("co", "ppm"),
}
"""Air quality: means of an hour (the model's step), gases in µg/m³."""

SIGNED = frozenset({"air_temperature", "apparent_temperature"})

RAIN = ("precipitation", "rain")
"""Amounts of rain; the first that is there counts. `rain` alone lacks the showers."""

RAIN_PROPERTIES: Mapping[float, str] = {900.0: "rain_15min", HOUR_S: "rain_1h"}
"""The property of an amount by the seconds that it gathers."""

DISCHARGE = Quantity("river_discharge", "m³/s", DAY_S, source_unit="m³/s")

OFFSET_MAX = timedelta(hours=15)
"""No zone is farther from UTC."""


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read one or several places. Raise FeedContentError when the message is no answer of the service, or
    has another number of places than the feed asks for."""
    document = document_of(payload, feed)
    answers = [document] if isinstance(document, dict) else rows_of(document, "places")
    if any(not isinstance(answer, dict) or "latitude" not in answer for answer in answers):
        raise FeedContentError(codes.NOT_OBSERVATIONS.code, "the message is no answer of Open-Meteo")
    if feed.places and len(feed.places) != len(answers):
        raise FeedContentError(
            codes.PLACES_DIFFER.code, f"{len(answers)} answers for {len(feed.places)} places"
        )
    found = Collector(feed, received_at, ValueClass.MODELLED)
    places: list[FeedPlace | None] = list(feed.places) or [None] * len(answers)
    for answer, place in zip(answers, places, strict=True):
        _place(answer, place, received_at, found)
    return found.batch()


def _place(answer: Mapping[str, Any], place: FeedPlace | None, now: datetime, found: Collector) -> None:
    lat, lon = answer.get("latitude"), answer.get("longitude")
    if place is None:
        degrees = number(lat), number(lon)
        if None in degrees:
            found.reject(Unusable(codes.POSITION_NOT_NUMBER, "the place has no position"), "", answer)
            return
        feature_id = "open_meteo:{:.5g},{:.5g}".format(*degrees)
    else:
        feature_id, lat, lon = place.feature_id, place.lat, place.lon
    if not found.wants(feature_id):
        return
    found.feature(feature_id, "site", lat=lat, lon=lon)
    zone = _zone(answer)
    if zone is None:
        found.reject_row(feature_id, codes.OBSERVED_AT_UNREADABLE, "no utc_offset_seconds", answer)
        return
    current, hourly, daily = (mapping(answer.get(part)) for part in ("current", "hourly", "daily"))
    if current:
        interval_s = number(current.get("interval")) or HOUR_S
        columns = _quantities(current, mapping(answer.get("current_units")), interval_s)
        _values(feature_id, current, columns, zone, found)
    elif hourly:
        row = _newest(hourly, zone, now)
        if row is None:
            found.reject_row(feature_id, codes.VALUE_MISSING, "no hour that has begun", hourly)
        else:
            columns = _quantities(row, mapping(answer.get("hourly_units")), HOUR_S)
            _values(feature_id, row, columns, zone, found)
    if "river_discharge" in daily:
        _discharge(feature_id, daily, zone, now, found)


def _zone(answer: Mapping[str, Any]) -> tzinfo | None:
    """The answer's own offset from UTC; none told is none."""
    seconds = number(answer.get("utc_offset_seconds", 0))
    if seconds is None or abs(seconds) > OFFSET_MAX.total_seconds():
        return None
    return timezone(timedelta(seconds=seconds)) if seconds else UTC


def _values(
    feature_id: str,
    row: Mapping[str, Any],
    columns: Iterable[tuple[str, Quantity]],
    zone: tzinfo,
    found: Collector,
) -> None:
    at = _instant(row.get("time"), zone)
    if at is None:
        found.reject_row(feature_id, codes.OBSERVED_AT_UNREADABLE, "its time cannot be read", row)
        return
    for name, quantity in columns:
        found.observe(feature_id, quantity, row[name], at)


def _quantities(
    row: Mapping[str, Any], told_units: Mapping[str, Any], interval_s: float
) -> Iterator[tuple[str, Quantity]]:
    """The values of a row that are read here, and as what."""
    for table, period_s in ((INSTANT, None), (HOURLY_MEAN, HOUR_S)):
        for name, (property_id, unit) in table.items():
            if name in row:
                signed = property_id in SIGNED
                yield name, Quantity(property_id, unit, period_s, _unit(told_units, name), signed)
    rain = next((name for name in RAIN if name in row), None)
    if rain is not None and interval_s in RAIN_PROPERTIES:
        yield rain, Quantity(RAIN_PROPERTIES[interval_s], "mm", interval_s, _unit(told_units, rain))


def _unit(told_units: Mapping[str, Any], name: str) -> str | None:
    unit = told_units.get(name)
    return unit if isinstance(unit, str) else None


def _rows(block: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of a block of columns, newest first."""
    columns = {name: column for name, column in block.items() if isinstance(column, list)}
    for index in reversed(range(len(columns.get("time", ())))):
        yield {name: column[index] for name, column in columns.items() if index < len(column)}


def _newest(hourly: Mapping[str, Any], zone: tzinfo, now: datetime) -> dict[str, Any] | None:
    """The newest hour that has begun: later ones are forecast."""
    for row in _rows(hourly):
        at = _instant(row.get("time"), zone)
        if at is not None and at <= now:
            return row
    return None


def _discharge(
    feature_id: str, daily: Mapping[str, Any], zone: tzinfo, now: datetime, found: Collector
) -> None:
    """The mean discharge of the newest day that is over; its time is the day's end."""
    day = timedelta(days=1)
    for row in _rows(daily):
        start = _instant(row.get("time"), zone)
        # the subtraction: a day after the last day of the calendar is none
        if start is not None and start <= now - day:
            found.observe(feature_id, DISCHARGE, row.get("river_discharge"), start + day)
            return
    found.reject_row(feature_id, codes.VALUE_MISSING, "no day that is over", daily)


def _instant(stamp: Any, zone: tzinfo) -> datetime | None:
    at = instant(stamp)
    return None if at is None else to_utc(at, zone)
