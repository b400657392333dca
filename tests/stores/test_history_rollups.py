"""Hours, days, weeks and months that every history store makes of observations."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_sources.model.observation import Grain, Rollup, Series
from data_sources.stores.base import HistoryStore, Retention
from data_sources.stores.memory import MemoryHistory
from data_sources.stores.rollup_columns import columns_of
from tests.stores.samples import NOON, at, observed

BANGKOK = ZoneInfo("Asia/Bangkok")
BERLIN = ZoneInfo("Europe/Berlin")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
MINUTE, HOUR, DAY = 60, 3600, 86_400
LONG = timedelta(days=4000)
LOCAL_MIDNIGHT = NOON.replace(hour=17) - timedelta(days=1)
"""The Monday of NOON begins in Bangkok."""


def rolled(history: HistoryStore, grain: Grain) -> list[Rollup]:
    """Rollups of the only series."""
    (series,) = history.series()
    (found,) = history.rollups([series.series_id], grain, NOON - LONG, NOON + LONG)
    return found.rollups


def roll(history: HistoryStore, zone: ZoneInfo = BANGKOK) -> int:
    return history.roll(NOON + LONG, zone)


def summary(start: datetime, count: int, expected: int, *figures: float) -> Rollup:
    minimum, mean, maximum, last = figures
    return Rollup(
        start=start,
        count=count,
        expected=expected,
        minimum=minimum,
        mean=mean,
        maximum=maximum,
        last=last,
    )


def test_hour_holds_count_extremes_mean_and_last(history: HistoryStore) -> None:
    history.record_observations(
        [observed(value, n * 600, cadence_s=600) for n, value in enumerate([4.0, 1.0, 9.0, 2.0])]
    )
    assert roll(history) == 1
    assert rolled(history, Grain.HOUR) == [summary(NOON, 4, 6, 1.0, 4.0, 9.0, 2.0)]
    assert rolled(history, Grain.HOUR)[0].completeness == pytest.approx(4 / 6)
    assert rolled(history, Grain.DAY) == [summary(LOCAL_MIDNIGHT, 4, 144, 1.0, 4.0, 9.0, 2.0)]
    assert rolled(history, Grain.WEEK) == [summary(LOCAL_MIDNIGHT, 4, 1008, 1.0, 4.0, 9.0, 2.0)]
    october_ends = datetime(2026, 10, 31, 17, tzinfo=UTC)
    assert rolled(history, Grain.MONTH) == [summary(october_ends, 4, 30 * 144, 1.0, 4.0, 9.0, 2.0)]
    assert roll(history) == 0


def test_late_and_corrected_values_roll_again_what_they_touch(history: HistoryStore) -> None:
    history.record_observations([observed(10.0), observed(20.0, HOUR)])
    roll(history)
    history.record_observations([observed(12.0), observed(20.0, HOUR), observed(31.0, -3 * HOUR)])
    assert roll(history) == 2
    assert [(one.start, one.mean) for one in rolled(history, Grain.HOUR)] == [
        (at(-3 * HOUR), 31.0),
        (NOON, 12.0),
        (at(HOUR), 20.0),
    ]
    (day,) = rolled(history, Grain.DAY)
    assert (day.count, day.minimum, day.mean, day.maximum, day.last) == (3, 12.0, 21.0, 31.0, 20.0)


def test_columns_are_the_rollups_of_each_series_asked_for(history: HistoryStore) -> None:
    for name, first in (("a", 1.5), ("b", -7.25)):
        told = [observed(first * n, n * 600, feature_id=name, cadence_s=600) for n in range(30)]
        history.record_observations(told)
    roll(history)
    b, a = (history.series(feature_id=name)[0].series_id for name in ("b", "a"))
    for grain in (Grain.HOUR, Grain.DAY, Grain.MONTH):
        between = (NOON - LONG, at(4 * HOUR))
        objects = {one.series.series_id: one.rollups for one in history.rollups([a, b], grain, *between)}
        assert objects[a]
        columns = history.rollup_columns([b, 999, a], grain, *between)
        assert [one.rollups() for one in columns] == [objects[b], [], objects[a]]


def test_values_told_again_mark_nothing(history: HistoryStore) -> None:
    history.record_observations([observed()])
    assert roll(history) == 1
    history.record_observations([observed()])
    assert roll(history) == 0


def test_mean_of_a_day_counts_each_value_and_not_each_hour(history: HistoryStore) -> None:
    history.record_observations(
        [observed(0.0, n * MINUTE, cadence_s=60) for n in range(59)] + [observed(60.0, HOUR)]
    )
    roll(history)
    (day,) = rolled(history, Grain.DAY)
    assert day.mean == pytest.approx(1.0)


def test_rolling_in_portions_begins_with_the_newest_and_ends_with_the_same(history: HistoryStore) -> None:
    history.record_observations([observed(float(n), -n * HOUR) for n in range(100)])
    assert history.roll(NOON, BANGKOK, limit=1) == 1
    assert [one.start for one in rolled(history, Grain.HOUR)] == [NOON]
    assert [history.roll(NOON, BANGKOK, limit=40) for _ in range(4)] == [40, 40, 19, 0]
    whole = MemoryHistory()
    whole.record_observations([observed(float(n), -n * HOUR) for n in range(100)])
    whole.roll(NOON, BANGKOK)
    for grain in (Grain.HOUR, Grain.DAY, Grain.WEEK, Grain.MONTH):
        assert rolled(history, grain) == rolled(whole, grain)


def test_hour_that_has_not_begun_waits(history: HistoryStore) -> None:
    history.record_observations([observed(1.0, HOUR)])
    assert history.roll(NOON, BANGKOK) == 0
    assert history.roll(at(HOUR), BANGKOK) == 1


def test_mean_up_to_midnight_counts_for_the_day_that_is_over(history: HistoryStore) -> None:
    midnight = (LOCAL_MIDNIGHT - NOON).total_seconds()
    history.record_observations([observed(7.0, midnight, period_s=DAY, cadence_s=DAY)])
    roll(history)
    (hour,) = rolled(history, Grain.HOUR)
    (day,) = rolled(history, Grain.DAY)
    assert hour == summary(LOCAL_MIDNIGHT - timedelta(hours=1), 1, 1, 7.0, 7.0, 7.0, 7.0)
    assert day.start == LOCAL_MIDNIGHT - timedelta(days=1)


def test_instant_at_midnight_is_the_first_of_its_day(history: HistoryStore) -> None:
    history.record_observations([observed(7.0, (LOCAL_MIDNIGHT - NOON).total_seconds())])
    roll(history)
    assert rolled(history, Grain.DAY)[0].start == LOCAL_MIDNIGHT


def test_figure_of_a_month_is_promised_once_in_whatever_holds_it(history: HistoryStore) -> None:
    ends = datetime(2026, 10, 31, 17, tzinfo=UTC)
    seconds = (ends - NOON).total_seconds()
    history.record_observations([observed(5.0, seconds, period_s=31 * DAY, cadence_s=30.4 * DAY)])
    roll(history)
    for grain in (Grain.HOUR, Grain.DAY, Grain.WEEK, Grain.MONTH):
        (one,) = rolled(history, grain)
        assert (one.count, one.expected, one.last) == (1, 1, 5.0)
    assert rolled(history, Grain.MONTH)[0].start == datetime(2026, 9, 30, 17, tzinfo=UTC)


def test_months_meet_at_the_local_midnight(history: HistoryStore) -> None:
    ends = datetime(2026, 10, 31, 17, tzinfo=UTC)
    hours = range(-3, 3)
    history.record_observations(
        [observed(float(n), (ends - NOON).total_seconds() + n * HOUR + 1) for n in hours]
    )
    roll(history)
    assert [(one.start, one.count, one.last) for one in rolled(history, Grain.MONTH)] == [
        (datetime(2026, 9, 30, 17, tzinfo=UTC), 3, -1.0),
        (ends, 3, 2.0),
    ]


@pytest.mark.parametrize(
    ("day", "hours"),
    [(datetime(2026, 3, 29, tzinfo=BERLIN), 23), (datetime(2026, 10, 25, tzinfo=BERLIN), 25)],
)
def test_day_on_which_clocks_change_has_its_own_length(
    history: HistoryStore, day: datetime, hours: int
) -> None:
    first = (day.astimezone(UTC) - NOON).total_seconds()
    history.record_observations([observed(1.0, first + n * HOUR) for n in range(-1, hours + 1)])
    roll(history, BERLIN)
    before, that_day, after = rolled(history, Grain.DAY)
    assert that_day == summary(day.astimezone(UTC), hours, hours, 1.0, 1.0, 1.0, 1.0)
    assert (before.count, before.expected, after.count, after.expected) == (1, 24, 1, 24)


def test_hour_belongs_to_the_local_day_in_which_it_begins(history: HistoryStore) -> None:
    midnight = datetime(2026, 11, 23, tzinfo=KATHMANDU).astimezone(UTC)
    history.record_observations(
        [
            observed(1.0, (midnight - NOON).total_seconds()),
            observed(2.0, (midnight - NOON).total_seconds() + HOUR),
        ]
    )
    roll(history, KATHMANDU)
    assert [(one.start, one.last) for one in rolled(history, Grain.DAY)] == [
        (midnight - timedelta(days=1), 1.0),
        (midnight, 2.0),
    ]


def test_gap_of_sixty_days_leaves_no_rows_and_no_zeros(history: HistoryStore) -> None:
    history.record_observations([observed(1.0, -60 * DAY), observed(3.0)])
    roll(history)
    assert [one.mean for one in rolled(history, Grain.HOUR)] == [1.0, 3.0]
    assert [one.mean for one in rolled(history, Grain.DAY)] == [1.0, 3.0]
    assert [one.mean for one in rolled(history, Grain.MONTH)] == [1.0, 3.0]


def test_rollups_come_in_the_order_asked_for_and_within_their_time(history: HistoryStore) -> None:
    history.record_observations(
        [observed(float(n), n * DAY, feature_id=name) for n in range(5) for name in ("a", "b")]
    )
    roll(history)
    a, b = [one.series_id for one in history.series()]
    found = history.rollups([b, 999, a], Grain.DAY, LOCAL_MIDNIGHT, LOCAL_MIDNIGHT + timedelta(days=2))
    assert [one.series.feature_id for one in found] == ["b", "a"]
    assert [[rollup.mean for rollup in one.rollups] for one in found] == [[0.0, 1.0], [0.0, 1.0]]
    assert history.rollups([], Grain.DAY, NOON, at(DAY)) == []


def back_history(hours: int, start: datetime = NOON, count: int = 6) -> list[Rollup]:
    return [
        summary(start + timedelta(hours=n), count, 6, n - 1.0, float(n), n + 1.0, n + 0.5)
        for n in range(hours)
    ]


def of_series(**fields: object) -> Series:
    known = {"feed_id": "air", "feature_id": "s1", "property_id": "pm25", "unit": "µg/m³", "cadence_s": 600.0}
    return Series(series_id=0, **{**known, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize("hours", [3, 100], ids=["few", "many"])
def test_loaded_hours_make_days_weeks_and_months(history: HistoryStore, hours: int) -> None:
    told = [
        (of_series(synthetic=True), columns_of(back_history(hours))),
        (of_series(feature_id="s2"), columns_of(back_history(1))),
        (of_series(feature_id="none"), columns_of([])),
    ]
    rows = history.load_hours(iter(told), BANGKOK)
    # What was loaded once is the same when it is loaded again.
    assert history.load_hours(told, BANGKOK) == rows
    one = history.series(feature_id="s1")[0]
    assert (one.first_at, one.last_at, one.synthetic) == (NOON, at((hours - 1) * HOUR), True)
    (found,) = history.rollups([one.series_id], Grain.HOUR, NOON, NOON + LONG)
    assert found.rollups == back_history(hours)
    (days,) = history.rollups([one.series_id], Grain.DAY, NOON - LONG, NOON + LONG)
    assert sum(day.count for day in days.rollups) == 6 * hours
    assert days.rollups[0].expected == 144
    assert days.rollups[-1].last == hours - 0.5
    (months,) = history.rollups([one.series_id], Grain.MONTH, NOON - LONG, NOON + LONG)
    assert [month.mean for month in months.rollups] == [pytest.approx((hours - 1) / 2)]
    assert [one.feature_id for one in history.series()] == ["s1", "s2"]


def test_long_back_history_comes_newest_first_so_that_it_reaches_back_only_when_it_is_whole() -> None:
    """Whoever is stopped in between finds a series that does not reach back yet, and loads it again."""
    columns = columns_of(back_history(5))
    portions = [portion.rollups() for portion in columns.newest_first(2)]
    assert portions == [back_history(5)[3:], back_history(5)[1:3], back_history(5)[:1]]
    assert columns.rollups() == back_history(5)


def test_columns_are_in_order_and_hold_the_last_given_of_one_start() -> None:
    later, first = back_history(2, count=3), back_history(2)
    assert columns_of([later[1], *first, later[0]]).rollups() == [later[0], first[1]]


@pytest.mark.parametrize("zone", ["Asia/Bangkok", "Asia/Kathmandu", "America/Los_Angeles"])
def test_every_local_day_of_columns_is_found_once(zone: str) -> None:
    """Of every hour, and where days are missing; with a day of 23 hours and one of 25."""
    local = ZoneInfo(zone)
    hours = [one for one in back_history(9_000) if one.start.day % 5]
    found = columns_of(hours).local_days(local)
    days = [moment.astimezone(local).date() for moment in found]
    assert days == sorted({one.start.astimezone(local).date() for one in hours})


def test_loaded_hours_stand_beside_raw_values_of_other_hours(history: HistoryStore) -> None:
    history.load_hours([(of_series(), columns_of(back_history(2)))], BANGKOK)
    history.record_observations([observed(20.0, 2 * HOUR, cadence_s=600)])
    roll(history)
    assert [one.count for one in rolled(history, Grain.HOUR)] == [6, 6, 1]
    (day,) = rolled(history, Grain.DAY)
    assert (day.count, day.last) == (13, 20.0)


def test_raw_values_replace_a_loaded_hour_once_they_are_as_many(history: HistoryStore) -> None:
    history.load_hours([(of_series(), columns_of(back_history(1, count=2)))], BANGKOK)
    history.record_observations([observed(20.0, 60, cadence_s=600)])
    roll(history)
    assert rolled(history, Grain.HOUR) == back_history(1, count=2)
    history.record_observations([observed(22.0, 120, cadence_s=600)])
    roll(history)
    assert [one.mean for one in rolled(history, Grain.HOUR)] == [21.0]
    assert [one.mean for one in rolled(history, Grain.DAY)] == [21.0]


def test_late_value_of_a_time_that_was_pruned_does_not_stand_for_its_day(history: HistoryStore) -> None:
    history.record_observations([observed(float(n), n * HOUR) for n in range(5)])
    roll(history)
    keep = Retention(observations=timedelta(days=60), rollup_hours=timedelta(days=90))
    deleted = history.prune(at(120 * DAY), keep)
    assert (deleted["observation"], deleted["rollup"]) == (5, 5)
    assert rolled(history, Grain.HOUR) == []
    history.record_observations([observed(99.0, 2 * HOUR)])
    roll(history)
    (day,) = rolled(history, Grain.DAY)
    assert (day.count, day.mean) == (5, 2.0)


def test_values_written_while_others_roll_are_all_in_the_end_in_their_hours(history: HistoryStore) -> None:
    def write(feature_id: str) -> None:
        for n in range(30):
            told = [observed(float(k), (30 * k + n) * 60, feature_id=feature_id) for k in range(6)]
            history.record_observations(told)

    def keep_rolling() -> None:
        while not written.is_set():
            roll(history)

    written = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        rolling = [pool.submit(keep_rolling) for _ in range(2)]
        for writing in [pool.submit(write, name) for name in ("a", "b")]:
            writing.result()
        written.set()
        for one in rolling:
            one.result()
    roll(history)
    ids = [one.series_id for one in history.series()]
    for grain in (Grain.HOUR, Grain.DAY, Grain.MONTH):
        found = history.rollups(ids, grain, NOON - LONG, NOON + LONG)
        assert [sum(one.count for one in of_series.rollups) for of_series in found] == [180, 180]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.integers(-40 * 24 * 6, 0), st.floats(-1e6, 1e6).map(lambda value: round(value, 3)), min_size=1
    ),
    st.sampled_from([BANGKOK, BERLIN, ZoneInfo("America/Santiago")]),
)
def test_rolled_means_are_the_means_of_raw_values(
    history: HistoryStore, told: dict[int, float], zone: ZoneInfo
) -> None:
    name = f"s{hash(frozenset(told.items()))}{zone}"
    values = [observed(value, n * 600, feature_id=name, cadence_s=600) for n, value in told.items()]
    half = len(values) // 2
    history.record_observations(values[:half])
    roll(history, zone)
    history.record_observations(values)
    roll(history, zone)
    (series,) = history.series(feature_id=name)
    for grain in (Grain.HOUR, Grain.DAY, Grain.WEEK, Grain.MONTH):
        (found,) = history.rollups([series.series_id], grain, NOON - LONG, NOON + LONG)
        total = sum(one.mean * one.count for one in found.rollups)
        assert sum(one.count for one in found.rollups) == len(values)
        assert total == pytest.approx(sum(told.values()), rel=1e-9, abs=1e-3)
        assert min(one.minimum for one in found.rollups) == min(told.values())
        assert max(one.maximum for one in found.rollups) == max(told.values())
        assert found.rollups[-1].last == told[max(told)]
