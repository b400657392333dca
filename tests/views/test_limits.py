"""Which limit a reader is shown."""

from typing import Any

from data_sources.model.indicator import IndicatorSpec
from data_sources.views.limits import edge_of, limit_shown
from tests.indicators.builders import city, indicator, scale

RISING = scale({"normal": 25.0, "watch": 37.5, "warning": 75.0}, "critical")
FALLING = scale({"critical": 0.5, "warning": 1.0, "watch": 1.5}, "normal", upto_included=False)


def shown(spec: IndicatorSpec) -> list[Any] | None:
    limit = limit_shown(spec, city((spec,), scales=(RISING,)))
    return limit.as_list if limit else None


def target(**fields: Any) -> dict[str, Any]:
    return {"source": "a gazette", **fields}


def test_edge_is_where_normal_ends() -> None:
    assert edge_of(RISING).as_list == ["≤", 25.0]  # type: ignore[union-attr]
    assert edge_of(FALLING).as_list == ["≥", 1.5]  # type: ignore[union-attr]


def test_scale_that_is_normal_at_both_ends_has_no_edge() -> None:
    assert edge_of(scale({"normal": 1.0, "watch": 2.0}, "normal")) is None


def test_published_target_goes_before_the_bands() -> None:
    assert shown(indicator(bands="pm", target=target(value=37.5))) == ["≤", 37.5]


def test_proposed_target_gives_way_to_the_bands() -> None:
    assert shown(indicator(bands="pm", target=target(value=30, proposed=True))) == ["≤", 25.0]


def test_without_bands_the_target_is_shown_by_what_is_better() -> None:
    assert shown(indicator(better="higher", target=target(value=80, proposed=True))) == ["≥", 80]
    assert shown(indicator(better="target", target=target(low=80, high=85))) == ["–", 80, 85]


def test_no_limit_is_invented() -> None:
    assert shown(indicator()) is None
