"""A wall screen: a sign, not a page. Sizes follow from the panel's height and its farthest viewer.

Its frame stays: what is shown, where, when, how old, and of which truth. The scenes turn inside it.
"""

from dash import html
from dash.development.base_component import Component

from data_sources.model.indicator import DOMAINS
from layouts.parts import attr, domain_bullet, island, truth_tags
from layouts.scenes import scene, scenes_of, screen_of, title
from layouts.shell import banner
from layouts.view import View


def layout(view: View) -> html.Div:
    """One screen, without anything to touch; the first scene is shown until the clock says which."""
    keys = scenes_of(view)
    return html.Div(
        [
            html.Header(
                [
                    html.H1([title(view, key, key == keys[0]) for key in keys]),
                    *_state(view),
                    html.Div(
                        [html.Div(view.centre_name, className="brand"), island(view, "date")],
                        className="wall__when",
                    ),
                    island(view, "clock"),
                    html.Div(
                        className="turns",
                        **attr(
                            data_island="rotation",
                            data_scenes=" ".join(keys),
                            data_dwell=str(screen_of(view).dwell_s),
                            aria_hidden="true",
                        ),
                    ),
                ],
                className="wall__head",
            ),
            banner(view),
            # A picture that was never shown is not there when the server is lost: bullets are always drawn.
            html.Div(
                [domain_bullet(domain) for domain in DOMAINS],
                className="visually-hidden",
                **attr(aria_hidden="true"),
            ),
            html.Main([scene(view, key, key == keys[0]) for key in keys], className="wall__body"),
            html.Footer(
                [
                    html.Strong(view.t("feeds.short")),
                    island(view, "feed-strip"),
                    html.Div(
                        [html.Span(view.t("age.picture_short"), className="quiet"), island(view, "data-age")],
                        className="picture-age",
                    ),
                    *truth_tags(view, short=True),
                ],
                className="wall__foot",
            ),
        ],
        className="wall",
    )


def _state(view: View) -> list[Component]:
    """How the whole city stands, over every scene: what is urgent elsewhere must not wait for its turn."""
    if not view.city.indicators:
        return []
    label = html.Span(view.t("wall.state"), className="wall__label")
    return [html.Div([label, island(view, "city-state")], className="wall__state", **attr(data_dim=""))]
