"""Evidence of a monthly statistic that came as a sheet: what came by month, what looks odd, what it was."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from data_sources.model.observation import CITY_FEATURE, FILE_FEED, Grain, Observation
from data_sources.rollup.back_history import fill_back_history
from data_sources.services import Services
from data_sources.stores.intervals import interval_of
from data_sources.stores.memory import MemoryHistory
from data_sources.text import load_texts
from tests.indicators.builders import RIDERS
from tests.server.samples import NOW, BreakableLive, make_city

Ask = Callable[..., httpx.Response]


@pytest.fixture
def services(tmp_path: Path, live: BreakableLive, history: MemoryHistory) -> Services:
    city = make_city(tmp_path).model_copy(update={"indicators": (RIDERS,)})
    return Services(
        city=city,
        live=live,
        history=history,
        clock=lambda: NOW,
        texts=load_texts(),
        synthetic=True,  # a demo, in which the sheet alone is real
    )


def months_back(services: Services, count: int) -> list[datetime]:
    """Ends of the last whole months, oldest first."""
    ends = [interval_of(Grain.MONTH, NOW, services.city.zone)[0]]
    while len(ends) < count:
        ends.append(interval_of(Grain.MONTH, ends[-1] - timedelta(days=1), services.city.zone)[0])
    return ends[::-1]


@pytest.fixture
def told(services: Services, history: MemoryHistory) -> list[datetime]:
    """A sheet of 20 months with a hole two months ago; the first figure is told twice, the last rounded."""
    ends = months_back(services, 20)
    flags = {ends[0]: ("duplicate_period",), ends[1]: ("duplicate_period",), ends[-1]: ("rounded",)}
    history.record_observations(
        [
            Observation(
                feed_id=FILE_FEED,
                feature_id=CITY_FEATURE,
                property_id="riders",
                value=1000.0 + number,
                unit="persons/day",
                observed_at=end,
                received_at=NOW,
                period_s=RIDERS.cadence_s,
                cadence_s=RIDERS.cadence_s,
                flags=flags.get(end, ()),
            )
            for number, end in enumerate(ends)
            if end != ends[-2]
        ]
    )
    history.roll(NOW, services.city.zone)
    fill_back_history(services.city, history, NOW)
    return ends


def evidence(ask: Ask) -> dict[str, Any]:
    answer = ask("GET", "/api/v1/indicators/MOB-01")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.usefixtures("told")
def test_what_came_is_told_by_month_with_its_hole(ask: Ask) -> None:
    intervals = evidence(ask)["intervals"]
    assert [one["expected"] for one in intervals] == [1] * 12
    assert [one["count"] for one in intervals] == [1] * 9 + [0, 1, 0]  # the last month is not over


@pytest.mark.usefixtures("told")
def test_what_looks_odd_is_counted(ask: Ask) -> None:
    assert evidence(ask)["flagged"] == [
        {"code": "duplicate_period", "count": 2},
        {"code": "rounded", "count": 1},
    ]


def test_last_values_are_told_though_only_their_hours_are_kept(ask: Ask, told: list[datetime]) -> None:
    recent = evidence(ask)["recent"]
    assert [one["value"] for one in recent[:3]] == [1019, 1017, 1016]
    assert datetime.fromisoformat(recent[0]["observed_at"]) == told[-1]


@pytest.mark.usefixtures("told")
def test_real_series_is_not_called_synthetic_in_a_demo(ask: Ask) -> None:
    asked = "from=2020-01-01T00:00:00Z&grain=month"
    assert ask("GET", f"/api/v1/indicators/MOB-01/series?{asked}").json()["synthetic"] is False


@pytest.mark.usefixtures("told")
def test_all_rows_of_the_sheet_are_one_call_away_and_odd_ones_say_so(ask: Ask) -> None:
    asked = "feature_id=city&property=riders&feed_id=files"
    items = ask("GET", f"/api/v1/observations/series?{asked}").json()["items"]
    assert [one.get("quality", []) for one in items[:3]] == [["duplicate_period"], ["duplicate_period"], []]
    rows = ask("GET", f"/api/v1/observations/series?{asked}&format=csv").text.splitlines()
    assert len(rows) == 1 + 19
    assert rows[0].endswith(",quality")
    assert rows[-1].endswith(",rounded")


@pytest.mark.usefixtures("told")
def test_rows_of_a_monthly_indicator_are_months(ask: Ask) -> None:
    rows = ask("GET", evidence(ask)["csv"]).text.splitlines()
    assert len(rows) == 1 + 19
