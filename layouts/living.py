"""Living: how many died on the roads against last year, how fast help comes, whether there are beds, fever by
the week, and which cameras see."""

from dash import html
from dash.development.base_component import Component

from layouts.domain import domain_page
from layouts.parts import island
from layouts.subjects import course, course_panel, cycle_panel, panel, specs_of
from layouts.view import View

DAYS_BACK = 35
CAMERA_DAYS_BACK = 4


def layout(view: View) -> html.Div:
    """The page for one reader."""
    return domain_page(
        view,
        [
            *cycle_panel(view, "roads", "road_deaths_ytd", "year", "week"),
            *_cameras(view),
            *course_panel(view, "rescue", "ems_response_median", "day", DAYS_BACK, compare="none"),
            *course_panel(view, "beds", "bed_occupancy", "day", DAYS_BACK, compare="none"),
            *cycle_panel(view, "dengue", "dengue_cases", "year", "week", form="columns"),
            *_green(view),
        ],
    )


def _cameras(view: View) -> list[Component]:
    specs = specs_of(view, "cctv_working", "camera_up")[:1]
    data = {"domain": "living", "kind": "camera", "property": "camera_up", "works": "1"}
    return [
        panel(
            view,
            "cameras",
            [
                island(view, "working", key=spec.key, **data),
                course(view, spec, "hour", CAMERA_DAYS_BACK, compare="none"),
            ],
            view.t("working.note"),
        )
        for spec in specs
    ]


def _green(view: View) -> list[Component]:
    keys = " ".join(spec.key for spec in specs_of(view, "green_space_per_person", "crimes"))
    multiples: list[Component] = [island(view, "small-multiples", keys=keys)]
    return [panel(view, "town", multiples, view.t("living.town_note"))] if keys else []
