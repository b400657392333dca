"""Links at an instant: what ages, what has a level, and what goes over the wire."""

import zlib
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sources.model.city import LosSpec, TrafficSpec
from data_sources.model.traffic import LinkState, SourceSpeed
from data_sources.network import Network
from data_sources.views.frames import epoch_ms
from data_sources.views.links import (
    LinksPicture,
    LinkView,
    link_collection,
    link_views,
    links_geojson,
    links_picture,
    source_cadences,
)
from tests.builders import NOON, feed_spec, seconds
from tests.busy import busy_links
from tests.roads import link, street

NETWORK = Network(street())
CADENCES = source_cadences([feed_spec("detectors", interval_s=60)], TrafficSpec(probe_window_s=1200))
WIRE_MAX_BYTES = 30_000
"""5,000 links, all with data and each with a time of its own: the worst there can be."""


def told(link_id: str = "e-0", kmh: float | None = 40.0, age_s: float = 10, **more: Any) -> LinkState:
    values = {"feed_id": "detectors", "free_flow_kmh": 50.0, "observed_at": NOON - seconds(age_s), **more}
    return LinkState(link_id=link_id, speed_kmh=kmh, **values)


def views(*states: LinkState, network: Network = NETWORK) -> list[LinkView]:
    return link_views(network, states, now=NOON, los=LosSpec(), cadence_of=CADENCES)


def first(state: LinkState) -> LinkView:
    return views(state)[0]


def picture(*states: LinkState, network: Network = NETWORK) -> LinksPicture:
    return links_picture(views(*states, network=network), network.version, CADENCES)


def frame(shown: LinksPicture, after_ms: int = 0) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(shown.encode(epoch_ms(NOON) + after_ms, 1))
    return decoded


@pytest.mark.parametrize(
    ("age_s", "state", "level"),
    [
        (0, "fresh", "B"),
        (120, "fresh", "B"),
        (121, "ageing", "B"),
        (300, "ageing", "B"),
        (301, "stale", None),
    ],
)
def test_stale_link_loses_its_level(age_s: float, state: str, level: str | None) -> None:
    view = first(told(age_s=age_s))
    assert (view.state, view.level_of_service) == (state, level)


def test_probe_speed_is_stale_when_its_window_is_over() -> None:
    assert [first(told(feed_id="probe", age_s=age)).state for age in (480, 481, 1200, 1201)] == [
        "fresh", "ageing", "ageing", "stale"
    ]  # fmt: skip


def test_link_without_a_state_is_missing() -> None:
    view = views()[0]
    assert (view.state, view.level_of_service, view.ratio) == ("missing", None, None)


def test_source_that_the_pack_does_not_know_ages_at_once() -> None:
    assert first(told(feed_id="stranger", age_s=31)).state == "ageing"
    assert first(told(feed_id="stranger", age_s=151)).level_of_service is None


def test_closed_link_is_known_and_has_no_level() -> None:
    view = first(told(kmh=None, closed=True))
    assert (view.state, view.level_of_service, view.told.closed) == ("fresh", None, True)


@given(
    st.none() | st.floats(0, 150),
    st.none() | st.floats(0, 5000),
    st.booleans(),
    st.sampled_from(["detectors", "probe", None]),
)
def test_no_link_without_fresh_data_has_a_level(
    kmh: float | None, age_s: float | None, closed: bool, feed_id: str | None
) -> None:
    at = None if age_s is None else NOON - seconds(age_s)
    view = first(told(kmh=kmh, observed_at=at, closed=closed, feed_id=feed_id))
    if view.level_of_service is not None:
        assert kmh is not None
        assert not closed
        assert view.state in {"fresh", "ageing"}
    shown = links_picture([view], "v", CADENCES)
    assert (shown.los == "-") is (view.level_of_service is None)


def test_with_every_source_stopped_no_link_keeps_a_level() -> None:
    states = [told(link_id, 50.0) for link_id in NETWORK.ids]
    late = link_views(NETWORK, states, now=NOON + seconds(3600), los=LosSpec(), cadence_of=CADENCES)
    assert links_picture(late, "v", CADENCES).los == "-" * len(NETWORK)


# --- The frame ------------------------------------------------------------------------------------


def test_frame_has_columns_in_the_order_of_the_geometry() -> None:
    sent = frame(
        picture(
            told("e-1", 31.26, age_s=10),
            told("w-3", None, closed=True, disagreement=True, feed_id="vendor", synthetic=True),
        ),
        after_ms=250,
    )
    document = msgspec.json.decode(links_geojson(NETWORK))
    assert [feature["properties"]["link_id"] for feature in document["features"]] == list(NETWORK.ids)
    assert sent["v"] == document["v"] == NETWORK.version
    assert sent["speed"] == [-1, 313, -1, -1, -1, -1, -1, -1]
    assert sent["los"] == "-C------"
    assert sent["age"] == [-1, 10_250, -1, -1, -1, -1, -1, 10_250]
    assert sent["state"] == [3, 0, 3, 3, 3, 3, 3, 0]
    assert sent["source"] == [-1, 0, -1, -1, -1, -1, -1, 1]
    assert sent["flags"] == [0, 0, 0, 0, 0, 0, 0, 7]
    assert (sent["sources"], sent["fresh_s"], sent["stale_s"]) == (
        ["detectors", "vendor"],
        [120, 30],
        [300, 150],
    )
    assert sent["synthetic"] is True


def test_picture_without_news_is_equal_to_the_last() -> None:
    assert picture(told()) == picture(told())
    assert picture(told()) != picture(told(kmh=41))


def test_closure_does_not_wait_and_a_speed_may() -> None:
    assert picture(told()).patience_s(picture(told(kmh=20))) > 0
    assert picture(told(closed=True)).patience_s(picture(told())) == 0
    assert picture(told()).patience_s(None) == 0


def test_frame_of_5000_links_is_small() -> None:
    _, shown = busy_links()
    assert len(zlib.compress(shown.encode(epoch_ms(NOON), 1), 5)) <= WIRE_MAX_BYTES


# --- Geometry and list ----------------------------------------------------------------------------


def test_geometry_says_what_is_assumed_and_what_is_schematic() -> None:
    network = Network([link("a", (0, 0), (9, 0), free_flow_source="assumption: ...", schematic=True)])
    (feature,) = msgspec.json.decode(links_geojson(network))["features"]
    assert feature["properties"]["free_flow_assumed"] is True
    assert feature["properties"]["schematic"] is True
    assert feature["geometry"]["type"] == "LineString"


def test_list_has_every_link_with_its_sources() -> None:
    probe = SourceSpeed(feed_id="probe", speed_kmh=38.0, observed_at=NOON, samples=3)
    listed = link_collection(views(told(sources=(probe,), disagreement=True)), NOON)
    assert len(listed.features) == len(NETWORK)
    known = msgspec.to_builtins(listed.features[0])["properties"]
    assert known["level_of_service"] == "B"
    assert (known["speed_kmh"], known["free_flow_kmh"], known["ratio"]) == (40.0, 50.0, 0.8)
    assert (known["source"], known["state"], known["disagreement"]) == ("detectors", "fresh", True)
    assert known["sources"][0]["samples"] == 3
    unknown = msgspec.to_builtins(listed.features[1])["properties"]
    assert (unknown["speed_kmh"], unknown["level_of_service"], unknown["state"]) == (None, None, "missing")
    assert unknown["observed_at"] is None


def test_list_of_any_simulated_link_is_synthetic() -> None:
    assert link_collection(views(told(synthetic=True)), NOON).synthetic
    assert not link_collection(views(told()), NOON + timedelta(0)).synthetic
