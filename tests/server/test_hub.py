"""The hub's rules that need no network: mailboxes, coalescing, what is worth sending."""

import asyncio
import threading
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from dashboard.metrics import Metrics
from dashboard.stream import Frame, Hub, HubFull, Mailbox, deflate_block, make_frame
from dashboard.stream_sources import FeedsSource, VehiclesSource, sources
from data_sources.errors import StoreError
from data_sources.services import Services
from data_sources.stores.base import Topic
from data_sources.stores.memory import MemoryChanges
from tests.server.samples import HOSTILE, BreakableLive, fix, status

PERIOD_S = 0.08


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 10))


def data_of(frame: Frame) -> Any:
    return msgspec.json.decode(frame.plain.partition(b"data: ")[2])


async def next_of(mailbox: Mailbox, topic: str) -> Any:
    while True:
        for frame in await mailbox.take():
            if frame.topic == topic:
                return data_of(frame)


class Running:
    """A hub that runs while the block lasts."""

    def __init__(self, services: Services, listener: Any, **options: Any) -> None:
        options = {"publish_every_s": PERIOD_S, **options}
        self.metrics = Metrics()
        self.hub = Hub(sources(services), listener, services.clock, self.metrics, **options)

    async def __aenter__(self) -> Hub:
        self._task = asyncio.create_task(self.hub.run())
        return self.hub

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


def test_mailbox_keeps_the_newest_two_frames_of_a_topic() -> None:
    async def scenario() -> None:
        mailbox = Mailbox(["a", "b"])
        frames = [make_frame("a", str(number).encode()) for number in range(4)]
        other = make_frame("b", b"0")
        kept = [mailbox.put(frame) for frame in (frames[0], other, *frames[1:])]
        assert kept == [True, True, True, False, False]
        assert await mailbox.take() == [other, frames[2], frames[3]]

    run(scenario)


def test_blocks_are_valid_in_any_order() -> None:
    first, second = b"retry: 1\n\n", b"event: vehicles\ndata: {}\n\n" * 40
    for parts in ((first, second), (second, first), (second, second, first)):
        joined = b"".join(map(deflate_block, parts))
        assert zlib.decompressobj(wbits=-zlib.MAX_WBITS).decompress(joined) == b"".join(parts)


def test_event_has_one_line_of_data_whatever_a_feed_sends() -> None:
    frame = make_frame("vehicle_facts", msgspec.json.encode({"label": [HOSTILE + "\r\x85\u2029"]}))
    assert len(frame.plain.decode().strip().splitlines()) == 2
    assert data_of(frame) == {"label": [HOSTILE + "\r\x85\u2029"]}


def test_burst_of_changes_becomes_two_frames_and_the_last_is_kept(
    services: Services, live: BreakableLive
) -> None:
    async def scenario() -> None:
        live.put_positions("bus_a", [fix("R1")])
        async with Running(services, MemoryChanges(live)) as hub:
            mailbox = hub.join(["vehicles"])
            first = await next_of(mailbox, "vehicles")
            for step in range(1, 21):
                live.put_positions("bus_a", [fix("R1", lat=50 + step / 100)])
            seen = [first]
            while seen[-1]["lat"] != [5020000]:
                seen.append(await next_of(mailbox, "vehicles"))
            assert len(seen) <= 3

    run(scenario)


def test_same_picture_is_not_sent_again(services: Services, live: BreakableLive) -> None:
    async def scenario() -> None:
        live.put_positions("bus_a", [fix("R1")])
        running = Running(services, MemoryChanges(live))
        async with running as hub:
            mailbox = hub.join(["vehicles"])
            await next_of(mailbox, "vehicles")
            live.put_positions("bus_a", [fix("R1")])
            await asyncio.sleep(3 * PERIOD_S)
            live.put_positions("bus_a", [fix("R1"), fix("R2")])
            frame = await next_of(mailbox, "vehicles")
            assert (frame["seq"], frame["id"]) == (2, ["bus_a:R1", "bus_a:R2"])

    run(scenario)


def test_feed_ages_on_the_stream_when_nothing_arrives_any_more(
    services: Services, live: BreakableLive
) -> None:
    async def scenario() -> None:
        now = [services.clock()]
        aged = Services(**{**_fields(services), "clock": lambda: now[0]})
        live.put_feed_status(status("bus_a"))
        async with Running(aged, MemoryChanges(live), judge_every_s=PERIOD_S) as hub:
            mailbox = hub.join(["feeds"])
            assert (await next_of(mailbox, "feeds"))["feeds"][0]["state"] == "up"
            now[0] = now[0].replace(hour=now[0].hour + 1)
            assert (await next_of(mailbox, "feeds"))["feeds"][0]["state"] == "down"

    run(scenario)


def _fields(services: Services) -> dict[str, Any]:
    return {name: getattr(services, name) for name in services.__slots__}


def test_hub_refuses_clients_beyond_its_cap_and_when_closed(services: Services, live: BreakableLive) -> None:
    async def scenario() -> None:
        hub = Hub(sources(services), MemoryChanges(live), services.clock, Metrics(), clients_max=1)
        mailbox = hub.join(["feeds"])
        with pytest.raises(HubFull):
            hub.join(["feeds"])
        hub.leave(mailbox)
        mailbox = hub.join(["feeds"])
        hub.close()
        assert await mailbox.take() == []
        hub.leave(mailbox)
        with pytest.raises(HubFull):
            hub.join(["feeds"])

    run(scenario)


def test_hub_outlives_a_listener_that_fails(services: Services, live: BreakableLive) -> None:
    class Failing:
        async def changes(self) -> AsyncIterator[Topic]:
            yield Topic.VEHICLES
            raise StoreError("subscription lost")

    async def scenario() -> None:
        live.put_positions("bus_a", [fix("R1")])
        async with Running(services, Failing(), beat_every_s=PERIOD_S) as hub:
            mailbox = hub.join(["vehicles"])
            await next_of(mailbox, "vehicles")
            await next_of(mailbox, "beat")
            await next_of(mailbox, "beat")

    run(scenario)


def test_source_that_reads_for_long_holds_up_no_other(
    services: Services, live: BreakableLive, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    statuses = FeedsSource.read

    def read_slowly(source: FeedsSource) -> None:
        answers.wait(10)
        statuses(source)

    async def scenario() -> None:
        live.put_positions("bus_a", [fix("R1")])
        live.put_feed_status(status("bus_a"))
        async with Running(services, MemoryChanges(live)) as hub:
            mailbox = hub.join(["vehicles", "feeds"])
            assert (await next_of(mailbox, "vehicles"))["id"] == ["bus_a:R1"]
            answers.set()
            assert (await next_of(mailbox, "feeds"))["feeds"]

    monkeypatch.setattr(FeedsSource, "read", read_slowly)
    run(scenario)


def test_store_that_comes_back_empty_clears_no_map(services: Services, live: BreakableLive) -> None:
    source = VehiclesSource(services)
    live.put_positions("bus_a", [fix("R1")])
    source.read()
    before = source.draw(services.clock())
    live._positions.clear()
    source.read()
    assert source.draw(services.clock()) == before


def test_feed_that_delivers_an_empty_picture_does_clear_it(services: Services, live: BreakableLive) -> None:
    source = VehiclesSource(services)
    live.put_positions("bus_a", [fix("R1")])
    source.read()
    live.put_positions("bus_a", [])
    source.read()
    assert source.draw(services.clock())["vehicles"].id == []  # type: ignore[attr-defined]


def test_nothing_is_drawn_before_the_first_reading(services: Services, live: BreakableLive) -> None:
    live.is_away = True
    for source in (VehiclesSource(services), FeedsSource(services)):
        with pytest.raises(StoreError):
            source.read()
        assert source.draw(services.clock()) == {}
