"""The bench's own arithmetic: figures, verdicts, percentiles, the table. Nothing is timed here."""

from datetime import UTC, datetime

import pytest

from data_sources.measures.level_of_service import level_of_service
from data_sources.model.city import Bounds, LosSpec
from data_sources.model.traffic import Link
from tests.bench.clients import head_of
from tests.bench.fanout import Load, rows
from tests.bench.first_load import is_apart
from tests.bench.fleet import place, vehicle_id
from tests.bench.flow import states
from tests.bench.machine import cpu_model
from tests.bench.samples import mean, percentile
from tests.bench.table import BEGIN, END, Figure, Row, markdown, number, placed

AT_MOST = Figure(100, "ms")
AT_LEAST = Figure(10_000, "positions/s", at_least=True)


@pytest.mark.parametrize(("measured", "verdict"), [(100, "reached"), (101, "NOT reached: 101 of 100 ms")])
def test_figure_that_is_a_limit_is_reached_up_to_it(measured: float, verdict: str) -> None:
    assert Row(what="latency", unit="ms", measured=measured, figure=AT_MOST).verdict == verdict


@pytest.mark.parametrize("measured", [9_999.0, 10_000.0])
def test_figure_that_is_a_rate_is_reached_from_it(measured: float) -> None:
    row = Row(what="ingest", measured=measured, figure=AT_LEAST, more_is_better=True)
    assert (row.verdict == "reached") == (measured >= 10_000)


def test_ratio_says_how_many_times_better_whichever_way_better_is() -> None:
    assert Row(what="ms", measured=10, naive=80).times_better == 8
    assert Row(what="rate", measured=80, naive=10, more_is_better=True).times_better == 8


def test_missed_ratio_is_told_with_what_was_wanted() -> None:
    row = Row(what="ms", measured=50, naive=200, figure=AT_MOST, times_to_reach=8)
    assert row.verdict == "NOT reached: 4 × of 8 ×"


def test_nothing_measured_is_never_reached() -> None:
    assert Row(what="x", figure=AT_MOST).verdict == "not measured"
    assert Row(what="x", figure=AT_MOST, skipped="no chromium").verdict == "not measured: no chromium"
    assert "not measured" in Row(what="x", measured=1, times_to_reach=8).verdict


def test_zero_is_a_measurement() -> None:
    row = Row(what="longest task", unit="ms", measured=0, naive=200, figure=AT_MOST)
    assert row.verdict == "reached"
    assert "| 0 ms | 200 ms | - |" in markdown([row], "machine")


@pytest.mark.parametrize(
    ("value", "text"), [(12_345, "12,345"), (97, "97"), (0.7812, "0.781"), (1.5, "1.5"), (9.996, "10")]
)
def test_numbers_have_three_digits_that_mean_something(value: float, text: str) -> None:
    assert number(value) == text


def test_table_numbers_each_note_once_and_escapes_bars() -> None:
    table = markdown([Row(what="a|b", note="same"), Row(what="c", note="same")], "the machine")
    assert table.startswith("the machine\n")
    assert table.count("[1] same") == 1
    assert "a\\|b [1]" in table


def test_table_replaces_what_stood_between_the_marks() -> None:
    document = f"above\n{BEGIN}\nold\n{END}\nbelow\n"
    assert placed(document, "new\n") == f"above\n{BEGIN}\nnew\n{END}\nbelow\n"
    with pytest.raises(ValueError, match="bench: begin"):
        placed("no marks", "new")


def test_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([4, 1, 3, 2], 0.5) == 2
    assert percentile(list(range(1, 101)), 0.95) == 95
    assert percentile([7], 0.95) == 7
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 0.5)
    with pytest.raises(ValueError, match="no samples"):
        mean([])


def test_fleet_moves_within_its_bounds_and_its_numbers_are_unique() -> None:
    bounds = Bounds(west=102.7, south=16.3, east=103.0, north=16.6)
    for step in range(3):
        places = [place(number, 500, step, bounds) for number in range(500)]
        assert all(bounds.contains(where.lat, where.lon) for where in places)
    moved = place(1, 500, 0, bounds), place(1, 500, 1, bounds)
    assert moved[0][:2] != moved[1][:2]
    assert len({vehicle_id(each) for each in range(10_000)}) == 10_000


AT = datetime(2026, 11, 23, 1, tzinfo=UTC)
LINKS = [
    Link(
        link_id=str(number),
        name_th="",
        name_en="",
        road_class="primary",
        length_m=100.0,
        free_flow_kmh=50.0,
        points=((16.4, 102.8), (16.5, 102.8)),
    )
    for number in range(1000)
]


def levels(update: int) -> list[str | None]:
    los = LosSpec()
    flow = states(LINKS, update, AT)
    return [level_of_service(state.speed_kmh, 50.0, los, closed=False) for state in flow]


def test_each_update_changes_every_speed_and_about_a_tenth_of_the_levels() -> None:
    before, after = states(LINKS, 7, AT), states(LINKS, 8, AT)
    assert all(one.speed_kmh != other.speed_kmh for one, other in zip(before, after, strict=True))
    changed = sum(one != other for one, other in zip(levels(7), levels(8), strict=True))
    assert 60 <= changed <= 200  # a hundred turn, some to the level that they had; others waver over a limit
    assert set(levels(7)) == {"A", "B", "C", "D", "E", "F"}


def test_links_are_observed_before_the_put_and_the_first_at_the_put_itself() -> None:
    observed = [state.observed_at for state in states(LINKS, 3, AT)]
    assert observed[0] == AT
    assert all(at is not None and at <= AT for at in observed)


def test_head_of_a_vehicles_event_is_recognised() -> None:
    event = head_of("vehicles").search(b'event: vehicles\ndata: {"t":1795334400123,"seq":17,"synthetic"')
    assert event is not None
    assert (event[1], event[2]) == (b"1795334400123", b"17")


def load(**fields: object) -> Load:
    given = {"clients": 100, "seconds": 30.0, "server_cpu_s": 0.5, "wire_bytes": 36_000_000, "answers": 0}
    seen = [(seq, 100) for seq in range(30)]
    return Load(**{**given, "seen": seen, "latencies_ms": [5.0], **fields})  # type: ignore[arg-type]


def test_cost_of_a_client_is_its_share_of_a_minute() -> None:
    assert load().cpu_s_per_min == pytest.approx(1.0)
    assert load().cpu_s_per_client_min == pytest.approx(0.01)


def test_lost_and_skipped_updates_lower_the_delivery_but_the_cut_ends_do_not() -> None:
    assert load(seen=[(1, 3), (2, 100), (3, 100), (4, 7)]).delivered == 1
    assert load(seen=[(1, 100), (2, 50), (3, 100), (4, 100)]).delivered == 0.75
    assert load(seen=[(1, 100), (2, 100), (4, 100), (5, 100)]).delivered == pytest.approx(2 / 3)
    assert load(seen=[]).delivered == 0


def test_hundred_stream_clients_are_judged_beside_ten_naive_ones() -> None:
    naive = load(clients=10, server_cpu_s=3.5, answers=300, seen=[])
    total, per_client, *_ = rows({100: load()}, load(clients=1, wire_bytes=36_000), {10: naive})
    assert total.measured == pytest.approx(1.0)
    assert total.naive == pytest.approx(70.0)
    assert per_client.times_better == pytest.approx(70.0)
    assert (total.verdict, per_client.verdict) == ("reached", "reached")


def test_fonts_and_base_map_are_counted_apart() -> None:
    assert is_apart("Font", "http://127.0.0.1/assets/fonts/a.woff2")
    assert is_apart("Fetch", "http://127.0.0.1/basemap/lakes.geojson")
    assert not is_apart("Script", "http://127.0.0.1/assets/base_map.js")


def test_processor_is_read_from_the_kernel_text() -> None:
    assert cpu_model("processor : 0\nmodel name\t: Some CPU\n") == "Some CPU"
