"""Delays where a timetable holds; hops between passages."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from data_sources.measures.adherence import (
    Adherence,
    begins_at,
    delay_at_call_s,
    delay_now_s,
    hops,
    judged,
    named_day,
    nearest_day_start,
    run_offset,
)
from data_sources.measures.patterns import route_plans
from data_sources.model.city import OperationsSpec
from tests.transit import ALL_DAY, only_pattern, passage, schedule, shape, trip

DAY = datetime(2026, 11, 22, 17, tzinfo=UTC)  # midnight in Bangkok
PATH = shape(((0, 0), (2000, 0)), "out")
TIMES = [(36_000, 36_000), (36_100, 36_130), (36_230, 36_230)]
RUN = trip(PATH, [0, 1000, 2000], TIMES)
PATTERN = only_pattern(route_plans(schedule([PATH], [RUN]))["R"])


def at(seconds_of_day: float) -> datetime:
    return DAY + timedelta(seconds=seconds_of_day)


@pytest.mark.parametrize(
    ("delay_s", "word"),
    [
        (-61, Adherence.EARLY),
        (-60, Adherence.ON_TIME),
        (300, Adherence.ON_TIME),
        (301, Adherence.LATE),
        (None, None),
    ],
)
def test_early_beyond_one_minute_and_late_beyond_five(delay_s: float | None, word: Adherence | None) -> None:
    assert judged(delay_s, OperationsSpec()) is word


def test_delay_at_a_call_is_against_its_arrival_and_at_the_first_its_departure() -> None:
    assert delay_at_call_s(RUN, 0, at(36_010), DAY) == 10
    assert delay_at_call_s(RUN, 1, at(36_160), DAY) == 60
    assert delay_at_call_s(RUN, 3, at(36_160), DAY) is None


@pytest.mark.parametrize(
    ("along_m", "time_s", "delay_s"),
    [
        (500, 36_080, 30),  # due there at 36,050
        (1000, 36_120, 0),  # standing within its dwell
        (1000, 36_150, 20),  # ought to have left at 36,130
        (1500, 36_170, -10),  # due there at 36,180
        (2000, 36_300, 70),
    ],
)
def test_delay_on_the_way_by_hand(along_m: float, time_s: float, delay_s: float) -> None:
    found = delay_now_s(RUN, PATTERN, along_m, at(time_s), DAY)
    assert found == pytest.approx(delay_s, abs=0.1)


def test_trip_that_is_not_due_to_begin_has_no_delay() -> None:
    assert delay_now_s(RUN, PATTERN, 10, at(35_000), DAY) is None
    assert begins_at(RUN, DAY) == at(36_000)


def test_trip_by_frequencies_has_no_timetable_to_be_late_on() -> None:
    template = trip(PATH, [0, 1000, 2000], TIMES, frequencies=ALL_DAY)
    assert delay_at_call_s(template, 1, at(36_160), DAY) is None
    assert delay_now_s(template, PATTERN, 500, at(36_160), DAY) is None
    assert begins_at(template, DAY) is None


def test_run_of_an_exact_template_is_the_start_that_the_vehicle_names() -> None:
    template = replace(trip(PATH, [0, 1000, 2000], TIMES), exact_starts_s=(36_000, 36_600))
    assert run_offset(template, "10:10:00") == timedelta(seconds=600)
    assert [run_offset(template, name) for name in (None, "", "10:05:00", "ten")] == [None] * 4
    assert run_offset(RUN, None) == timedelta(0)
    assert delay_at_call_s(template, 1, at(36_760), DAY + timedelta(seconds=600)) == 60


@pytest.mark.parametrize(
    ("text", "day"), [("20261123", date(2026, 11, 23)), ("20261323", None), (None, None)]
)
def test_service_day_that_a_vehicle_names(text: str | None, day: date | None) -> None:
    assert named_day(text) == day


def test_service_day_is_the_one_whose_run_is_nearest() -> None:
    late = trip(PATH, [0, 1000, 2000], [(86_400, 86_400), (86_500, 86_500), (86_600, 86_600)])
    days = [DAY + timedelta(days=back) for back in (-1, 0, 1)]
    assert nearest_day_start(late, days, DAY + timedelta(seconds=60)) == DAY - timedelta(days=1)
    assert nearest_day_start(late, [], DAY) is None


def test_hops_are_from_departure_to_arrival_over_the_wrap_too() -> None:
    own = [passage(3, 100, dwell_s=20), passage(0, 200, dwell_s=None), passage(2, 500)]
    (hop,) = hops(own, {"loop": (4, True)})
    assert (hop.from_call, hop.travel_s, hop.dwell_s) == (3, 80, 20)


def test_break_longer_than_half_an_hour_is_no_hop() -> None:
    assert hops([passage(1, 0), passage(2, 1900)], {"loop": (4, True)}) == []
