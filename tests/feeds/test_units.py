"""Units: conversions by hand, and what has none."""

import pytest

from data_sources.feeds.units import UnitUnknown, convert, convert_gas


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (12.0, "µg/m³", "µg/m³", 12.0),
        (12.0, "GQ", "µg/m³", 12.0),
        (12.0, "\u03bcg/m³", "\u00b5g/m³", 12.0),
        (0.5, "GP", "µg/m³", 500.0),
        (300.15, "KEL", "°C", 27.0),
        (98.6, "FAH", "°C", 37.0),
        (10.0, "MTS", "km/h", 36.0),
        (10.0, "KNT", "km/h", 18.52),
        (25.0, "MMT", "mm", 25.0),
        (2.5, "CMT", "mm", 25.0),
        (125.0, "CMT", "m", 1.25),
        (0.54, "C62", "%", 54.0),
        (54.0, "P1", "%", 54.0),
        (0.9, "ppm", "ppb", 900.0),
        (101_325.0, "PAL", "hPa", 1013.25),
        (2500.0, "KWT", "MW", 2.5),
        (2500.0, "KWH", "MWh", 2.5),
        (1.5, "GWH", "MWh", 1500.0),
        (155.2, "MTR", "m MSL", 155.2),
        (155.2, "m MSL", "m MSL", 155.2),
        (1800.0, "l/s", "m³/s", 1.8),
        (90.0, "SEC", "min", 1.5),
        (7.0, "cases/week", "cases/week", 7.0),
    ],
)
def test_value_is_the_same_in_another_unit(value: float, source: str, target: str, expected: float) -> None:
    assert convert(value, source, target) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("GQ", "ppb"),
        ("CEL", "%"),
        ("furlong", "m"),
        ("", "mm"),
        ("m MSL", "m"),
        ("cases/week", "cases/month"),
        ("GWH", "GWh/month"),
    ],
)
def test_what_is_not_one_quantity_is_not_converted(source: str, target: str) -> None:
    with pytest.raises(UnitUnknown):
        convert(1.0, source, target)


def test_gas_is_a_share_of_volume_at_25_degrees_and_one_atmosphere() -> None:
    # 100 µg/m³ of ozone: 100 x 24.45 / 48.00 = 50.94 ppb
    assert convert_gas(100, "GQ", "ppb", "o3") == pytest.approx(50.9375)
    # 10 mg/m³ of carbon monoxide: 10 000 x 24.45 / 28.01 ppb = 8.729 ppm
    assert convert_gas(10, "GP", "ppm", "co") == pytest.approx(8.729, abs=1e-3)


def test_particles_are_no_gas() -> None:
    with pytest.raises(UnitUnknown):
        convert_gas(10, "GQ", "ppb", "pm25")
