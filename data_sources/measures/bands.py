"""Bands: in which band of a scale a value lies, and what that means. Pure; the limits are the pack's."""

import math
from bisect import bisect_left, bisect_right

from data_sources.model.indicator import BandScale, Status


def band_of(scale: BandScale, value: float) -> int:
    """Index of the band that the value (in the scale's unit) lies in. ValueError for NaN: what is not known
    lies in no band."""
    if math.isnan(value):
        raise ValueError("no value lies in no band")
    edges = [band.upto for band in scale.bands if band.upto is not None]
    return bisect_left(edges, value) if scale.upto_included else bisect_right(edges, value)


def band_and_status(scale: BandScale, value: float) -> tuple[int, Status]:
    """The index of the band that the value lies in, and the city's word for it. ValueError for NaN."""
    band = band_of(scale, value)
    return band, Status(scale.bands[band].status)
