"""`scopc feeds probe`: one message, what would be recorded, what would be rejected; nothing is written."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import msgspec

from dashboard import compose
from dashboard.settings import Settings
from data_sources import catalogue, rules
from data_sources.errors import ConfigError, FeedContentError, FeedError
from data_sources.feeds import parser_of, transport
from data_sources.ingest.counts import merge
from data_sources.model.city import Bounds, City, FeedKind, FeedSpec
from data_sources.model.feed import Batch
from data_sources.model.indicator import PropertySpec
from data_sources.model.observation import Observation
from data_sources.model.spec import Names
from data_sources.pack_indicators import vocabulary
from data_sources.schedule import Schedule

KINDS = (
    "positions",
    "trip_updates",
    "alerts",
    "link_speeds",
    "incidents",
    "facilities",
    "observations",
    "tickets",
)
"""The parts of a batch, in the order in which they are shown."""
SHOWN = 5
"""Records, features and rejections that are printed of each."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What one message says; `error` is set when it is unusable as a whole."""

    feed: FeedSpec
    batch: Batch
    error: FeedError | None = None

    @property
    def usable(self) -> bool:
        """Whether the message as a whole could be used."""
        return self.error is None


def probe_feed(settings: Settings, feed_id: str | None, kind: str | None, file: Path | None) -> ProbeResult:
    """Fetch (or read from `file`) one message and judge it. A file is judged against its own time; with
    `kind` in place of a feed id there are no city bounds and no schedule, the vocabulary is the common
    one, and times without an offset are in the zone of the kind."""
    city: City | None = None
    if feed_id is not None:
        city = compose.load_city(settings)
        known = city.feed(feed_id)
        if known is None:
            raise ConfigError(
                f"no feed {feed_id!r}; allowed: {', '.join(feed.feed_id for feed in city.feeds)}"
            )
        feed = known
    else:
        feed = _feed_of_kind(kind or "")
    schedule = catalogue.load_schedule(city, demo=settings.demo_timetable) if city else None
    bounds = city.spec.bounds if city else None
    properties = city.properties if city else {spec.property_id: spec for spec in vocabulary()}
    now = compose.clock()
    try:
        messages = (_read(file),) if file else asyncio.run(_fetch(feed))
        own_time = file is not None
        judged = [
            judge_message(one, feed, now, bounds, schedule, own_time=own_time, properties=properties)
            for one in messages
        ]
        return ProbeResult(feed, merge(judged))
    except FeedError as error:
        return ProbeResult(feed, Batch(), error)


def judge_message(
    message: bytes,
    feed: FeedSpec,
    now: datetime,
    bounds: Bounds | None,
    schedule: Schedule | None,
    *,
    own_time: bool,
    properties: Mapping[str, PropertySpec] | None = None,
) -> Batch:
    """Parse and judge one message by itself. FeedContentError when it is unusable as a whole."""
    batch = parser_of(feed)(message, feed=feed, received_at=now)
    if own_time:
        now = rules.own_time(batch, until=now) or now
        batch = parser_of(feed)(message, feed=feed, received_at=now)
    return rules.judge(
        batch,
        now=now,
        bounds=bounds,
        schedule=schedule,
        last_fix_at={},
        last_header_at=None,
        properties=properties,
        features=feed.features,
    )


def print_result(result: ProbeResult, as_json: bool) -> None:
    """Print the result for a person, or as the contract's JSON."""
    batch = result.batch
    codes = dict(sorted(Counter(reject.code for reject in batch.rejected).items()))
    records: list[msgspec.Struct] = [record for part in KINDS for record in getattr(batch, part)]
    flags = Counter(batch.flags)
    measured = (batch.positions, batch.link_speeds, batch.incidents, batch.facilities)
    for marked in (*measured, batch.observations, batch.tickets):
        flags.update(flag for record in marked for flag in record.flags)
    if as_json:
        answer: dict[str, Any] = {
            "feed": result.feed.feed_id,
            "kind": result.feed.kind,
            "header_at": batch.header_at,
            "accepted": batch.accepted,
            "rejected": codes,
            "flagged": dict(sorted(flags.items())),
            "ignored": dict(sorted(batch.ignored.items())),
            "records": records,
            "features": batch.features,
            "rejects": batch.rejected,
        }
        if result.error is not None:
            answer |= {"error": str(result.error), "error_code": result.error.code}
        sys.stdout.write(json.dumps(msgspec.to_builtins(answer), ensure_ascii=False, indent=2) + "\n")
        return
    if result.error is not None:
        sys.stdout.write(f"unusable: {result.error.code}: {result.error}\n")
        return
    sys.stdout.write(
        f"{result.feed.feed_id} ({result.feed.kind}), header time {batch.header_at or 'none'}\n"
        f"accepted {batch.accepted}: {_parts(batch)}\n"
        f"rejected {sum(codes.values())}{_tail(codes)}\n"
        f"flagged {sum(flags.values())}{_tail(dict(sorted(flags.items())))}\n"
        f"left aside {sum(batch.ignored.values())}{_tail(dict(sorted(batch.ignored.items())))}\n"
    )
    if batch.features:
        named = ", ".join(feature.feature_id for feature in batch.features[:SHOWN])
        more = len(batch.features) - SHOWN
        sys.stdout.write(
            f"features {len(batch.features)}: {named}{f', and {more} more' if more > 0 else ''}\n"
        )
    for record in records[:SHOWN]:
        sys.stdout.write(_line(record) + "\n")
    if len(records) > SHOWN:
        sys.stdout.write(f"... and {len(records) - SHOWN} more (--json prints all)\n")
    for reject in batch.rejected[:SHOWN]:
        sys.stdout.write(f"rejected {reject.code}: {reject.detail}\n")
    if len(batch.rejected) > SHOWN:
        sys.stdout.write(f"... and {len(batch.rejected) - SHOWN} more rejected (--json prints all)\n")


def _parts(batch: Batch) -> str:
    """How many records of each kind; the kinds of which there are none are left out."""
    counts = [(len(getattr(batch, part)), part.replace("_", " ")) for part in KINDS]
    return ", ".join(f"{count} {part}" for count, part in counts if count) or "nothing"


def _line(record: msgspec.Struct) -> str:
    """A record on one line; of an observation what a person looks for first."""
    if not isinstance(record, Observation):
        return msgspec.json.encode(record).decode()
    period = f" over {record.period_s:.15g} s" if record.period_s else ""
    flags = f" [{', '.join(record.flags)}]" if record.flags else ""
    return (
        f"{record.feature_id}: {record.property_id} {record.value:g} {record.unit} at "
        f"{record.observed_at:%Y-%m-%d %H:%M:%SZ}{period}, {record.value_class}{flags}"
    )


def _tail(codes: dict[str, int]) -> str:
    return ": " + ", ".join(f"{code} {count}" for code, count in codes.items()) if codes else ""


def _feed_of_kind(kind: str) -> FeedSpec:
    allowed = get_args(FeedKind)
    if kind not in allowed:
        raise ConfigError(f"no feed kind {kind!r}; allowed: {', '.join(allowed)}")
    names = Names(th="probe", en="probe")
    units = {spec.property_id: spec.unit for spec in vocabulary()}
    return FeedSpec(feed_id="probe", kind=kind, names=names, agency=names, units=units)  # type: ignore[arg-type]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}") from error


async def _fetch(feed: FeedSpec) -> tuple[bytes, ...]:
    """What the feed says now, a message a page or point."""
    from data_sources.feeds.mqtt import messages
    from data_sources.feeds.source import Fetched
    from data_sources.feeds.sources import open_source

    if not feed.configured:
        raise ConfigError(f"{feed.feed_id}: no URL; set SCOPC_FEED_{feed.feed_id.upper()}_URL")
    if transport(feed) == "http":
        async with aclosing(open_source(feed, compose.clock, None)) as source:
            fetched = await source.fetch()
            if isinstance(fetched, Fetched):
                return fetched.payload.messages
            raise FeedContentError("unchanged", f"{feed.feed_id}: has nothing for a first request")
    async with asyncio.timeout(feed.timeout_s + feed.promised_every.total_seconds()):
        async for message, _ in messages(feed, compose.clock):
            return (message,)
    raise FeedContentError("no_message", f"{feed.feed_id}: the broker sent nothing")
