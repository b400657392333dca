"""Authors a GTFS from a pack: lines of road, stops and the operator's service contract.

The contract promises headways, not clock times, so every line is a template trip with frequencies
(exact_times 0). Time of a round = shortest headway x vehicles of the line; less the wait at the
terminus it is spread over the calls by distance plus a dwell each. A closed line is one trip that
ends where it starts: at the first stop along it. An open line becomes two, there and back.
Distances along a shape are metres along the pack's line. Same input, same bytes.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from data_sources.gtfs_patterns import Pattern, call_times, line_patterns
from data_sources.model.service import clock_seconds
from data_sources.model.spec import Names
from data_sources.pack_service import PackedLine, ServicePack, read_service_pack

BUS = 3  # GTFS route_type
APPROXIMATE = 0  # GTFS timepoint
DEMO_SERVICE = "demo-synthetic"
DEMO_NOTE = "SYNTHETIC round-the-clock demo timetable, not a service that anybody runs"
DARK_TEXT_FROM = 0.179
"""Relative luminance above which black text has the higher contrast (WCAG 2)."""

Rows = list[Sequence[object]]


def build_gtfs(pack_root: Path) -> dict[str, str]:
    """Files of the GTFS and of its demo overlay: path inside the pack -> text.

    Raises ConfigError, one line per problem.
    """
    pack = read_service_pack(pack_root)
    patterns = [pattern for line in pack.service.lines for pattern in line_patterns(pack, line)]
    files = {f"{pack.gtfs.path}/{name}": text for name, text in _timetable(pack, patterns).items()}
    if pack.gtfs.demo_overlay:
        overlay = _demo_overlay(pack, patterns)
        files.update({f"{pack.gtfs.demo_overlay}/{name}": text for name, text in overlay.items()})
    return files


def write_gtfs(pack_root: Path) -> list[Path]:
    """Write `build_gtfs` into the pack; the paths written."""
    written = []
    for name, text in build_gtfs(pack_root).items():
        path = pack_root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
        written.append(path)
    return written


def _timetable(pack: ServicePack, patterns: list[Pattern]) -> dict[str, str]:
    """The real timetable: working days and holidays as the contract says."""
    service = pack.service
    day_start_s = min(clock_seconds(period.start) for period in service.working_day)
    day_end_s = max(clock_seconds(period.end) for period in service.working_day)
    trips: Rows = []
    calls: Rows = []
    frequencies: Rows = []
    for pattern in patterns:
        for kind in ("working-day", "holiday"):
            trip_id = f"{pattern.pattern_id}-{kind}"
            trips.append(_trip_row(pack, pattern, kind, trip_id))
            calls.extend(_call_rows(pattern, trip_id, day_start_s, service.running.dwell_s))
            if kind == "holiday":
                headway_s = -(-service.cycle_s(pattern.line) // service.holiday.vehicles_per_line)
                windows = [(day_start_s, day_end_s, headway_s)]
            else:
                windows = [
                    (clock_seconds(p.start), clock_seconds(p.end), round(p.headway_min * 60))
                    for p in service.working_day
                ]
            frequencies.extend((trip_id, _hms(a), _hms(b), headway_s, 0) for a, b, headway_s in windows)
    publication = service.publication
    return {
        "agency.txt": _agency(pack),
        "calendar.txt": _calendar(pack),
        "calendar_dates.txt": _calendar_dates(pack),
        "feed_info.txt": _feed_info(
            pack, publication.publisher, publication.version, _ymd(publication.start), _ymd(publication.end)
        ),
        "frequencies.txt": _frequencies(frequencies),
        "routes.txt": _routes(pack),
        "shapes.txt": _shapes(patterns),
        "stop_times.txt": _stop_times(calls),
        "stops.txt": _stops(pack, {call.stop_id for pattern in patterns for call in pattern.calls}),
        "translations.txt": _translations(pack),
        "trips.txt": _trips(trips),
    }


def _demo_overlay(pack: ServicePack, patterns: list[Pattern]) -> dict[str, str]:
    """Replaces the days and times by a marked round-the-clock service with all vehicles, every day."""
    headway_s = pack.service.shortest_headway_s
    dwell_s = pack.service.running.dwell_s
    ids = {pattern.pattern_id: f"{DEMO_SERVICE}-{pattern.pattern_id}" for pattern in patterns}
    start, end = "20200101", "20991231"
    return {
        "calendar.txt": _table(_CALENDAR, [(DEMO_SERVICE, *[1] * 7, start, end)]),
        "calendar_dates.txt": _table(_CALENDAR_DATES, []),
        "feed_info.txt": _feed_info(
            pack, DEMO_NOTE, f"{DEMO_SERVICE}-{pack.service.publication.version}", start, end
        ),
        "frequencies.txt": _frequencies(
            [(ids[pattern.pattern_id], _hms(0), _hms(86_400), headway_s, 0) for pattern in patterns]
        ),
        "stop_times.txt": _stop_times(
            [row for pattern in patterns for row in _call_rows(pattern, ids[pattern.pattern_id], 0, dwell_s)]
        ),
        "trips.txt": _trips(
            [_trip_row(pack, pattern, DEMO_SERVICE, ids[pattern.pattern_id]) for pattern in patterns]
        ),
    }


_CALENDAR = "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date"
_CALENDAR_DATES = "service_id,date,exception_type"
_TRANSLATIONS = "table_name,field_name,language,translation,record_id,field_value"


def _agency(pack: ServicePack) -> str:
    agency = pack.service.agency
    header = "agency_id,agency_name,agency_url,agency_timezone,agency_lang"
    row = (agency.agency_id, agency.names.get(pack.lang), agency.url, pack.timezone, pack.lang)
    return _table(header, [row])


def _calendar(pack: ServicePack) -> str:
    holidays = set(pack.service.holiday.weekdays)
    dates = (_ymd(pack.service.publication.start), _ymd(pack.service.publication.end))
    return _table(
        _CALENDAR,
        [
            ("working-day", *(int(day not in holidays) for day in range(7)), *dates),
            ("holiday", *(int(day in holidays) for day in range(7)), *dates),
        ],
    )


def _calendar_dates(pack: ServicePack) -> str:
    holiday = pack.service.holiday
    rows: Rows = []
    for day in sorted(set(holiday.dates)):
        if day.weekday() not in holiday.weekdays:
            rows += [("working-day", _ymd(day), 2), ("holiday", _ymd(day), 1)]
    return _table(_CALENDAR_DATES, rows)


def _feed_info(pack: ServicePack, publisher: str, version: str, start: str, end: str) -> str:
    header = (
        "feed_publisher_name,feed_publisher_url,feed_lang,default_lang,feed_start_date,feed_end_date,"
        "feed_version"
    )
    url = pack.service.publication.url
    return _table(header, [(publisher, url, pack.lang, pack.lang, start, end, version)])


def _routes(pack: ServicePack) -> str:
    header = (
        "route_id,agency_id,route_short_name,route_long_name,route_type,route_color,route_text_color,"
        "route_sort_order"
    )
    rows = []
    for order, spec in enumerate(pack.service.lines, start=1):
        line = pack.lines[spec.route_id]
        rows.append(
            (
                spec.route_id,
                pack.service.agency.agency_id,
                line.short.get(pack.lang),
                line.names.get(pack.lang),
                BUS,
                line.colour,
                _text_colour(line),
                order,
            )
        )
    return _table(header, rows)


def _text_colour(line: PackedLine) -> str:
    """Black or white, whichever reads better on the line's colour."""
    channels = [int(line.colour[index : index + 2], 16) / 255 for index in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "000000" if luminance > DARK_TEXT_FROM else "FFFFFF"


def _shapes(patterns: list[Pattern]) -> str:
    rows = [
        (pattern.pattern_id, f"{lat:.6f}", f"{lon:.6f}", sequence, f"{along_m:.1f}")
        for pattern in patterns
        for sequence, (lon, lat, along_m) in enumerate(pattern.shape, start=1)
    ]
    return _table("shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled", rows)


def _stops(pack: ServicePack, served: set[str]) -> str:
    rows = [
        (
            stop.stop_id,
            stop.names.get(pack.lang),
            "" if stop.stop_id in served else "unserved: lies on no line of this timetable",
            f"{stop.lat:.6f}",
            f"{stop.lon:.6f}",
        )
        for stop in pack.stops
    ]
    return _table("stop_id,stop_name,stop_desc,stop_lat,stop_lon", rows)


def _translations(pack: ServicePack) -> str:
    lang = pack.other_lang
    rows: Rows = []
    if lang is None:
        return _table(_TRANSLATIONS, rows)

    def add(table: str, column: str, names: Names, record_id: str) -> None:
        """By record id, but headsigns by value: their trips differ in the demo overlay."""
        value = "" if record_id else names.get(pack.lang)
        rows.append((table, column, lang, names.get(lang), record_id, value))

    add("agency", "agency_name", pack.service.agency.names, pack.service.agency.agency_id)
    for spec in pack.service.lines:
        add("routes", "route_short_name", pack.lines[spec.route_id].short, spec.route_id)
        add("routes", "route_long_name", pack.lines[spec.route_id].names, spec.route_id)
    for stop in pack.stops:
        add("stops", "stop_name", stop.names, stop.stop_id)
    for spec in pack.service.lines:
        add("trips", "trip_headsign", spec.headsign, "")
    return _table(_TRANSLATIONS, rows)


def _trip_row(pack: ServicePack, pattern: Pattern, service_id: str, trip_id: str) -> Sequence[object]:
    headsign = pattern.line.headsign.get(pack.lang)
    return (pattern.line.route_id, service_id, trip_id, headsign, pattern.direction_id, pattern.pattern_id)


def _trips(rows: Rows) -> str:
    return _table("route_id,service_id,trip_id,trip_headsign,direction_id,shape_id", rows)


def _call_rows(pattern: Pattern, trip_id: str, start_s: int, dwell_s: int) -> Rows:
    times = call_times(pattern, dwell_s)
    return [
        (
            trip_id,
            _hms(start_s + arrival_s),
            _hms(start_s + departure_s),
            call.stop_id,
            sequence,
            f"{call.along_m:.1f}",
            APPROXIMATE,
        )
        for sequence, (call, (arrival_s, departure_s)) in enumerate(
            zip(pattern.calls, times, strict=True), start=1
        )
    ]


def _stop_times(rows: Rows) -> str:
    header = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled,timepoint"
    return _table(header, rows)


def _frequencies(rows: Rows) -> str:
    return _table("trip_id,start_time,end_time,headway_secs,exact_times", rows)


def _table(header: str, rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return out.getvalue()


def _hms(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _ymd(day: date) -> str:
    return f"{day:%Y%m%d}"
