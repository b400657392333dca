"""`scopc feeds probe` on messages of the roads: what would be recorded, rejected and left aside."""

import asyncio
import json
from pathlib import Path
from typing import Any, get_args

import pytest

from dashboard.probe import print_result, probe_feed
from dashboard.settings import Settings
from data_sources.errors import ConfigError
from data_sources.model.city import FeedKind
from tests.feeds.web import Request, response, serving

FLOW = {
    "id": "urn:ngsi-ld:TrafficFlowObserved:1",
    "type": "TrafficFlowObserved",
    "dateObserved": "2020-01-01T00:00:00Z/2020-01-01T00:05:00Z",
    "location": {"type": "Point", "coordinates": [102.8, 16.4]},
    "averageVehicleSpeed": 40,
    "congested": True,
}
EVENT = {"eid": "1", "type": "6", "latitude": "16.4", "longitude": "102.8", "start": "2020-01-01 07:00:00"}
SEGMENT = {
    "flowSegmentData": {
        "currentSpeed": 30,
        "freeFlowSpeed": 60,
        "coordinates": {"coordinate": [{"latitude": 16.4, "longitude": 102.8}]},
    }
}


def probed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, document: Any, *, as_json: bool = False
) -> str:
    file = tmp_path / "message.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    print_result(probe_feed(Settings(), None, kind, file), as_json)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("kind", "document", "told"),
    [
        ("ngsi_ld", FLOW, "accepted 1: 1 link speeds"),
        ("tomtom_flow", SEGMENT, "accepted 1: 1 link speeds"),
        ("longdo_events", [EVENT], "accepted 1: 1 incidents"),
        ("longdo_events", [], "accepted 0: nothing"),
    ],
)
def test_file_is_judged_by_its_own_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, document: Any, told: str
) -> None:
    lines = probed(tmp_path, capsys, kind, document).splitlines()
    assert lines[1] == told
    assert lines[2] == "rejected 0"


def test_flags_and_what_is_left_aside_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "flagged 1: congested 1" in probed(tmp_path, capsys, "ngsi_ld", FLOW)
    over = {**EVENT, "eid": "2", "start": "2019-01-01 00:00:00", "stop": "2019-01-02 00:00:00"}
    assert "left aside 1: incident_over 1" in probed(tmp_path, capsys, "longdo_events", [EVENT, over])


def test_json_has_records_rejects_and_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = json.loads(
        probed(tmp_path, capsys, "ngsi_ld", [FLOW, {"id": "x", "type": "Tree"}], as_json=True)
    )
    assert (answer["accepted"], answer["rejected"]) == (1, {"entity_type_unknown": 1})
    assert (answer["flagged"], answer["ignored"]) == ({"congested": 1}, {})
    assert answer["records"][0]["speed_kmh"] == 40
    assert answer["rejects"][0]["code"] == "entity_type_unknown"


def test_message_that_is_unusable_as_a_whole_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert probed(tmp_path, capsys, "tomtom_flow", []).startswith("unusable: not_flow")


def test_configured_feed_is_asked_through_its_own_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer(_: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(response(200, json.dumps(SEGMENT).encode()))

    async def run() -> None:
        async with serving(answer) as server:
            monkeypatch.setenv("SCOPC_FEED_TOMTOM_FLOW_URL", server.url)
            monkeypatch.setenv("SCOPC_FEED_TOMTOM_FLOW_KEY", "secret")
            result = await asyncio.to_thread(probe_feed, Settings(), "tomtom_flow", None, None)
            print_result(result, as_json=True)
            assert len(server.requests) == 1

    asyncio.run(run())
    out = capsys.readouterr().out
    assert json.loads(out)["accepted"] == 1
    assert "secret" not in out


def test_feed_without_an_address_is_told_how_to_set_one() -> None:
    with pytest.raises(ConfigError, match="SCOPC_FEED_LONGDO_EVENTS_URL"):
        probe_feed(Settings(), "longdo_events", None, None)


AIR = {
    "stations": [
        {
            "stationID": "46t",
            "lat": "16.4",
            "long": "102.8",
            "AQILast": {
                "date": "2020-01-01",
                "time": "12:00",
                "PM25": {"value": "34.1"},
                "O3": {"value": "-1"},
            },
        }
    ]
}


def test_observations_are_printed_with_unit_time_and_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = probed(tmp_path, capsys, "air4thai", AIR)
    assert "accepted 1: 1 observations" in out
    assert "rejected 1: value_missing 1" in out
    assert "features 1: 46t" in out
    assert "46t: pm25_24h 34.1 µg/m³ at 2020-01-01 05:00:00Z over 86400 s, observed" in out


def test_observations_and_their_features_are_in_the_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = json.loads(probed(tmp_path, capsys, "air4thai", AIR, as_json=True))
    (record,) = answer["records"]
    assert (record["property_id"], record["value"], record["unit"]) == ("pm25_24h", 34.1, "µg/m³")
    assert record["observed_at"] == "2020-01-01T05:00:00Z"
    assert answer["features"][0]["feature_id"] == "46t"


KPI = {
    "id": "urn:ngsi-ld:KeyPerformanceIndicator:hotel_occupancy",
    "type": "KeyPerformanceIndicator",
    "kpiValue": {"type": "Property", "value": 0.66, "unitCode": "C62"},
    "calculationPeriod": {"from": "2019-12-01", "to": "2019-12-31"},
}


def test_indicator_named_as_a_property_is_read_by_kind_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = probed(tmp_path, capsys, "ngsi_ld", KPI)
    assert "city: hotel_occupancy 66 % at 2020-01-01 00:00:00Z over 2678400 s, observed" in out


def test_what_is_refused_is_printed_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = probed(tmp_path, capsys, "air4thai", AIR)
    assert "rejected value_missing: 46t, o3" in out


def test_values_are_judged_by_the_common_vocabulary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = json.loads(json.dumps(AIR).replace("34.1", "3410"))
    assert "value_implausible 1" in probed(tmp_path, capsys, "air4thai", wrong)


@pytest.mark.parametrize("kind", get_args(FeedKind))
def test_every_kind_is_probed_without_a_configured_feed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    assert probed(tmp_path, capsys, kind, {"unheard": "of"})
