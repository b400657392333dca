"""The week of the city as history has it: what the weekly page and its API both show."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from data_sources.model.indicator import IndicatorSpec
from data_sources.model.observation import INDICATOR_FEED, Grain
from data_sources.services import Services
from data_sources.stores.base import SeriesRollups
from data_sources.views.weekly import (
    LINE_WEEKS,
    SLOW_BACK,
    WEEK,
    Course,
    WeeklyPicture,
    headlines,
    is_rare,
    local_start,
    weekly_picture,
)


def picture_of(services: Services, monday: date) -> WeeklyPicture:
    """The week that begins on `monday`, in four queries of rollups. StoreError when history is away."""
    return weekly_picture(
        services.city,
        monday,
        courses_of(services, monday, headlines(services.city)),
        services.clock(),
        synthetic=services.synthetic,
        replay=services.replay,
    )


def courses_of(services: Services, monday: date, wanted: Sequence[IndicatorSpec]) -> dict[str, Course]:
    """What is known up to the end of the week of the indicators' own series, by key."""
    city, history = services.city, services.history
    specs = {spec.key: spec for spec in wanted}
    only = next(iter(specs)) if len(specs) == 1 else None
    kept = [one for one in history.series(only, INDICATOR_FEED) if one.property_id in specs]
    series = sorted(kept, key=lambda one: not one.synthetic)  # of two the real one comes last, and stands
    often = [one.series_id for one in series if not is_rare(specs[one.property_id])]
    rare = [one.series_id for one in series if is_rare(specs[one.property_id])]
    end = local_start(monday + WEEK, city)
    first = local_start(monday - WEEK * (LINE_WEEKS - 1), city)
    long_ago = local_start(monday, city) - SLOW_BACK
    told: dict[str, dict[str, Any]] = defaultdict(dict)

    def keep(kind: str, rolled: list[SeriesRollups]) -> None:
        for one in rolled:
            told[one.series.property_id] |= {kind: one.rollups, "synthetic": one.series.synthetic}

    keep("weeks", history.rollups(often, Grain.WEEK, first, end))
    keep("weeks", history.rollups(rare, Grain.WEEK, long_ago, end))
    keep("months", history.rollups(rare, Grain.MONTH, long_ago, end))
    return {key: Course(**course) for key, course in told.items()}
