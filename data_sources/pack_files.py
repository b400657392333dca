"""Files of a city pack, read so that every problem becomes one line: `file: key: problem; allowed: ...`."""

import json
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from data_sources.model.city import BaseLayer, LayerRole
from data_sources.model.spec import Spec

SpecT = TypeVar("SpecT", bound=BaseModel)

GEOMETRIES: dict[LayerRole, tuple[str, ...]] = {
    "district": ("Polygon", "MultiPolygon"),
    "water": ("Polygon", "MultiPolygon"),
    "road": ("LineString", "MultiLineString"),
    "route": ("LineString", "MultiLineString"),
}
PROPERTIES: dict[LayerRole, tuple[str, ...]] = {
    "district": ("name_th", "name_en"),
    "water": ("name_th", "name_en"),
    "road": ("name_th", "name_en", "road_class"),
    "route": ("name_th", "name_en", "route_id"),
}
FILLED_LATER = {"key", "synthetic", "units"}
"""Fields of a feed that a pack must not give (see `FeedSpec`)."""
DEPTH = {"LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""How many lists stand around a position."""


def read_toml(path: Path, problems: list[str]) -> dict[str, Any] | None:
    """Content of a TOML file, or None and a problem."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        problems.append(f"{path.name}: file is missing")
    except OSError as error:
        problems.append(f"{path.name}: cannot be read ({error.strerror})")
    except UnicodeDecodeError:
        problems.append(f"{path.name}: not UTF-8 text")
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{path.name}: not valid TOML: {error}")
    return None


def checked(model: type[SpecT], data: Any, file: str, prefix: str, problems: list[str]) -> SpecT | None:
    """`data` as a spec, or None and its problems. `prefix` stands before the key, such as `feeds[1]`."""
    try:
        return model.model_validate(data)
    except ValidationError as errors:
        for error in errors.errors(include_url=False):
            problems.append(f"{file}: {_key(prefix, error['loc'])}: {_told(error, model)}")
    return None


def entries(
    model: type[SpecT],
    path: Path,
    key: str,
    problems: list[str],
    *,
    optional: bool = False,
    file: str | None = None,
    defaults: dict[str, Any] | None = None,
) -> tuple[SpecT, ...]:
    """Entries `[[key]]` of a TOML file; those that are wrong become problems, told under `file` (default: the
    path's name). An optional file may be missing. `defaults` are what an entry may leave out."""
    if optional and not path.exists():
        return ()
    data = read_toml(path, problems)
    if data is None:
        return ()
    name = file or path.name
    for other in sorted(data.keys() - {key}):
        problems.append(f"{name}: {other}: unknown key; allowed: {key}")
    tables = data.get(key, [])
    if not isinstance(tables, list):
        problems.append(f"{name}: {key}: must be a list of tables; write [[{key}]]")
        return ()
    filled = [{**(defaults or {}), **table} if isinstance(table, dict) else table for table in tables]
    found = [checked(model, table, name, f"{key}[{index}]", problems) for index, table in enumerate(filled)]
    return tuple(entry for entry in found if entry is not None)


def repeated(ids: Iterable[str], where: str, problems: list[str]) -> None:
    """A problem for each id that occurs twice."""
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            problems.append(f"{where}: {one!r} occurs twice; each must be unique")
        seen.add(one)


def _key(prefix: str, loc: tuple[int | str, ...]) -> str:
    key = prefix
    for part in loc:
        if isinstance(part, int):
            key += f"[{part}]"
        else:
            key += f".{part}" if key else part
    return key or "(whole file)"


def _told(error: ErrorDetails, model: type[BaseModel]) -> str:
    """The problem in a writer's words, with what is allowed."""
    kind, context = error["type"], error.get("ctx", {})
    given = _short(error["input"])
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return f"unknown key; allowed: {', '.join(_keys_at(model, error['loc'][:-1]))}"
    if kind in {"literal_error", "enum"}:
        allowed = re.findall(r"'([^']*)'", str(context["expected"]))
        return f"{given} is not allowed; allowed: {', '.join(allowed)}"
    if kind == "string_pattern_mismatch":
        return f"{given} is not allowed; allowed: text that matches {context['pattern']}"
    limits = {"gt": "greater than", "ge": "at least", "lt": "less than", "le": "at most"}
    for sign, words in limits.items():
        if sign in context:
            return f"{given} is not allowed; allowed: {words} {context[sign]}"
    if kind == "value_error":
        return str(context.get("error", error["msg"]))
    text = error["msg"].removeprefix("Input should be ")
    return f"{given} is not allowed; allowed: {text}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _keys_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Keys that a writer may use where `loc` points, following nested specs."""
    current: type[BaseModel] = model
    for part in loc:
        if isinstance(part, str) and part in current.model_fields:
            current = _inner(current.model_fields[part].annotation) or current
    return sorted(current.model_fields.keys() - FILLED_LATER)


def _inner(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return annotation
    return next((found for part in get_args(annotation) if (found := _inner(part))), None)


def check_layer(root: Path, layer: BaseLayer, where: str, problems: list[str]) -> list[str]:
    """Check one GeoJSON layer; return the route ids that it carries. `where` names its place in city.toml."""
    path = root / layer.file
    if not path.resolve().is_relative_to(root.resolve()):
        problems.append(f"{where}.file: {layer.file!r} lies outside the pack")
        return []
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        problems.append(f"{where}.file: {layer.file!r} does not exist in the pack")
        return []
    except OSError as error:
        problems.append(f"{layer.file}: cannot be read ({error.strerror})")
        return []
    except RecursionError:
        problems.append(f"{layer.file}: not valid JSON: nested too deeply")
        return []
    except ValueError as error:
        problems.append(f"{layer.file}: not valid JSON: {error}")
        return []
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or content.get("type") != "FeatureCollection":
        problems.append(f"{layer.file}: type: not a GeoJSON FeatureCollection")
        return []
    route_ids = []
    for index, feature in enumerate(features):
        problem = _feature_problem(feature, layer.role)
        if problem:
            problems.append(f"{layer.file}: features[{index}]{problem}")
        elif layer.role == "route":
            route_ids.append(str(feature["properties"]["route_id"]))
    return route_ids


def _feature_problem(feature: Any, role: LayerRole) -> str | None:
    """What is wrong with a feature, starting with the key; None when it can be drawn."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return ".type: not a GeoJSON Feature"
    properties, geometry = feature.get("properties"), feature.get("geometry")
    for name in PROPERTIES[role]:
        value = properties.get(name) if isinstance(properties, dict) else None
        if not isinstance(value, str) or not value:
            return f".properties.{name}: is missing; layers of role {role} need {', '.join(PROPERTIES[role])}"
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in GEOMETRIES[role]:
        return f".geometry.type: {kind!r} is not allowed; allowed: {', '.join(GEOMETRIES[role])}"
    if not _positions(feature["geometry"].get("coordinates"), DEPTH[kind]):
        return ".geometry.coordinates: not lists of [longitude, latitude] in degrees"
    return None


def _positions(value: Any, depth: int) -> bool:
    """Whether `value` is non-empty lists, `depth` deep, of longitude-latitude pairs."""
    if not isinstance(value, list) or not value:
        return False
    if depth:
        return all(_positions(part, depth - 1) for part in value)
    if len(value) < 2 or any(isinstance(x, bool) or not isinstance(x, int | float) for x in value):
        return False
    lon, lat = float(value[0]), float(value[1])
    return abs(lon) <= 180 and abs(lat) <= 90
