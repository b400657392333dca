"""The limit that a reader compares a figure with: one for rows, charts, the weekly page and the API."""

import msgspec

from data_sources.model.city import City
from data_sources.model.indicator import BandScale, IndicatorSpec


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """`sign` is ≤, <, ≥ or >, or – from `value` to `upto`. `proposed`: nobody has published it."""

    sign: str
    value: float
    upto: float | None = None
    proposed: bool = False

    @property
    def as_list(self) -> list[str | float]:
        """Sign and numbers, as the pages' scripts take them."""
        return [self.sign, self.value, *([] if self.upto is None else [self.upto])]


def limit_shown(spec: IndicatorSpec, city: City) -> Limit | None:
    """The published target, else the edge of what is normal by the bands, else the proposed target; None
    where the pack sets none. The standard that the law sets is better known than the edge of a band."""
    scale = city.scales.get(spec.bands) if spec.bands else None
    target, edge = target_of(spec), edge_of(scale) if scale else None
    return edge if target is None or (target.proposed and edge is not None) else target


def target_of(spec: IndicatorSpec) -> Limit | None:
    """The target as a limit."""
    target = spec.target
    if target is None:
        return None
    if target.low is not None and target.high is not None:
        return Limit(sign="–", value=target.low, upto=target.high, proposed=target.proposed)
    if target.value is None:
        return None
    return Limit(sign="≥" if spec.better == "higher" else "≤", value=target.value, proposed=target.proposed)


def edge_of(scale: BandScale) -> Limit | None:
    """The edge between normal and abnormal: ≤ 25 says that normal values lie up to 25. None for a scale with
    normal values at neither end or at both."""
    normal = [index for index, band in enumerate(scale.bands) if band.status == "normal"]
    end = len(scale.bands) - 1
    if not normal or (normal[0] == 0) == (normal[-1] == end):
        return None
    if normal[0] == 0:
        edge, sign = scale.bands[normal[-1]].upto, "≤" if scale.upto_included else "<"
    else:
        edge, sign = scale.bands[normal[0] - 1].upto, ">" if scale.upto_included else "≥"
    return None if edge is None else Limit(sign=sign, value=edge, proposed=scale.proposed)
