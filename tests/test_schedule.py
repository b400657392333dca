"""The schedule: lookups, service days and what is said of a broken GTFS."""

import os
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from data_sources.errors import ConfigError
from data_sources.schedule import Schedule, position_at, read_schedule, service_day_start

BANGKOK = ZoneInfo("Asia/Bangkok")
NEW_YORK = ZoneInfo("America/New_York")
REAL = Path(os.environ.get("SCOPC_REAL_FEEDS", "../shared/data/feeds")) / "gtfs_static"

FILES = {
    "agency.txt": "agency_name,agency_url,agency_timezone\nA,https://a.invalid,\n",
    "routes.txt": "route_id,route_short_name,route_long_name,route_type,route_color\n"
    "r1,1,Hill,3,e74c3c\nr2,2,Night,3,\nidle,3,Idle,3,\n",
    "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n"
    "a,Alpha,10.0,20.0\nb,Beta,10.0,20.01\nc,Gamma,10.0,20.02\n",
    "trips.txt": "route_id,service_id,trip_id,trip_headsign,shape_id,direction_id\n"
    "r1,week,t1,Gamma,s1,0\nr1,week,loop,Round,,0\nr2,week,night,Beta,,1\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled\n"
    "t1,08:00:00,08:00:00,a,1,0\nt1,,,b,5,1\nt1,08:20:00,08:20:00,c,9,2\n"
    "loop,00:00:00,00:00:00,a,1,\nloop,00:05:00,00:06:00,b,2,\nloop,00:10:00,00:10:00,a,3,\n"
    "night,23:50:00,23:50:00,a,1,\nnight,25:10:00,25:10:00,b,2,\n",
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs,exact_times\n"
    "loop,12:00:00,13:00:00,1200,0\n",
    "shapes.txt": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled\n"
    "s1,10.0,20.02,30,2\ns1,10.0,20.0,10,0\ns1,10.0,20.01,20,1\n",
    "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
    "start_date,end_date\n"
    "week,1,1,1,1,1,0,0,20260101,20261231\n",
    "calendar_dates.txt": "service_id,date,exception_type\nweek,20261205,1\nweek,20261210,2\n",
    "translations.txt": "table_name,field_name,language,translation,record_id,field_value\n"
    "stops,stop_name,th,แอลฟา,a,\ntrips,trip_headsign,th,แกมมา,,Gamma\nroutes,route_long_name,th,เนิน,r1,\n",
}


def write(folder: Path, **changes: str | None) -> Path:
    """A small GTFS; `changes` by file name without .txt, None leaves the file out."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {**FILES, **{f"{name}.txt": text for name, text in changes.items()}}
    for name, text in files.items():
        if text is not None:
            (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def schedule(tmp_path: Path) -> Schedule:
    return read_schedule(write(tmp_path / "gtfs"), None, BANGKOK)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BANGKOK)


def error_of(path: Path, overlay: Path | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        read_schedule(path, overlay, BANGKOK)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_known_and_unknown_ids_are_told_apart(schedule: Schedule) -> None:
    assert schedule.has_trip("t1")
    assert not schedule.has_trip("t2")
    assert schedule.has_route("r1")
    assert not schedule.has_route("r9")


def test_names_come_in_the_language_asked_for(schedule: Schedule) -> None:
    assert schedule.stop_name("a") == "Alpha"
    assert schedule.stop_name("a", "th") == "แอลฟา"
    assert schedule.stop_name("b", "th") == "Beta"
    assert schedule.headsign("t1", "th") == "แกมมา"
    assert schedule.route_name("r1", "th") == "เนิน"
    assert schedule.stop_name("nowhere") is None
    assert schedule.headsign(None) is None
    assert schedule.route_name("r9") is None


def test_route_colour_is_upper_case_and_missing_colour_is_none(schedule: Schedule) -> None:
    assert schedule.routes["r1"].colour == "E74C3C"
    assert schedule.routes["r2"].colour is None


def test_added_day_runs_and_removed_day_does_not(schedule: Schedule) -> None:
    assert schedule.active_service_ids(date(2026, 12, 4)) == {"week"}  # Friday
    assert schedule.active_service_ids(date(2026, 12, 5)) == {"week"}  # Saturday, added
    assert not schedule.active_service_ids(date(2026, 12, 6))
    assert not schedule.active_service_ids(date(2026, 12, 10))  # Thursday, removed
    assert not schedule.active_service_ids(date(2027, 1, 4))  # after the last day


@pytest.mark.parametrize(
    ("when", "runs"),
    [
        ("2026-12-04T07:59:59", False),
        ("2026-12-04T08:00:00", True),
        ("2026-12-04T08:20:00", True),
        ("2026-12-04T08:20:01", False),
        ("2026-12-04T12:00:00", True),
        ("2026-12-04T12:49:59", True),  # last start 12:40, ten minutes long
        ("2026-12-04T12:50:01", False),
        ("2026-12-06T08:10:00", False),  # Sunday
    ],
)
def test_route_runs_only_within_its_trips_and_frequencies(schedule: Schedule, when: str, runs: bool) -> None:
    assert schedule.route_runs_at("r1", at(when)) is runs


def test_trip_past_midnight_belongs_to_the_day_before(schedule: Schedule) -> None:
    assert schedule.route_runs_at("r2", at("2026-12-05T01:00:00"))  # of Friday
    assert not schedule.route_runs_at("r2", at("2026-12-05T01:10:01"))
    assert schedule.route_runs_at("r2", at("2026-12-06T00:30:00"))  # of the added Saturday
    assert not schedule.route_runs_at("r2", at("2026-12-07T01:00:00"))  # Sunday had none


def test_running_is_told_for_an_instant_in_any_zone(schedule: Schedule) -> None:
    assert schedule.route_runs_at("r1", datetime(2026, 12, 4, 1, 5, tzinfo=UTC))


def test_unknown_route_is_none_and_route_without_trips_does_not_run(schedule: Schedule) -> None:
    assert schedule.route_runs_at("r9", at("2026-12-04T08:10:00")) is None
    assert schedule.route_runs_at("idle", at("2026-12-04T08:10:00")) is False


def test_headway_is_promised_only_inside_its_window(schedule: Schedule) -> None:
    assert schedule.headway_s_at("r1", at("2026-12-04T12:30:00")) == 1200
    assert schedule.headway_s_at("r1", at("2026-12-04T13:00:00")) is None
    assert schedule.headway_s_at("r2", at("2026-12-04T23:55:00")) is None


def test_service_day_starts_twelve_hours_before_noon_when_clocks_change() -> None:
    spring = service_day_start(date(2026, 3, 8), NEW_YORK)
    assert spring.astimezone(NEW_YORK).isoformat() == "2026-03-07T23:00:00-05:00"
    autumn = service_day_start(date(2026, 11, 1), NEW_YORK)
    assert autumn.astimezone(NEW_YORK).isoformat() == "2026-11-01T01:00:00-04:00"


def test_times_are_those_of_the_agency_zone(tmp_path: Path) -> None:
    agency = "agency_name,agency_url,agency_timezone\nA,https://a.invalid,America/New_York\n"
    schedule = read_schedule(write(tmp_path / "g", agency=agency), None, BANGKOK)
    assert schedule.route_runs_at("r1", datetime(2026, 12, 4, 8, 5, tzinfo=NEW_YORK))


@pytest.mark.parametrize(
    ("sequence", "stop_id", "stopped", "expected"),
    [
        (5, None, False, "b"),
        (5, None, True, "c"),
        (None, "b", False, "b"),
        (None, "b", True, "c"),
        (9, "c", True, None),  # at the last stop
        (7, "b", False, "b"),  # a sequence that the trip does not have
        (None, None, False, None),
    ],
)
def test_next_stop_follows_what_the_position_names(
    schedule: Schedule, sequence: int | None, stop_id: str | None, stopped: bool, expected: str | None
) -> None:
    stop = schedule.next_stop("t1", sequence, stop_id, stopped=stopped)
    assert (stop.stop_id if stop else None) == expected


def test_stop_passed_twice_is_told_by_its_sequence_only(schedule: Schedule) -> None:
    assert schedule.next_stop("loop", None, "a", stopped=True) is None
    following = schedule.next_stop("loop", 1, "a", stopped=True)
    assert following is not None
    assert following.stop_id == "b"


def test_stop_named_for_an_unknown_trip_is_still_known(schedule: Schedule) -> None:
    stop = schedule.next_stop("unknown", 3, "c")
    assert stop is not None
    assert stop.name == "Gamma"


def test_shape_is_in_order_and_in_metres_whatever_the_unit_of_the_file(schedule: Schedule) -> None:
    shape = schedule.shape_of_route("r1")
    assert shape is not None
    assert [point[1] for point in shape.points] == [20.0, 20.01, 20.02]
    assert shape.length_m == pytest.approx(2190, abs=5)
    call = schedule.trips["t1"].stop_times[1]
    assert call.shape_dist_m == pytest.approx(shape.length_m / 2, abs=1)
    assert position_at(shape, shape.length_m / 4) == pytest.approx((10.0, 20.005), abs=1e-6)
    assert position_at(shape, -5) == (10.0, 20.0)
    assert schedule.shape_of_trip("loop") is None
    assert schedule.shape_of_route("r2") is None


def test_overlay_replaces_files_of_the_same_name(tmp_path: Path) -> None:
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "frequencies.txt").write_text(
        "trip_id,start_time,end_time,headway_secs\nloop,00:00:00,24:00:00,600\n", "utf-8"
    )
    schedule = read_schedule(write(tmp_path / "gtfs"), overlay, BANGKOK)
    assert schedule.trips["loop"].frequencies == ((0, 86400, 600),)


def test_exact_times_are_a_timetable_written_short(tmp_path: Path) -> None:
    rows = "trip_id,start_time,end_time,headway_secs,exact_times\nloop,12:00:00,13:00:00,1200,1\n"
    schedule = read_schedule(write(tmp_path / "gtfs", frequencies=rows), None, BANGKOK)
    trip = schedule.trips["loop"]
    assert trip.frequencies == ()
    assert trip.exact_starts_s == (43_200, 44_400, 45_600)
    assert trip.runs_s[-1] == (45_600, 46_200)
    assert schedule.headway_s_at("r1", at("2026-12-04T12:30:00")) is None
    # Runs of ten minutes: between two of them nobody is on the road.
    on_road = [
        schedule.route_runs_at("r1", at(f"2026-12-04T12:{minute}:00")) for minute in ("05", "15", "25")
    ]
    assert on_road == [True, False, True]


def test_zip_reads_like_its_folder(tmp_path: Path) -> None:
    folder = write(tmp_path / "gtfs")
    with zipfile.ZipFile(tmp_path / "gtfs.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    assert read_schedule(tmp_path / "gtfs.zip", None, BANGKOK) == read_schedule(folder, None, BANGKOK)


def test_byte_order_mark_blank_lines_and_blanks_in_the_header_are_tolerated(tmp_path: Path) -> None:
    stops = "\ufeffstop_id, stop_name ,stop_lat,stop_lon,extra\r\n\r\na,Alpha,10.0,20.0,x\r\nb,Beta,10,20\r\n"
    stops += "c,Gamma,10,20,\r\n,,,,\r\n"
    schedule = read_schedule(write(tmp_path / "g", stops=stops), None, BANGKOK)
    assert list(schedule.stops) == ["a", "b", "c"]


def test_optional_files_may_be_missing(tmp_path: Path) -> None:
    path = write(
        tmp_path / "g", frequencies=None, translations=None, calendar_dates=None, shapes=None,
        trips="route_id,service_id,trip_id\nr1,week,t1\n",
        stop_times="trip_id,stop_id,stop_sequence\nt1,a,1\n",
    )  # fmt: skip
    schedule = read_schedule(path, None, BANGKOK)
    assert schedule.trips["t1"].stop_times[0].arrival_s is None
    assert schedule.route_runs_at("r1", at("2026-12-04T08:10:00")) is False


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("stops", "10.0,20.01", "north,20.01", "g/stops.txt line 3: stop_lat 'north' is not a number"),
        ("stops", "10.0,20.01", "nan,20.01", "g/stops.txt line 3: stop_lat 'nan' is not a number"),
        ("stops", "10.0,20.01", "100,20.01", "g/stops.txt line 3: stop_lat 100 is outside -90 to 90 degrees"),
        ("stops", "b,Beta", "a,Beta", "g/stops.txt line 3: stop_id 'a' occurs twice"),
        ("stops", "stop_lat", "lat", "missing column stop_lat; found: stop_id, stop_name, lat, stop_lon"),
        ("stop_times", "c,9", "z,9", "g/stop_times.txt line 4: stop_id 'z' is not in stops.txt"),
        ("stop_times", "08:20:00,08:20:00", "8.20,08:20:00", "line 4: arrival_time '8.20' is not a time"),
        ("stop_times", "night,23", "nigth,23", "line 8: trip_id 'nigth' is not in trips.txt"),
        ("stop_times", "a,1,0", "a,,0", "g/stop_times.txt line 2: stop_sequence is empty"),
        ("trips", "r2,week", "r7,week", "g/trips.txt line 4: route_id 'r7' is not in routes.txt"),
        ("trips", "r2,week", "r2,weak", "g/trips.txt line 4: service_id 'weak' is not in the calendar"),
        ("trips", "Gamma,s1", "Gamma,s2", "g/trips.txt line 2: shape_id 's2' is not in shapes.txt"),
        ("calendar", "20261231", "20261331", "end_date '20261331' is not a date; write YYYYMMDD"),
        ("calendar", "week,1,1", "week,yes,1", "monday 'yes' is not allowed; allowed: 0, 1"),
        ("calendar_dates", "20261210,2", "20261210,3", "exception_type '3' is not allowed; allowed: 1, 2"),
        ("frequencies", "13:00:00", "11:00:00", "line 2: end_time must be later than start_time"),
        ("frequencies", "1200", "0", "line 2: headway_secs must be greater than 0"),
        ("frequencies", "1200,0", "1200,2", "line 2: exact_times '2' is not allowed; allowed: , 0, 1"),
        ("frequencies", "1200,0", "1200,0\nloop,14:00:00,15:00:00,600,1", "has exact_times both 0 and 1"),
        ("agency", "https://a.invalid,", "https://a.invalid,Mars/Dome", "is not an IANA time zone"),
    ],
)
def test_broken_file_is_named_with_its_line(tmp_path: Path, name: str, old: str, new: str, said: str) -> None:
    text = FILES[f"{name}.txt"]
    assert old in text
    assert said in error_of(write(tmp_path / "g", **{name: text.replace(old, new, 1)}))


def test_file_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    folder = write(tmp_path / "g")
    (folder / "stops.txt").write_bytes(b"stop_id,stop_name,stop_lat,stop_lon\na,Caf\xe9,10,20\n")
    assert error_of(folder) == "g/stops.txt line 2: not UTF-8 text"


def test_empty_file_lacks_its_header(tmp_path: Path) -> None:
    assert "g/routes.txt line 1: the header is missing" in error_of(write(tmp_path / "g", routes=""))


def test_missing_files_are_listed(tmp_path: Path) -> None:
    said = error_of(write(tmp_path / "g", trips=None, calendar=None, calendar_dates=None))
    assert said.startswith("g: missing trips.txt, calendar.txt or calendar_dates.txt; found: agency.txt")


def test_place_that_is_no_gtfs_is_told(tmp_path: Path) -> None:
    (tmp_path / "page.zip").write_text("<html>")
    assert "neither a folder nor a readable zip" in error_of(tmp_path / "page.zip")
    assert error_of(tmp_path / "nothing.zip") == "nothing.zip: no such file or folder"


def real(name: str) -> Path:
    path = REAL / name
    if not path.exists():
        pytest.skip(f"{name} is not in SCOPC_REAL_FEEDS")
    return path


@pytest.mark.real_feeds
@pytest.mark.parametrize(
    ("name", "zone", "counts"),
    [
        ("tl_caltrain_for_ct_rt.zip", "America/Los_Angeles", (9, 176, 109, 33)),
        ("otp_kcm_gtfs.zip", "America/Los_Angeles", (219, 282, 56, 4)),
        ("validator_bullrunner_campus_gtfs.zip", "America/New_York", (6, 15, 125, 6)),
    ],
)
def test_real_schedule_reads_whole(name: str, zone: str, counts: tuple[int, ...]) -> None:
    schedule = read_schedule(real(name), None, BANGKOK)
    assert schedule.zone == ZoneInfo(zone)
    assert (len(schedule.routes), len(schedule.trips), len(schedule.stops), len(schedule.shapes)) == counts


@pytest.mark.real_feeds
def test_distances_in_feet_become_metres() -> None:
    schedule = read_schedule(real("otp_kcm_gtfs.zip"), None, BANGKOK)
    call = schedule.trips["30935382"].stop_times[1]
    assert call.shape_dist_m == pytest.approx(679.6 * 0.3048, rel=0.01)


@pytest.mark.real_feeds
def test_campus_frequencies_run_into_the_night() -> None:
    schedule = read_schedule(real("validator_bullrunner_campus_gtfs.zip"), None, BANGKOK)
    # Tuesday's last start is 23:50, the run takes 1183 s
    assert schedule.route_runs_at("A", datetime(2016, 3, 2, 0, 9, tzinfo=NEW_YORK))
    assert not schedule.route_runs_at("A", datetime(2016, 3, 2, 0, 10, tzinfo=NEW_YORK))


@pytest.mark.real_feeds
def test_bad_gtfs_says_what_is_missing() -> None:
    said = error_of(real("validator_badgtfs.zip"))
    assert said.startswith("validator_badgtfs.zip: missing agency.txt, routes.txt, stops.txt")
    assert "found: bad_agency.txt, bad_stops.txt" in said
