"""The table of pages: which exist, which one an address means, and the document each is served in."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qs

from dash.development.base_component import Component

from dashboard import plotly_http
from dashboard.page_scripts import CHART_PAGES, scripts_for, styles_for
from dashboard.settings import Settings
from dashboard.weekly import picture_of
from data_sources.errors import StoreError
from data_sources.model.city import BaseLayer, City, LosSpec, RouteSign, TrafficSpec
from data_sources.model.indicator import DOMAINS
from data_sources.model.spec import Lang
from data_sources.schedule import Schedule
from data_sources.services import Services
from data_sources.views.catalogue import catalogue, properties, scales
from data_sources.views.ladders import Ladder
from data_sources.views.weekly import last_full_week, week_of
from layouts import (
    economy,
    energy,
    environment,
    feeds,
    governance,
    living,
    mobility,
    not_found,
    overview,
    people,
    wall,
    weekly,
)
from layouts.view import PageKey, Theme, View

LANG_COOKIE = "scopc_lang"
THEME_COOKIE = "scopc_theme"
DEFAULT_THEME: Theme = "dark"
SERVER_LOST_S = 8
"""The page calls the server lost this long after the last event (contract: beats come every 3 s)."""
PAGES_WITH_LADDERS: tuple[PageKey, ...] = ("mobility", "wall")
"""Pages that draw where on its round a line has a gap. A wall does not name stops: it gets no names."""
PRELOADED_FONTS = ("fonts/looped-board-400.woff2", "fonts/looped-board-600.woff2")


@dataclass(frozen=True, slots=True)
class Page:
    """One kind of page: its address as a pattern of the whole path, and its layout."""

    key: PageKey
    pattern: re.Pattern[str]
    layout: Callable[[View], Component]
    prepare: Callable[[Services, View], View] | None = None
    """Fills in what the layout shows of the stores, when the page is asked for."""

    def drawn(self, services: Services, view: View) -> Component:
        """The page with what its layout shows of the stores."""
        return self.layout(self.prepare(services, view) if self.prepare else view)


def _with_week(services: Services, view: View) -> View:
    if view.week is None:
        return view
    try:
        return replace(view, weekly=picture_of(services, view.week))
    except StoreError:
        return view


PAGES = (
    Page("overview", re.compile(r"/"), overview.layout),
    Page("mobility", re.compile(r"/mobility"), mobility.layout),
    Page("environment", re.compile(r"/environment"), environment.layout),
    Page("economy", re.compile(r"/economy"), economy.layout),
    Page("energy", re.compile(r"/energy"), energy.layout),
    Page("governance", re.compile(r"/governance"), governance.layout),
    Page("living", re.compile(r"/living"), living.layout),
    Page("people", re.compile(r"/people"), people.layout),
    Page(
        "weekly",
        re.compile(r"/weekly(?:/(?P<week>[^/]+))?"),
        weekly.layout,
        prepare=_with_week,
    ),
    Page("feeds", re.compile(r"/feeds"), feeds.layout),
    Page("wall", re.compile(r"/wall/(?P<screen_id>[^/]+)"), wall.layout),
)
NOT_FOUND = Page("not_found", re.compile(r".*", re.DOTALL), not_found.layout)


def page_for(path: str, city: City, now: datetime) -> Page | None:
    """The page at `path`, or None: unknown addresses, screens that the pack does not have, weeks that have
    not begun."""
    plain = path.rstrip("/") or "/"
    for page in PAGES:
        if match := page.pattern.fullmatch(plain):
            named = match.groupdict()
            screen_id, week = named.get("screen_id"), named.get("week")
            known = screen_id is None or any(screen.screen_id == screen_id for screen in city.screens)
            return page if known and (week is None or week_of(week, now, city)) else None
    return None


def choice(query: str, cookies: Mapping[str, str]) -> tuple[Lang | None, Theme | None]:
    """Language and theme that the reader asked for: by this address, else by an earlier one's cookie."""
    asked = parse_qs(query.lstrip("?"))
    return (
        _first_allowed(get_args(Lang), asked.get("lang", [""])[-1], cookies.get(LANG_COOKIE)),
        _first_allowed(get_args(Theme), asked.get("theme", [""])[-1], cookies.get(THEME_COOKIE)),
    )


def _first_allowed(allowed: tuple[Any, ...], *given: str | None) -> Any:
    return next((value for value in given if value in allowed), None)


def view_for(
    settings: Settings, services: Services, path: str, query: str, cookies: Mapping[str, str]
) -> tuple[Page, View]:
    """The page at an address, and what its layout needs to know."""
    city = services.city
    now = services.clock()
    page = page_for(path, city, now) or NOT_FOUND
    match = page.pattern.fullmatch(path.rstrip("/"))
    named = match.groupdict() if match else {}
    screen_id, week = named.get("screen_id"), named.get("week")
    screen = next((screen for screen in city.screens if screen.screen_id == screen_id), None)
    lang, theme = choice(query, cookies)
    if lang not in city.spec.languages:
        lang = None
    view = View(
        page=page.key,
        path=path,
        lang=lang or (screen.lang if screen else city.spec.languages[0]),
        theme=theme or (screen.theme if screen else DEFAULT_THEME),
        city=city,
        texts=services.texts,
        screen=screen,
        week=_week(page, week, now, city),
        synthetic=services.synthetic,
        replay=services.replay,
        demo_timetable=settings.demo_timetable,
        tile_url=settings.tile_url,
        tile_attribution=settings.tile_attribution,
    )
    return page, view


def _week(page: Page, named: str | None, now: datetime, city: City) -> date | None:
    """Monday of the week that the page is about: that of its address, else the last that is over."""
    if page.key != "weekly":
        return None
    return week_of(named, now, city) if named else last_full_week(now, city)


def page_config(
    settings: Settings, services: Services, view: View, ladders: Mapping[str, Ladder]
) -> dict[str, Any]:
    """The data block `scopc-config`: what the page's scripts need to know. See docs/architecture.md."""
    spec = view.city.spec
    limits = spec.vehicles
    shown = ladders if view.page in PAGES_WITH_LADDERS else {}
    return {
        "lang": view.lang,
        "theme": view.theme,
        "synthetic": view.synthetic,
        "replay": view.replay,
        "demo_timetable": view.demo_timetable,
        "timezone": settings.timezone or spec.timezone,
        "buddhist_era": spec.buddhist_era,
        "city": {
            "id": spec.city_id,
            "name": spec.names.get(view.lang),
            "centre_name": view.centre_name,
        },
        "limits": {**limits.model_dump(), "server_lost_s": SERVER_LOST_S},
        "los": _thresholds(spec.traffic),
        "bands": {"bunched": spec.operations.bunched_share, "gap": spec.operations.gap_share},
        "bounds": _box(spec.bounds),
        "views": [
            {"view_id": item.view_id, "name": item.names.get(view.lang), "bounds": _box(item.bounds)}
            for item in spec.views
        ],
        "routes": [_route(sign, services, view, shown) for sign in spec.routes],
        "layers": [_layer(view.city.root, layer) for layer in spec.layers],
        "catalogue": catalogue(view.city, view.lang, view.unit, _shown_domains(view)),
        "scales": scales(view.city, view.lang, view.unit),
        "properties": properties(view.city, view.lang, view.unit, _shown_domains(view)),
        "stream_url": "/stream",
        **({"plotly_url": plotly_http.address()} if view.page in CHART_PAGES else {}),
    }


def _shown_domains(view: View) -> tuple[str, ...]:
    """Domains whose figures the page shows."""
    return tuple(domain for domain in DOMAINS if view.page in {domain, "overview", "weekly", "wall"})


def _thresholds(traffic: TrafficSpec | None) -> dict[str, float]:
    """Least share of free flow of each level of service, best first."""
    levels = traffic.level_of_service if traffic else LosSpec()
    return {letter: getattr(levels, letter) for letter in "abcde"}


def _box(bounds: Any) -> list[float]:
    return [bounds.west, bounds.south, bounds.east, bounds.north]


def _route(sign: RouteSign, services: Services, view: View, ladders: Mapping[str, Ladder]) -> dict[str, Any]:
    schedule = services.schedule
    route = schedule.routes.get(sign.route_id) if schedule else None
    short = sign.short.get(view.lang)
    ladder = ladders.get(sign.route_id)
    shown = {} if ladder is None or schedule is None else {"ladder": _ladder(ladder, schedule, view)}
    return {
        "route_id": sign.route_id,
        "short": short,
        "long": route.long_name if route else short,
        "colour": sign.colour,
        **shown,
    }


def _ladder(ladder: Ladder, schedule: Schedule, view: View) -> dict[str, Any]:
    stops: list[list[Any]] = [[rung.stop_id, rung.share] for rung in ladder.rungs]
    if view.screen is None:
        for stop in stops:
            stop.append(schedule.stop_name(stop[0], view.lang))
    return {"fold": ladder.fold, "stops": stops}


def _layer(root: Path, layer: BaseLayer) -> dict[str, Any]:
    return {
        "url": f"/basemap/{Path(layer.file).name}?v={_digest(root / layer.file)}",
        "role": layer.role,
        "schematic": layer.schematic,
    }


@cache
def _digest(path: Path) -> str:
    """Names the content, so that a layer can be cached for ever. A pack does not change while we run."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def data_block(block_id: str, value: object) -> str:
    """A block of JSON that is never executed; `<` is escaped, so no text can end the block."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{block_id}">{text}</script>'


def document(
    view: View,
    config: Mapping[str, Any],
    body: str,
    *,
    asset_url: Callable[[str], str],
    css: str,
    scripts: str,
    dash_config: str = "",
    renderer: str = "",
) -> str:
    """The HTML document of a page. `body` is the page, or the frame that Dash
    draws it in; Dash's own parts come in ready; nothing else is inline script."""
    attributes = f'lang="{view.lang}" data-theme="{view.theme}" data-page="{view.page}"'
    if view.screen:
        screen = view.screen
        attributes += f' data-wall="{escape(screen.screen_id)}"'
        attributes += f' style="--d:{screen.viewing_distance_m:g};--h:{screen.image_height_m:g}"'
    title = escape(view.t("page.title", page=view.title, centre=view.centre_name))
    fonts = "\n".join(
        f'<link rel="preload" href="{asset_url(font)}" as="font" type="font/woff2" crossorigin>'
        for font in PRELOADED_FONTS
    )
    return f"""<!DOCTYPE html>
<html {attributes}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" type="image/svg+xml" href="{asset_url("favicon.svg")}">
{fonts}
{styles_for(view.page, css)}
</head>
<body>
{body}
{data_block("scopc-texts", view.texts.all(view.lang))}
{data_block("scopc-config", config)}
{dash_config}
{scripts_for(view.page, scripts)}
{renderer}
</body>
</html>
"""
