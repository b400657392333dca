"""Rules of observations, features and tickets."""

from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data_sources import rules
from data_sources.model.city import Bounds
from data_sources.model.feed import Batch, Rejected
from data_sources.model.indicator import PropertySpec
from data_sources.model.observation import Feature, Observation, Ticket, TicketState
from data_sources.model.spec import Names

NOW = datetime(2026, 3, 1, 5, tzinfo=UTC)
CITY = Bounds(west=102.0, south=16.0, east=103.0, north=17.0)
NAMES = Names(th="ระดับน้ำ", en="Level")
PROPERTIES = {
    "level": PropertySpec(
        property_id="level",
        names=NAMES,
        unit="m",
        domain="environment",
        plausible=(0, 300),
        zero_is_missing=True,
    ),
    "open_ended": PropertySpec(property_id="open_ended", names=NAMES, unit="m", domain="environment"),
}


def observation(**changes: Any) -> Observation:
    told = {
        "feed_id": "lakes",
        "feature_id": "L1",
        "property_id": "level",
        "value": 150.0,
        "unit": "m",
        "observed_at": NOW,
        "received_at": NOW,
    }
    return Observation(**{**told, **changes})


def feature(feature_id: str = "L1", lat: float | None = 16.4, lon: float | None = 102.8) -> Feature:
    return Feature(feature_id=feature_id, feed_id="lakes", kind="lake", lat=lat, lon=lon)


def ticket(**changes: Any) -> Ticket:
    told = {
        "ticket_id": "T1",
        "feed_id": "reports",
        "state": TicketState.OPEN,
        "opened_at": NOW - timedelta(hours=5),
        "received_at": NOW,
    }
    return Ticket(**{**told, **changes})


def judged(
    batch: Batch,
    properties: dict[str, PropertySpec] | None = PROPERTIES,
    features: Collection[str] = (),
    bounds: Bounds | None = CITY,
) -> Batch:
    return rules.judge(
        batch,
        now=NOW,
        bounds=bounds,
        schedule=None,
        last_fix_at={},
        last_header_at=None,
        properties=properties,
        features=features,
    )


def codes(batch: Batch) -> dict[str, int]:
    return dict(Counter(reject.code for reject in batch.rejected))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"value": 300.1}, "value_implausible"),
        ({"value": -0.1}, "value_implausible"),
        ({"value": 0.0}, "value_missing"),
        ({"unit": "cm"}, "unit_wrong"),
        ({"property_id": "depth"}, "property_unknown"),
        ({"observed_at": datetime(1999, 12, 31, tzinfo=UTC)}, "timestamp_implausible"),
        ({"observed_at": NOW + timedelta(days=2)}, "timestamp_implausible"),
        ({"observed_at": NOW + timedelta(seconds=61)}, "timestamp_future"),
    ],
)
def test_observation_is_rejected(changes: dict[str, Any], code: str) -> None:
    batch = judged(Batch(observations=(observation(**changes),)))
    assert (batch.observations, codes(batch)) == ((), {code: 1})


@pytest.mark.parametrize(
    "changes",
    [
        {"value": 300.0},
        {"property_id": "open_ended", "value": -1e9},
        {"property_id": "open_ended", "value": 0.0},
        {"observed_at": NOW + timedelta(seconds=60)},
        {"observed_at": NOW - timedelta(days=400)},
    ],
)
def test_observation_is_used_as_it_is(changes: dict[str, Any]) -> None:
    sent = observation(**changes)
    assert judged(Batch(observations=(sent,))).observations == (sent,)


def test_without_a_vocabulary_only_time_and_place_are_judged() -> None:
    sent = observation(property_id="depth", unit="fathom", value=-5.0)
    assert judged(Batch(observations=(sent,)), properties=None).observations == (sent,)


def test_feature_outside_the_city_is_left_aside_with_its_values_and_rejections() -> None:
    rejected = Rejected(code="value_missing", entity_id="L2", detail="no value")
    batch = judged(
        Batch(
            features=(feature(), feature("L2", 7.0, 100.4)),
            observations=(
                observation(),
                observation(feature_id="L2"),
                observation(feature_id="L2", value=-5.0),
            ),
            rejected=(rejected,),
        )
    )
    assert [one.feature_id for one in batch.observations] == ["L1"]
    assert [one.feature_id for one in batch.features] == ["L1"]
    assert (codes(batch), batch.ignored) == ({}, {"outside_city": 3})


def test_feature_that_the_feed_lists_belongs_to_the_city_wherever_it_is() -> None:
    sent = Batch(features=(feature("L2", 7.0, 100.4),), observations=(observation(feature_id="L2"),))
    batch = judged(sent, features=("L2",))
    assert (len(batch.observations), len(batch.features), batch.ignored) == (1, 1, {})


def test_feature_without_a_place_belongs_to_the_city() -> None:
    batch = judged(Batch(features=(feature(lat=None, lon=None),), observations=(observation(),)))
    assert (len(batch.observations), len(batch.features)) == (1, 1)


@pytest.mark.parametrize(
    ("lat", "lon", "code"),
    [(102.8, 16.4, "position_swapped"), (95.0, 200.0, "position_invalid"), (0.0, 0.0, "position_zero")],
)
def test_feature_with_an_unusable_place_is_rejected_and_its_values_with_it(
    lat: float, lon: float, code: str
) -> None:
    batch = judged(Batch(features=(feature(lat=lat, lon=lon),), observations=(observation(),)))
    assert (batch.features, batch.observations) == ((), ())
    assert codes(batch) == {code: 1, "feature_unknown": 1}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lat": 102.8, "lon": 16.4}, "position_swapped"),
        ({"lat": 0.0, "lon": 0.0}, "position_zero"),
        ({"opened_at": datetime(1970, 1, 1, tzinfo=UTC)}, "timestamp_implausible"),
        ({"opened_at": NOW + timedelta(hours=7)}, "timestamp_future"),
    ],
)
def test_ticket_is_rejected(changes: dict[str, Any], code: str) -> None:
    batch = judged(Batch(tickets=(ticket(**changes),)))
    assert (batch.tickets, codes(batch)) == ((), {code: 1})


def test_ticket_elsewhere_is_left_aside_and_one_without_a_place_is_used() -> None:
    batch = judged(Batch(tickets=(ticket(lat=7.0, lon=100.4), ticket(ticket_id="T2"))))
    assert ([one.ticket_id for one in batch.tickets], batch.ignored) == (["T2"], {"outside_city": 1})


@pytest.mark.parametrize(
    ("changes", "lost", "flag"),
    [
        ({"closed_at": NOW - timedelta(hours=6)}, "closed_at", "ticket_time_invalid"),
        ({"updated_at": NOW + timedelta(hours=6)}, "updated_at", "ticket_time_invalid"),
        ({"stars": 6.0}, "stars", "stars_invalid"),
    ],
)
def test_impossible_part_of_a_ticket_is_dropped(changes: dict[str, Any], lost: str, flag: str) -> None:
    (found,) = judged(Batch(tickets=(ticket(**changes),))).tickets
    assert (getattr(found, lost), found.flags) == (None, (flag,))


def test_sound_ticket_is_used_as_it_is() -> None:
    sent = ticket(lat=16.4, lon=102.8, closed_at=NOW, updated_at=NOW, stars=5.0, state=TicketState.CLOSED)
    assert judged(Batch(tickets=(sent,))).tickets == (sent,)


def test_recorded_message_has_the_time_of_its_newest_observation_or_ticket() -> None:
    older = observation(observed_at=NOW - timedelta(hours=3))
    assert rules.own_time(Batch(observations=(older, observation()))) == NOW
    assert rules.own_time(Batch(tickets=(ticket(),))) == NOW - timedelta(hours=5)
    changed = ticket(updated_at=NOW - timedelta(hours=1))
    assert rules.own_time(Batch(tickets=(changed,))) == NOW - timedelta(hours=1)
    ahead = observation(observed_at=NOW + timedelta(days=1))
    assert rules.own_time(Batch(observations=(older, ahead)), until=NOW) == older.observed_at
