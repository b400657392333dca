"""TMD's three-hourly weather. Answers are written from the documented fields; a recorded one is in
test_thai_recordings."""

import pytest

from data_sources.errors import FeedContentError
from tests.feeds.national import one, parsed, refusals, utc, values

VALUES = "<AirTemperature>34.5</AirTemperature>"


def document(observation: str = VALUES, stamp: str = "03/01/2026 10:00:00", head: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{head}<Weather3Hours><header><title>Weather</title></header>'
        "<Stations>"
        "<Station><WmoStationNumber>48381</WmoStationNumber>"
        "<StationNameThai>&#xE2A;&#x0E16;&#3634;&#xE19;&#xE35;</StationNameThai>"
        "<Latitude>16.4625</Latitude><Longitude>102.7869</Longitude>"
        f"<Observation><DateTime>{stamp}</DateTime>{observation}</Observation></Station></Stations></Weather3Hours>"
    )


def test_date_is_month_first_and_of_bangkok() -> None:
    assert one(parsed("tmd_weather", document()), "air_temperature").observed_at == utc("2026-03-01T03:00")


def test_day_first_is_not_guessed_at() -> None:
    batch = parsed("tmd_weather", document(stamp="31/01/2026 10:00:00"))
    assert (batch.observations, refusals(batch)) == ((), {"observed_at_unreadable": 1})


def test_thai_in_character_references_is_thai() -> None:
    (feature,) = parsed("tmd_weather", document()).features
    assert feature.name == {"th": "สถานี"}
    assert (feature.feature_id, feature.kind, feature.lat) == ("48381", "weather_station", 16.4625)


def test_every_value_has_its_property_unit_and_period() -> None:
    told = (
        "<StationPressure>985.11</StationPressure><AirTemperature>-1</AirTemperature>"
        "<RelativeHumidity>61</RelativeHumidity><Rainfall>0.00</Rainfall><Rainfall24Hr>12.4</Rainfall24Hr>"
        "<WindSpeed>3.6</WindSpeed><WindDirection>180</WindDirection>"
    )
    batch = parsed("tmd_weather", document(told))
    assert {each.property_id: (each.value, each.unit, each.period_s) for each in batch.observations} == {
        "pressure": (985.11, "hPa", None),
        "air_temperature": (-1.0, "°C", None),
        "relative_humidity": (61.0, "%", None),
        "rain_3h": (0.0, "mm", 10_800),
        "rain_24h": (12.4, "mm", 86_400),
        "wind_speed": (3.6, "km/h", None),
        "wind_direction": (180.0, "°", None),
    }


@pytest.mark.parametrize("element", ["<AirTemperature/>", "<AirTemperature> - </AirTemperature>"])
def test_empty_element_is_no_value(element: str) -> None:
    batch = parsed("tmd_weather", document(element))
    assert (values(batch), refusals(batch)) == ({}, {"value_missing": 1})


@pytest.mark.parametrize(
    "head",
    [
        "<!DOCTYPE Weather3Hours>",
        '<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;&b;">]>',
        '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_document_type_is_refused_so_that_no_entity_can_be_defined(head: str) -> None:
    with pytest.raises(FeedContentError) as caught:
        parsed("tmd_weather", document(head=head))
    assert caught.value.code == "xml_doctype"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (document()[:-40], "not_xml"),
        ("<rss><channel/></rss>", "not_observations"),
        ('{"stations": []}', "not_xml"),
        ("<Weather3Hours>" + "<a>" * 60, "not_observations"),
    ],
)
def test_anything_but_the_whole_document_is_refused(body: str, code: str) -> None:
    with pytest.raises(FeedContentError) as caught:
        parsed("tmd_weather", body)
    assert caught.value.code == code
