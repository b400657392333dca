"""Units of values: exact conversions between units of one quantity, by their usual and UN/CEFACT names.

Codes as in NGSI-LD's `unitCode`: UN/CEFACT Recommendation 20, annexes I and II. A unit that is not
listed is known only as itself: a value already in the property's own unit needs no table.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Quantity = Literal[
    "share",
    "mass_concentration",
    "temperature",
    "length",
    "speed",
    "pressure",
    "power",
    "energy",
    "volume",
    "flow",
    "mass",
    "time",
    "angle",
    "illuminance",
    "sound_level",
    "voltage",
    "current",
]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: a value in it times `factor`, plus `offset`, is in the base unit of its quantity."""

    quantity: Quantity
    factor: float
    offset: float = 0.0


class UnitUnknown(ValueError):
    """There is no conversion between the two units."""


_TABLE: tuple[tuple[Quantity, float, float, str], ...] = (
    ("share", 1.0, 0.0, "1 C62 fraction ratio"),
    ("share", 1e-2, 0.0, "% P1 pct percent"),
    ("share", 1e-6, 0.0, "ppm 59"),
    ("share", 1e-9, 0.0, "ppb 61"),
    ("mass_concentration", 1.0, 0.0, "µg/m³ ug/m3 ug/m^3 mcg/m3 GQ"),
    ("mass_concentration", 1e3, 0.0, "mg/m³ mg/m3 mg/m^3 GP"),
    ("temperature", 1.0, 0.0, "°C C degC celsius CEL"),
    ("temperature", 1.0, -273.15, "K KEL"),
    ("temperature", 5 / 9, -160 / 9, "°F F degF FAH"),
    ("length", 1.0, 0.0, "m metre meter MTR"),
    ("length", 1e-2, 0.0, "cm CMT"),
    ("length", 1e-3, 0.0, "mm MMT l/m² l/m2"),
    ("length", 1e3, 0.0, "km KMT KTM"),
    ("length", 0.0254, 0.0, "in inch INH"),
    ("length", 0.3048, 0.0, "ft FOT"),
    ("speed", 1.0, 0.0, "km/h kmh kph KMH"),
    ("speed", 3.6, 0.0, "m/s ms-1 MTS"),
    ("speed", 1.609344, 0.0, "mph HM"),
    ("speed", 1.852, 0.0, "kn kt knot KNT"),
    ("pressure", 1.0, 0.0, "hPa mbar A97 MBR"),
    ("pressure", 1e-2, 0.0, "Pa PAL"),
    ("pressure", 10.0, 0.0, "kPa KPA"),
    ("power", 1e3, 0.0, "kW KWT"),
    ("power", 1.0, 0.0, "W WTT"),
    ("power", 1e6, 0.0, "MW MAW"),
    ("energy", 1.0, 0.0, "kWh KWH"),
    ("energy", 1e-3, 0.0, "Wh WHR"),
    ("energy", 1e3, 0.0, "MWh MWH"),
    ("energy", 1e6, 0.0, "GWh GWH"),
    ("volume", 1.0, 0.0, "m³ m3 MTQ"),
    ("volume", 1e-3, 0.0, "l L LTR"),
    ("volume", 1e6, 0.0, "Mm³ Mm3 MCM million_m3 ล้านลบ.ม."),
    ("flow", 1.0, 0.0, "m³/s m3/s cms MQS"),
    ("flow", 1 / 3600, 0.0, "m³/h m3/h MQH"),
    ("flow", 1e-3, 0.0, "l/s L/s G51"),
    ("mass", 1.0, 0.0, "kg KGM"),
    ("mass", 1e3, 0.0, "t TNE"),
    ("mass", 1e-3, 0.0, "g GRM"),
    ("time", 1.0, 0.0, "s SEC"),
    ("time", 60.0, 0.0, "min MIN"),
    ("time", 3600.0, 0.0, "h HUR"),
    ("time", 86_400.0, 0.0, "d DAY"),
    ("angle", 1.0, 0.0, "° deg degree DD"),
    ("illuminance", 1.0, 0.0, "lx LUX"),
    ("sound_level", 1.0, 0.0, "dB 2N"),
    ("voltage", 1.0, 0.0, "V VLT"),
    ("current", 1.0, 0.0, "A AMP"),
    ("current", 1e-3, 0.0, "mA 4K"),
)
"""Quantity, factor and offset to its base unit, and the unit's names."""

UNITS: Mapping[str, Unit] = {
    name: Unit(quantity, factor, offset)
    for quantity, factor, offset, names in _TABLE
    for name in names.split()
}

DATUM = re.compile(r"\s+(?:MSL|m\.?s\.?l\.?)$")
"""A level above mean sea level: a length whose datum stays."""

MOLAR_VOLUME_L = 24.45
"""Litres of a mole of gas at 25 °C and 1 atm, the reference of Thailand's ambient air standards
(National Environment Board, notification no. 10, B.E. 2538) and of the United States' (40 CFR 50.3)."""

MOLAR_MASS_G: Mapping[str, float] = {"o3": 48.00, "no2": 46.01, "so2": 64.07, "co": 28.01}
"""Grams of a mole, by the beginning of the property's name."""


def convert(value: float, source: str, target: str) -> float:
    """The value in `target`. Raise UnitUnknown unless both are units of one quantity."""
    source, target = _same_signs(source), _same_signs(target)
    if source == target:
        return value
    source_datum, target_datum = bool(DATUM.search(source)), bool(DATUM.search(target))
    one, other = UNITS.get(DATUM.sub("", source)), UNITS.get(DATUM.sub("", target))
    # a plain metre may stand for a level, as sources leave the datum out; a level is no plain metre
    if one is None or other is None or one.quantity != other.quantity or (source_datum and not target_datum):
        raise UnitUnknown(f"unit {source!r} cannot be turned into {target!r}")
    if one == other:
        return value
    return (value * one.factor + one.offset - other.offset) / other.factor


def to_property_unit(value: float, source: str, target: str, property_id: str) -> tuple[float, bool]:
    """The value in the unit of its property, and whether that took turning a gas's mass into its share of the
    air. Raise UnitUnknown."""
    try:
        return convert(value, source, target), False
    except UnitUnknown as error:
        try:
            return convert_gas(value, source, target, property_id), True
        except UnitUnknown:
            raise error from None


def convert_gas(value: float, source: str, target: str, property_id: str) -> float:
    """A gas's mass in a volume of air as its share of it, at 25 °C and 1 atm. Raise UnitUnknown where
    either unit is another or the gas is not known."""
    molar_mass_g = MOLAR_MASS_G.get(property_id.partition("_")[0])
    if molar_mass_g is None:
        raise UnitUnknown(f"unit {source!r} cannot be turned into {target!r}")
    ppb = convert(value, source, "µg/m³") * MOLAR_VOLUME_L / molar_mass_g
    return convert(ppb, "ppb", target)


def _same_signs(unit: str) -> str:
    """The unit with one of the two signs that look like µ, and without spaces around it."""
    return unit.strip().replace("\u03bc", "\u00b5")
