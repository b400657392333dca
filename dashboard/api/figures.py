"""Parameters and shapes that the routes of figures share: grains, spans of time, series, CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from starlette.responses import Response

from dashboard.api.parameters import BadParameter, Period
from data_sources.measures.statistics import statistic_of
from data_sources.model.indicator import Statistic
from data_sources.model.observation import Grain, Rollup
from data_sources.stores.observation_folding import SLOW_FROM_S

Format = Literal["json", "csv"]

DEFAULT_SPAN = {
    Grain.RAW: timedelta(days=1),
    Grain.HOUR: timedelta(days=7),
    Grain.DAY: timedelta(days=90),
    Grain.WEEK: timedelta(days=7 * 53),
    Grain.MONTH: timedelta(days=366 * 3),
}
LONGEST_SPAN = {
    Grain.RAW: timedelta(days=31),
    Grain.HOUR: timedelta(days=400),
    Grain.DAY: timedelta(days=366 * 6),
    Grain.WEEK: timedelta(days=366 * 11),
    Grain.MONTH: timedelta(days=366 * 21),
}
"""Of one call; a year of hours is as long an answer as six of days."""


class Point(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One interval of a series, from `start` on; of a raw series the instant of the value.

    `value` is what stands for the interval: the raw value, else the statistic that the series is read by.
    `status` is null where no limit is set; `insufficient` below the floor of completeness. `quality`: codes
    of what looks odd in a raw value.
    """

    start: datetime
    value: float
    minimum: float | None = None
    mean: float | None = None
    maximum: float | None = None
    last: float | None = None
    count: int | None = None
    expected: int | None = None
    completeness: float | None = None
    status: str | None = None
    quality: tuple[str, ...] = ()


def interval_point(one: Rollup, statistic: Statistic, status: str | None = None) -> Point:
    """An interval as the statistic that stands for it, with the others beside it."""
    return Point(
        start=one.start,
        value=statistic_of(one, statistic),
        minimum=one.minimum,
        mean=one.mean,
        maximum=one.maximum,
        last=one.last,
        count=one.count,
        expected=one.expected,
        completeness=round(one.completeness, 4),
        status=status,
    )


class SeriesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A series, oldest first. An interval without values is left out: a hole is no zero."""

    synthetic: bool
    replay: bool
    key: str
    unit: str
    grain: Grain
    statistic: str | None
    items: list[Point]
    next: str | None = None


def span(period: Period, grain: Grain, now: datetime, cadence_s: float) -> tuple[datetime, datetime]:
    """Both ends of what is asked of a series; what was not given follows from the grain. BadParameter when
    out of order or too long for the grain. Raw values of a slow series are few: years of them may be asked
    for, and are given where no time was."""
    is_slow = grain is Grain.RAW and cadence_s >= SLOW_FROM_S
    longest = LONGEST_SPAN[Grain.DAY if is_slow else grain]
    default = longest if is_slow else DEFAULT_SPAN[grain]
    end = period.end or (now if period.start is None else max(now, period.start + default))
    start = period.start or end - default
    if start >= end:
        raise BadParameter("to", "must lie after from")
    if end - start > longest:
        raise BadParameter("to", f"at most {longest.days} days after from at this grain")
    return start, end


def csv_answer(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A table as CSV, UTF-8 with a mark so that a spreadsheet reads Thai. A text that a spreadsheet would
    take for a formula is quoted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([_cell(value) for value in row] for row in rows)
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}.csv"'}
    body = text.getvalue().encode("utf-8-sig")
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


def series_csv(answer: SeriesAnswer) -> Response:
    """The series as CSV: every row carries unit and whether it is synthetic."""
    figures = ("value", "unit", "minimum", "mean", "maximum", "last", "count", "expected")
    heads = ("key", "start", *figures, "status", "synthetic", "quality")
    rows = (
        (
            answer.key,
            one.start.isoformat(),
            one.value,
            answer.unit,
            one.minimum,
            one.mean,
            one.maximum,
            one.last,
            one.count,
            one.expected,
            one.status,
            answer.synthetic,
            " ".join(one.quality),
        )
        for one in answer.items
    )
    return csv_answer(f"{_file_name(answer.key)}-{answer.grain.value}", heads, rows)


def _file_name(key: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in key)[:80]


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return "'" + value
    return value
