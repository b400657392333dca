"""Where the platform's own observations come from."""

from data_sources.model.observation import PLATFORM_FEED
from data_sources.views.platform_feeds import feeds_behind
from tests.layouts.samples import city


def kinds_behind(*properties: str) -> set[str]:
    told = feeds_behind([PLATFORM_FEED], properties, city())
    return {feed.kind for feed in city().feeds if feed.feed_id in told}


def test_a_feed_stands_for_itself() -> None:
    assert feeds_behind(["brumal_air", "brumal_air"], ["pm10"], city()) == ("brumal_air",)


def test_vehicles_reporting_come_from_the_feeds_of_positions() -> None:
    assert kinds_behind("buses_reporting") <= {"gtfs_realtime", "geojson_positions"}
    assert kinds_behind("buses_reporting")


def test_share_of_feeds_comes_from_every_feed_that_is_set_up() -> None:
    every = tuple(feed.feed_id for feed in city().feeds if feed.configured)
    assert feeds_behind([PLATFORM_FEED], ["feeds_fresh"], city()) == every


def test_what_the_platform_does_not_observe_comes_from_nowhere() -> None:
    assert feeds_behind([PLATFORM_FEED], ["pm10"], city()) == ()
