"""TMD: the Thai Meteorological Department's three-hourly weather of its stations, as XML.

`<Weather3Hours><Stations><Station>` with `<Observation>`; DateTime is MM/DD/YYYY HH:MM:SS of Bangkok. Thai
text comes as character references. An empty element or "-" is no value. Rain is that of the three hours
before, wind is in km/h. A file that is being written at the far end is cut off, and refused.

The parser is the standard library's expat with document types refused: without one no entity can be defined,
and neither files nor other servers are ever asked for.
"""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from xml.parsers import expat

from data_sources.errors import FeedContentError
from data_sources.feeds import codes
from data_sources.feeds.observing import DAY_S, HOUR_S, Collector, Quantity, observed_at, zone_of
from data_sources.feeds.payload import ENTITIES_MAX, unpack
from data_sources.feeds.reading import Unusable
from data_sources.model.city import FeedSpec
from data_sources.model.feed import Batch

TIME_FORMAT = "%m/%d/%Y %H:%M:%S"

QUANTITIES: Mapping[str, Quantity] = {
    "AirTemperature": Quantity("air_temperature", "°C", signed=True),
    "RelativeHumidity": Quantity("relative_humidity", "%"),
    "Rainfall": Quantity("rain_3h", "mm", 3 * HOUR_S),
    "Rainfall24Hr": Quantity("rain_24h", "mm", DAY_S),
    "WindSpeed": Quantity("wind_speed", "km/h"),
    "WindDirection": Quantity("wind_direction", "°"),
    "StationPressure": Quantity("pressure", "hPa"),
}
"""Elements of an observation that are read; others are not."""

FIELD_MAX = 2_000
"""Characters of an element's text; more are cut."""
DEPTH_MAX = 32


def parse(payload: bytes, *, feed: FeedSpec, received_at: datetime) -> Batch:
    """Read the stations. Raise FeedContentError when the message is not the service's XML."""
    reader = _Reader()
    stations = reader.read(unpack(payload, feed.max_bytes))
    zone = zone_of(feed)
    found = Collector(feed, received_at)
    for station in stations:
        _station(station, zone, found)
    return found.batch()


def _station(station: Mapping[str, str], zone: tzinfo, found: Collector) -> None:
    feature_id = found.identified(station.get("WmoStationNumber"), "a station without a number", station)
    if feature_id is None:
        return
    name = {"th": station.get("StationNameThai"), "en": station.get("StationNameEnglish")}
    lat, lon = station.get("Latitude"), station.get("Longitude")
    if not found.station(feature_id, "weather_station", name, lat, lon):
        return
    try:
        at = observed_at(station.get("DateTime"), zone, TIME_FORMAT)
    except Unusable as error:
        found.reject_row(feature_id, error.rule, str(error), station)
        return
    for element, quantity in QUANTITIES.items():
        if element in station:
            found.observe(feature_id, quantity, station[element], at)


class _Reader:
    """Flattens each Station into the texts of its elements; element names tell them apart."""

    def __init__(self) -> None:
        self._stations: list[dict[str, str]] = []
        self._station: dict[str, str] | None = None
        self._path: list[str] = []
        self._text: list[str] = []

    def read(self, document: bytes) -> list[dict[str, str]]:
        """The stations. Raise FeedContentError."""
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(document, True)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise FeedContentError(codes.NOT_XML.code, f"the message is not whole XML: {error}") from error
        return self._stations

    def _doctype(self, *_: object) -> None:
        raise FeedContentError(codes.XML_DOCTYPE.code, "the XML has a document type; it is not read")

    def _start(self, name: str, _: object) -> None:
        if not self._path and name != "Weather3Hours":
            raise FeedContentError(codes.NOT_OBSERVATIONS.code, "the message is no answer of Weather3Hours")
        if len(self._path) >= DEPTH_MAX:
            raise FeedContentError(codes.NOT_OBSERVATIONS.code, "the XML is nested too deeply")
        self._path.append(name)
        self._text.clear()
        if name == "Station" and self._station is None:
            if len(self._stations) >= ENTITIES_MAX:
                raise FeedContentError(codes.TOO_MANY_ENTITIES.code, f"more than {ENTITIES_MAX} stations")
            self._station = {}

    def _end(self, name: str) -> None:
        self._path.pop()
        if self._station is None:
            return
        if name == "Station" and "Station" not in self._path:
            self._stations.append(self._station)
            self._station = None
        elif name != "Observation":
            self._station.setdefault(name, "".join(self._text)[:FIELD_MAX].strip())
        self._text.clear()

    def _characters(self, text: str) -> None:
        if self._station is not None:
            self._text.append(text)
