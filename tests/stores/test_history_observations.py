"""What every history store keeps of observations, features, tickets and imported files."""

from datetime import timedelta

import pytest

from data_sources.errors import FeedContentError
from data_sources.model.feed import ImportRecord, Rejected
from data_sources.model.observation import Feature, Observation, TicketState, ValueClass
from data_sources.stores.base import HistoryStore, Retention
from tests.stores.samples import NOON, at, batch, observed, record, same_but, ticket

MINUTE, HOUR, DAY = 60, 3600, 86_400
MANY = 200
"""More than the rows from which PostgreSQL copies."""


def values(history: HistoryStore, start: float = -900 * DAY, end: float = 900 * DAY) -> list[list[float]]:
    ids = [one.series_id for one in history.series()]
    return [one.values for one in history.observation_values(ids, at(start), at(end))]


def test_series_is_what_one_feed_tells_of_one_property_of_one_feature(history: HistoryStore) -> None:
    history.record_observations(
        [
            observed(1.0, property_id="pm10"),
            observed(2.0, 60, value_class=ValueClass.MODELLED, cadence_s=600, period_s=3600),
            observed(3.0, -60, feature_id="s2"),
            observed(4.0, feed_id="other"),
            observed(5.0, synthetic=True),
        ]
    )
    found = history.series()
    assert [(one.property_id, one.feature_id, one.feed_id, one.synthetic) for one in found] == [
        ("pm10", "s1", "air", False),
        ("pm25", "s1", "air", False),
        ("pm25", "s1", "air", True),
        ("pm25", "s1", "other", False),
        ("pm25", "s2", "air", False),
    ]
    modelled = found[1]
    assert (modelled.cadence_s, modelled.period_s, modelled.value_class) == (600, 3600, "modelled")
    assert (modelled.first_at, modelled.last_at, modelled.unit) == (at(60), at(60), "µg/m³")
    assert [one.feed_id for one in history.series(property_id="pm25", feature_id="s1")] == [
        "air",
        "air",
        "other",
    ]
    assert history.series(feed_id="nobody") == []
    assert len({one.series_id for one in found}) == 5


@pytest.mark.parametrize("count", [3, MANY], ids=["few", "many"])
def test_value_told_again_changes_nothing_and_another_one_corrects_it(
    history: HistoryStore, count: int
) -> None:
    told = [observed(float(n), n * MINUTE) for n in range(count)]
    assert history.record_observations(told) == {"new": count, "corrected": 0, "unchanged": 0}
    later = [same_but(one, received_at=at(DAY)) for one in told]
    assert history.record_observations(later) == {"new": 0, "corrected": 0, "unchanged": count}
    later[1] = observed(99.5, MINUTE)
    later.append(observed(7.0, -MINUTE))
    assert history.record_observations(later) == {"new": 1, "corrected": 1, "unchanged": count - 1}
    assert values(history) == [[7.0, 0.0, 99.5, *map(float, range(2, count))]]


def test_flag_that_is_new_is_a_correction(history: HistoryStore) -> None:
    history.record_observations([observed(5.0)])
    assert history.record_observations([observed(5.0, flags=("rounded", "late"))])["corrected"] == 1
    ((one,),) = history.latest_observations(NOON).values()
    assert one.flags == ("rounded", "late")


def test_of_two_values_of_the_same_time_the_last_told_stays(history: HistoryStore) -> None:
    assert history.record_observations([observed(1.0), observed(2.0)])["new"] == 1
    assert values(history) == [[2.0]]


def test_values_come_back_in_the_order_asked_for_and_within_their_time(history: HistoryStore) -> None:
    history.record_observations([observed(float(n), n * HOUR, feature_id=f"s{n % 2}") for n in range(6)])
    even, odd = [one.series_id for one in history.series()]
    found = history.observation_values([odd, even, 999], at(HOUR), at(4 * HOUR))
    assert [one.series.feature_id for one in found] == ["s1", "s0"]
    assert [one.times for one in found] == [[at(HOUR), at(3 * HOUR)], [at(2 * HOUR)]]
    assert [one.values for one in history.observation_values([odd], at(DAY), at(2 * DAY))] == [[]]
    assert history.observation_values([], NOON, at(DAY)) == []


def test_values_of_many_months_and_years_lie_side_by_side(history: HistoryStore) -> None:
    days = [-12_000, -3000, -400, -31, 0, 31, 62]
    history.record_observations([observed(float(day), day * DAY) for day in days])
    history.record_observations([observed(0.5, 93 * DAY), observed(0.25, -12_001 * DAY)])
    assert values(history, -13_000 * DAY) == [[0.25, *map(float, days), 0.5]]


def test_latest_value_of_each_series_is_as_it_was_told(history: HistoryStore) -> None:
    newest = observed(3.0, HOUR, received_at=at(2 * HOUR), period_s=3600, cadence_s=3600, flags=("x",))
    history.record_observations([observed(1.0), newest, observed(9.0, -DAY, feature_id="old")])
    history.record_observations([observed(2.0, 60), observed(4.0, feed_id="other", cadence_s=600)])
    assert history.latest_observations(at(-HOUR)) == {
        "air": (newest,),
        "other": (observed(4.0, feed_id="other", cadence_s=600),),
    }
    assert list(history.latest_observations(at(-HOUR), "other")) == ["other"]
    assert history.latest_observations(at(DAY)) == {}


def test_latest_value_until_a_time_is_the_one_that_was_newest_then(history: HistoryStore) -> None:
    history.record_observations([observed(float(n), n * DAY) for n in range(4)])
    for since, until, known in ((0, 2 * DAY, [2.0]), (0, 2 * DAY - 1, [1.0]), (3 * DAY, 2 * DAY, [])):
        found = history.latest_observations(at(since), until=at(until))
        assert [one.value for some in found.values() for one in some] == known


def test_crossings_are_the_first_value_and_those_on_another_side_of_an_edge(history: HistoryStore) -> None:
    course = [4.0, 5.0, 5.0, 6.0, 7.0, 12.0, 11.0, 4.5, 3.0]
    history.record_observations([observed(value, n * MINUTE) for n, value in enumerate(course)])
    history.record_observations(
        [observed(value, n * MINUTE, feature_id="s2") for n, value in enumerate(course)]
    )
    first, second = (one.series_id for one in history.series())
    told = history.crossings({second: (10.0,), first: (5.0, 10.0)}, at(0), at(DAY))
    assert [one.series.series_id for one in told] == [second, first]
    assert [one.values for one in told] == [[4.0, 12.0, 4.5], [4.0, 5.0, 6.0, 12.0, 4.5]]
    assert told[0].times == [at(0), at(5 * MINUTE), at(7 * MINUTE)]


def test_crossings_begin_with_the_first_value_of_their_time(history: HistoryStore) -> None:
    history.record_observations([observed(value, n * HOUR) for n, value in enumerate([1.0, 9.0, 9.5, 2.0])])
    ((number,),) = [[one.series_id for one in history.series()]]
    for edges, known in (((5.0,), [9.0, 2.0]), ((), [9.0])):
        (one,) = history.crossings({number: edges}, at(HOUR), at(DAY))
        assert one.values == known
    assert history.crossings({}, at(0), at(DAY)) == []


def test_cadence_that_nobody_told_is_the_period_else_an_hour(history: HistoryStore) -> None:
    history.record_observations([observed(), observed(feature_id="s2", period_s=DAY)])
    assert [one.cadence_s for one in history.series()] == [HOUR, DAY]


def test_late_value_does_not_describe_the_series(history: HistoryStore) -> None:
    history.record_observations([observed(cadence_s=600)])
    history.record_observations([observed(1.0, -DAY, cadence_s=60)])
    (series,) = history.series()
    assert (series.cadence_s, series.first_at, series.last_at) == (600, at(-DAY), NOON)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused_as_a_whole(history: HistoryStore, value: float) -> None:
    with pytest.raises(FeedContentError, match="pm25"):
        history.record_observations([observed(1.0), observed(value, 60)])
    assert history.series() == []


def test_ids_of_any_text_are_kept(history: HistoryStore) -> None:
    odd = observed(1.0, feature_id="a\x00b\ud800" + "x" * 300)
    history.record_observations([odd])
    history.record_observations([odd])
    assert values(history) == [[1.0]]


def test_features_are_as_last_told(history: HistoryStore) -> None:
    lake = Feature(feature_id="lake", feed_id="air", kind="lake", name={"th": "บึง"}, lat=16.4, lon=102.8)
    history.record_observations([], [lake, same_but(lake, feed_id="other")])
    history.record_observations([], [same_but(lake, kind="reservoir"), same_but(lake, feature_id="a")])
    assert history.features() == {
        "air": (same_but(lake, feature_id="a"), same_but(lake, kind="reservoir")),
        "other": (same_but(lake, feed_id="other"),),
    }


def test_batch_is_recorded_with_all_it_tells(history: HistoryStore) -> None:
    station = Feature(feature_id="s1", feed_id="air", kind="air_station")
    told = batch(observations=(observed(),), features=(station,), tickets=(ticket(),))
    for _ in range(2):
        record(history, 0, told)
    assert values(history) == [[10.0]]
    assert history.features() == {"air": (station,)}
    assert history.tickets_between(NOON, at(1)) == [ticket()]


def test_refused_batch_leaves_nothing(history: HistoryStore) -> None:
    told = batch(observations=(observed(float("nan")),), tickets=(ticket(),))
    with pytest.raises(FeedContentError):
        record(history, 0, told)
    assert history.tickets_between(NOON, at(1)) == []
    assert history.feed_statuses() == {}


def test_report_is_open_until_it_ends(history: HistoryStore) -> None:
    closed = ticket("t2", 60, state=TicketState.CLOSED, closed_at=at(HOUR))
    history.record_tickets([ticket("t1"), ticket("t2", 60), ticket("t3", 30, feed_id="b")])
    history.record_tickets([closed])
    assert history.tickets_between(at(0), at(HOUR)) == [ticket(), ticket("t3", 30, feed_id="b"), closed]
    assert history.tickets_between(at(HOUR), at(DAY), "reports") == [ticket()]
    assert history.tickets_between(at(-DAY), at(0)) == []


def test_older_word_of_a_report_does_not_open_it_again(history: HistoryStore) -> None:
    closed = ticket(state=TicketState.REJECTED, updated_at=at(HOUR))
    history.record_tickets([closed, ticket(updated_at=at(60))])
    history.record_tickets([ticket(updated_at=at(120)), same_but(closed, received_at=at(DAY))])
    assert history.tickets_between(NOON, at(1)) == [closed]
    assert history.tickets_between(at(HOUR), at(DAY)) == []


def test_report_closed_without_a_time_ended_when_we_heard_of_it(history: HistoryStore) -> None:
    history.record_tickets([ticket(state=TicketState.CLOSED, received_at=at(HOUR))])
    history.record_tickets([ticket(state=TicketState.CLOSED, received_at=at(DAY))])
    assert len(history.tickets_between(at(HOUR - 1), at(HOUR))) == 1
    assert history.tickets_between(at(HOUR), at(2 * DAY)) == []


def test_imports_come_back_the_last_first(history: HistoryStore) -> None:
    why = Rejected(code="value_unreadable", entity_id="row 7", detail="“ไม่มี”", record={"row": 7})
    first = ImportRecord(
        digest="a",
        file_name="จำนวน.xlsx",
        feed_id="sheets",
        imported_at=NOON,
        accepted=1,
        corrected=0,
        unchanged=0,
        rejected=(why,),
    )
    other = same_but(first, digest="b", imported_at=at(60))
    again = same_but(first, imported_at=at(120), accepted=0, unchanged=1)
    for one in (first, other, again):
        history.record_import(one)
    assert history.imports() == [again, other]
    assert history.imports(limit=1) == [again]


def told_since(days: int, **fields: object) -> list[Observation]:
    return [observed(float(day), -day * DAY, **fields) for day in range(days)]


def test_prune_drops_months_of_raw_values_but_none_of_slow_series(history: HistoryStore) -> None:
    history.record_observations([*told_since(100), *told_since(100, feature_id="slow", cadence_s=DAY)])
    keep = Retention(observations=timedelta(days=60))
    deleted = history.prune(NOON, keep)
    fast, slow = values(history)
    # NOON less 60 days lies in September: August and what is before it goes.
    assert (len(fast), len(slow), deleted["observation"]) == (84, 100, 16)
    assert history.prune(NOON, keep)["observation"] == 0
    history.record_observations([observed(5.0, -100 * DAY), observed(5.5, -90 * DAY)])
    assert [len(one) for one in values(history)] == [86, 100]


def test_prune_forgets_reports_that_ended_long_ago(history: HistoryStore) -> None:
    over = ticket("over", state=TicketState.CLOSED, closed_at=at(DAY))
    history.record_tickets([over, ticket("open")])
    assert history.prune(at(12 * DAY), Retention(tickets=timedelta(days=10)))["ticket"] == 1
    assert history.tickets_between(NOON, at(DAY)) == [ticket("open")]
