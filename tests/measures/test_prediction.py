"""Next arrivals by hand, paces, and errors that are kept."""

from datetime import date, timedelta

import pytest

from data_sources.measures.arrivals import (
    ROUND,
    announced,
    coming,
    pattern_course,
    round_calls,
    round_course,
    upcoming,
)
from data_sources.measures.patterns import RoutePlan
from data_sources.measures.prediction import PaceBook, ScoreBook, horizon_min
from data_sources.model.operations import PredictionScore, Progress
from tests.builders import NOON, seconds
from tests.transit import loop_plan, only_pattern, passage

TODAY = date(2026, 11, 23)


def score(
    horizon: int, count: int, error_s: float, absolute_s: float, baseline_s: float | None
) -> PredictionScore:
    return PredictionScore(
        route_id="R",
        day=TODAY,
        horizon_min=horizon,
        count=count,
        sum_error_s=error_s,
        sum_absolute_error_s=absolute_s,
        sum_baseline_error_s=baseline_s,
    )


def standing_at(plan: RoutePlan, along_m: float, vehicle: str = "v") -> Progress:
    pattern = only_pattern(plan)
    return Progress(
        vehicle_id=vehicle,
        route_id="R",
        pattern_id=pattern.pattern_id,
        along_m=along_m,
        time_share=0,
        observed_at=NOON,
        next_call=pattern.next_call(along_m),
    )


def seconds_to_calls(
    plan: RoutePlan, along_m: float, paces: list[float], goes_on: bool = True
) -> dict[int, int]:
    """Expected seconds by call of the one vehicle of a loop."""
    assert plan.round is not None
    courses = {ROUND: round_course(plan.round, {"loop": paces}, observed=True)}
    found = upcoming(plan, standing_at(plan, along_m), courses, round_calls(plan.round), goes_on=goes_on)
    return {one.call: round(one.expected_s) for one in found}


def test_arrivals_of_a_loop_by_the_schedule() -> None:
    """Run of 1000 s and 200 s of wait; at a quarter and a half of the way (3/8) it is at 375 s."""
    plan = loop_plan(stops=4, run_s=1000, round_s=1200)
    assert seconds_to_calls(plan, 1500, [1.0] * 4) == {2: 125, 3: 375, 0: 625, 1: 1075}


def test_slow_hops_are_driven_slowly_and_the_wait_makes_up_for_them() -> None:
    """The third hop takes 1.4 times its 250 s: 100 s of the 200 s of wait are lost."""
    plan = loop_plan(stops=4, run_s=1000, round_s=1200)
    assert seconds_to_calls(plan, 1500, [1.0, 1.0, 1.4, 1.0]) == {2: 125, 3: 475, 0: 725, 1: 1075}


def test_vehicle_that_ends_its_round_is_announced_at_no_call_of_the_next() -> None:
    plan = loop_plan(stops=4, run_s=1000, round_s=1200)
    assert set(seconds_to_calls(plan, 1500, [1.0] * 4, goes_on=False)) == {2, 3, 0}


def test_nearest_vehicles_come_first_across_the_wrap() -> None:
    plan = loop_plan(stops=4, run_s=1000, round_s=1000)
    assert plan.round is not None
    courses = {ROUND: round_course(plan.round, {"loop": [1.0] * 4}, observed=False)}
    vehicles = [standing_at(plan, 3900, "a"), standing_at(plan, 2500, "b"), standing_at(plan, 1500, "c")]
    by_call = {
        found[0].call: [one.progress.vehicle_id for one in found]
        for found in coming(plan, vehicles, courses, round_calls(plan.round), goes_on=True)
    }
    assert by_call == {0: ["a", "b", "c"], 1: ["a", "b", "c"], 2: ["c", "a", "b"], 3: ["b", "c", "a"]}


def test_arrival_that_is_overdue_is_not_announced() -> None:
    plan = loop_plan(stops=4, run_s=1000, round_s=1000)
    assert plan.round is not None
    courses = {ROUND: round_course(plan.round, {"loop": [1.0] * 4}, observed=False)}
    (first, *_) = coming(plan, [standing_at(plan, 900)], courses, round_calls(plan.round), goes_on=True)
    assert [at for _, at in announced(first, NOON, 2)] == [first[0].expected_at]
    assert [at for _, at in announced(first, NOON + seconds(50), 2)] == [NOON + seconds(50)]
    assert announced(first, NOON + seconds(60), 2) == []


def test_course_of_an_open_pattern_adds_its_hops() -> None:
    course = pattern_course(only_pattern(loop_plan(stops=4)), [2.0, 1.0, 1.0, 1.0], observed=True)
    assert course.ahead_s(125, 500) == pytest.approx(500)


def test_pace_of_a_hop_is_that_of_the_last_vehicles_on_it() -> None:
    book, pattern = PaceBook(), only_pattern(loop_plan(stops=4, run_s=1000))
    for number, hop_s in enumerate((250, 300, 350, 400)):  # the schedule has 250 s
        book.learn(passage(1, 600 * number, f"v{number}"), pattern)
        book.learn(passage(2, 600 * number + hop_s, f"v{number}"), pattern)
    paces, observed = book.profile(pattern, NOON + seconds(2200))
    assert observed
    assert paces[1] == pytest.approx((300 + 350 + 400) / 750)
    assert paces[2] == pytest.approx((300 + 350 + 400) / 750)  # the route's, of the last half hour


def test_without_observation_the_schedule_holds() -> None:
    assert PaceBook().profile(only_pattern(loop_plan(stops=4)), NOON) == ([1.0] * 4, False)
    assert PaceBook().pace("v", "R", NOON) is None


def test_stand_at_the_terminus_is_no_running_time() -> None:
    book, pattern = PaceBook(), only_pattern(loop_plan(stops=4, run_s=1000))
    book.learn(passage(0, 0, dwell_s=300), pattern)
    book.learn(passage(1, 550), pattern)
    assert book.profile(pattern, NOON + seconds(600))[0][0] == pytest.approx(1.0)


def test_pace_beyond_reason_is_held() -> None:
    book, pattern = PaceBook(), only_pattern(loop_plan(stops=4, run_s=1000))
    book.learn(passage(1, 0), pattern)
    book.learn(passage(2, 1700), pattern)
    assert book.profile(pattern, NOON + seconds(1700))[0][1] == 2.0


@pytest.mark.parametrize(
    ("ahead_s", "horizon"), [(0, None), (1, 5), (300, 5), (301, 10), (1800, 30), (1801, None)]
)
def test_horizons_end_at_5_10_20_and_30_minutes(ahead_s: float, horizon: int | None) -> None:
    assert horizon_min(NOON, NOON + seconds(ahead_s)) == horizon


def test_error_is_scored_when_the_vehicle_passes_beside_that_of_the_schedule() -> None:
    book, key = ScoreBook(), ("v", "loop", 2)
    book.remember(key, NOON, NOON + seconds(540), NOON + seconds(480))
    book.remember(key, NOON + seconds(60), NOON + seconds(900), NOON + seconds(900))  # 14 min ahead: 20
    book.remember(key, NOON + seconds(70), NOON + seconds(580), NOON + seconds(580))  # 10 again: first stays
    assert book.error_s("R", NOON, NOON + seconds(500)) is None
    book.check(passage(2, 600), TODAY)
    assert book.error_s("R", NOON, NOON + seconds(500)) == 60
    by_horizon = {one.horizon_min: one for one in book.accuracy()}
    assert (by_horizon[10].error_s, by_horizon[10].bias_s, by_horizon[10].schedule_error_s) == (60, 60, 120)
    assert by_horizon[20].bias_s == -300
    scores = book.take()
    assert scores == [score(10, 1, 60, 60, baseline_s=120), score(20, 1, -300, 300, baseline_s=300)]
    assert book.take() == []


def test_prediction_that_never_came_true_is_dropped() -> None:
    book, key = ScoreBook(), ("v", "loop", 2)
    book.remember(key, NOON, NOON + seconds(300), NOON + seconds(300))
    book.forget(NOON + timedelta(hours=1))
    book.check(passage(2, 3600), TODAY)
    assert book.accuracy() == ()


def test_scores_of_earlier_days_tell_the_error_at_once() -> None:
    book = ScoreBook()
    book.restore([score(5, 4, 0, 80, baseline_s=None)])
    assert book.error_s("R", NOON, NOON + seconds(100)) == 20


def test_scores_of_earlier_days_are_compared_with_the_schedule_where_its_errors_were_kept() -> None:
    book = ScoreBook()
    book.restore([score(5, 4, 40, 80, baseline_s=200), score(5, 2, 0, 100, baseline_s=None)])
    (one,) = book.accuracy()
    assert (one.count, one.error_s, one.bias_s, one.schedule_error_s) == (4, 20, 10, 50)
    assert book.error_s("R", NOON, NOON + seconds(100)) == 30  # of all six
    assert book.take() == []  # what was read is not written again
