"""The city's week for executives: what stands for it of each headline indicator. Pure.

A figure of the week is that of `/api/v1/indicators/{key}/series?grain=week`: the statistic that the spec
names, of the week's rollup. What comes less often than weekly (statistics of a month or a year) shows its
last value with the period that it is of; how it changed within a week cannot be told and is not.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from data_sources.measures.statistics import statistic_of
from data_sources.model.city import City
from data_sources.model.indicator import DOMAINS, IndicatorSpec, Status
from data_sources.model.observation import Rollup, ValueClass
from data_sources.views.feeds import BothNames
from data_sources.views.indicators import both, fresh_limits_s
from data_sources.views.limits import Limit, limit_shown
from data_sources.views.series import status_at

WEEK = timedelta(days=7)
LINE_WEEKS = 12
PRINTED_OF_A_DOMAIN = 2
"""Rows of a domain on paper when nothing else needs the room: 7 x 2 = 14, as the design says."""
PRINTED_AT_MOST = 16
"""Rows that one sheet of A4 has room for."""
SLOW_BACK = timedelta(days=3 * 366)
"""How far before the week the last value of a rare statistic is looked for; some come yearly, and late."""
_WEEK_NAME = re.compile(r"[0-9]{4}-W[0-9]{2}")
EARLIEST = date(2000, 1, 3)
"""Monday of the first week that can be asked for: nothing is recorded from before."""

URGENCY = ("critical", "warning", "watch", "insufficient", "unknown", "normal", "no_limit")
"""What a row can say, the most urgent first. `insufficient` and `unknown` come before `normal`: what cannot
be judged needs a person too."""
ABNORMAL = URGENCY[:3]


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an indicator: rollups of its own series by week, as far back as its kind needs
    (`LINE_WEEKS`, or `SLOW_BACK` for a rare one), and those by month of a rare one."""

    weeks: Sequence[Rollup] = ()
    months: Sequence[Rollup] = ()
    synthetic: bool = False


class WeeklyRow(msgspec.Struct, frozen=True, kw_only=True, rename={"value_class": "class"}):
    """One indicator in the week.

    `says` is one of `URGENCY`: the status; `insufficient` below the floor of completeness even where no limit
    is set; `unknown` where there is no value or it is beyond its stale limit. `change` is on the week before,
    null where either week is missing or has too little. `period_start` and `period` (month, quarter, year)
    tell what a rare statistic is of, null for a figure of the week. `line` are the weeks up to this one,
    oldest first; null is a hole: missing, or too little.
    """

    key: str
    domain: str
    name: BothNames
    says: str
    status: Status | None
    value: float | None
    unit: str
    decimals: int
    limit: Limit | None
    change: float | None
    line: tuple[float | None, ...]
    completeness: float | None
    min_completeness: float
    value_class: ValueClass
    source: BothNames
    period: str | None = None
    period_start: date | None = None


class WeeklyDomain(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one domain, most urgent first; the first `printed` of them stand on paper."""

    domain: str
    printed: int
    rows: list[WeeklyRow]


class WeeklyPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A week of the city. Domains with what is most urgent come first. `is_over` is false for the week
    that still runs. `counts` are of all rows, by what they say."""

    week: str
    start: date
    end: date
    is_over: bool
    made_at: datetime
    synthetic: bool
    replay: bool
    counts: dict[str, int]
    domains: list[WeeklyDomain]


def week_of(name: str, now: datetime, city: City) -> date | None:
    """Monday of the ISO 8601 week `2026-W47`. None for a week that no calendar has, that has not begun
    in the city, or that lies before all records."""
    if not _WEEK_NAME.fullmatch(name):
        return None
    try:
        monday = date.fromisocalendar(int(name[:4]), int(name[6:]), 1)
    except ValueError:
        return None
    return monday if EARLIEST <= monday <= now.astimezone(city.zone).date() else None


def name_of(monday: date) -> str:
    """The ISO 8601 name of the week that begins on `monday`: `2026-W47`."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def last_full_week(now: datetime, city: City) -> date:
    """Monday of the newest week that is over in the city."""
    today = now.astimezone(city.zone).date()
    return today - timedelta(days=today.weekday()) - WEEK


def local_start(day: date, city: City) -> datetime:
    """The instant at which the local day begins, UTC."""
    return datetime.combine(day, time(), city.zone).astimezone(UTC)


def is_rare(spec: IndicatorSpec) -> bool:
    """Whether the indicator comes less often than weekly."""
    return spec.cadence_s > WEEK.total_seconds()


def headlines(city: City) -> list[IndicatorSpec]:
    """The indicators of the page, in the pack's order."""
    return [spec for spec in city.indicators if spec.headline]


def weekly_picture(
    city: City, monday: date, courses: Mapping[str, Course], now: datetime, *, synthetic: bool, replay: bool
) -> WeeklyPicture:
    """The week that begins on `monday`; `courses` of the indicators by key."""
    nothing = Course()
    rows = [weekly_row(spec, city, monday, courses.get(spec.key, nothing)) for spec in headlines(city)]
    by_domain = [_urgent_first(row for row in rows if row.domain == domain) for domain in DOMAINS]
    shown = sorted((some for some in by_domain if some), key=lambda some: URGENCY.index(some[0].says))
    domains = [
        WeeklyDomain(domain=some[0].domain, printed=count, rows=some)
        for some, count in zip(shown, _printed(shown), strict=True)
    ]
    counts = {says: sum(row.says == says for row in rows) for says in URGENCY}
    return WeeklyPicture(
        week=name_of(monday),
        start=monday,
        end=monday + timedelta(days=6),
        is_over=local_start(monday + WEEK, city) <= now,
        made_at=now,
        synthetic=synthetic or any(row.value_class is ValueClass.SYNTHETIC for row in rows),
        replay=replay,
        counts=counts,
        domains=domains,
    )


def _urgent_first(rows: Iterable[WeeklyRow]) -> list[WeeklyRow]:
    return sorted(rows, key=lambda row: URGENCY.index(row.says))


def _printed(domains: Sequence[Sequence[WeeklyRow]]) -> list[int]:
    """How many rows of each domain stand on paper: its most urgent one, then whatever is beyond a limit,
    however many that are in one domain, then a second one of each; as far as the sheet has room."""
    seats: list[tuple[int, int, int]] = []
    for at, rows in enumerate(domains):
        for place, row in enumerate(rows):
            if place == 0:
                seats.append((0, 0, at))
            elif row.says in ABNORMAL:
                seats.append((1, URGENCY.index(row.says), at))
            elif place < PRINTED_OF_A_DOMAIN:
                seats.append((2, URGENCY.index(row.says), at))
    taken = sorted(seats)[:PRINTED_AT_MOST]
    return [sum(at == own for *_, own in taken) for at in range(len(domains))]


def weekly_row(spec: IndicatorSpec, city: City, monday: date, course: Course) -> WeeklyRow:
    """The indicator in the week that begins on `monday`."""
    by_start = {one.start: one for one in course.weeks}
    starts = [local_start(monday - WEEK * back, city) for back in range(LINE_WEEKS - 1, -1, -1)]
    end = local_start(monday + WEEK, city)
    own = by_start.get(starts[-1])
    if own is None and is_rare(spec):
        own = max((one for one in by_start.values() if one.start < end), key=_start, default=None)
    value = None if own is None else statistic_of(own, spec.week)
    completeness = None if own is None else round(own.completeness, 4)
    status = None if own is None or value is None else status_at(spec, city, value, own.completeness)
    line = tuple(_sufficient(spec, by_start.get(start)) for start in starts)
    change = None
    if not is_rare(spec) and line[-1] is not None and line[-2] is not None:
        change = line[-1] - line[-2]
    period = _period(spec)
    known = max((one.start for one in course.months if one.start < end), default=None)
    return WeeklyRow(
        key=spec.key,
        domain=spec.domain,
        name=both(spec.names.th, spec.names.en),
        says=_says(spec, own, status, end),
        status=status,
        value=value,
        unit=spec.unit,
        decimals=spec.decimals,
        limit=limit_shown(spec, city),
        change=change,
        line=line,
        completeness=completeness,
        min_completeness=spec.min_completeness,
        value_class=ValueClass.SYNTHETIC if course.synthetic else ValueClass(spec.value_class),
        source=both(spec.agency.th, spec.agency.en),
        period=period if own is not None else None,
        period_start=known.astimezone(city.zone).date() if known and period and own else None,
    )


def _start(rollup: Rollup) -> datetime:
    return rollup.start


def _sufficient(spec: IndicatorSpec, rollup: Rollup | None) -> float | None:
    """The week's value, or null for a hole."""
    if rollup is None or rollup.completeness < spec.min_completeness:
        return None
    return statistic_of(rollup, spec.week)


def _says(spec: IndicatorSpec, rollup: Rollup | None, status: Status | None, end: datetime) -> str:
    if rollup is None:
        return "unknown"
    if rollup.completeness < spec.min_completeness:
        return "insufficient"
    told_by = rollup.start + WEEK
    if (end - told_by).total_seconds() > fresh_limits_s(spec)[1]:
        return "unknown"
    return "no_limit" if status is None else status.value


def _period(spec: IndicatorSpec) -> str | None:
    """What kind of period a rare statistic is of. By cadence: a year of months is given as 31 or 92 days."""
    if not is_rare(spec):
        return None
    days = spec.cadence_s / 86_400
    if days <= 31:
        return "month"
    return "quarter" if days <= 92 else "year"
