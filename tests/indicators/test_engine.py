"""What the engine makes of a formula's result: status, freshness, class, trend, and reasons for no value."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from data_sources.indicators.engine import compute, evaluate
from data_sources.indicators.frames import Input
from data_sources.indicators.past import Line, Past
from data_sources.indicators.trend import earlier, trend
from data_sources.measures.limits import judge
from data_sources.model.indicator import IndicatorSpec, IndicatorValue, Status, Target
from data_sources.model.observation import ValueClass
from tests.builders import NOON
from tests.indicators.builders import DAY, HOUR, ZONE, city, column, given, indicator, scale

PM25 = scale({"normal": 15.0, "watch": 37.5, "warning": 75.0}, "critical")
BANDED = {"bands": "pm"}


def value(
    spec: IndicatorSpec, inputs: Input, now: datetime = NOON, past: Past | None = None, **of: Any
) -> IndicatorValue:
    town = city((spec,), scales=(PM25,), **of)
    frame = compute(spec, town, {"value": inputs}, pd.DatetimeIndex([now]))
    known = {} if past is None else {(spec.key, False): past}
    return evaluate(spec, town, frame, now, inputs={"value": inputs}, past=known)


def test_status_is_that_of_the_band() -> None:
    told = value(indicator(**BANDED), given(column("s", [40.0])))
    assert (told.value, told.status, told.band, told.reason) == (40, Status.WARNING, 2, None)


def test_without_a_limit_there_is_no_status() -> None:
    assert value(indicator(), given(column("s", [40.0]))).status is None
    assert value(indicator(), given()).status is None


def test_feed_that_stops_makes_its_indicator_unknown_and_then_missing() -> None:
    spec, stations = indicator(**BANDED), given(column("s", [10.0]))
    told = [value(spec, stations, NOON + n * HOUR) for n in (0, 5, 6, 10, 11)]
    assert [one.value for one in told] == [10, 10, 10, 10, None]
    assert [one.status for one in told] == ["normal", "normal", "unknown", "unknown", "unknown"]
    assert told[-1].reason == "no_input"
    assert told[-1].status is not Status.NORMAL


def test_statistic_that_comes_late_is_not_stale_for_that() -> None:
    spec = indicator(**BANDED, cadence_s=86_400, delay_s=60 * 86_400)
    told = value(spec, given(column("s", [10.0], cadence_s=86_400)), NOON + 62 * DAY)
    assert (told.value, told.status) == (10, Status.NORMAL)


@pytest.mark.parametrize(("heard", "status"), [(3, Status.NORMAL), (2, Status.INSUFFICIENT)])
def test_below_the_floor_of_completeness_there_is_no_value(heard: int, status: Status) -> None:
    stations = given(*(column(f"s{n}", [10.0]) for n in range(heard)), expected=("s0", "s1", "s2", "s3"))
    told = value(indicator("mean_over_features", **BANDED), stations)
    assert told.status is status
    assert (told.value is None) == (status is Status.INSUFFICIENT)
    assert (told.samples, told.expected, told.completeness) == (heard, 4, heard / 4)


def test_floor_is_the_packs() -> None:
    stations = given(column("a", [10.0]), expected=("a", "b"))
    assert value(indicator("mean_over_features", min_completeness=0.5), stations).value == 10


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ([{}], ValueClass.OBSERVED),
        ([{}, {"value_class": ValueClass.MODELLED}], ValueClass.MODELLED),
        ([{"value_class": ValueClass.MODELLED}, {"synthetic": True}], ValueClass.SYNTHETIC),
    ],
)
def test_class_is_the_farthest_from_observed(columns: list[dict[str, Any]], told: ValueClass) -> None:
    inputs = given(*(column(f"s{n}", [1.0], **fields) for n, fields in enumerate(columns)))
    one = value(indicator("max_over_features"), inputs)
    assert (one.value_class, one.synthetic) == (told, told is ValueClass.SYNTHETIC)


def test_figure_of_a_model_is_modelled_whatever_goes_in() -> None:
    assert value(indicator(value_class="modelled"), given(column("s", [1.0]))).value_class == "modelled"


@pytest.mark.parametrize(
    ("better", "target", "number", "status"),
    [
        ("lower", {"value": 5}, 5, "normal"), ("lower", {"value": 5}, 5.1, "watch"),
        ("higher", {"value": 5}, 5, "normal"), ("higher", {"value": 5}, 4.9, "watch"),
        ("target", {"low": 80, "high": 85}, 80, "normal"), ("target", {"low": 80, "high": 85}, 86, "watch"),
    ],
)  # fmt: skip
def test_target_tells_met_from_missed(better: str, target: Any, number: float, status: str) -> None:
    spec = indicator(better=better, target=Target(source="the test", **target))
    assert judge(spec, city().scales, number) == (status, None)


def past(*values: tuple[timedelta, float]) -> Past:
    """An indicator's past by how long before noon each value was."""
    known = sorted((NOON - back, number) for back, number in values)
    return Past([at for at, _ in known], [number for _, number in known], Line(NOON - DAY, (1.0, None)))


def test_trend_is_against_the_same_time_of_the_week_before() -> None:
    told = value(
        indicator(), given(column("s", [30.0])), past=past((7 * DAY, 20.0), (365 * DAY, 50.0), (8 * DAY, 9.0))
    )
    assert told.trend is not None
    assert (told.trend.direction, told.trend.change, told.trend.before) == ("up", 10, 20)
    assert (told.trend.over, told.trend.before_at, told.trend.good) == ("week", NOON - 7 * DAY, False)
    assert (told.week_ago, told.year_ago) == (20, 50)


def test_line_keeps_its_holes() -> None:
    told = value(indicator(), given(column("s", [30.0])), past=past())
    assert (told.line, told.line_start) == ((1.0, None), NOON - DAY)


def test_without_a_value_then_there_is_no_trend_now() -> None:
    told = value(
        indicator(), given(column("s", [30.0])), past=past((6 * DAY, 20.0), (7 * DAY + 7 * HOUR, 9.0))
    )
    assert (told.trend, told.week_ago, told.year_ago) == (None, None, None)


@pytest.mark.parametrize(
    ("better", "number", "direction", "good"),
    [
        ("lower", 90, "down", True), ("higher", 90, "down", False), ("neutral", 90, "down", None),
        ("lower", 95, "flat", None), ("lower", 105, "flat", None), ("lower", 105.1, "up", False),
    ],
)  # fmt: skip
def test_change_within_the_deadband_is_flat(
    better: str, number: float, direction: str, good: bool | None
) -> None:
    told = trend(indicator(better=better), number, 100.0, NOON)
    assert (told.direction, told.good) == (direction, good)


def test_coming_nearer_to_a_target_range_is_good() -> None:
    spec = indicator(better="target", target=Target(low=80, high=85, source="the test"))
    assert trend(spec, 90, 100, NOON).good is True
    assert trend(spec, 60, 75, NOON).good is False
    assert trend(spec, 80, 85, NOON).good is None


def test_month_and_year_before_the_last_of_a_month() -> None:
    march = datetime(2028, 3, 31, 12, tzinfo=ZONE)
    assert earlier(march, "month", ZONE) == datetime(2028, 2, 29, 12, tzinfo=ZONE)
    assert earlier(datetime(2028, 2, 29, tzinfo=ZONE), "year", ZONE) == datetime(2027, 2, 28, tzinfo=ZONE)
    assert earlier(datetime(2028, 1, 15, tzinfo=ZONE), "month", ZONE) == datetime(2027, 12, 15, tzinfo=ZONE)


@pytest.mark.parametrize(("over", "days"), [("day", 1), ("week", 7)])
def test_earlier_is_the_same_local_time_where_clocks_were_turned(over: str, days: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    turned = datetime(2026, 3, 29, 8, tzinfo=berlin)
    before = datetime(2026, 3, 29 - days, 8, tzinfo=berlin)
    assert earlier(turned.astimezone(UTC), over, berlin) == before.astimezone(UTC)
