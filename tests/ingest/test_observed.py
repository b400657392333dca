"""Observations and citizens' reports of a feed: what its picture holds, and what of a message is news."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from data_sources.errors import StoreError
from data_sources.ingest import counts
from data_sources.ingest.files import LOOKED_AT, FilesOfFeeds
from data_sources.ingest.intake import Intake
from data_sources.ingest.observed import Observed
from data_sources.model.city import VehicleLimits
from data_sources.model.feed import Batch, FeedState, FeedStatus, ImportRecord
from data_sources.model.observation import Feature, Observation, Ticket, TicketState
from data_sources.stores.memory import MemoryHistory, MemoryLive
from tests.builders import NOON, feed_spec, payload

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
FEED = feed_spec("air", "gtfs_realtime", interval_s=600, cadence_s=3600)
STATION = Feature(feature_id="s1", feed_id="air", kind="air_station")


def told(value: float = 10.0, hours: float = 0, feature_id: str = "s1", **fields: Any) -> Observation:
    moment = NOON + hours * HOUR
    known = {"observed_at": moment, "received_at": moment, "unit": "µg/m³", "property_id": "pm25", **fields}
    return Observation(feed_id="air", feature_id=feature_id, value=value, **known)


def report(ticket_id: str = "t1", state: TicketState = TicketState.OPEN, **fields: Any) -> Ticket:
    known = {"opened_at": NOON, "received_at": NOON, **fields}
    return Ticket(ticket_id=ticket_id, feed_id="air", state=state, **known)


def shown(observed: Observed) -> dict[str, float]:
    return {one.feature_id: one.value for one in observed.observations}


@pytest.fixture
def observed() -> Observed:
    return Observed(FEED)


def test_station_that_a_message_does_not_tell_of_stays(observed: Observed) -> None:
    observed.fold(Batch(observations=(told(1.0), told(2.0, feature_id="s2"))), NOON)
    observed.fold(Batch(observations=(told(3.0, 1),)), NOON + HOUR)
    assert shown(observed) == {"s1": 3.0, "s2": 2.0}


def test_late_value_is_news_and_does_not_displace_the_newer_one(observed: Observed) -> None:
    observed.fold(Batch(observations=(told(1.0),)), NOON)
    fresh = observed.fold(Batch(observations=(told(9.0, -5),)), NOON)
    assert [one.value for one in fresh.observations] == [9.0]
    assert shown(observed) == {"s1": 1.0}


def test_corrected_value_displaces_the_one_of_the_same_time(observed: Observed) -> None:
    observed.fold(Batch(observations=(told(1.0),)), NOON)
    observed.fold(Batch(observations=(told(1.5),)), NOON)
    assert shown(observed) == {"s1": 1.5}


def test_what_is_repeated_is_no_news(observed: Observed) -> None:
    day = Batch(observations=tuple(told(float(n), -n) for n in range(24)), features=(STATION,))
    assert len(observed.fold(day, NOON).observations) == 24
    again = observed.fold(day, NOON + HOUR)
    assert (again.observations, again.features) == ((), ())
    moved = Batch(observations=(told(0.5, 1), *day.observations[:23]))
    assert [one.value for one in observed.fold(moved, NOON + HOUR).observations] == [0.5]


def test_series_has_the_cadence_of_its_feed_unless_it_tells_its_own(observed: Observed) -> None:
    batch = Batch(observations=(told(), told(feature_id="s2", cadence_s=60.0)))
    assert [one.cadence_s for one in observed.fold(batch, NOON).observations] == [3600.0, 60.0]


def test_series_that_is_told_again_is_not_forgotten_and_a_silent_one_is(observed: Observed) -> None:
    observed.fold(Batch(observations=(told(1.0), told(2.0, feature_id="s2"))), NOON)
    still = NOON + 29 * DAY
    observed.fold(Batch(observations=(told(1.0, received_at=still),)), still)
    assert observed.forget(NOON + 30 * DAY) == (False, False)
    assert observed.forget(NOON + 31 * DAY) == (True, False)
    assert shown(observed) == {"s1": 1.0}
    assert observed.forget(NOON + 60 * DAY) == (True, False)


def test_closed_report_is_shown_for_a_week(observed: Observed) -> None:
    closed = report(state=TicketState.CLOSED, closed_at=NOON + HOUR)
    observed.fold(Batch(tickets=(report(), report("t2"))), NOON)
    assert observed.fold(Batch(tickets=(closed,)), NOON + HOUR).tickets == (closed,)
    assert {one.ticket_id: one.state for one in observed.tickets} == {"t1": "closed", "t2": "open"}
    assert observed.forget(NOON + HOUR + 7 * DAY) == (False, False)
    assert observed.forget(NOON + 2 * HOUR + 7 * DAY) == (False, True)
    assert [one.ticket_id for one in observed.tickets] == ["t2"]


def test_report_closed_long_ago_is_news_once_and_never_shown(observed: Observed) -> None:
    over = report(state=TicketState.CLOSED, closed_at=NOON - 30 * DAY)
    assert observed.fold(Batch(tickets=(over,)), NOON).tickets == (over,)
    assert observed.fold(Batch(tickets=(over,)), NOON).tickets == ()
    assert observed.tickets == ()


def test_picture_is_taken_up_from_history(observed: Observed) -> None:
    history = MemoryHistory()
    old = told(9.0, -24 * 31, "old")
    late_statistic = told(3.0, -24 * 90, "gpp", received_at=NOON)
    history.record_observations([told(1.0), told(0.0, -1), old, late_statistic], [STATION])
    over = report("over", TicketState.CLOSED, opened_at=NOON - 9 * DAY, closed_at=NOON - 8 * DAY)
    history.record_tickets([report(), over])
    observed.restore(history, NOON + HOUR)
    assert shown(observed) == {"s1": 1.0, "gpp": 3.0}
    assert observed.features == (STATION,)
    assert [one.ticket_id for one in observed.tickets] == ["t1"]


def test_value_of_a_sheet_reaches_the_picture_and_an_older_one_does_not(observed: Observed) -> None:
    history = MemoryHistory()
    observed.fold(Batch(observations=(told(1.0), told(2.0, feature_id="s2"))), NOON)
    history.record_observations([told(5.0, 1), told(6.0, -1, "s2"), told(7.0, -24 * 31, "old")])
    assert observed.take_up(history, NOON + HOUR)
    assert shown(observed) == {"s1": 5.0, "s2": 2.0}
    assert not observed.take_up(history, NOON + HOUR)


def test_correction_of_a_sheet_stays_while_the_source_repeats_itself(observed: Observed) -> None:
    history = MemoryHistory()
    says = Batch(observations=(told(1.0),))
    observed.fold(says, NOON)
    history.record_observations([told(5.0)])
    assert observed.take_up(history, NOON + HOUR)
    assert observed.fold(says, NOON + HOUR).observations == ()
    assert shown(observed) == {"s1": 5.0}
    corrected = Batch(observations=(told(4.0),))
    assert observed.fold(corrected, NOON + HOUR).observations[0].value == 4.0


def test_batches_of_several_messages_become_one() -> None:
    parts = [Batch(observations=(told(float(n), n),), tickets=(report(f"t{n}"),)) for n in range(2)]
    merged = counts.merge([*parts, Batch(features=(STATION,)), Batch(features=(STATION,))])
    assert [one.value for one in merged.observations] == [0.0, 1.0]
    assert [one.ticket_id for one in merged.tickets] == ["t0", "t1"]
    assert merged.features == (STATION,)
    assert merged.accepted == 4


def test_status_counts_flags_and_knows_the_newest_time_of_what_was_told() -> None:
    status = FeedStatus(feed_id="air", kind="", state=FeedState.NEVER, interval_s=600)
    batch = Batch(observations=(told(flags=("late",)), told(hours=-2)), tickets=(report(flags=("late",)),))
    after = counts.counted(status, batch, batch.accepted, None, NOON + HOUR)
    assert (after.accepted, after.flagged, after.last_content_at) == (3, {"late": 2}, NOON)
    batch = Batch(tickets=(report(updated_at=NOON + HOUR / 2),))
    assert counts.counted(after, batch, 1, None, NOON + HOUR).last_content_at == NOON + HOUR / 2


def intake_of(history: MemoryHistory, live: MemoryLive, batch: Batch) -> Intake:
    """An intake whose far end says `batch`, whatever the bytes."""
    intake = Intake(FEED, history, live, bounds=None, limits=VehicleLimits(), schedule=None)
    intake._parse = lambda *_args, **_fields: batch
    return intake


def test_message_reaches_both_stores_and_survives_the_loss_of_either() -> None:
    history, live = MemoryHistory(), MemoryLive()
    batch = Batch(observations=(told(),), features=(STATION,), tickets=(report(),))
    intake = intake_of(history, live, batch)
    assert intake.accept(payload(b"{}"), NOON).accepted == 2
    (kept,) = history.latest_observations(NOON)["air"]
    assert live.observations() == {"air": (kept,)}
    assert live.features() == {"air": (STATION,)} == history.features()
    assert live.tickets() == {"air": (report(),)}
    again = MemoryLive()
    other = intake_of(history, again, batch)
    other.restore(NOON + HOUR)
    assert again.observations() == live.observations()
    assert again.tickets() == live.tickets()
    again.__init__()  # type: ignore[misc]
    other.tick(NOON + HOUR)
    assert again.observations() == live.observations()


def test_sheet_of_a_feed_reaches_the_live_store_without_a_restart() -> None:
    history, live = MemoryHistory(), MemoryLive()
    intake = intake_of(history, live, Batch(observations=(told(),)))
    intake.restore(NOON)
    intake.accept(payload(b"{}"), NOON)
    history.record_observations([told(12.0, 1)])
    assert intake.take_up_files(NOON + HOUR)
    assert [one.value for one in live.observations()["air"]] == [12.0]


def test_sheet_waits_for_what_history_does_not_know_yet() -> None:
    class Away(MemoryHistory):
        def record(self, *_: object, **__: object) -> None:
            raise StoreError("the database is away")

    intake = intake_of(Away(), MemoryLive(), Batch(observations=(told(),)))
    intake.accept(payload(b"{}"), NOON)
    assert not intake.take_up_files(NOON)


def record_of(feed_id: str, imported_at: datetime, digest: str = "d") -> ImportRecord:
    return ImportRecord(
        digest=digest,
        file_name="x",
        feed_id=feed_id,
        imported_at=imported_at,
        accepted=1,
        corrected=0,
        unchanged=0,
    )


def test_feeds_are_named_of_which_files_came_since_the_last_look() -> None:
    history = MemoryHistory()
    files = FilesOfFeeds(history, ["air", "rain"])
    assert files.look() == frozenset()
    history.record_import(record_of("air", NOON))
    history.record_import(record_of("files", NOON, "e"))
    assert files.look() == {"air"}
    assert files.look() == frozenset()
    history.record_import(record_of("rain", NOON + HOUR, "f"))
    assert files.look() == {"rain"}
    history.record_import(record_of("air", NOON + 2 * HOUR))
    assert files.look() == {"air"}


def test_every_feed_looks_when_more_files_came_than_are_looked_through() -> None:
    history = MemoryHistory()
    files = FilesOfFeeds(history, ["air", "rain"])
    history.record_import(record_of("rain", NOON, "first"))
    for number in range(LOOKED_AT):
        history.record_import(record_of("air", NOON + (number + 1) * HOUR, f"f{number}"))
    assert files.look() == {"air", "rain"}
    assert files.look() == frozenset()


def test_message_that_says_nothing_new_announces_nothing() -> None:
    live = MemoryLive()
    intake = intake_of(MemoryHistory(), live, Batch(observations=(told(),), tickets=(report(),)))
    intake.accept(payload(b"{}"), NOON)
    topics: list[str] = []
    live.subscribe(topics.append)
    intake.accept(payload(b"{}"), NOON + HOUR)
    assert topics == ["feeds"]
