"""HTML of a layout, for pages whose document holds all of them: they are read and printed without scripts."""

from html import escape

from dash.development.base_component import Component

_NAMES = {"className": "class", "htmlFor": "for"}
_VOID = frozenset({"br", "hr", "img", "input"})


class Markup(str):
    """Text that is HTML already, such as a drawing in SVG: written as it stands. Dash would escape it."""

    __slots__ = ()


def to_html(component: object) -> str:
    """The component and all in it as HTML; texts are escaped, nothing stands for None."""
    if component is None:
        return ""
    if isinstance(component, Markup):
        return str(component)
    if isinstance(component, (list, tuple)):
        return "".join(to_html(child) for child in component)
    if not isinstance(component, Component):
        return escape(str(component))
    written = component.to_plotly_json()  # type: ignore[no-untyped-call]
    tag = str(written["type"]).lower()
    props = dict(written["props"])
    children = props.pop("children", None)
    opened = "".join([f"<{tag}", *(_attribute(name, value) for name, value in props.items()), ">"])
    return opened if tag in _VOID else f"{opened}{to_html(children)}</{tag}>"


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = _NAMES.get(name, name.lower())
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
