"""Traffic of the whole city: indices, the worst links, the day by the hour."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from data_sources.model.city import LosSpec
from data_sources.model.spec import Names
from data_sources.model.traffic import LinkState
from data_sources.network import Network
from data_sources.stores.base import TypicalSpeed
from data_sources.views.links import link_views
from data_sources.views.traffic import (
    DayPicture,
    TrafficPicture,
    day_hours,
    day_picture,
    traffic_picture,
)
from tests.builders import NOON, seconds
from tests.roads import link, street

BANGKOK = ZoneInfo("Asia/Bangkok")
NOON_HOUR = 12
NETWORK = Network(
    [
        *street(2, corridor_id="main", corridor_th="สายหลัก", corridor_en="Main Street", route_ids=("red",)),
        link("long", (0, 500), (1200, 500), corridor_id="ring"),
    ]
)
"""Four links of 300 m and one of 1,200 m; free flow 50 km/h."""
NOTHING = DayPicture(hours=[], rows=[])


def told(link_id: str, kmh: float | None, age_s: float = 10, **more: Any) -> LinkState:
    at = NOON - seconds(age_s)
    return LinkState(
        link_id=link_id, speed_kmh=kmh, free_flow_kmh=50.0, observed_at=at, feed_id="detectors", **more
    )


def mean(kmh: float, minutes: int = 600) -> TypicalSpeed:
    return TypicalSpeed(speed_kmh=kmh, minutes=minutes)


def usual(
    speeds: Mapping[str, float], hour: int = NOON_HOUR, minutes: int = 600
) -> dict[tuple[str, int], Any]:
    return {(link_id, hour): mean(kmh, minutes) for link_id, kmh in speeds.items()}


def traffic(*states: LinkState, typical: Mapping[tuple[str, int], Any] | None = None) -> TrafficPicture:
    views = link_views(NETWORK, states, now=NOON, los=LosSpec(), cadence_of={"detectors": 60})
    return traffic_picture(views, NOTHING, typical=typical or {}, now=NOON, zone=BANGKOK, los=LosSpec())


def day(hours: list[tuple[datetime, dict[str, Any]]], **more: Any) -> DayPicture:
    values: dict[str, Any] = {"typical": {}, "routes": {"red": Names(th="แดง", en="Red")}, **more}
    return day_picture(NETWORK, hours, now=NOON, zone=BANGKOK, los=LosSpec(), **values)


def test_index_is_the_mean_of_ratios_by_length() -> None:
    shown = traffic(told("e-0", 50), told("long", 25))
    # (300 x 1.0 + 1200 x 0.5) / 1500
    assert shown.index == pytest.approx(0.6)
    assert (shown.los, shown.links, shown.of) == ("C", 2, 5)
    assert shown.coverage == pytest.approx(1500 / 2400)


def test_index_says_what_it_rests_on() -> None:
    shown = traffic(told("e-0", 50, age_s=100), told("long", 25, age_s=7))
    assert (shown.observed_at, shown.sources) == (NOON - seconds(100), ["detectors"])


def test_without_current_data_nothing_is_a_number() -> None:
    shown = traffic(told("e-0", 50, age_s=301), told("long", 25, age_s=9999), typical=usual({"long": 40}))
    assert (shown.index, shown.los, shown.typical, shown.against_typical) == (None, "-", None, None)
    assert (shown.links, shown.coverage, shown.worst, shown.observed_at, shown.sources) == (
        0,
        0,
        [],
        None,
        [],
    )


def test_typical_is_of_the_same_links_in_this_hour() -> None:
    shown = traffic(told("e-0", 20), told("e-1", 20), typical=usual({"e-0": 40, "e-1": 40, "long": 10}))
    assert shown.typical == pytest.approx(0.8)
    assert shown.against_typical == pytest.approx(0.5)


def test_another_hour_and_little_history_are_not_typical() -> None:
    assert traffic(told("long", 20), typical=usual({"long": 40}, hour=8)).typical is None
    assert traffic(told("long", 20), typical=usual({"long": 40}, minutes=59)).typical is None
    assert traffic(told("long", 20), typical=usual({"long": 40}, minutes=60)).typical == pytest.approx(0.8)


def test_typical_of_other_roads_than_now_is_not_compared() -> None:
    assert traffic(told("e-0", 20), told("long", 20), typical=usual({"e-0": 40})).typical is None


def test_worst_links_are_closed_ones_then_the_slowest() -> None:
    shown = traffic(
        told("e-0", 40),
        told("e-1", 5),
        told("w-0", None, closed=True),
        told("w-1", 2, age_s=400),
        told("long", 20),
    )
    assert [one.link_id for one in shown.worst] == ["w-0", "e-1", "long", "e-0"]
    assert [one.level_of_service for one in shown.worst] == [None, "F", "D", "B"]


def test_closed_link_has_no_part_in_the_index() -> None:
    assert traffic(told("e-0", 40), told("e-1", 0, closed=True)).index == pytest.approx(0.8)


def test_frame_holds_the_picture() -> None:
    sent = msgspec.json.decode(traffic(told("long", 25)).encode(1000, 3))
    assert (sent["t"], sent["seq"], sent["index"], sent["los"]) == (1000, 3, 0.5, "C")
    assert sent["at"] == "2026-11-23T05:00:00Z"


# --- The day --------------------------------------------------------------------------------------


def test_day_has_24_hours_and_the_running_one_last() -> None:
    hours = day_hours(NOON + seconds(1799))
    assert (len(hours), hours[-1], hours[0]) == (24, NOON, NOON - seconds(23 * 3600))


def test_hour_without_observations_is_empty_and_not_zero() -> None:
    shown = day([(NOON, {"long": mean(25)})])
    assert [hour.index for hour in shown.hours] == [None] * 23 + [0.5]
    assert [hour.los for hour in shown.hours] == ["-"] * 23 + ["C"]


def test_rows_are_corridors_then_lines() -> None:
    shown = day([(NOON - seconds(3600), {"e-0": mean(25), "e-1": mean(50), "long": mean(10)})])
    rows = {row.row_id: row for row in shown.rows}
    assert [(row.row_id, row.kind) for row in shown.rows] == [
        ("main", "corridor"), ("ring", "corridor"), ("red", "route")
    ]  # fmt: skip
    assert rows["main"].name.en == "Main Street"
    assert rows["main"].ratios[22:] == [pytest.approx(0.75), None]
    assert rows["ring"].ratios[22:] == [pytest.approx(0.2), None]
    assert rows["red"].ratios[22] == pytest.approx(0.75)


def test_line_that_drives_no_link_has_no_row() -> None:
    shown = day([], routes={"blue": Names(th="น้ำเงิน", en="Blue")})
    assert [row.row_id for row in shown.rows] == ["main", "ring"]


def test_hour_is_compared_with_what_is_typical_of_it() -> None:
    before = NOON - seconds(3600)
    shown = day([(before, {"long": mean(25)})], typical=usual({"long": 40}, hour=11))
    assert [hour.typical for hour in shown.hours[22:]] == [pytest.approx(0.8), None]
