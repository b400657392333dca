"""Trend: how a value moved against the one a day, week, month or year earlier. Pure."""

from calendar import monthrange
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data_sources.measures.limits import distance
from data_sources.model.indicator import IndicatorSpec, Trend

_DAYS = {"day": 1, "week": 7}


def earlier(at: datetime, over: str, zone: ZoneInfo) -> datetime:
    """The same local time a day, week, month or year before; on the last day of a shorter month, or of
    February, where there is no such day."""
    local = at.astimezone(zone)
    if over in _DAYS:
        return (local - timedelta(days=_DAYS[over])).astimezone(at.tzinfo)
    year, month = (local.year - 1, local.month) if over == "year" else (local.year, local.month - 1)
    if month == 0:
        year, month = year - 1, 12
    day = min(local.day, monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(at.tzinfo)


def trend(spec: IndicatorSpec, value: float, before: float, before_at: datetime) -> Trend:
    """The movement from `before` to `value`. A change of no more than the deadband, as a share of the
    earlier value, is flat; from zero every change counts."""
    change = value - before
    direction = "flat" if abs(change) <= spec.trend_deadband * abs(before) else "up" if change > 0 else "down"
    return Trend(
        direction=direction,  # type: ignore[arg-type]
        change=change,
        before=before,
        before_at=before_at,
        over=spec.trend_over,
        good=None if direction == "flat" else _is_good(spec, value, before),
    )


def _is_good(spec: IndicatorSpec, value: float, before: float) -> bool | None:
    if spec.better == "lower":
        return value < before
    if spec.better == "higher":
        return value > before
    if spec.better == "target" and spec.target is not None:
        now, then = distance(value, spec.target), distance(before, spec.target)
        return None if now == then else now < then
    return None
