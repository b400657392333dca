"""Limits: whether a value is as it should be, by the bands of the pack or by its target. The one place that
says so, for now, for any moment in the past and for a week. Pure."""

from collections.abc import Mapping

from data_sources.measures.bands import band_and_status
from data_sources.model.indicator import BandScale, IndicatorSpec, Status, Target


def judge(
    spec: IndicatorSpec, scales: Mapping[str, BandScale], value: float
) -> tuple[Status | None, int | None]:
    """Status by the bands of the pack, and the band's index; else by the target, which tells only met
    (normal) from missed (watch); (None, None) where the pack sets no limit."""
    scale = scales.get(spec.bands) if spec.bands else None
    if scale is not None:
        band, status = band_and_status(scale, value)
        return status, band
    if spec.target is None:
        return None, None
    target = spec.target
    missed = {
        "lower": target.value is not None and value > target.value,
        "higher": target.value is not None and value < target.value,
        "target": distance(value, target) > 0,
    }.get(spec.better)
    return (None if missed is None else Status.WATCH if missed else Status.NORMAL), None


def edges(spec: IndicatorSpec, scales: Mapping[str, BandScale]) -> tuple[float, ...]:
    """Where the judgement of a value changes, rising: two values with no edge between or at them are judged
    alike. None where the pack sets no limit."""
    scale = scales.get(spec.bands) if spec.bands else None
    if scale is not None:
        return tuple(band.upto for band in scale.bands if band.upto is not None)
    if spec.target is None:
        return ()
    limits = (spec.target.value, spec.target.low, spec.target.high)
    return tuple(sorted({limit for limit in limits if limit is not None}))


def distance(value: float, target: Target) -> float:
    """How far the value lies from the target, 0 within its range."""
    low = target.low if target.low is not None else target.value
    high = target.high if target.high is not None else target.value
    under = low - value if low is not None else 0.0
    over = value - high if high is not None else 0.0
    return max(under, over, 0.0)
