"""`scopc rollup`: rolls history up and computes the indicators until SIGTERM or Ctrl-C."""

import asyncio
import signal
from contextlib import suppress

from dashboard import compose
from dashboard.settings import Settings
from data_sources.errors import StoreError
from data_sources.pack_service import read_service
from data_sources.rollup.loop import TICK_S, RollupLoop
from data_sources.rollup.platform import Knowledge
from data_sources.stores.base import HistoryStore


def run(settings: Settings) -> None:
    """Run the loop; returns once the tick under way is done and the lease is given back."""
    city = compose.load_city(settings)
    known = Knowledge(city, compose.load_network(settings, city), read_service(city.root))
    live = compose.open_live(settings, city)
    history = compose.open_history(settings)
    loop = RollupLoop(known, history, live, compose.owner())
    try:
        asyncio.run(_run_until_signalled(loop, history))
    finally:
        loop.give_back()
        live.close()
        history.close()


async def _run_until_signalled(rollup: RollupLoop, history: HistoryStore) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    ready = False
    while not stopping.is_set():
        # At a first start ingest is still making the tables.
        ready = ready or await asyncio.to_thread(_answers, history)
        if ready:
            await asyncio.to_thread(rollup.tick, compose.clock())
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), TICK_S)


def _answers(history: HistoryStore) -> bool:
    """Whether the history is there with the tables that we know."""
    try:
        history.ping()
    except StoreError:
        return False
    return True
