"""What a wall screen turns through: one scene for the city, one for each domain.

Each is composed for its farthest viewer: about twelve lines of Thai in all, and what does not fit is counted
in words. Scenes but the first are laid out hidden; `assets/rotation.js` shows one at a time.
"""

from dash import html
from dash.development.base_component import Component

from data_sources.model.city import Scene, ScreenSpec
from layouts.ids import wall as ids
from layouts.parts import attr, domain_bullet, island, level_legend, region
from layouts.vehicle_map import credit_line, vehicle_map
from layouts.view import View

LINE_ROWS = 4
LINK_ROWS = 3
ATTEND_ROWS = 4
INDICATOR_ROWS = 5
"""Rows that fit at the minimum size; what does not fit is counted in words."""


def screen_of(view: View) -> ScreenSpec:
    """The screen of a wall's view."""
    if view.screen is None:
        raise ValueError(f"{view.path} is no wall")
    return view.screen


def scenes_of(view: View) -> tuple[Scene, ...]:
    """The scenes of the view's screen that the pack has something to show for, mobility where it has none."""
    domains = {spec.domain for spec in view.city.indicators}
    shown = [
        scene
        for scene in screen_of(view).scenes
        if scene == "mobility" or scene in domains or (scene == "overview" and domains)
    ]
    return tuple(shown) or ("mobility",)


def scene(view: View, key: Scene, is_shown: bool) -> html.Div:
    """The body of one scene."""
    if key == "overview":
        children = _overview(view)
    elif key == "mobility":
        children = _mobility(view)
    else:
        children = _domain(view, key)
    kind = key if key in {"overview", "mobility"} else "domain"
    return html.Div(children, className=f"scene scene--{kind}", hidden=not is_shown, **attr(data_scene=key))


def title(view: View, key: Scene, is_shown: bool) -> html.Span:
    """What the head of the wall says while the scene is shown."""
    if key == "overview":
        words: list[Component | str] = [view.t("overview.title", city=view.city.spec.names.get(view.lang))]
    else:
        words = [domain_bullet(key), view.t(f"page.{key}")]
    return html.Span(words, className="wall__title", hidden=not is_shown, **attr(data_scene=key))


def _overview(view: View) -> list[Component]:
    """Seven rows, and what a person has to do about them."""
    domains: list[Component] = [island(view, "overview-domains")]
    attend: list[Component] = [island(view, "attention", rows=str(ATTEND_ROWS))]
    return [
        region(view.t("overview.domains"), domains, "domains", note=view.t("overview.note_short")),
        region(view.t("attention.title"), attend, "attend"),
    ]


def _domain(view: View, domain: str) -> list[Component]:
    """The gravest indicator large; the others in rows."""
    rows: list[Component] = [island(view, "scene-rows", domain=domain, rows=str(INDICATOR_ROWS))]
    lead: list[Component] = [island(view, "scene-lead", domain=domain)]
    return [
        region(view.t("scene.rows"), rows, "rows", note=view.t("scene.note")),
        region(view.t("scene.lead"), lead, "lead"),
    ]


def _mobility(view: View) -> list[Component]:
    """The buses on one map and the roads on another: at one scale neither can be read. How even the lines
    run says more about service than either, and stands beside them."""
    return [
        html.Div(
            [_vehicles(view), _roads(view), html.P(credit_line(view), className="credits")],
            className="wall__maps",
        ),
        _service(view),
    ]


def _vehicles(view: View) -> html.Div:
    """The first view of the pack with its vehicles."""
    return html.Div(
        [
            region(
                view.t("wall.vehicles"),
                [vehicle_map(view, ids.MAP, layers=("vehicles", "ghosts", "lines"))],
                "map",
            ),
        ],
        className="wall__column",
    )


def _roads(view: View) -> html.Div:
    """The next view of the pack with its roads, and how many vehicles are in service."""
    views = view.city.spec.views
    roads: list[Component] = [
        vehicle_map(view, ids.CITY_MAP, views[1] if len(views) > 1 else views[0], ("links", "incidents"))
    ]
    return html.Div(
        [
            region(view.t("wall.roads"), roads, "roads"),
            level_legend(view),
            region(view.t("ops.service"), [island(view, "service-counts")], "counts"),
        ],
        className="wall__column",
    )


def _service(view: View) -> html.Div:
    """How even the lines run, and where the road is stuck."""
    return html.Div(
        [
            region(
                view.t("wall.widest"),
                [island(view, "evenness", rows=str(LINE_ROWS))],
                "evenness",
                note=view.t("wall.widest_unit"),
            ),
            region(
                view.t("wall.slowest"),
                [island(view, "slow-links", rows=str(LINK_ROWS), scope="city")],
                "slow",
                note=view.t("traffic.of_free_flow_unit"),
            ),
        ],
        className="wall__column",
    )
