"""Edges of limits: where, and only where, the judgement of a value changes."""

from itertools import pairwise

import pytest

from data_sources.measures.limits import edges, judge
from data_sources.model.indicator import IndicatorSpec
from tests.layouts.samples import city

CITY = city()
FAR = 1e6


@pytest.mark.parametrize("spec", CITY.indicators, ids=lambda spec: spec.key)
def test_values_without_an_edge_between_them_are_judged_alike(spec: IndicatorSpec) -> None:
    known = edges(spec, CITY.scales)
    for low, high in pairwise((-FAR, *known, FAR)):
        inside = [low + (high - low) * share for share in (0.001, 0.5, 0.999)]
        assert len({judge(spec, CITY.scales, value) for value in inside}) == 1


def test_indicator_without_limit_has_no_edge_and_one_with_a_limit_has() -> None:
    for spec in CITY.indicators:
        judged = judge(spec, CITY.scales, 1.0)[0] is not None
        assert bool(edges(spec, CITY.scales)) == judged, spec.key
