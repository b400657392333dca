"""Contract performance by hand: bus hours, completeness, verdicts, and demand against seats."""

from datetime import UTC, date, datetime, timedelta

import pytest

from data_sources.measures.service_contract import (
    DayPerformance,
    charging_count,
    charging_now,
    day_performance,
    fill_gaps,
    hour_balances,
    vehicle_km,
)
from data_sources.model.city import OperationsSpec
from data_sources.model.operations import ServiceMinute, StopPassage
from data_sources.model.service import VehicleSpec
from tests.builders import NOON
from tests.transit import ZONE, fix, loop_plan, passage

DAY = date(2026, 11, 23)
BUS = VehicleSpec(seats=30, battery_kwh=150, energy_kwh_per_km=0.65, charger_kw=75)


def minute(
    number: int, owed: int | None, observed: int | None, passengers: int | None = None
) -> ServiceMinute:
    return ServiceMinute(
        route_id="R",
        minute=NOON + timedelta(minutes=number),
        owed=owed,
        observed=observed,
        passengers=passengers,
        seats=None if observed is None else 30 * observed,
    )


def performance(minutes: list[ServiceMinute], passages: list[StopPassage] | None = None) -> DayPerformance:
    return day_performance(
        "R",
        DAY,
        minutes,
        passages or [],
        zone=ZONE,
        spec=OperationsSpec(),
        plan=loop_plan(stops=4),
        target_s={12: 600.0},
        seats=30,
    )


def test_bus_hours_and_share_by_hand() -> None:
    """30 min with 7 of 7 and 30 min with 5 of 7: 6 of 7 bus hours, 86 %."""
    found = performance([minute(n, 7, 7 if n < 30 else 5) for n in range(60)])
    assert (found.bus_hours_owed, found.bus_hours_observed) == (7, 6)
    assert found.in_service_share == pytest.approx(6 / 7)
    assert (found.verdict, found.completeness) == ("short", 1)


def test_more_than_owed_does_not_make_up_for_less() -> None:
    found = performance([minute(n, 7, 9 if n < 30 else 5) for n in range(60)])
    assert found.in_service_share == pytest.approx(6 / 7)


@pytest.mark.parametrize(("known", "verdict"), [(60, "kept"), (45, "kept"), (44, "insufficient")])
def test_below_three_quarters_of_the_minutes_there_is_no_verdict(known: int, verdict: str) -> None:
    assert performance([minute(n, 7, 7 if n < known else None) for n in range(60)]).verdict == verdict


def test_unknown_minutes_count_neither_for_nor_against() -> None:
    found = performance([minute(n, 7, 7 if n < 50 else None) for n in range(60)])
    assert found.in_service_share == 1
    assert found.bus_hours_owed == pytest.approx(7 * 50 / 60)


def test_night_owes_nothing() -> None:
    assert performance([minute(n, 0, 0) for n in range(5)]).verdict == "nothing_owed"


def test_time_that_ingest_was_down_is_unknown() -> None:
    expected = {NOON + timedelta(minutes=n): 7 for n in range(60)}
    filled = fill_gaps([minute(n, 7, 7) for n in range(30)], expected, "R")
    assert len(filled) == 60
    assert performance(filled).verdict == "insufficient"


def test_headways_kept_and_kilometres_from_passages() -> None:
    own = [passage(call, 600 * n + 60 * call, f"v{n}") for n in range(3) for call in (1, 2)]
    found = performance([minute(0, 7, 7)], [*own, passage(1, 1250, "late")])
    assert found.headways == 5
    assert found.headways_kept == pytest.approx(4 / 5)  # 50 s after 1200 s is bunched
    assert found.vehicle_km == pytest.approx(3.0, rel=1e-3)
    assert found.seat_km == pytest.approx(90, rel=1e-3)


def test_kilometres_over_the_wrap() -> None:
    assert vehicle_km([passage(3, 0), passage(0, 100)], loop_plan(stops=4)) == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("after_s", [10, 1001])
def test_way_that_no_bus_drove_in_that_time_or_run_makes_no_kilometres(after_s: float) -> None:
    """One kilometre of a loop of 1,000 s: in 10 s it was a jump, later than a run it was not this one."""
    assert vehicle_km([passage(1, 0), passage(2, after_s)], loop_plan(stops=4, run_s=1000)) == 0


def test_demand_is_seated_in_whole_buses() -> None:
    """Busiest 15 min: 155 riders on 4 buses of 30 seats: 6 are needed, 2 are lacking."""
    minutes = [minute(n, 5, 4, 155 if 20 <= n < 35 else 90) for n in range(60)]
    (hour,) = hour_balances(minutes, zone=ZONE, seats=30)
    assert (hour.hour, hour.passengers, hour.needed, hour.lacking) == (12, 155, 6, 2)
    assert (hour.owed, hour.observed, hour.seats) == (5, 4, 120)


def test_without_passengers_no_bus_is_called_for() -> None:
    (hour,) = hour_balances([minute(n, 5, 4) for n in range(60)], zone=ZONE, seats=30)
    assert (hour.passengers, hour.needed, hour.lacking) == (None, None, None)


def test_hour_without_data_has_no_zero() -> None:
    (hour,) = hour_balances([minute(n, 5, None) for n in range(60)], zone=ZONE, seats=30)
    assert (hour.completeness, hour.observed, hour.seats) == (0, None, None)


def test_hours_are_local() -> None:
    late = ServiceMinute(route_id="R", minute=datetime(2026, 11, 23, 17, 30, tzinfo=UTC), owed=1, observed=1)
    assert [hour.hour for hour in hour_balances([late], zone=ZONE, seats=None)] == [0]


def test_battery_that_does_not_last_another_round() -> None:
    """16.6 km at 0.65 kWh/km are 10.8 kWh, 7.2 % of 150 kWh."""
    fleet = [fix(16, 102, 0, "a", battery_pct=7.0), fix(16, 102, 0, "b", battery_pct=53.0, status="charging")]
    found = charging_now([*fleet, fix(16, 102, 0, "c")], BUS, 16.6)
    assert (found.told, found.charging, found.mean_pct, found.below_round) == (2, 1, 30, 1)


def test_fleet_that_tells_no_battery_is_unknown() -> None:
    found = charging_now([fix(16, 102, 0)], BUS, 16.6)
    assert (found.told, found.mean_pct, found.below_round) == (0, None, None)


def test_vehicles_that_tell_no_status_give_no_count_of_charging_ones() -> None:
    assert charging_count([]) is None
    assert charging_count([None, None]) is None
    assert charging_count(["in_service", None]) == 0
    assert charging_count(["charging", "in_service", None]) == 1
