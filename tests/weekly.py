"""Hand-made weeks of indicators for tests: specs, rollups and a history that holds them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from data_sources.model.city import City
from data_sources.model.indicator import IndicatorSpec
from data_sources.model.observation import CITY_FEATURE, INDICATOR_FEED, Rollup, Series
from data_sources.stores.memory import MemoryHistory
from data_sources.stores.rollup_columns import columns_of
from data_sources.views.weekly import WEEK, local_start

MONDAY = date(2026, 11, 16)
HOUR_S, DAY_S = 3600, 86_400
MONTH_S, YEAR_S = 31 * DAY_S, 366 * DAY_S


def spec(key: str = "ENV-01", domain: str = "environment", **more: Any) -> IndicatorSpec:
    words = {"th": f"ไทย {key}", "en": f"Name {key}"}
    plain = {"better": "lower", "cadence_s": HOUR_S, "unit": "u", "compute": "latest", "inputs": {}}
    names = dict.fromkeys(("names", "definition", "formula", "agency"), words)
    return IndicatorSpec.model_validate({"key": key, "domain": domain, **plain, **names, **more})


def target(value: float, **more: Any) -> dict[str, Any]:
    return {"target": {"value": value, "source": "a council", **more}}


def rollup(city: City, monday: date, value: float, share: float = 1.0) -> Rollup:
    """A week of hours that all say `value`, `share` of which are there."""
    count = round(168 * share)
    start = local_start(monday, city)
    return Rollup(
        start=start, count=count, expected=168, minimum=value, mean=value, maximum=value, last=value
    )


def weeks(city: City, values: Sequence[float | None], last: date = MONDAY) -> list[Rollup]:
    """Rollups of whole weeks up to `last`; None: nothing came."""
    mondays = [last - WEEK * back for back in range(len(values) - 1, -1, -1)]
    pairs = zip(mondays, values, strict=True)
    return [rollup(city, monday, value) for monday, value in pairs if value is not None]


def series_of(one: IndicatorSpec, **more: Any) -> Series:
    return Series(
        series_id=0,
        feed_id=INDICATOR_FEED,
        feature_id=CITY_FEATURE,
        property_id=one.key,
        unit=one.unit,
        cadence_s=one.cadence_s,
        period_s=one.cadence_s if one.cadence_s > DAY_S else None,
        **more,
    )


def fill(history: MemoryHistory, city: City, last: date = MONDAY, count: int = 13) -> None:
    """Back history of every indicator of a city: `count` weeks of hours up to the week of `last`, a value
    every month or year of the rare ones."""
    first = local_start(last - WEEK * (count - 1), city)
    hours = count * 7 * 24
    loaded = []
    for number, one in enumerate(city.indicators):
        step = max(1, int(one.cadence_s // HOUR_S))
        n = max(1, int(HOUR_S // one.cadence_s))
        rolled = []
        for index in range(0, hours, step):
            value = 10.0 + number + index / hours
            rolled.append(
                Rollup(
                    start=first + timedelta(hours=index),
                    count=n,
                    expected=n,
                    minimum=value - 1,
                    mean=value,
                    maximum=value + 1,
                    last=value,
                )
            )
        loaded.append((series_of(one, synthetic=True), columns_of(rolled)))
    history.load_hours(loaded, city.zone)
