"""Indicators, observations and tickets over the API: what is answered, judged, refused, and not claimed."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from data_sources.model.feed import Batch, Payload, Rejected
from data_sources.model.indicator import IndicatorValue, PropertySpec, Status
from data_sources.model.observation import (
    CITY_FEATURE,
    INDICATOR_FEED,
    PLATFORM_FEED,
    Feature,
    Observation,
    Ticket,
    TicketState,
    ValueClass,
)
from data_sources.services import Services
from data_sources.stores.memory import MemoryHistory
from data_sources.text import load_texts
from tests.indicators.builders import indicator, scale
from tests.server.queries import Query, assert_answered, queries, some
from tests.server.samples import HOSTILE, NOW, BreakableLive, make_city, status

Ask = Callable[..., httpx.Response]
AIR, KEY = "bus_a", "ENV-01"
AIR_GONE = "reports_of_last_year"
PLAYED = ((10.0, 4), (90.0, 2))
"""A simulated course: value and age in hours."""
PM25 = scale({"normal": 25.0, "watch": 37.5, "warning": 75.0}, "critical", properties=("pm25",))
HOUR = timedelta(hours=1)


@pytest.fixture
def services(tmp_path: Path, live: BreakableLive, history: MemoryHistory) -> Services:
    pm25 = PropertySpec.model_validate(
        {
            "property_id": "pm25",
            "names": {"th": "ฝุ่น", "en": "Dust"},
            "unit": "µg/m³",
            "domain": "environment",
        }
    )
    unlimited = indicator(key="ENV-02")
    city = make_city(tmp_path).model_copy(
        update={
            "indicators": (indicator(bands="pm"), unlimited),
            "scales": {"pm": PM25},
            "properties": {"pm25": pm25},
        }
    )
    return Services(city=city, live=live, history=history, clock=lambda: NOW, texts=load_texts())


def observed(value: float, age: timedelta = timedelta(), **more: Any) -> Observation:
    at = NOW - age
    told: dict[str, Any] = {
        "feed_id": AIR,
        "feature_id": "s1",
        "property_id": "pm25",
        "value": value,
        "unit": "µg/m³",
        "observed_at": at,
        "received_at": at,
    }
    return Observation(**(told | more))


def kept(value: float, age: timedelta = timedelta()) -> Observation:
    """The indicator's own value as it stands in history."""
    return observed(value, age, feed_id=INDICATOR_FEED, feature_id=CITY_FEATURE, property_id=KEY)


def now_is(value: float | None, state: Status | None = Status.WARNING, **more: Any) -> IndicatorValue:
    told: dict[str, Any] = {"observed_at": NOW - HOUR, "value": value, "status": state, "feed_ids": (AIR,)}
    return IndicatorValue(
        key=KEY, domain="environment", unit="µg/m³", computed_at=NOW, cadence_s=3600, **(told | more)
    )


def items(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


# -- indicators ----------------------------------------------------------------------------------


def test_every_indicator_of_the_catalogue_is_listed_before_anything_is_known(ask: Ask) -> None:
    listed = items(ask("GET", "/api/v1/indicators"))
    assert [one["key"] for one in listed] == ["ENV-01", "ENV-02"]
    assert [one["value"] for one in listed] == [None, None]
    assert [one["state"] for one in listed] == ["missing", "missing"]
    assert [one["status"] for one in listed] == ["unknown", None]
    assert {one["reason"] for one in listed} == {"no_input"}


def test_indicator_has_what_the_contract_names(ask: Ask, live: BreakableLive) -> None:
    live.put_indicators([now_is(41.0)])
    told = items(ask("GET", "/api/v1/indicators?domain=environment"))[0]
    assert (told["value"], told["unit"], told["status"], told["state"]) == (41.0, "µg/m³", "warning", "fresh")
    assert told["class"] == "observed"
    assert {"domain", "target", "trend", "completeness", "observed_at", "source"} <= told.keys()


def test_value_beyond_its_stale_limit_is_unknown_whatever_was_computed(ask: Ask, live: BreakableLive) -> None:
    live.put_indicators([now_is(9.0, Status.NORMAL, observed_at=NOW - 6 * HOUR)])
    told = items(ask("GET", "/api/v1/indicators"))[0]
    assert (told["state"], told["status"]) == ("stale", "unknown")


def test_indicator_too_incomplete_to_tell_says_so(ask: Ask, live: BreakableLive) -> None:
    live.put_indicators([now_is(None, Status.INSUFFICIENT, reason="insufficient", completeness=0.5)])
    told = items(ask("GET", "/api/v1/indicators"))[0]
    assert (told["value"], told["status"], told["reason"]) == (None, "insufficient", "insufficient")


def test_indicators_as_of_a_time_come_from_history(ask: Ask, history: MemoryHistory) -> None:
    history.record_observations([kept(80.0, 30 * HOUR), kept(20.0, 2 * HOUR)])
    then = (NOW - 29 * HOUR).isoformat().replace("+", "%2B")
    told = items(ask("GET", f"/api/v1/indicators?at={then}"))[0]
    assert (told["value"], told["status"], told["state"]) == (80.0, "critical", "fresh")
    long_ago = items(ask("GET", "/api/v1/indicators?at=2020-01-01T00:00:00Z"))[0]
    assert (long_ago["value"], long_ago["status"]) == (None, "unknown")


@pytest.mark.parametrize("query", ["domain=weather", "at=yesterday", "at=2026-11-22T07:30"])
def test_bad_parameter_is_refused_with_the_reason(ask: Ask, query: str) -> None:
    answer = ask("GET", f"/api/v1/indicators?{query}")
    assert answer.status_code == 422
    assert answer.json()["reason"]


def test_series_of_hours_tells_statistic_completeness_and_status(
    ask: Ask, history: MemoryHistory, services: Services
) -> None:
    history.record_observations([kept(30.0, 2 * HOUR), kept(90.0, HOUR)])
    while history.roll(NOW, services.city.zone):
        pass
    answer = ask("GET", f"/api/v1/indicators/{KEY}/series?grain=hour")
    told = items(answer)
    assert answer.json()["statistic"] == "mean"
    assert [(one["value"], one["status"], one["completeness"]) for one in told] == [
        (30.0, "watch", 1.0),
        (90.0, "critical", 1.0),
    ]


def test_raw_series_leaves_holes_out(ask: Ask, history: MemoryHistory) -> None:
    history.record_observations([kept(30.0, 5 * HOUR), kept(20.0, HOUR)])
    told = items(ask("GET", f"/api/v1/indicators/{KEY}/series?grain=raw"))
    assert [one["value"] for one in told] == [30.0, 20.0]


def test_series_of_nothing_is_empty_and_no_zero(ask: Ask) -> None:
    assert items(ask("GET", f"/api/v1/indicators/{KEY}/series?grain=week")) == []


def test_series_as_csv_carries_unit_and_truth(ask: Ask, history: MemoryHistory) -> None:
    history.record_observations([kept(30.0, HOUR)])
    answer = ask("GET", f"/api/v1/indicators/{KEY}/series?grain=raw&format=csv")
    row = next(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert (row["key"], row["value"], row["unit"], row["synthetic"]) == (KEY, "30.0", "µg/m³", "False")


@pytest.mark.parametrize(
    "path", ["/api/v1/indicators/XXX-99", "/api/v1/indicators/XXX-99/series", "/api/v1/payloads/77"]
)
def test_what_is_not_there_is_404(ask: Ask, path: str) -> None:
    assert ask("GET", path).status_code == 404


def test_span_too_long_for_its_grain_is_refused(ask: Ask) -> None:
    answer = ask("GET", f"/api/v1/indicators/{KEY}/series?grain=raw&from=2020-01-01T00:00:00Z")
    assert answer.status_code == 422
    assert "31 days" in answer.json()["reason"]


# -- evidence ------------------------------------------------------------------------------------


@pytest.fixture
def told(history: MemoryHistory, live: BreakableLive) -> None:
    """One station that told 41, one refusal, and the message they came in."""
    refused = Rejected(code="value_missing", entity_id="s2", detail=HOSTILE)
    batch = Batch(observations=(observed(41.0, HOUR),), rejected=(refused,))
    message = Payload(messages=(b'{"pm": "41", "tel": "081-234-5678"}',), received_at=NOW)
    history.record(AIR, NOW, batch, status(AIR), message)
    live.put_observations(
        AIR, batch.observations, [Feature(feature_id="s1", feed_id=AIR, kind="air_station")]
    )
    live.put_indicators([now_is(41.0)])


@pytest.mark.usefixtures("told")
def test_evidence_leads_from_the_figure_to_the_message_it_came_in(ask: Ask) -> None:
    answer = ask("GET", f"/api/v1/indicators/{KEY}").json()
    assert answer["item"]["value"] == 41.0
    assert [(one["feature_id"], one["value"], one["unit"]) for one in answer["inputs"]] == [
        ("s1", 41.0, "µg/m³")
    ]
    assert answer["rejected"][0]["code"] == "value_missing"
    raw = ask("GET", f"/api/v1/payloads/{answer['payloads'][0]['payload_id']}")
    assert raw.status_code == 200
    assert raw.text.startswith('{"pm": "41"')
    assert ask("GET", answer["inputs"][0]["csv"]).status_code == 200


@pytest.mark.usefixtures("told")
def test_payload_is_never_taken_for_a_page(ask: Ask) -> None:
    answer = ask("GET", "/api/v1/payloads/1")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.usefixtures("told")
def test_evidence_of_an_observation_tells_its_bands_and_place(ask: Ask) -> None:
    answer = ask("GET", f"/api/v1/observations/evidence?feature_id=s1&property=pm25&feed_id={AIR}").json()
    assert (answer["item"]["value"], answer["item"]["status"]) == (41.0, "warning")
    assert len(answer["scale"]["bands"]) == 4


def test_evidence_of_an_unknown_series_is_404(ask: Ask) -> None:
    assert ask("GET", "/api/v1/observations/evidence?feature_id=x&property=y&feed_id=z").status_code == 404


# -- observations and tickets --------------------------------------------------------------------


@pytest.mark.usefixtures("told")
def test_observation_has_unit_times_quality_and_station(ask: Ask) -> None:
    told = items(ask("GET", "/api/v1/observations?domain=environment&property=pm25"))[0]
    assert (told["value"], told["unit"], told["feature_id"]) == (41.0, "µg/m³", "s1")
    assert {"observed_at", "received_at", "quality", "state", "class"} <= told.keys()
    assert items(ask("GET", "/api/v1/observations?domain=energy")) == []


@pytest.mark.usefixtures("told")
def test_series_of_an_observation_is_that_of_its_feed(ask: Ask) -> None:
    path = f"/api/v1/observations/series?feature_id=s1&property=pm25&feed_id={AIR}"
    assert [one["value"] for one in items(ask("GET", path))] == [41.0]


def test_tickets_are_not_known_while_no_feed_tells_of_them(ask: Ask, live: BreakableLive) -> None:
    ticket = Ticket(
        ticket_id="1",
        feed_id=AIR,
        state=TicketState.OPEN,
        opened_at=NOW,
        received_at=NOW,
        description=HOSTILE,
    )
    live.put_tickets(AIR, [ticket])
    answer = ask("GET", "/api/v1/tickets?state=open").json()
    assert answer["known"] is False
    assert answer["items"][0]["description"] == HOSTILE


# -- what changed, and how feeds did -------------------------------------------------------------


def test_change_of_status_is_told_with_the_value_that_did_it(ask: Ask, history: MemoryHistory) -> None:
    history.record_observations([kept(20.0, 3 * HOUR), kept(41.0, 2 * HOUR), kept(42.0, HOUR)])
    since = (NOW - 10 * HOUR).isoformat().replace("+", "%2B")
    told = items(ask("GET", f"/api/v1/changes?since={since}"))
    assert [(one["key"], one["before"], one["after"], one["value"]) for one in told] == [
        (KEY, "normal", "warning", 41.0)
    ]


def test_changes_reach_back_a_week_at_most(ask: Ask) -> None:
    assert ask("GET", "/api/v1/changes?since=2026-01-01T00:00:00Z").status_code == 422


def test_ledger_tells_down_from_nobody_looked(ask: Ask, history: MemoryHistory, services: Services) -> None:
    midnight = datetime(2026, 11, 21, tzinfo=UTC)
    looked = [
        observed(
            float(minute % 2),
            feed_id=PLATFORM_FEED,
            feature_id=f"feed:{AIR}",
            property_id="feed_up",
            cadence_s=60.0,
            unit="1/0",
            observed_at=midnight + timedelta(minutes=minute),
        )
        for minute in range(1, 61)
    ]
    history.record_observations(looked)
    while history.roll(NOW, services.city.zone):
        pass
    rows = {one["feed_id"]: one for one in items(ask("GET", "/api/v1/feeds/ledger?month=2026-11"))}
    day = rows[AIR]["days"][20]
    assert (day["day"], day["up"]) == ("2026-11-21", 0.5)
    assert 0 < day["known"] < 0.1
    assert (rows[AIR]["days"][0]["up"], rows["bus_b"]["up"]) == (None, None)


def feed_up(value: float, at: datetime, **more: Any) -> Observation:
    told = {"feed_id": PLATFORM_FEED, "feature_id": f"feed:{AIR}", "property_id": "feed_up", "unit": "1/0"}
    return observed(value, cadence_s=60.0, observed_at=at, **(told | more))


def test_ledger_of_a_month_counts_the_days_in_which_nobody_looked(
    ask: Ask, history: MemoryHistory, services: Services
) -> None:
    day = NOW - timedelta(days=3)
    history.record_observations([feed_up(1.0, day + timedelta(minutes=minute)) for minute in range(60)])
    while history.roll(NOW, services.city.zone):
        pass
    rows = {one["feed_id"]: one for one in items(ask("GET", "/api/v1/feeds/ledger?month=2026-11"))}
    assert rows[AIR]["up"] == 1.0
    assert rows[AIR]["known"] == pytest.approx(60 / (21 * 1440 + 30), abs=5e-5)


def test_ledger_shows_the_real_feed_where_it_was_simulated_before(
    ask: Ask, history: MemoryHistory, services: Services
) -> None:
    history.record_observations([feed_up(1.0, NOW - HOUR, synthetic=True), feed_up(0.0, NOW - HOUR)])
    while history.roll(NOW, services.city.zone):
        pass
    rows = {one["feed_id"]: one for one in items(ask("GET", "/api/v1/feeds/ledger?month=2026-11"))}
    assert rows[AIR]["up"] == 0.0


def test_change_of_a_simulated_indicator_is_none_of_the_real_one(ask: Ask, history: MemoryHistory) -> None:
    history.record_observations(
        [kept(10.0, 3 * HOUR), *(replace(kept(value, HOUR * age), synthetic=True) for value, age in PLAYED)]
    )
    since = (NOW - 5 * HOUR).isoformat().replace("+", "%2B")
    assert items(ask("GET", f"/api/v1/changes?since={since}")) == []


def test_payload_of_citizens_shows_no_telephone_number_however_it_is_written(
    ask: Ask, history: MemoryHistory
) -> None:
    message = json.dumps({"comment": "โทร0812345678"}).encode()
    history.record(AIR_GONE, NOW, Batch(), status(AIR_GONE), Payload(messages=(message,), received_at=NOW))
    last = history.latest_message(AIR_GONE)
    assert last is not None
    assert ask("GET", f"/api/v1/payloads/{last.payload_id}").json() == {"comment": "โทร***"}


def test_no_indicator_is_told_of_a_time_to_come(ask: Ask) -> None:
    assert ask("GET", "/api/v1/indicators?at=2026-11-22T01:00:00Z").status_code == 422


def test_month_that_is_none_is_refused(ask: Ask) -> None:
    assert ask("GET", "/api/v1/feeds/ledger?month=2026-13").status_code == 422


def test_synthetic_value_says_so(ask: Ask, live: BreakableLive) -> None:
    live.put_indicators([now_is(41.0, synthetic=True, value_class=ValueClass.SYNTHETIC)])
    answer = ask("GET", "/api/v1/indicators").json()
    assert answer["synthetic"] is True
    assert answer["items"][0]["class"] == "synthetic"


def test_feed_status_is_not_needed_for_any_of_it(ask: Ask, live: BreakableLive) -> None:
    assert live.feed_statuses() == {}
    for path in ("indicators", "observations", "features", "tickets", "changes", "feeds/ledger"):
        assert ask("GET", f"/api/v1/{path}").status_code == 200


PATHS = (
    "indicators",
    f"indicators/{KEY}/series",
    "observations",
    "observations/series",
    "features",
    "tickets",
    "changes",
    "feeds/ledger",
    "imports",
)
KEYS = ("at", "from", "to", "grain", "statistic", "format", "since", "month", "domain", "limit", "state")
WORDS = ("raw", "hour", "week", "month", "sum", "csv", "2099-12", "2026-11", "environment", "open")
SERIES = [("feature_id", "s1"), ("property", "pm25"), ("feed_id", AIR)]


@some
@given(path=st.sampled_from(PATHS), query=queries(KEYS, *WORDS))
def test_no_query_makes_a_server_error(ask: Ask, history: MemoryHistory, path: str, query: Query) -> None:
    history.record_observations([observed(10.0, HOUR), kept(10.0, HOUR)])
    assert_answered(ask, path, [*query, *(SERIES if path == "observations/series" else ())])
