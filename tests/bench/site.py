"""The real product under load: `scopc serve` on embedded stores, and a feeder beside it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.compose import load_network
from dashboard.local_stack import free_port
from dashboard.settings import load_settings
from data_sources import catalogue
from data_sources.model.city import City
from data_sources.network import Network
from data_sources.stores.embedded import start_embedded
from data_sources.stores.migrations import upgrade
from tests.bench.children import answers, child, wait_for


@dataclass(frozen=True)
class Site:
    """Where the product answers, and what a feeder needs to know."""

    url: str
    port: int
    pid: int
    redis_url: str
    city: City
    folder: Path
    links: int

    @property
    def feeder_arguments(self) -> list[str]:
        box = self.city.spec.views[0].bounds
        return [
            "--redis-url",
            self.redis_url,
            "--city-id",
            self.city.spec.city_id,
            f"--bounds={box.west},{box.south},{box.east},{box.north}",
            "--feeds",
            ",".join(feed.feed_id for feed in self.city.feeds),
            "--routes",
            ",".join(sign.route_id for sign in self.city.spec.routes),
        ]


def network_of(links: int | None) -> Network:
    """The bundled city's network, grown to `links` as `scopc demo --links` grows it."""
    settings = load_settings(demo_links=links)
    network = load_network(settings, catalogue.load_city(settings.city, {}))
    assert network is not None
    return network


@contextmanager
def live_store(folder: Path) -> Iterator[str]:
    """An embedded Valkey; yields its URL."""
    server = start_embedded(folder)
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def product(folder: Path, links: int | None = None) -> Iterator[Site]:
    """`scopc serve` as its own process on SQLite and embedded Valkey in `folder`.

    `links` grows its network to so many.
    """
    folder.mkdir(exist_ok=True)
    settings = load_settings(data_dir=folder)
    city = catalogue.load_city(settings.city, {})
    upgrade(settings.history_url)
    port = free_port()
    grown: dict[str, Any] = {} if links is None else {"SCOPC_DEMO_LINKS": str(links)}
    with ExitStack() as stack:
        redis_url = stack.enter_context(live_store(folder))
        server = stack.enter_context(
            child(
                "dashboard.cli",
                "serve",
                "--port",
                str(port),
                log=folder / "serve.log",
                SCOPC_DATA_DIR=str(folder),
                SCOPC_REDIS_URL=redis_url,
                SCOPC_STREAM_CLIENTS_MAX="1000",
                **grown,
            )
        )
        url = f"http://127.0.0.1:{port}"
        wait_for(
            lambda: server.poll() is not None or answers(f"{url}/healthz"),
            f"`scopc serve` answers; see {folder / 'serve.log'}",
        )
        if server.poll() is not None:
            raise RuntimeError((folder / "serve.log").read_text()[-2000:])
        yield Site(url, port, server.pid, redis_url, city, folder, len(network_of(links)))


@contextmanager
def feeding(site: Site, vehicles: int, period_s: float = 1.0, *, with_links: bool = False) -> Iterator[None]:
    """Put a moved picture of `vehicles` into the live store each `period_s`, of the links each third time."""
    arguments = [*site.feeder_arguments, "--vehicles", str(vehicles), "--period-s", str(period_s)]
    if with_links:
        arguments += ["--links", str(site.links)]
    with child("tests.bench.feeder", *arguments, log=site.folder / "feeder.log"):
        yield


@contextmanager
def naive_page(site: Site, *, with_links: bool = False) -> Iterator[tuple[str, int]]:
    """The naive application on the same live store; yields its URL and process id."""
    port = free_port()
    log = site.folder / "naive.log"
    arguments = ["--redis-url", site.redis_url, "--city-id", site.city.spec.city_id, "--port", str(port)]
    box = site.city.spec.views[0].bounds
    arguments.append(f"--bounds={box.west},{box.south},{box.east},{box.north}")
    if with_links:
        arguments += ["--links", str(site.links)]
    with child("tests.bench.naive.app", *arguments, log=log) as server:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: server.poll() is not None or answers(url), f"the naive page answers; see {log}")
        yield url, server.pid
