"""What the subjects of the domains are laid out with: charts of what the pack has, and of nothing else."""

from dash import html
from dash.development.base_component import Component

from data_sources.model.indicator import IndicatorSpec
from layouts.parts import island, region
from layouts.view import View


def specs_of(view: View, *properties: str) -> list[IndicatorSpec]:
    """The page's indicators that are worked out of one of these properties, in the order asked for."""
    own = [spec for spec in view.city.indicators if spec.domain == view.page]
    return [spec for name in properties for spec in own if name in inputs_of(spec)]


def inputs_of(spec: IndicatorSpec) -> set[str]:
    """Properties that the indicator is worked out of."""
    return {one.property for one in spec.inputs.values()}


def told_of(view: View, *properties: str) -> bool:
    """Whether an indicator of any domain rests on one of these properties: then a feed of the city is
    expected to tell of it."""
    return any(not inputs_of(spec).isdisjoint(properties) for spec in view.city.indicators)


def panel(view: View, name: str, children: list[Component], note: str = "") -> html.Section:
    """A region of the page's subject under the heading `<page>.<name>`."""
    return region(view.t(f"{view.page}.{name}"), children, name, note=note)


def cycle(view: View, spec: IndicatorSpec, turn: str, grain: str, **data: str) -> html.Div:
    """The indicator over a year or fiscal year, with the one before."""
    return island(view, "chart-cycle", key=spec.key, cycle=turn, grain=grain, target="1", **data)


def course(view: View, spec: IndicatorSpec, grain: str, back_days: int, **data: str) -> html.Div:
    """The indicator's course with its limit, over a range that data and limit fill."""
    return island(view, "chart-series", key=spec.key, grain=grain, back=str(back_days), range="fit", **data)


def cycle_panel(view: View, name: str, prop: str, turn: str, grain: str, **data: str) -> list[Component]:
    """The panel of a property over its cycle, with its note; none where the city has no such indicator."""
    note = view.t(f"{view.page}.{name}_note")
    return [
        panel(view, name, [cycle(view, spec, turn, grain, **data)], note) for spec in specs_of(view, prop)[:1]
    ]


def course_panel(
    view: View, name: str, prop: str, grain: str, back_days: int, **data: str
) -> list[Component]:
    """The panel of a property's course, with its note; none where the city has no such indicator."""
    note = view.t(f"{view.page}.{name}_note")
    return [
        panel(view, name, [course(view, spec, grain, back_days, **data)], note)
        for spec in specs_of(view, prop)[:1]
    ]
