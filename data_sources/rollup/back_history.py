"""The past of indicators, worked out of the past of their inputs: after a bulk load, or when a long series
was imported. By the hour, by the same formulas as now, for the bulk path of the history store."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import structlog

from data_sources.errors import StoreError
from data_sources.indicators.engine import compute
from data_sources.indicators.frames import HOUR_US, Input, times_us, worst_class
from data_sources.indicators.inputs import InputReader
from data_sources.model.city import City
from data_sources.model.indicator import IndicatorSpec
from data_sources.model.observation import (
    CITY_FEATURE,
    INDICATOR_FEED,
    Series,
    ValueClass,
)
from data_sources.stores.base import HistoryStore
from data_sources.stores.folding import hour_of_utc
from data_sources.stores.observation_folding import SLOW_FROM_S
from data_sources.stores.rollup_columns import RollupColumns

log = structlog.get_logger("rollup")

HOUR = timedelta(hours=1)
PAST_FOR = timedelta(days=5 * 366)
"""How far back the past is worked out: as long as hours are kept."""
PAST_SLOW_FOR = timedelta(days=10 * 366)
"""The same of indicators with a cadence of a day or longer, whose values are kept for ever."""

Hours = tuple[Series, RollupColumns]


def fill_back_history(
    city: City,
    history: HistoryStore,
    now: datetime,
    specs: Iterable[IndicatorSpec] | None = None,
    *,
    anew: bool = False,
) -> int:
    """Work out and keep the past of indicators (default: all) as far as their inputs reach and they do not,
    or with `anew` all of it; hours kept. StoreError when the history is away."""
    reader = InputReader(history, city.zone)
    reader.begin(now)
    own = {} if anew else own_beginnings(history)
    wanted = city.indicators if specs is None else specs
    return history.load_hours(_all_hours(city, reader, own, now, wanted), city.zone)


def own_beginnings(history: HistoryStore) -> dict[str, datetime]:
    """When each indicator's own series begins, by key."""
    found: dict[str, datetime] = {}
    for series in history.series(feed_id=INDICATOR_FEED):
        if series.first_at is not None:
            found[series.property_id] = min(series.first_at, found.get(series.property_id, series.first_at))
    return found


def _all_hours(
    city: City,
    reader: InputReader,
    own: Mapping[str, datetime],
    now: datetime,
    specs: Iterable[IndicatorSpec],
) -> Iterator[Hours]:
    for spec in specs:
        first = reader.first_at(spec)
        end = hour_of_utc(own.get(spec.key, now))
        if first is None:
            continue
        # A first value on the hour may end the hour before.
        past_for = PAST_SLOW_FOR if spec.cadence_s >= SLOW_FROM_S else PAST_FOR
        start = max(hour_of_utc(first) - HOUR, hour_of_utc(now - past_for))
        if start >= end:
            continue
        try:
            hours = past_hours(spec, city, reader.read(spec, end, since=start), start, end)
        except StoreError:
            raise
        except Exception:
            log.error("formula failed on the past", indicator=spec.key, exc_info=True)
            continue
        if hours is not None:
            yield hours


def past_hours(
    spec: IndicatorSpec, city: City, inputs: Mapping[str, Input], start: datetime, end: datetime
) -> Hours | None:
    """The indicator at the end of each hour from `start` to `end` in which it was observed anew, as rollups
    of its own series; None without any. Too incomplete hours are left out, as they have no value now."""
    times = pd.date_range(start + HOUR, end, freq="h")
    if times.empty:
        return None
    frame = compute(spec, city, inputs, times)
    anew = frame["observed_at"] > times - HOUR
    kept = frame[anew & frame["value"].notna() & (frame["completeness"] >= spec.min_completeness)]
    if kept.empty:
        return None
    value_class = worst_class(inputs.values(), ValueClass(spec.value_class))
    expected = max(1, int(HOUR.total_seconds() / spec.cadence_s + 1e-9))
    series = Series(
        series_id=0,
        feed_id=INDICATOR_FEED,
        feature_id=CITY_FEATURE,
        property_id=spec.key,
        unit=spec.unit,
        cadence_s=spec.cadence_s,
        period_s=period_of(spec),
        value_class=value_class,
        synthetic=value_class is ValueClass.SYNTHETIC,
    )
    values = kept["value"].to_numpy(dtype=np.float64)
    counts = np.full(values.size, expected, dtype=np.int64)
    starts_us = times_us(pd.DatetimeIndex(kept.index)) - HOUR_US
    return series, RollupColumns(starts_us, counts, counts, values, values, values, values)


def period_of(spec: IndicatorSpec) -> float | None:
    """Period that a value of the indicator holds for: a figure told once an hour or more seldom is one of
    the time before it, so that a day's figure counts for the day that it ends."""
    return spec.cadence_s if spec.cadence_s >= HOUR.total_seconds() else None
