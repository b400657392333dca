"""What a page costs the server when history holds years of figures: `scopc serve` on a database that is
filled already, asked for every page and for what its islands ask; and what it asks the database meanwhile."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx

from dashboard import compose
from dashboard.dash_app import create_app
from dashboard.local_stack import free_port
from dashboard.server import create_asgi
from dashboard.settings import load_settings
from data_sources.model.indicator import DOMAINS
from data_sources.simulator.channels import channels_of
from data_sources.stores.live import RedisChanges, RedisLive
from tests.bench.children import answers, child, wait_for
from tests.bench.history_city import CITY, put_live
from tests.bench.history_fill import Past
from tests.bench.history_reads import Sent, noted
from tests.bench.site import live_store

API = "/api/v1"


@dataclass(frozen=True)
class Asked:
    """Addresses of one kind, of which the slowest stands for all."""

    what: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Served:
    """A web process, who asks it, and its live store."""

    client: httpx.Client
    pid: int
    redis_url: str


def asked_of(past: Past) -> list[Asked]:
    """Every page, and every answer of the API that a page asks for."""
    week, old_week = (
        f"{at - timedelta(days=7):%G-W%V}" for at in (past.end, past.start + timedelta(days=400))
    )
    pages = ("/", *(f"/{domain}" for domain in DOMAINS), "/weekly", "/feeds")
    walls = tuple(f"/wall/{screen.screen_id}" for screen in CITY.screens)
    long_ago, month_ago = _text(past.start), _text(past.end - timedelta(days=30))
    years_ago, week_ago = (
        _text(past.start + timedelta(days=730)),
        _text(past.end - timedelta(days=6, hours=22)),
    )
    keys = tuple(spec.key for spec in CITY.indicators)
    series = f"{API}/indicators/{{}}/series?grain="
    told = tuple(
        f"feature_id={quote(one.feature.feature_id)}&property={one.property_id}&feed_id={feed.feed_id}"
        for feed in CITY.feeds
        for one in channels_of(feed, CITY)
    )
    plain = (
        f"{API}/indicators",
        f"{API}/changes",
        f"{API}/feeds/ledger",
        f"{API}/feeds/reporters",
        f"{API}/imports",
        f"{API}/observations",
    )
    back = (
        ("`/weekly/{week}`, four years ago", f"/weekly/{old_week}"),
        (f"`{API}/indicators?at=`, a month ago", f"{API}/indicators?at={month_ago}"),
        (f"`{API}/indicators?at=`, three years ago", f"{API}/indicators?at={years_ago}"),
        (f"`{API}/changes?since=`, seven days ago", f"{API}/changes?since={week_ago}"),
        (f"`{API}/weekly/{{week}}`", f"{API}/weekly/{week}"),
    )
    return [
        *(Asked(f"`{path}`", (path,)) for path in pages),
        Asked("`/wall/{screen}`", walls),
        *(Asked(f"`{path}`", (path,)) for path in plain),
        *(Asked(what, (path,)) for what, path in back),
        Asked(f"`{API}/indicators/{{key}}` (evidence)", tuple(f"{API}/indicators/{key}" for key in keys)),
        *(
            Asked(
                f"`{series.format('{key}')}{grain}`{words}",
                tuple(series.format(key) + grain + more for key in keys),
            )
            for grain, words, more in (
                ("raw", ", a day", ""),
                ("hour", ", 30 days", f"&from={month_ago}"),
                ("day", ", 5 years", f"&from={long_ago}"),
                ("week", ", a year", ""),
                ("month", ", 5 years", f"&from={long_ago}"),
            )
        ),
        Asked(
            f"`{API}/observations/series`, a day raw",
            tuple(f"{API}/observations/series?{one}" for one in told),
        ),
        Asked(f"`{API}/observations/evidence`", tuple(f"{API}/observations/evidence?{one}" for one in told)),
        Asked(
            f"`{API}/feeds/{{id}}` (evidence)", tuple(f"{API}/feeds/{feed.feed_id}" for feed in CITY.feeds)
        ),
    ]


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


@contextmanager
def served(database_url: str, folder: Path, at: datetime) -> Iterator[Served]:
    """`scopc serve` on that database and a live store with the picture of `at`."""
    port = free_port()
    log = folder / "serve.log"
    with ExitStack() as stack:
        redis_url = stack.enter_context(live_store(folder / "valkey"))
        live = RedisLive(redis_url, CITY.spec.city_id)
        put_live(live, at)
        live.close()
        server = stack.enter_context(
            child(
                "dashboard.cli",
                "serve",
                "--port",
                str(port),
                log=log,
                SCOPC_DATA_DIR=str(folder),
                SCOPC_REDIS_URL=redis_url,
                SCOPC_DATABASE_URL=database_url,
            )
        )
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: server.poll() is not None or answers(f"{url}/healthz"), f"serve answers; see {log}")
        if server.poll() is not None:
            raise RuntimeError(log.read_text()[-2000:])
        client = stack.enter_context(httpx.Client(base_url=url, timeout=60))
        yield Served(client, server.pid, redis_url)


def slowest(client: httpx.Client, paths: Sequence[str]) -> str:
    """That of the paths whose better one of two answers took longest."""
    if len(paths) == 1:
        return paths[0]
    taken = {path: min(_once_s(client, path), _once_s(client, path)) for path in paths}
    return max(taken, key=lambda path: taken[path])


def _once_s(client: httpx.Client, path: str) -> float:
    begun = time.perf_counter()
    client.get(path).raise_for_status()
    return time.perf_counter() - begun


@contextmanager
def statements(database_url: str, redis_url: str, folder: Path) -> Iterator[Callable[[str], list[Sent]]]:
    """What the site asks the database for to answer a path, warm: the same application in this process."""
    settings = load_settings(data_dir=folder, redis_url=redis_url, database_url=database_url)
    with compose.services(settings) as services:
        changes = RedisChanges(redis_url, services.city.spec.city_id)
        site = create_asgi(settings, services, changes, create_app(settings, services))

        def asked(path: str) -> list[Sent]:
            async def once() -> None:
                transport = httpx.ASGITransport(app=site)
                async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
                    (await client.get(path)).raise_for_status()

            asyncio.run(once())
            with noted() as sent:
                asyncio.run(once())
            return sent

        yield asked
