"""Indicators, scales, series and a small city for tests."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from data_sources.indicators.engine import compute
from data_sources.indicators.frames import Column, Input, column_times
from data_sources.model.city import City
from data_sources.model.indicator import BandScale, IndicatorSpec
from data_sources.model.observation import Observation, ValueClass
from tests.builders import NOON

ZONE = ZoneInfo("Asia/Bangkok")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NAME = {"th": "ก", "en": "a"}


def scale(edges: Mapping[str, float], last: str, **fields: Any) -> BandScale:
    """A scale by the status below each edge and above the last."""
    bands = [{"status": status, "names": NAME, "upto": upto} for status, upto in edges.items()]
    bands.append({"status": last, "names": NAME})
    return BandScale.model_validate(
        {"scale_id": "pm", "names": NAME, "unit": "µg/m³", "bands": bands, "source": "the test"} | fields
    )


def indicator(compute: str = "latest", inputs: Any = None, **fields: Any) -> IndicatorSpec:
    """An hourly indicator of one input `pm25`, of which a test says what it needs."""
    told = {
        "key": "ENV-01",
        "domain": "environment",
        "names": NAME,
        "definition": NAME,
        "formula": NAME,
        "unit": "µg/m³",
        "better": "lower",
        "cadence_s": 3600,
        "agency": NAME,
        "compute": compute,
        "inputs": inputs or {"value": {"property": "pm25"}},
    }
    return IndicatorSpec.model_validate(told | fields)


def city(
    indicators: Sequence[IndicatorSpec] = (),
    feeds: Sequence[Any] = (),
    scales: Sequence[BandScale] = (),
    features: Sequence[Any] = (),
) -> City:
    """A city in Bangkok's zone."""
    spec = {
        "city_id": "town",
        "names": NAME,
        "centre_name": NAME,
        "bounds": {"west": 10, "south": 50, "east": 11, "north": 51},
        "views": [
            {"view_id": "v", "names": NAME, "bounds": {"west": 10, "south": 50, "east": 11, "north": 51}}
        ],
    }
    return City(
        root=Path("nowhere"),
        spec=spec,  # type: ignore[arg-type]
        feeds=tuple(feeds),
        screens=(),
        indicators=tuple(indicators),
        scales={one.scale_id: one for one in scales},
        features=tuple(features),
    )


def column(
    feature_id: str,
    values: Mapping[datetime, float] | Sequence[float],
    feed_id: str = "feed",
    cadence_s: float = 3600,
    **fields: Any,
) -> Column:
    """A series; values given without times are of whole cadences, the last at noon."""
    if not isinstance(values, Mapping):
        start = NOON - timedelta(seconds=cadence_s) * (len(values) - 1)
        values = {start + timedelta(seconds=cadence_s) * n: value for n, value in enumerate(values)}
    times = sorted(values)
    numbers = np.array([values[at] for at in times], dtype=np.float64)
    return Column(feature_id, feed_id, cadence_s, column_times(times), numbers, **fields)


def given(*columns: Column, expected: Sequence[str] | None = None) -> Input:
    """An input; by default every feature with a series is expected."""
    names = dict.fromkeys(one.feature_id for one in columns)
    return Input(tuple(columns), tuple(names if expected is None else expected))


def at(spec: IndicatorSpec, inputs: Mapping[str, Input] | Input, *times: datetime, **of: Any) -> pd.DataFrame:
    """What the formula gives at each time (default: noon)."""
    named = {"value": inputs} if isinstance(inputs, Input) else inputs
    return compute(spec, city((spec,), **of), named, pd.DatetimeIndex(times or (NOON,)))


def row(spec: IndicatorSpec, inputs: Mapping[str, Input] | Input, when: datetime = NOON, **of: Any) -> Any:
    """What the formula gives at one time."""
    return at(spec, inputs, when, **of).iloc[0]


def observation(value: float, when: datetime, **fields: Any) -> Observation:
    """An hourly PM2.5 of station `s1`."""
    told: dict[str, Any] = {
        "feed_id": "air",
        "feature_id": "s1",
        "property_id": "pm25",
        "value": value,
        "unit": "µg/m³",
        "observed_at": when,
        "received_at": when,
        "cadence_s": 3600.0,
        "value_class": ValueClass.OBSERVED,
    }
    return Observation(**(told | fields))


RIDERS = indicator(
    key="MOB-01",
    domain="mobility",
    unit="persons/day",
    inputs={"value": {"property": "riders", "grain": "month"}},
    cadence_s=31 * 86_400.0,
    week="last",
)
"""A statistic that is told once a month."""
