"""What stands behind the figure of a week: the answer that the drawer on the weekly page is drawn from."""

from collections.abc import Mapping
from datetime import date, datetime

from dashboard.api.evidence import behind, standing
from dashboard.api.evidence_answers import Input, Recent, WeekEvidence, WeekFigure
from dashboard.api.evidence_parts import (
    DAY,
    INPUTS_MAX,
    INSTANT,
    flagged_of,
    indicator_rows,
    intervals_of,
    named_input,
    recent_between,
    rejected_of,
    series_address,
)
from dashboard.weekly import courses_of
from data_sources.measures.limits import judge
from data_sources.model.city import City
from data_sources.model.indicator import IndicatorSpec, IndicatorValue
from data_sources.model.observation import Grain, Series
from data_sources.services import Services
from data_sources.stores.intervals import Interval, values_of
from data_sources.views.feeds import BothNames
from data_sources.views.indicators import indicator_item
from data_sources.views.observations import place_names
from data_sources.views.weekly import (
    SLOW_BACK,
    WEEK,
    Course,
    WeeklyRow,
    is_rare,
    local_start,
    name_of,
    weekly_row,
)

DAYS_OF_WEEK = 7


def week_evidence(
    services: Services, spec: IndicatorSpec, value: IndicatorValue | None, monday: date, now: datetime
) -> WeekEvidence:
    """What stands behind the indicator in the week that begins on `monday`; `value` is that of now."""
    city = services.city
    places = place_names(city, services.live.features())
    item = indicator_item(spec, value, places, now)
    made_of = behind(services, spec, item)
    course = courses_of(services, monday, [spec]).get(spec.key, Course())
    row = weekly_row(spec, city, monday, course)
    week = local_start(monday, city), local_start(monday + WEEK, city)
    until = min(now, week[1] - INSTANT)
    is_daily = bool(made_of.series) and min(one.cadence_s for one in made_of.series) <= DAY.total_seconds()
    inputs = _inputs(services, made_of.series, places, week, now)
    return WeekEvidence(
        **standing(services, spec, item, made_of),
        synthetic=services.synthetic if row.value is None else course.synthetic,
        week=_figure(spec, city, row, monday, now),
        item=item,
        inputs=inputs[:INPUTS_MAX],
        inputs_total=len(inputs),
        intervals=intervals_of(
            services, made_of.series, week[1] - INSTANT, (Grain.DAY, DAYS_OF_WEEK) if is_daily else None
        ),
        recent=[] if made_of.own is None else _recent(services, spec, made_of.own, week),
        flagged=flagged_of(services, made_of.series, until),
        rejected=rejected_of(services, made_of.sent_by, week),
        csv=_rows(spec, city, row, week),
    )


def _figure(spec: IndicatorSpec, city: City, row: WeeklyRow, monday: date, now: datetime) -> WeekFigure:
    start, end = local_start(monday, city), local_start(monday + WEEK, city)
    is_judged = row.value is not None and row.says == row.status
    return WeekFigure(
        week=name_of(monday),
        start=start,
        end=end,
        is_over=end <= now,
        statistic=spec.week,
        value=row.value,
        says=row.says,
        status=row.status,
        band=judge(spec, city.scales, row.value)[1] if is_judged and row.value is not None else None,
        change=row.change,
        completeness=row.completeness,
        min_completeness=row.min_completeness,
        value_class=row.value_class,
        period=row.period,
        period_start=row.period_start,
    )


def _inputs(
    services: Services, series: list[Series], places: Mapping[str, BothNames], week: Interval, now: datetime
) -> list[Input]:
    """The series that go in with their means in the week; one that is told less often than weekly with what
    was told last."""
    start, end = week
    slow = [one.series_id for one in series if one.cadence_s > WEEK.total_seconds()]
    fast = [one.series_id for one in series if one.series_id not in slow]
    found = []
    for told in services.history.rollups(fast, Grain.WEEK, start, end):
        for last in told.rollups[-1:]:
            found.append(
                named_input(
                    services.city,
                    places,
                    told.series,
                    value=last.mean,
                    observed_at=min(now, end),
                    csv=series_address(told.series, Grain.HOUR, week),
                )
            )
    for values in services.history.observation_values(slow, start - SLOW_BACK, end + INSTANT):
        for at, value in list(zip(values.times, values.values, strict=True))[-1:]:
            found.append(
                named_input(
                    services.city,
                    places,
                    values.series,
                    value=value,
                    observed_at=at,
                    csv=series_address(values.series),
                )
            )
    return found


def _recent(services: Services, spec: IndicatorSpec, own: Series, week: Interval) -> list[Recent]:
    """The last values of the week; of a rare statistic the last up to its end."""
    start, end = values_of(week, own.period_s)
    since = start - SLOW_BACK if is_rare(spec) else start
    return recent_between(services, own, (since, end), spec.cadence_s)


def _rows(spec: IndicatorSpec, city: City, row: WeeklyRow, week: Interval) -> str:
    """Where the indicator's rows of the week are: hours or days; of a rare statistic its months."""
    if not is_rare(spec):
        return indicator_rows(
            spec.key, Grain.HOUR if spec.cadence_s < DAY.total_seconds() else Grain.DAY, week
        )
    since = week[0] if row.period_start is None else local_start(row.period_start, city)
    return indicator_rows(spec.key, Grain.MONTH, (min(since, week[0]), week[1]))
