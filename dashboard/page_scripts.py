"""Which scripts and style sheets a page is sent.

Dash would send every file of assets/ and every component library on every page; a page gets what it draws
with, and nothing else: a first load stays small however many pages there are.
"""

import re
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import get_args

from layouts.view import PageKey

MAP_PAGES: frozenset[PageKey] = frozenset({"mobility", "environment", "governance", "wall"})
TRANSIT_PAGES: frozenset[PageKey] = frozenset({"mobility", "wall"})
CHART_PAGES: frozenset[PageKey] = frozenset(
    {"environment", "economy", "energy", "governance", "living", "people"}
)
WHOLE_PAGES: frozenset[PageKey] = frozenset({"weekly"})
"""Pages whose document holds all of them as HTML: read and printed without scripts, drawn without Dash."""
FLEET_PAGES: frozenset[PageKey] = TRANSIT_PAGES | {"energy"}
MULTIPLES_PAGES: frozenset[PageKey] = frozenset({"people", "living", "governance"})
FEED_PAGES: frozenset[PageKey] = frozenset({"feeds"})
OVERVIEW_PAGES: frozenset[PageKey] = frozenset({"overview", "wall"})
WALL_PAGES: frozenset[PageKey] = frozenset({"wall"})
DESK_PAGES: frozenset[PageKey] = frozenset(get_args(PageKey)) - WALL_PAGES

GROUPS: tuple[tuple[frozenset[PageKey], tuple[str, ...]], ...] = (
    (MAP_PAGES | FLEET_PAGES, ("mercator.js",)),
    (FLEET_PAGES, ("fleet.js", "panel_fleet.js", "vehicle_model.js")),
    (
        MAP_PAGES,
        (
            "base_map.js",
            "canvas_layer.js",
            "dash_leaflet*",
            "map_*.js",
            "places_*.js",
            "polyline.js",
        ),
    ),
    (
        TRANSIT_PAGES,
        (
            "evenness.js",
            "facility_store.js",
            "frame_rate.js",
            "gaps_layer.js",
            "headway_*.js",
            "incident_*.js",
            "ladder*.js",
            "link_shapes.js",
            "links_layer.js",
            "marks_layer.js",
            "network_links.js",
            "operations.js",
            "panel_list.js",
            "route_line.js",
            "service_panel.js",
            "stop_*.js",
            "traffic_panel.js",
            "trail_layer.js",
            "vehicle_*.js",
        ),
    ),
    (CHART_PAGES, ("chart*.js", "statistics_text.js")),
    (CHART_PAGES | MAP_PAGES, ("theme.js",)),
    (frozenset({"energy"}), ("electric_fleet.js",)),
    (frozenset({"energy", "living"}), ("working.js",)),
    (frozenset({"economy"}), ("statistics.js",)),
    (MULTIPLES_PAGES, ("small_multiples.js",)),
    (frozenset({"governance"}), ("agency_ledger.js", "ticket_*.js")),
    (FEED_PAGES, ("feeds_health*.js",)),
    (WHOLE_PAGES, ("evidence_week.js",)),
    (OVERVIEW_PAGES, ("overview*.js",)),
    (WALL_PAGES, ("wall_*.js", "rotation.js")),
    (DESK_PAGES, ("evidence.css", "feeds_health.css")),
)
"""Pages, and the files that only they are sent: the first group that names a file decides. What none names
goes to every page."""

DASH_ONLY = ("_dash-component-suites", "address.js")
"""Parts of the paths of what draws a page by Dash."""

UNUSED_LIBRARIES = frozenset({"dash_table", "dcc"})
"""Libraries of Dash that no page has a component of: 9 kB and 101 kB."""

_SCRIPT = re.compile(r'<script src="([^"]*)"></script>\s*')
_STYLE = re.compile(r'<link rel="stylesheet" href="([^"]*)">\s*')


def scripts_for(page: PageKey, scripts: str) -> str:
    """The script elements of `scripts` that the page needs, in their order."""
    return _SCRIPT.sub(lambda found: found[0] if is_sent(page, found[1]) else "", scripts)


def styles_for(page: PageKey, css: str) -> str:
    """The links to style sheets of `css` that the page needs, in their order."""
    return _STYLE.sub(lambda found: found[0] if is_sent(page, found[1]) else "", css)


def is_sent(page: PageKey, address: str) -> bool:
    """Whether the page is sent the script or style sheet at this address."""
    path = PurePosixPath(address.partition("?")[0])
    if not UNUSED_LIBRARIES.isdisjoint(path.parts):
        return False
    if page in WHOLE_PAGES and not set(DASH_ONLY).isdisjoint(path.parts):
        return False
    for pages, patterns in GROUPS:
        if any(fnmatchcase(path.name, pattern) for pattern in patterns):
            return page in pages
    return True
