"""A real series of the pack beside a newer simulated one: the figure is the real one, and tells its age."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data_sources.catalogue import load_city
from data_sources.imports.handing_in import hand_in
from data_sources.imports.planning import plan_import
from data_sources.imports.spec import read_imports
from data_sources.measures.freshness import Freshness
from data_sources.model.city import City
from data_sources.model.indicator import IndicatorValue
from data_sources.model.observation import FILE_FEED, INDICATOR_FEED, Grain, Observation, ValueClass
from data_sources.rollup.loop import RollupLoop
from data_sources.rollup.platform import Knowledge
from data_sources.stores.memory import MemoryHistory, MemoryLive
from data_sources.views.indicators import state_of

PACK = Path(__file__).resolve().parents[2] / "dashboard" / "cities" / "khon_kaen"
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
HEADS = {"MOB-01": "passengers_per_day", "MOB-09": "accidents"}
PROPERTIES = {"MOB-01": ("shuttle_passengers", 1), "MOB-09": ("shuttle_accidents", 31)}


@pytest.fixture(scope="module")
def town() -> City:
    whole = load_city(PACK, {})
    return whole.model_copy(update={"indicators": tuple(x for x in whole.indicators if x.key in HEADS)})


def simulated(town: City) -> list[Observation]:
    """A year of values that the simulated feeds told, up to now."""
    return [
        Observation(
            feed_id="shuttle_report" if name == "shuttle_passengers" else "shuttle_accidents",
            feature_id="city",
            property_id=name,
            value=77.0,
            unit=town.properties[name].unit,
            observed_at=NOW - timedelta(days=back),
            received_at=NOW - timedelta(days=back),
            period_s=86_400.0 * days,
            cadence_s=86_400.0 * days,
            value_class=ValueClass.SYNTHETIC,
            synthetic=True,
        )
        for name, days in PROPERTIES.values()
        for back in range(0, 365, days)
    ]


class Rolled:
    """History and live store after the series was handed in and some minutes have passed."""

    def __init__(self, town: City, content: bytes | None = None) -> None:
        self.town, self.history, self.live = town, MemoryHistory(), MemoryLive()
        self.history.record_observations(simulated(town))
        self.import_sheet((PACK / "data" / "shuttle_monthly.csv").read_bytes())
        self.loop = RollupLoop(Knowledge(town), self.history, self.live, "one")
        self.run(NOW, 600)

    def import_sheet(self, content: bytes, at: datetime = NOW) -> None:
        plan = plan_import(content, "shuttle_monthly.csv", self.town, read_imports(self.town), at)
        hand_in(plan, content, self.history, at)

    def run(self, start: datetime, seconds: int) -> None:
        for second in range(0, seconds, 5):
            self.loop.tick(start + timedelta(seconds=second))

    def value(self, key: str) -> IndicatorValue:
        return next(one for one in self.live.indicators() if one.key == key)

    def months(self, key: str) -> list[float]:
        ids = [one.series_id for one in self.history.series(key, INDICATOR_FEED)]
        (found,) = self.history.rollups(ids, Grain.MONTH, datetime(2020, 1, 1, tzinfo=UTC), NOW)
        return [one.last for one in found.rollups]


@pytest.fixture(scope="module")
def rolled(town: City) -> Rolled:
    return Rolled(town)


def sheet() -> list[dict[str, str]]:
    return list(csv.DictReader((PACK / "data" / "shuttle_monthly.csv").read_text("utf-8").splitlines()))


@pytest.mark.parametrize("key", HEADS)
def test_figure_is_the_last_real_one_and_old(rolled: Rolled, town: City, key: str) -> None:
    value = rolled.value(key)
    assert value.value == float(sheet()[-1][HEADS[key]])
    assert (value.value_class, value.synthetic) == (ValueClass.OBSERVED, False)
    assert value.feed_ids == (FILE_FEED,)
    assert value.observed_at == datetime(2025, 8, 31, 17, tzinfo=UTC)
    spec = next(one for one in town.indicators if one.key == key)
    assert state_of(spec, value, NOW) is Freshness.STALE


@pytest.mark.parametrize("key", HEADS)
def test_history_is_all_39_real_months_and_nothing_else(rolled: Rolled, key: str) -> None:
    assert [one.synthetic for one in rolled.history.series(key, INDICATOR_FEED)] == [False]
    assert rolled.months(key) == [float(row[HEADS[key]]) for row in sheet()]


def test_line_shows_the_real_months_and_a_hole_since(rolled: Rolled) -> None:
    line = rolled.value("MOB-01").line
    assert [one for one in line if one is not None] == [float(row["passengers_per_day"]) for row in sheet()]
    assert line[-14:] == (None,) * 14


def test_trend_is_against_the_same_month_a_year_before(rolled: Rolled) -> None:
    trend = rolled.value("MOB-01").trend
    assert trend is not None
    assert (trend.before, trend.direction, trend.good) == (18_000, "down", False)


def test_month_that_a_later_sheet_corrects_is_corrected_in_the_history(town: City) -> None:
    one = Rolled(town)
    one.import_sheet(b"period,passengers_per_day\n2023-05,8055\n2025-09,15500\n", NOW + timedelta(minutes=30))
    one.run(NOW + timedelta(minutes=30), 300)
    assert one.months("MOB-01")[10:13] == [10_816.67, 8_055, 7_654.23]
    assert one.months("MOB-01")[-1] == one.value("MOB-01").value == 15_500


def test_odd_months_are_flagged_where_their_rows_are(rolled: Rolled) -> None:
    (series,) = rolled.history.series("shuttle_passengers", FILE_FEED)
    (told,) = rolled.history.observation_values([series.series_id], datetime(2022, 1, 1, tzinfo=UTC), NOW)
    counts = [code for flags in told.flags.values() for code in flags]
    assert {code: counts.count(code) for code in set(counts)} == {"duplicate_period": 4, "rounded": 16}
