"""The city's week: which figure stands for it, what it says, and what is told of rare statistics."""

from datetime import UTC, date, datetime, timedelta

import pytest

from data_sources.model.city import City
from data_sources.model.indicator import IndicatorSpec, Status
from data_sources.model.observation import Rollup, ValueClass
from data_sources.views.weekly import (
    PRINTED_AT_MOST,
    Course,
    WeeklyPicture,
    WeeklyRow,
    last_full_week,
    local_start,
    name_of,
    week_of,
    weekly_picture,
)
from tests.layouts.samples import city as brumal_bay
from tests.weekly import MONDAY, MONTH_S, YEAR_S, rollup, spec, target, weeks

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def city_of(*specs: IndicatorSpec) -> City:
    return brumal_bay().model_copy(update={"indicators": specs})


def picture(city: City, courses: dict[str, Course], now: datetime = NOW) -> WeeklyPicture:
    return weekly_picture(city, MONDAY, courses, now, synthetic=False, replay=False)


def row(one: IndicatorSpec, rolled: list[Rollup], months: list[Rollup] | None = None) -> WeeklyRow:
    told = picture(city_of(one), {one.key: Course(weeks=rolled, months=months or [])})
    return told.domains[0].rows[0]


@pytest.mark.parametrize(("statistic", "value"), [("mean", 5.0), ("min", 1.0), ("max", 9.0), ("last", 7.0)])
def test_value_is_the_statistic_that_the_pack_names(statistic: str, value: float) -> None:
    start = local_start(MONDAY, brumal_bay())
    own = Rollup(start=start, count=168, expected=168, minimum=1, mean=5, maximum=9, last=7)
    assert row(spec(week=statistic), [own]).value == value


def test_status_is_by_the_limit_and_change_is_on_the_week_before() -> None:
    told = row(spec(**target(30)), weeks(brumal_bay(), [33.0, 41.0]))
    assert (told.says, told.status, told.change) == ("watch", Status.WATCH, 8.0)
    assert told.limit is not None
    assert (told.limit.sign, told.limit.value, told.limit.proposed) == ("≤", 30, False)


def test_line_has_twelve_weeks_and_holes_where_nothing_came() -> None:
    told = row(spec(), weeks(brumal_bay(), [1.0, None, 3.0]))
    assert told.line == (*[None] * 9, 1.0, None, 3.0)
    assert told.change is None


def test_week_with_too_little_is_insufficient_and_a_hole_even_without_a_limit() -> None:
    city = brumal_bay()
    told = row(spec(), [rollup(city, MONDAY - timedelta(days=7), 4), rollup(city, MONDAY, 5, share=0.4)])
    assert (told.says, told.status, told.change) == ("insufficient", None, None)
    assert told.line[-1] is None
    assert told.completeness == pytest.approx(0.4, abs=0.01)


def test_week_without_data_is_unknown_and_has_no_figure() -> None:
    told = row(spec(**target(30)), [])
    assert (told.says, told.value, told.completeness) == ("unknown", None, None)
    assert told.line == (None,) * 12


def test_indicator_without_a_limit_is_not_called_normal() -> None:
    assert row(spec(), weeks(brumal_bay(), [1.0])).says == "no_limit"


def test_rare_statistic_shows_its_last_value_with_its_month_and_no_change() -> None:
    city = brumal_bay()
    months = [rollup(city, date(2026, 10, 1), 68)]
    told = row(spec(cadence_s=MONTH_S), [rollup(city, date(2026, 10, 26), 68)], months)
    assert (told.value, told.period, told.period_start) == (68.0, "month", date(2026, 10, 1))
    assert told.change is None
    assert told.line[-1] is None


def test_rare_statistic_beyond_its_stale_limit_is_unknown() -> None:
    city = brumal_bay()
    old = [rollup(city, date(2025, 12, 29), 20)]
    assert row(spec(cadence_s=MONTH_S, **target(30)), old).says == "unknown"
    assert row(spec(cadence_s=YEAR_S, **target(30)), old).says == "normal"


def test_value_after_the_week_is_not_told() -> None:
    city = brumal_bay()
    later = [rollup(city, MONDAY + timedelta(days=7), 9)]
    assert row(spec(cadence_s=MONTH_S), later).value is None


def test_most_urgent_domain_and_row_come_first_and_two_of_a_domain_are_printed() -> None:
    specs = [
        spec("ENV-01", **target(30)),
        spec("LIV-01", "living"),
        spec("LIV-02", "living", **target(30)),
        spec("LIV-03", "living", **target(30)),
        spec("LIV-04", "living", headline=False),
    ]
    values = {"ENV-01": 20.0, "LIV-01": 1.0, "LIV-02": 20.0, "LIV-03": 50.0, "LIV-04": 50.0}
    city = city_of(*specs)
    told = picture(city, {key: Course(weeks=weeks(city, [value])) for key, value in values.items()})
    assert [(one.domain, one.printed) for one in told.domains] == [("living", 2), ("environment", 1)]
    assert [one.key for one in told.domains[0].rows] == ["LIV-03", "LIV-02", "LIV-01"]
    assert (told.counts["watch"], told.counts["normal"], told.counts["no_limit"]) == (1, 2, 1)
    assert sum(told.counts.values()) == 4


def test_all_that_is_beyond_a_limit_is_printed_as_far_as_the_sheet_has_room() -> None:
    beyond = [spec(f"LIV-{n:02d}", "living", **target(30)) for n in range(1, 5)]
    others = [spec(f"ENV-{n:02d}", **target(30)) for n in range(1, 4)]
    city = city_of(*beyond, *others)
    values = {one.key: 50.0 for one in beyond} | {one.key: 20.0 for one in others}
    told = picture(city, {key: Course(weeks=weeks(city, [value])) for key, value in values.items()})
    assert [(one.domain, one.printed) for one in told.domains] == [("living", 4), ("environment", 2)]
    crowd = [spec(f"LIV-{n:02d}", "living", **target(30)) for n in range(1, 30)]
    city = city_of(*crowd, *others)
    told = picture(city, {one.key: Course(weeks=weeks(city, [50.0])) for one in crowd})
    assert [one.printed for one in told.domains] == [PRINTED_AT_MOST - 1, 1]


def test_simulated_series_marks_row_and_page() -> None:
    one = spec()
    told = picture(city_of(one), {one.key: Course(weeks=weeks(brumal_bay(), [1.0]), synthetic=True)})
    assert told.synthetic
    assert told.domains[0].rows[0].value_class is ValueClass.SYNTHETIC


def test_running_week_says_that_it_is_not_over() -> None:
    assert picture(city_of(spec()), {}).is_over
    assert not picture(city_of(spec()), {}, NOW - timedelta(days=2)).is_over


@pytest.mark.parametrize(
    "name", ["2026-W54", "2026-W00", "2025-W53", "2026-W48", "1999-W01", "2026-w47", "x"]
)
def test_week_of_no_calendar_or_not_begun_is_none(name: str) -> None:
    sunday = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert week_of(name, sunday, brumal_bay()) is None


def test_week_has_its_iso_name() -> None:
    assert week_of("2026-W47", NOW, brumal_bay()) == MONDAY
    assert name_of(MONDAY) == "2026-W47"
    assert name_of(date(2027, 1, 1) - timedelta(days=4)) == "2026-W53"


def test_last_full_week_ends_with_the_city_s_own_sunday() -> None:
    zone = brumal_bay().zone
    monday_morning = datetime(2026, 11, 23, 0, 5, tzinfo=zone)
    assert last_full_week(monday_morning, brumal_bay()) == MONDAY
    assert last_full_week(monday_morning - timedelta(minutes=10), brumal_bay()) == MONDAY - timedelta(days=7)
