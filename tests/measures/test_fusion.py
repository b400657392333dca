"""Fusion of several sources of one link: the rule, case by case, and that order does not matter."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sources.measures.fusion import Fused, combined, fuse
from data_sources.model.traffic import LinkSpeed, SourceSpeed

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
TRUST = ("detectors", "vendor", "probe")


def source(feed_id: str, speed_kmh: float | None = 30.0, age_s: float = 10, **more: Any) -> SourceSpeed:
    return SourceSpeed(
        feed_id=feed_id, speed_kmh=speed_kmh, observed_at=NOW - timedelta(seconds=age_s), **more
    )


def fused(*sources: SourceSpeed, free_flow_kmh: float | None = 50.0) -> Fused:
    return fuse(
        sources,
        now=NOW,
        limit_s=lambda feed_id: 240 if feed_id == "probe" else 120,
        trust=TRUST,
        free_flow_kmh=free_flow_kmh,
        disagreement_share=0.4,
    )


def winner(result: Fused) -> str | None:
    return result.winner.feed_id if result.winner else None


def test_most_trusted_of_the_current_sources_wins_though_another_is_fresher() -> None:
    assert winner(
        fused(source("probe", age_s=1), source("vendor", age_s=5), source("detectors", age_s=100))
    ) == ("detectors")


def test_trusted_source_beyond_its_limit_gives_way() -> None:
    assert winner(fused(source("detectors", age_s=121), source("probe", age_s=200))) == "probe"


def test_without_a_current_source_the_freshest_wins() -> None:
    assert winner(fused(source("detectors", age_s=900), source("vendor", age_s=500))) == "vendor"


def test_source_that_is_not_listed_comes_last() -> None:
    assert winner(fused(source("volunteers", age_s=1), source("probe", age_s=200))) == "probe"


def test_of_equals_the_fresher_wins_then_the_alphabet() -> None:
    assert winner(fused(source("b", age_s=1), source("a", age_s=9))) == "b"
    assert winner(fused(source("b"), source("a"))) == "a"


def test_closure_wins_over_more_trusted_speeds() -> None:
    result = fused(source("detectors", 3.0), source("vendor", None, closed=True))
    assert (winner(result), result.disagreement) == ("vendor", False)


def test_closure_that_is_too_old_does_not_win() -> None:
    result = fused(source("detectors", 40.0), source("vendor", None, age_s=121, closed=True))
    assert winner(result) == "detectors"


def test_closure_while_traffic_moves_is_a_disagreement() -> None:
    result = fused(source("detectors", 40.0), source("vendor", None, closed=True))
    assert (winner(result), result.disagreement) == ("vendor", True)


@pytest.mark.parametrize(("other_kmh", "disagree"), [(31, False), (30, False), (29, True), (80, True)])
def test_sources_disagree_beyond_a_share_of_free_flow(other_kmh: float, disagree: bool) -> None:
    # 0.4 x 50 km/h: 20 km/h apart is the limit
    assert fused(source("detectors", 50.0), source("probe", other_kmh)).disagreement is disagree


def test_two_jams_agree() -> None:
    assert not fused(source("detectors", 3.0), source("probe", 6.0)).disagreement


def test_without_free_flow_the_fastest_is_the_measure() -> None:
    assert fused(source("detectors", 3.0), source("probe", 6.0), free_flow_kmh=None).disagreement


def test_old_source_does_not_disagree() -> None:
    assert not fused(source("detectors", 50.0), source("probe", 5.0, age_s=241)).disagreement


def test_sources_stay_as_provenance_most_trusted_first() -> None:
    result = fused(source("probe"), source("vendor", age_s=4000), source("detectors", None))
    assert [one.feed_id for one in result.sources] == ["vendor", "probe"]


def test_no_source_says_nothing() -> None:
    assert fused() == Fused(None, ())
    assert fused(source("detectors", None)).winner is None


SOURCES = st.lists(
    st.builds(
        source,
        st.sampled_from(["detectors", "vendor", "probe", "volunteers", "other"]),
        st.none() | st.floats(0, 90),
        st.floats(0, 600),
        closed=st.booleans(),
    ),
    max_size=5,
    unique_by=lambda one: one.feed_id,
)


@given(SOURCES, st.randoms())
def test_fusion_is_order_independent(sources: list[SourceSpeed], random: Any) -> None:
    shuffled = list(sources)
    random.shuffle(shuffled)
    assert fused(*sources) == fused(*shuffled)


@given(SOURCES)
def test_result_is_one_of_the_sources_and_never_an_invention(sources: list[SourceSpeed]) -> None:
    result = fused(*sources)
    telling = [one for one in sources if one.closed or one.speed_kmh is not None]
    assert (result.winner in telling) if telling else (result.winner is None)
    assert sorted(result.sources, key=str) == sorted(telling, key=str)


# --- Lanes of one source --------------------------------------------------------------------------


def lane(speed_kmh: float | None, age_s: float = 10, **more: Any) -> LinkSpeed:
    at = NOW - timedelta(seconds=age_s)
    return LinkSpeed(feed_id="detectors", observed_at=at, received_at=NOW, speed_kmh=speed_kmh, **more)


def speed(records: Sequence[LinkSpeed]) -> float | None:
    return combined(records).speed_kmh


def test_lanes_are_averaged_by_their_traffic() -> None:
    assert speed([lane(60, intensity_vph=100), lane(20, intensity_vph=300)]) == pytest.approx(30)


def test_lanes_without_counts_are_averaged_as_they_are() -> None:
    assert speed([lane(60, intensity_vph=100), lane(20)]) == pytest.approx(40)


def test_lane_of_an_earlier_interval_does_not_count() -> None:
    told = combined([lane(60, age_s=400), lane(20, age_s=10)])
    assert (told.speed_kmh, told.observed_at) == (20, NOW - timedelta(seconds=10))


def test_road_is_closed_only_when_all_lanes_are() -> None:
    assert not combined([lane(None, closed=True), lane(30)]).closed
    assert speed([lane(None, closed=True), lane(30)]) == 30
    assert combined([lane(None, closed=True), lane(0, closed=True)]).closed


def test_samples_of_lanes_add_up() -> None:
    assert combined([lane(30, samples=3), lane(30, samples=4), lane(30)]).samples == 7
    assert combined([lane(30)]).samples is None
