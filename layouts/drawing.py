"""Drawings in SVG made with the page: shapes of a status and spark lines, as the scripts draw them."""

from collections.abc import Sequence

from layouts.markup import Markup

SHAPES = {
    "normal": "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0Z",
    "watch": "M0-8.5 8.5 0 0 8.5-8.5 0Z",
    "warning": "M0-8.2 9.2 7.6H-9.2Z",
    "critical": "M-3.5-8.5H3.5L8.5-3.5V3.5L3.5 8.5H-3.5L-8.5 3.5V-3.5Z",
    "unknown": "M-6.8 0a6.8 6.8 0 1 0 13.6 0a6.8 6.8 0 1 0-13.6 0Z",
}
"""Those of assets/panel_dom.js, in a box of 20 about the middle."""
PAD = 4


def shape(says: str) -> Markup:
    """The shape of a status, beside which its word stands; nothing where there is no status."""
    kind = "unknown" if says == "insufficient" else says
    if kind not in SHAPES:
        return Markup("")
    path = f'<path class="shape--{kind}" d="{SHAPES[kind]}"/>'
    return Markup(f'<svg class="shape" viewBox="-10 -10 20 20" aria-hidden="true">{path}</svg>')


def spark(values: Sequence[float | None], width: int = 104, height: int = 34) -> Markup:
    """A course without an axis. A hole stays a hole, a value between two holes is a dot, and the last value
    is marked if it is there. Nothing for a course without values."""
    known = [value for value in values if value is not None]
    if not known:
        return Markup("")
    low, span = min(known), max(known) - min(known)
    step = (width - 2 * PAD) / max(len(values) - 1, 1)
    parts: list[str] = []
    dots: list[str] = []
    is_down = False
    for index, value in enumerate(values):
        if value is None:
            is_down = False
            continue
        x = PAD + index * step
        y = height / 2 if span == 0 else height - PAD - (value - low) / span * (height - 2 * PAD)
        is_alone = not is_down and (index + 1 == len(values) or values[index + 1] is None)
        parts.append(f"{'L' if is_down else 'M'}{x:.1f} {y:.1f}")
        is_down = True
        if index + 1 == len(values):
            dots.append(f'<circle class="spark__point" r="3" cx="{x:.1f}" cy="{y:.1f}"/>')
        elif is_alone:
            dots.append(f'<circle class="spark__dot" r="1.75" cx="{x:.1f}" cy="{y:.1f}"/>')
    line = f'<path class="spark__line" d="{"".join(parts)}"/>'
    return Markup(
        f'<svg class="spark" viewBox="0 0 {width} {height}" aria-hidden="true">{line}{"".join(dots)}</svg>'
    )
