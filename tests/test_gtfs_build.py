"""Authoring a GTFS: passes of stops along lines, calls, times, and bytes that repeat."""

import math
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sources.errors import ConfigError
from data_sources.gtfs_build import build_gtfs, write_gtfs
from data_sources.gtfs_patterns import Pattern, call_times, line_patterns
from data_sources.gtfs_tables import GtfsTables
from data_sources.line_passes import Line, MatchingLimits, Pass, kerb_passes
from data_sources.pack_service import ServicePack, read_service_pack

BRUMAL_BAY = Path(__file__).parent / "fixtures" / "cities" / "brumal_bay"
METRES_PER_DEGREE = 111_195.0
LIMITS = MatchingLimits(tolerance_m=35, merge_m=60, contrast_m=1.5, slack_m=10)


def at(x_m: float, y_m: float) -> tuple[float, float]:
    """A place by metres east and north of 0° N 0° E, where a degree is the same both ways."""
    return x_m / METRES_PER_DEGREE, y_m / METRES_PER_DEGREE


def line(*points: tuple[float, float]) -> Line:
    return Line([at(*point) for point in points])


def along(passes: list[Pass]) -> list[int]:
    return [round(one.along_m) for one in passes]


OUT_AND_BACK = line((0, 0), (1000, 0), (0, 0))
SQUARE = line((0, 0), (500, 0), (500, 500), (0, 500), (0, 0))


def test_stop_beside_a_straight_line_is_passed_once() -> None:
    (one,) = line((0, 0), (1000, 0)).passes(at(400, 12), LIMITS)
    assert one.along_m == pytest.approx(400, abs=0.1)
    assert one.distance_m == pytest.approx(12, abs=0.1)
    assert one.left_m == pytest.approx(12, abs=0.1)


def test_stop_beyond_the_tolerance_is_not_passed() -> None:
    assert line((0, 0), (1000, 0)).passes(at(400, 36), LIMITS) == []


def test_stop_at_a_bend_is_passed_once() -> None:
    assert along(line((0, 0), (500, 0), (500, 500)).passes(at(510, -10), LIMITS)) == [500]


def test_line_out_and_back_passes_a_stop_in_both_directions() -> None:
    assert along(OUT_AND_BACK.passes(at(300, 4), LIMITS)) == [300, 1700]


def test_turn_back_beside_a_stop_is_one_pass() -> None:
    assert len(OUT_AND_BACK.passes(at(985, 5), LIMITS)) == 1


def test_passes_at_the_joint_of_a_loop_are_one() -> None:
    assert along(SQUARE.passes(at(0, 2), LIMITS)) in ([2], [0], [1998])


def test_pass_on_another_carriageway_is_left_out() -> None:
    two_carriageways = line((0, 0), (1000, 0), (1000, 20), (0, 20))
    assert along(two_carriageways.passes(at(300, -4), LIMITS)) == [300]


@pytest.mark.parametrize(
    ("drive_on", "north_m", "expected"), [("left", 4, [300]), ("left", -4, [1700]), ("right", 4, [1700])]
)
def test_stop_belongs_to_the_direction_on_whose_kerb_it_stands(
    drive_on: str, north_m: float, expected: list[int]
) -> None:
    passes = OUT_AND_BACK.passes(at(300, north_m), LIMITS)
    (kept,) = kerb_passes([passes], LIMITS.contrast_m, drive_on)  # type: ignore[arg-type]
    assert along(kept) == expected


def test_both_directions_stay_when_the_kerb_cannot_be_told() -> None:
    passes = OUT_AND_BACK.passes(at(300, 0.5), LIMITS)
    assert along(kerb_passes([passes], LIMITS.contrast_m, "left")[0]) == [300, 1700]


def test_stop_on_the_far_side_of_every_pass_is_kept() -> None:
    passes = line((0, 0), (1000, 0)).passes(at(300, -8), LIMITS)
    assert along(kerb_passes([passes], LIMITS.contrast_m, "left")[0]) == [300]


def test_kerb_is_judged_over_both_directions_of_an_open_line() -> None:
    there, back = line((0, 0), (1000, 0)), line((1000, 0), (0, 0))
    stop = at(300, -8)
    kept = kerb_passes([there.passes(stop, LIMITS), back.passes(stop, LIMITS)], 1.5, "left")
    assert [along(one) for one in kept] == [[], [700]]


@given(st.floats(0, 2000), st.floats(-30, 30))
def test_every_pass_lies_within_the_tolerance_and_on_the_line(where_m: float, aside_m: float) -> None:
    lon, lat = SQUARE.place(where_m)
    point = (lon, lat + aside_m / METRES_PER_DEGREE)
    passes = SQUARE.passes(point, LIMITS)
    assert passes
    for one in passes:
        assert one.distance_m <= LIMITS.tolerance_m
        there = SQUARE.place(one.along_m)
        apart_m = math.dist(there, point) * METRES_PER_DEGREE
        assert apart_m == pytest.approx(one.distance_m, abs=0.1)
    assert along(passes) == sorted(along(passes))


def test_line_of_one_place_is_refused() -> None:
    with pytest.raises(ValueError, match="two different points"):
        Line([(1, 1), (1, 1)])


@pytest.fixture(scope="module")
def pack() -> ServicePack:
    return read_service_pack(BRUMAL_BAY)


def patterns_of(pack: ServicePack, route_id: str) -> list[Pattern]:
    return next(line_patterns(pack, line) for line in pack.service.lines if line.route_id == route_id)


def test_loop_is_one_trip_that_ends_where_it_starts(pack: ServicePack) -> None:
    (loop,) = patterns_of(pack, "harbour")
    assert [call.stop_id for call in loop.calls] == ["h1", "h2", "h3", "h4", "h5", "h6", "h1"]
    assert loop.shape[0][:2] == loop.shape[-1][:2]
    assert loop.shape[-1][2] - loop.shape[0][2] == pytest.approx(4746, abs=2)


def test_open_line_is_two_trips_on_their_own_kerbs(pack: ServicePack) -> None:
    there, back = patterns_of(pack, "shore")
    assert [call.stop_id for call in there.calls] == ["s1", "s3", "s5", "s7"]  # eastward, driving right
    assert [call.stop_id for call in back.calls] == ["s8", "s6", "s4", "s2"]
    assert (there.direction_id, back.direction_id) == (0, 1)


def test_round_takes_headway_times_vehicles_less_the_wait(pack: ServicePack) -> None:
    (loop,) = patterns_of(pack, "harbour")
    assert loop.run_s == 2 * 600 - 120
    there, back = patterns_of(pack, "shore")
    assert there.run_s == back.run_s == 3 * 600 // 2 - 120


def test_times_spread_by_distance_with_a_dwell_at_every_call_between_the_ends(pack: ServicePack) -> None:
    (loop,) = patterns_of(pack, "harbour")
    times = call_times(loop, dwell_s=10)
    assert times[0] == (0, 0)
    assert times[-1] == (loop.run_s, loop.run_s)
    assert [departure - arrival for arrival, departure in times] == [0, 10, 10, 10, 10, 10, 0]
    speeds = [
        (b.along_m - a.along_m) / (times[i + 1][0] - times[i][1])
        for i, (a, b) in enumerate(zip(loop.calls, loop.calls[1:], strict=False))
    ]
    assert max(speeds) / min(speeds) < 1.02


def test_committed_fictional_timetable_is_what_the_builder_writes() -> None:
    for name, text in build_gtfs(BRUMAL_BAY).items():
        assert (BRUMAL_BAY / name).read_bytes() == text.encode("utf-8"), name


def test_written_files_are_the_built_ones(tmp_path: Path) -> None:
    root = Path(shutil.copytree(BRUMAL_BAY, tmp_path / "pack"))
    shutil.rmtree(root / "gtfs")
    written = write_gtfs(root)
    assert {path.relative_to(root).as_posix() for path in written} == set(build_gtfs(BRUMAL_BAY))
    assert all(path.read_bytes() == (BRUMAL_BAY / path.relative_to(root)).read_bytes() for path in written)


def test_gtfs_speaks_the_first_language_and_translates_the_other() -> None:
    tables = GtfsTables(BRUMAL_BAY / "gtfs")
    assert next(iter(tables.rows("stops.txt", ()))).text("stop_name") == "Quay"
    names = {row.text("record_id"): row.text("translation") for row in tables.rows("translations.txt", ())}
    assert names["h1"] == "Cais"


def test_one_holiday_vehicle_runs_once_a_round() -> None:
    rows = GtfsTables(BRUMAL_BAY / "gtfs").rows("frequencies.txt", ())
    headways = {row.text("trip_id"): row.integer("headway_secs") for row in rows}
    assert headways["harbour-holiday"] == 1200
    assert headways["shore-there-holiday"] == 1800


def test_demo_rows_are_marked_and_run_round_the_clock() -> None:
    tables = GtfsTables(BRUMAL_BAY / "gtfs", BRUMAL_BAY / "gtfs_demo")
    for name in ("trips.txt", "stop_times.txt", "frequencies.txt"):
        assert all(row.text("trip_id").startswith("demo-synthetic-") for row in tables.rows(name, ()))
    assert [row.text("service_id") for row in tables.rows("calendar.txt", ())] == ["demo-synthetic"]
    (info,) = tables.rows("feed_info.txt", ())
    assert "SYNTHETIC" in info.text("feed_publisher_name")
    assert "synthetic" in info.text("feed_version")
    for row in tables.rows("frequencies.txt", ()):
        assert (row.service_time_s("start_time"), row.service_time_s("end_time")) == (0, 86_400)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("service.toml", "dwell_s = 10", "dwell_s = 500", "1080 s for a run are not enough for 7 calls"),
        ("service.toml", "tolerance_m = 30", "tolerance_m = 1", "passes fewer than two stops"),
        ("service.toml", 'start = "05:30"', 'start = "26:30"',
         "working_day[0]: start 26:30 must be before end 25:00"),
        ("service.toml", 'start = "05:30"', 'start = "5.30"', "service.toml: working_day[0].start: '5.30'"),
        ("service.toml", 'route_id = "harbour"', 'route_id = "port"',
         "service.toml: lines[0].route_id: 'port' has no sign in city.toml; allowed: harbour, shore"),
        ("service.toml", "network/lines.geojson", "network/roads2.geojson", "is not a readable FeatureColl"),
        ("service.toml", "network/stops.csv", "network/stop.csv",
         "service.toml: stops_file: 'network/stop.csv'"),
        ("network/lines.geojson", "#0F7A6C", "teal",
         "network/lines.geojson: harbour: needs name_th, name_en, color"),
        ("network/lines.geojson", '"harbour"', '"port"', "'harbour' is not in network/lines.geojson"),
        ("network/stops.csv", "stop_id,", "id,", "network/stops.csv: header: missing column stop_id"),
        ("network/stops.csv", "h2,Mercado,Market,", "h2,Mercado,Market,x",
         "network/stops.csv: line 3: needs"),
        ("network/stops.csv", "h2,", "h1,",
         "network/stops.csv: line 3: stop_id 'h1' is empty or occurs twice"),
    ],
)  # fmt: skip
def test_wrong_contract_is_told(tmp_path: Path, name: str, old: str, new: str, said: str) -> None:
    root = Path(shutil.copytree(BRUMAL_BAY, tmp_path / "pack"))
    text = (root / name).read_text("utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ConfigError) as caught:
        build_gtfs(root)
    assert said in str(caught.value)


def test_pack_without_contract_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"service\.toml: file is missing"):
        build_gtfs(tmp_path)
