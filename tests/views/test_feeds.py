"""Feeds at an instant: ingest's word, aged by the clock of whoever reads."""

from datetime import UTC, datetime, timedelta
from typing import Any

from data_sources.model.feed import FeedState, FeedStatus
from data_sources.views.feeds import NOT_CONFIGURED, feed_view, feed_views, is_known
from tests.builders import feed_spec

NOW = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)


def status(state: FeedState = FeedState.UP, good_age_s: float = 5, **more: Any) -> FeedStatus:
    at = NOW - timedelta(seconds=good_age_s)
    values = {"last_good_at": at, "last_content_at": at, "state_since": NOW - timedelta(hours=1), **more}
    return FeedStatus(feed_id="buses", kind="gtfs_realtime", state=state, interval_s=5, **values)


def test_feed_of_a_dead_ingest_is_not_up_for_long() -> None:
    feed = feed_spec()
    states = [feed_view(feed, status(good_age_s=age), NOW).state for age in (5, 31, 151)]
    assert states == ["up", "late", "down"]


def test_state_judged_by_the_clock_has_no_since_of_another_state() -> None:
    assert feed_view(feed_spec(), status(good_age_s=151), NOW).state_since is None
    assert feed_view(feed_spec(), status(), NOW).state_since == NOW - timedelta(hours=1)


def test_what_ingest_calls_down_is_not_called_up_by_a_clock() -> None:
    assert feed_view(feed_spec(), status(FeedState.DOWN, good_age_s=1), NOW).state is FeedState.DOWN


def test_feed_without_status_has_never_delivered() -> None:
    view = feed_view(feed_spec(url="http://127.0.0.1:9/"), None, NOW)
    assert (view.state, view.error_code, view.last_good_at) == (FeedState.NEVER, None, None)


def test_feed_without_url_says_that_it_is_not_configured() -> None:
    feed = feed_spec(url="")
    assert feed_view(feed, None, NOW).error_code == NOT_CONFIGURED
    assert is_known(feed, {})
    assert not is_known(feed_spec(url="http://127.0.0.1:9/"), {})


def test_limits_follow_the_promised_cadence() -> None:
    view = feed_view(feed_spec(cadence_s=60), None, NOW)
    assert (view.fresh_s, view.stale_s) == (120, 300)


def test_feeds_come_in_the_order_of_the_pack() -> None:
    feeds = [feed_spec("west"), feed_spec("east")]
    assert [view.feed_id for view in feed_views(feeds, {}, NOW)] == ["west", "east"]


def test_synthetic_feed_says_so_whoever_marked_it() -> None:
    assert feed_view(feed_spec(synthetic=True), None, NOW).synthetic
    assert feed_view(feed_spec(), status(synthetic=True), NOW).synthetic
