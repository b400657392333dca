"""Rules of place: what is wrong with a latitude and a longitude, in words, or None."""

from data_sources.model.city import Bounds
from data_sources.rules.rule import Rule

ZERO_DEG = 1e-4
"""Box of about 10 m around latitude 0, longitude 0, where receivers without a fix place themselves."""

POSITION_INVALID = Rule("position_invalid", "reject", "latitude or longitude is not on the globe", "E026")
POSITION_SWAPPED = Rule("position_swapped", "reject", "latitude and longitude are exchanged", "E026")
POSITION_ZERO = Rule("position_zero", "reject", "position (0, 0): the receiver had no fix", "E026")
POSITION_OUTSIDE = Rule("position_outside_bounds", "reject", "position outside the city's bounds", "E028")


def off_globe(lat: float, lon: float) -> str | None:
    """Not on the globe."""
    if -90 <= lat <= 90 and -180 <= lon <= 180:
        return None
    return f"latitude {lat:g}, longitude {lon:g} are not on the globe"


def swapped(lat: float, lon: float, bounds: Bounds | None) -> str | None:
    """In the city only when exchanged."""
    if bounds is None or bounds.contains(lat, lon) or not bounds.contains(lon, lat):
        return None
    return f"latitude {lat:g}, longitude {lon:g} lie in the city when exchanged"


def at_zero(lat: float, lon: float) -> str | None:
    """Where receivers without a fix are."""
    if abs(lat) > ZERO_DEG or abs(lon) > ZERO_DEG:
        return None
    return "latitude 0, longitude 0: the receiver had no fix"


def outside(lat: float, lon: float, bounds: Bounds | None) -> str | None:
    """Beyond the city's bounds."""
    if bounds is None or bounds.contains(lat, lon):
        return None
    return f"latitude {lat:.5f}, longitude {lon:.5f} lie outside the city's bounds"
