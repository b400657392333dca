"""What a GTFS is authored from: a pack's service contract, lines of road and stops, read and checked."""

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_sources.errors import ConfigError
from data_sources.model.city import CitySpec, GtfsSpec
from data_sources.model.service import ServiceSpec
from data_sources.model.spec import Lang, Names
from data_sources.pack_files import checked, read_toml

SERVICE_FILE = "service.toml"
STOP_COLUMNS = ("stop_id", "name_th", "name_en", "lat", "lon")


@dataclass(frozen=True, slots=True)
class PackedStop:
    """A stop of `stops_file`."""

    stop_id: str
    names: Names
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class PackedLine:
    """A line of `lines_file`; coordinates are (longitude, latitude), `colour` six hexadecimal digits.
    The short name is that of the route's sign in city.toml."""

    names: Names
    short: Names
    colour: str
    coordinates: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class ServicePack:
    """Everything that `gtfs_build` needs of a pack. `lang` is the GTFS's own language, `other_lang`
    the one that translations.txt gives, None when the city has one language."""

    service: ServiceSpec
    gtfs: GtfsSpec
    timezone: str
    lang: Lang
    other_lang: Lang | None
    lines: Mapping[str, PackedLine]
    stops: tuple[PackedStop, ...]


def read_service(pack_root: Path) -> ServiceSpec | None:
    """The pack's service contract, None when it has none. Raises ConfigError."""
    if not (pack_root / SERVICE_FILE).exists():
        return None
    problems: list[str] = []
    data = read_toml(pack_root / SERVICE_FILE, problems)
    spec = None if data is None else checked(ServiceSpec, data, SERVICE_FILE, "", problems)
    if spec is None:
        raise ConfigError("\n".join(problems))
    return spec


def read_service_pack(pack_root: Path) -> ServicePack:
    """Read and check contract, lines and stops. Raises ConfigError, one line per problem."""
    service = read_service(pack_root)
    if service is None:
        raise ConfigError(f"{SERVICE_FILE}: file is missing; a GTFS is authored from it")
    problems: list[str] = []
    data = read_toml(pack_root / "city.toml", problems)
    city = None if data is None else checked(CitySpec, data, "city.toml", "", problems)
    if city is None:
        raise ConfigError("\n".join(problems))
    stops = _stops(pack_root, service.stops_file, problems)
    lines = _lines(pack_root, service, city, problems)
    if problems:
        raise ConfigError("\n".join(problems))
    others = [lang for lang in city.languages if lang != city.languages[0]]
    return ServicePack(
        service=service,
        gtfs=city.gtfs or GtfsSpec(path="gtfs"),
        timezone=city.timezone,
        lang=city.languages[0],
        other_lang=others[0] if others else None,
        lines=lines,
        stops=stops,
    )


def _stops(root: Path, name: str, problems: list[str]) -> tuple[PackedStop, ...]:
    try:
        text = (root / name).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{SERVICE_FILE}: stops_file: {name!r} cannot be read ({error})")
        return ()
    reader = csv.DictReader(text.splitlines())
    missing = [column for column in STOP_COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        problems.append(f"{name}: header: missing column {', '.join(missing)}")
        return ()
    stops: dict[str, PackedStop] = {}
    for row in reader:
        where = f"{name}: line {reader.line_num}"
        try:
            names = Names(th=row["name_th"], en=row["name_en"])
            stop = PackedStop(row["stop_id"], names, float(row["lat"]), float(row["lon"]))
        except (TypeError, ValueError):
            problems.append(f"{where}: needs stop_id, both names, and lat and lon in degrees")
            continue
        if not stop.stop_id or stop.stop_id in stops:
            problems.append(f"{where}: stop_id {stop.stop_id!r} is empty or occurs twice")
        stops[stop.stop_id] = stop
    return tuple(stops.values())


def _lines(root: Path, service: ServiceSpec, city: CitySpec, problems: list[str]) -> dict[str, PackedLine]:
    name = service.lines_file
    try:
        features = json.loads((root / name).read_text("utf-8"))["features"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        problems.append(f"{SERVICE_FILE}: lines_file: {name!r} is not a readable FeatureCollection ({error})")
        return {}
    by_route = {
        feature["properties"].get("route_id"): feature
        for feature in features
        if isinstance(feature, dict) and isinstance(feature.get("properties"), dict)
    }
    short = {sign.route_id: sign.short for sign in city.routes}
    lines: dict[str, PackedLine] = {}
    for index, spec in enumerate(service.lines):
        where = f"{SERVICE_FILE}: lines[{index}].route_id"
        if spec.route_id not in short:
            allowed = ", ".join(short)
            problems.append(f"{where}: {spec.route_id!r} has no sign in city.toml; allowed: {allowed}")
        elif spec.route_id not in by_route:
            problems.append(f"{where}: {spec.route_id!r} is not in {name}")
        elif line := _line(by_route[spec.route_id], short[spec.route_id]):
            lines[spec.route_id] = line
        else:
            problems.append(
                f"{name}: {spec.route_id}: needs name_th, name_en, color (#rrggbb) and a LineString of "
                "[longitude, latitude]"
            )
    return lines


def _line(feature: dict[str, Any], short: Names) -> PackedLine | None:
    """The feature as a line, None when something is missing."""
    properties = feature["properties"]
    try:
        colour = str(properties["color"])
        names = Names(th=properties["name_th"], en=properties["name_en"])
        coordinates = tuple((float(lon), float(lat)) for lon, lat, *_ in feature["geometry"]["coordinates"])
    except (KeyError, TypeError, ValueError):
        return None
    if feature["geometry"].get("type") != "LineString" or not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        return None
    if len(set(coordinates)) < 2:
        return None
    return PackedLine(names, short, colour[1:].upper(), coordinates)
