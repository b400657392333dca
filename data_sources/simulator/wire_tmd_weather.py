"""Weather3Hours' XML: dates MM/DD/YYYY, Thai as character references, an empty element where nothing is."""

from xml.sax.saxutils import escape

from data_sources.feeds.tmd_weather import QUANTITIES, TIME_FORMAT
from data_sources.simulator.channels import centre_of
from data_sources.simulator.told import Told

DECIMALS = {"RelativeHumidity": 0, "WindDirection": 0, "Rainfall": 2, "Rainfall24Hr": 2}


def document(told: Told) -> bytes:
    """The stations."""
    rows = [_station(told, feature_id) for feature_id in told.features]
    text = f'<?xml version="1.0"?>\n<Weather3Hours><Stations>{"".join(rows)}</Stations></Weather3Hours>\n'
    return text.encode("ascii", "xmlcharrefreplace")


def _station(told: Told, feature_id: str) -> str:
    feature = told.features[feature_id].feature
    lat, lon = centre_of(told.city)
    parts = {
        "WmoStationNumber": feature_id,
        "StationNameThai": feature.names.th,
        "StationNameEnglish": feature.names.en,
        "Latitude": f"{feature.lat or lat:.4f}",
        "Longitude": f"{feature.lon or lon:.4f}",
    }
    observed = {"DateTime": told.local.strftime(TIME_FORMAT)}
    for name, quantity in QUANTITIES.items():
        value = told.values[feature_id, quantity.property_id]
        missing = name.startswith("Wind") and told.spoilt(feature_id, name)
        observed[name] = "" if missing else f"{value:.{DECIMALS.get(name, 1)}f}"
    return f"<Station>{_elements(parts)}<Observation>{_elements(observed)}</Observation></Station>\n"


def _elements(parts: dict[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parts.items())
