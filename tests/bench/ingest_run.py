"""One measurement of ingest, in a process of its own on one core: prints positions per second as JSON."""

import argparse
import gc
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from data_sources.ingest.intake import Intake
from data_sources.model.city import Bounds, FeedSpec, VehicleLimits
from data_sources.model.feed import Payload
from data_sources.model.spec import Names
from data_sources.stores.history import SqlHistory
from data_sources.stores.live import RedisLive
from data_sources.stores.migrations import upgrade
from tests.bench.fleet import messages
from tests.bench.naive.ingest import NaiveIngest

BOUNDS = Bounds(west=102.7, south=16.3, east=103.0, north=16.6)
START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
VEHICLES = 1000
WARM_UP = 3


def main() -> None:
    """`WAY DATABASE_URL REDIS_URL MESSAGES`, WAY is `product` or `naive`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=["product", "naive"])
    parser.add_argument("database_url")
    parser.add_argument("redis_url")
    parser.add_argument("messages", type=int)
    given = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    prepared = list(messages(VEHICLES, WARM_UP + given.messages, START, BOUNDS))
    run = _product if given.way == "product" else _naive
    print(json.dumps(run(given.database_url, given.redis_url, prepared)))


def _timed(
    accept: Callable[[bytes, datetime], None], prepared: list[tuple[datetime, bytes]]
) -> dict[str, float]:
    for at, message in prepared[:WARM_UP]:
        accept(message, at)
    gc.collect()
    timed = prepared[WARM_UP:]
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    for at, message in timed:
        accept(message, at)
    cpu_s, wall_s = time.process_time() - cpu_s, time.perf_counter() - wall_s
    return {
        "positions_per_s": len(timed) * VEHICLES / wall_s,
        "cpu_us_per_position": cpu_s / len(timed) / VEHICLES * 1e6,
    }


def _product(database_url: str, redis_url: str, prepared: list[tuple[datetime, bytes]]) -> dict[str, float]:
    names = Names(th="bench", en="bench")
    feed = FeedSpec(feed_id="bench", kind="gtfs_realtime", names=names, agency=names, interval_s=1)
    upgrade(database_url)
    history, live = SqlHistory(database_url), RedisLive(redis_url, "bench")
    try:
        intake = Intake(feed, history, live, bounds=BOUNDS, limits=VehicleLimits(), schedule=None)

        def accept(message: bytes, at: datetime) -> None:
            status = intake.accept(Payload(messages=(message,), received_at=at), at)
            # a bench that measures refusals or a backlog would measure nothing
            assert status.accepted == VEHICLES, status
            assert intake.waiting == 0, status

        measured = _timed(accept, prepared)
        folding_s = time.perf_counter()
        history.compact(prepared[-1][0] + timedelta(minutes=2))
        folding_s = time.perf_counter() - folding_s
        return {**measured, "folding_us_per_position": folding_s / len(prepared) / VEHICLES * 1e6}
    finally:
        live.close()
        history.close()


def _naive(database_url: str, redis_url: str, prepared: list[tuple[datetime, bytes]]) -> dict[str, float]:
    ingest = NaiveIngest(database_url, redis_url)
    try:
        return _timed(ingest.accept, prepared)
    finally:
        ingest.close()


if __name__ == "__main__":
    main()
