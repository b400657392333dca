"""What a city measures and how it is judged: the pack's optional files `properties.toml`, `bands.toml`,
`features.toml` and `indicators/<domain>.toml`, over the vocabulary that all cities share.

Problems become lines `file: key: problem; allowed: ...`, as for the rest of the pack.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from data_sources.errors import ConfigError
from data_sources.model.city import FeatureSpec
from data_sources.model.indicator import DOMAINS, BandScale, IndicatorSpec, PropertySpec, Target
from data_sources.model.observation import CITY_FEATURE, FILE_FEED, INDICATOR_FEED, PLATFORM_FEED
from data_sources.pack_files import entries, repeated

VOCABULARY = Path(__file__).with_name("properties.toml")
OWN_FEEDS = (PLATFORM_FEED, INDICATOR_FEED, FILE_FEED)
"""Series that the system makes itself, or takes from sheets; a pack may name them beside its feeds."""
SHOWN = 8
"""How many allowed names a message lists at most."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the files say; parts that were wrong are left out and told as problems. `whole`: nothing was left
    out, so that a name which is not here is unknown."""

    properties: dict[str, PropertySpec]
    scales: dict[str, BandScale]
    features: tuple[FeatureSpec, ...]
    indicators: tuple[IndicatorSpec, ...]
    whole: bool = True


def read_measured(root: Path, feed_ids: Collection[str] | None, problems: list[str]) -> Measured:
    """Read and check the files of the pack at `root`, whose feeds are `feed_ids` (None: not all could be
    read). Whether names fit together is asked once every entry is right by itself."""
    before = len(problems)
    properties = _properties(root, problems)
    scales = entries(BandScale, root / "bands.toml", "scales", problems, optional=True)
    repeated((scale.scale_id for scale in scales), "bands.toml: scale_id", problems)
    features = entries(FeatureSpec, root / "features.toml", "features", problems, optional=True)
    repeated((feature.feature_id for feature in features), "features.toml: feature_id", problems)
    by_file = _indicators(root, problems)
    indicators = tuple(spec for _, specs in by_file for spec in specs)
    repeated((spec.key for spec in indicators), "indicators/*.toml: key", problems)
    problems.extend(_scale_problems(scales))
    measured = Measured(
        properties=properties,
        scales={scale.scale_id: scale for scale in scales},
        features=features,
        indicators=indicators,
        whole=len(problems) == before,
    )
    if measured.whole:
        problems.extend(_feature_problems(measured))
        for file, specs in by_file:
            for spec in specs:
                found = _indicator_problems(spec, measured, feed_ids)
                problems.extend(f"{file}: {spec.key}.{problem}" for problem in found)
    return measured


def allowed(names: Collection[str], meant: str = "") -> str:
    """The names that may stand in place of `meant`: all when few, else the nearest."""
    if len(names) <= SHOWN:
        return ", ".join(sorted(names)) or "none, as the pack has none"
    near = get_close_matches(meant, names, n=3, cutoff=0.5) if meant else []
    return f"{', '.join(near)}, ..." if near else f"{', '.join(sorted(names)[:SHOWN])}, ..."


@cache
def vocabulary() -> tuple[PropertySpec, ...]:
    """The properties that every city shares. Raises ConfigError when the package is broken."""
    problems: list[str] = []
    found = entries(PropertySpec, VOCABULARY, "properties", problems)
    repeated((one.property_id for one in found), "properties.toml: property_id", problems)
    if problems:
        raise ConfigError("\n".join(problems))
    return found


def _properties(root: Path, problems: list[str]) -> dict[str, PropertySpec]:
    """The vocabulary with the pack's own. A pack may narrow a shared property, not change what it is."""
    shared = {one.property_id: one for one in vocabulary()}
    own = entries(PropertySpec, root / "properties.toml", "properties", problems, optional=True)
    repeated((one.property_id for one in own), "properties.toml: property_id", problems)
    for one in own:
        low, high = one.plausible
        where = f"properties.toml: {one.property_id}"
        if low is not None and high is not None and low >= high:
            problems.append(f"{where}.plausible: the lower limit must be less than the upper")
        known = shared.get(one.property_id)
        for key in ("unit", "domain"):
            if known is not None and getattr(one, key) != getattr(known, key):
                problems.append(
                    f"{where}.{key}: {getattr(one, key)!r} is not that of the shared property; "
                    f"allowed: {getattr(known, key)}"
                )
    return {**shared, **{one.property_id: one for one in own}}


def _indicators(root: Path, problems: list[str]) -> list[tuple[str, tuple[IndicatorSpec, ...]]]:
    """The entries of each file of `indicators/`, in the order of the domains. A file is named after its
    domain, which its entries may leave out."""
    folder = root / "indicators"
    if not folder.is_dir():
        return []
    for path in sorted(folder.glob("*.toml")):
        if path.stem not in DOMAINS:
            problems.append(f"indicators/{path.name}: no domain of this name; allowed: {', '.join(DOMAINS)}")
    found = []
    for domain in DOMAINS:
        path, file = folder / f"{domain}.toml", f"indicators/{domain}.toml"
        specs = entries(
            IndicatorSpec,
            path,
            "indicators",
            problems,
            optional=True,
            file=file,
            defaults={"domain": domain},
        )
        for spec in specs:
            if spec.domain != domain:
                problems.append(
                    f"{file}: {spec.key}.domain: {spec.domain!r} is not allowed; allowed: {domain}"
                )
        found.append((file, specs))
    return found


def _scale_problems(scales: Iterable[BandScale]) -> Iterator[str]:
    for scale in scales:
        if not scale.source.strip():
            yield f"bands.toml: {scale.scale_id}.source: is empty; say who set or proposes the limits"


def _feature_problems(measured: Measured) -> Iterator[str]:
    for feature in measured.features:
        where = f"features.toml: {feature.feature_id}"
        if (feature.lat is None) != (feature.lon is None):
            yield f"{where}.lat: give lat and lon, or neither"
        for property_id, scale_id in feature.scales.items():
            key = f"{where}.scales.{property_id}"
            spec, scale = measured.properties.get(property_id), measured.scales.get(scale_id)
            if spec is None:
                yield f"{key}: unknown property; allowed: {allowed(measured.properties, property_id)}"
            if scale is None:
                yield f"{key}: unknown scale {scale_id!r}; allowed: {allowed(measured.scales, scale_id)}"
            if spec is not None and scale is not None and spec.unit != scale.unit:
                yield f"{key}: {scale_id!r} is in {scale.unit}; allowed: a scale in {spec.unit}"


def _indicator_problems(
    spec: IndicatorSpec, measured: Measured, feed_ids: Collection[str] | None
) -> Iterator[str]:
    """What an entry names and the pack does not know, beginning with the key."""
    if spec.bands is not None:
        scale = measured.scales.get(spec.bands)
        if scale is None:
            yield f"bands: unknown scale {spec.bands!r}; allowed: {allowed(measured.scales, spec.bands)}"
        elif scale.unit != spec.unit:
            yield f"bands: {spec.bands!r} is in {scale.unit}; allowed: a scale in {spec.unit}"
    if spec.target is not None:
        yield from _target_problems(spec, spec.target)
    if not spec.inputs:
        yield "inputs: is empty; allowed: at least one series"
    features = {CITY_FEATURE, *(feature.feature_id for feature in measured.features)}
    keys = {one.key for one in measured.indicators}
    for name, given in spec.inputs.items():
        at = f"inputs.{name}"
        if INDICATOR_FEED in given.feeds:
            if given.property == spec.key:
                yield f"{at}.property: an indicator cannot go into itself"
            elif given.property not in keys:
                names = allowed(keys, given.property)
                yield f"{at}.property: unknown indicator {given.property!r}; allowed: {names}"
        elif given.property not in measured.properties:
            names = allowed(measured.properties, given.property)
            yield f"{at}.property: unknown property {given.property!r}; allowed: {names}"
        for feed_id in given.feeds:
            if feed_ids is not None and feed_id not in {*feed_ids, *OWN_FEEDS}:
                names = allowed({*feed_ids, *OWN_FEEDS}, feed_id)
                yield f"{at}.feeds: unknown feed {feed_id!r}; allowed: {names}"
        for feature_id in given.features:
            if feature_id not in features:
                names = allowed(features, feature_id)
                yield f"{at}.features: unknown feature {feature_id!r}; allowed: {names}"


def _target_problems(spec: IndicatorSpec, target: Target) -> Iterator[str]:
    if not target.source.strip():
        yield "target.source: is empty; say who set it, or that we propose it"
    if spec.better == "neutral":
        yield 'target: none is aimed at where better is "neutral"'
    elif spec.better == "target":
        if target.low is None or target.high is None or target.low > target.high or target.value is not None:
            yield 'target: give low and high, where better is "target"'
    elif target.value is None or target.low is not None or target.high is not None:
        yield f'target: give value, where better is "{spec.better}"'
