"""Feeds the live store as ingest does: a whole picture of the fleet each period, stamped when it is put,
and of the links every few periods.

Its own process, so that its work counts neither for the server nor for the clients.
"""

import argparse
import gc
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from data_sources.model.city import Bounds
from data_sources.model.feed import FeedState, FeedStatus
from data_sources.model.traffic import Link
from data_sources.stores.live import RedisLive
from tests.bench.fleet import fixes
from tests.bench.flow import states
from tests.bench.site import network_of

AHEAD_S = 0.25
"""Records are made so long before they are due; only the put itself happens at the stamped time."""
LINKS_EVERY = 3
"""Periods between two states of the links; at 1 Hz longer than the stream's patience with new levels."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--redis-url", required=True)
    parser.add_argument("--city-id", required=True)
    parser.add_argument("--bounds", required=True, help="west,south,east,north")
    parser.add_argument("--feeds", required=True, help="feed ids; the first carries the vehicles")
    parser.add_argument("--routes", default="", help="route ids")
    parser.add_argument("--vehicles", type=int, required=True)
    parser.add_argument("--period-s", type=float, required=True)
    parser.add_argument("--links", type=int, help="put states of the network grown to so many links, too")
    given = parser.parse_args()
    gc.disable()  # its pauses would be told as the product's; records have no cycles
    west, south, east, north = map(float, given.bounds.split(","))
    feed(
        RedisLive(given.redis_url, given.city_id),
        Bounds(west=west, south=south, east=east, north=north),
        tuple(given.feeds.split(",")),
        tuple(filter(None, given.routes.split(","))),
        given.vehicles,
        given.period_s,
        () if given.links is None else tuple(network_of(given.links).links.values()),
    )


def feed(
    live: RedisLive,
    bounds: Bounds,
    feed_ids: tuple[str, ...],
    route_ids: tuple[str, ...],
    vehicles: int,
    period_s: float,
    links: Sequence[Link],
) -> None:
    """Put pictures for ever; a state of the links right after the picture that bears the same time."""
    start, step = datetime.now(UTC) + timedelta(seconds=2 * AHEAD_S), 0
    while True:
        due = start + timedelta(seconds=step * period_s)
        _sleep_until(due - timedelta(seconds=AHEAD_S))
        picture = fixes(vehicles, step * period_s, due, bounds, feed_ids[0], route_ids)
        flow = states(links, step // LINKS_EVERY, due) if links and step % LINKS_EVERY == 0 else ()
        _sleep_until(due)
        live.put_positions(feed_ids[0], picture)
        if flow:
            live.put_links(flow)
        for feed_id in feed_ids:
            live.put_feed_status(
                _status(feed_id, due, vehicles if feed_id == feed_ids[0] else 0, period_s, step)
            )
        step += 1


def _sleep_until(due: datetime) -> None:
    time.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds()))


def _status(feed_id: str, at: datetime, accepted: int, period_s: float, step: int) -> FeedStatus:
    return FeedStatus(
        feed_id=feed_id,
        kind="gtfs_realtime",
        state=FeedState.UP,
        interval_s=period_s,
        synthetic=True,
        last_try_at=at,
        last_good_at=at,
        last_content_at=at,
        state_since=at,
        accepted=accepted,
        total_messages=step + 1,
        total_accepted=accepted * (step + 1),
    )


if __name__ == "__main__":
    main()
