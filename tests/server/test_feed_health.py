"""The health of the feeds by the API: reporters, evidence of a feed, files handed in."""

from collections.abc import Callable
from datetime import timedelta

import httpx

from data_sources.model.feed import Batch, ImportRecord, Payload, Rejected
from data_sources.model.observation import Observation
from data_sources.stores.memory import MemoryHistory
from tests.server.samples import NOW, BreakableLive, status

Ask = Callable[..., httpx.Response]


def value(feature_id: str, age_s: float) -> Observation:
    at = NOW - timedelta(seconds=age_s)
    return Observation(
        feed_id="bus_a",
        feature_id=feature_id,
        property_id="level",
        value=1,
        unit="m",
        observed_at=at,
        received_at=at,
    )


def test_reporters_that_fell_silent_are_named(ask: Ask, live: BreakableLive) -> None:
    live.put_observations("bus_a", [value("near", 5), value("far", 3600)], [])
    items = {one["feed_id"]: one for one in ask("GET", "/api/v1/feeds/reporters").json()["items"]}
    told = items["bus_a"]
    assert (told["expected"], told["heard"]) == (2, 1)
    assert [one["feature_id"] for one in told["silent"]] == ["far"]
    assert items["bus_b"]["expected"] == 0


def test_evidence_of_a_feed_tells_its_state_refusals_and_payload(
    ask: Ask, live: BreakableLive, history: MemoryHistory
) -> None:
    live.put_feed_status(status("bus_a"))
    refused = Rejected(code="position_zero", entity_id="bus 7", detail="lat 0, lon 0")
    history.record(
        "bus_a", NOW, Batch(rejected=(refused,)), status("bus_a"), Payload(messages=(b"{}",), received_at=NOW)
    )
    told = ask("GET", "/api/v1/feeds/bus_a").json()
    assert told["item"]["state"] == "up"
    assert [one["code"] for one in told["rejected"]] == ["position_zero"]
    assert len(told["month"]["days"]) == 30
    assert told["month"]["up"] is None
    raw = ask("GET", "/api/v1/feeds/bus_a/payload")
    assert (raw.status_code, raw.headers["location"]) == (
        307,
        f"/api/v1/payloads/{told['payloads'][0]['payload_id']}",
    )


def test_unknown_feed_and_missing_payload_are_not_found(ask: Ask) -> None:
    for path in ("/api/v1/feeds/nobody", "/api/v1/feeds/nobody/payload", "/api/v1/feeds/idle/payload"):
        assert ask("GET", path).status_code == 404


def test_imports_tell_what_became_of_their_rows(ask: Ask, history: MemoryHistory) -> None:
    refused = tuple(Rejected(code="value_unreadable", entity_id=f"row {n}", detail="x") for n in range(9))
    history.record_import(
        ImportRecord(
            digest="d",
            file_name="sheet.csv",
            feed_id="files",
            imported_at=NOW,
            accepted=3,
            corrected=1,
            unchanged=0,
            rejected=refused,
        )
    )
    (told,) = ask("GET", "/api/v1/imports").json()["items"]
    assert (told["file_name"], told["accepted"], told["rejected"], len(told["examples"])) == (
        "sheet.csv",
        3,
        9,
        5,
    )
