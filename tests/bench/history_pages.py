"""What a page costs the server when history holds years of figures: `scopc serve` on a database that is
filled already, asked for every page and for what its islands ask first."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from data_sources.model.indicator import DOMAINS
from tests.bench.children import answers, child, wait_for
from tests.bench.site import live_store
from tests.system.processes import free_port

WEEK = "2026-W46"
PAGES = ("/", *(f"/{domain}" for domain in DOMAINS), "/weekly", f"/weekly/{WEEK}", "/feeds", "/wall/main")
ANSWERS = (
    "/api/v1/indicators",
    "/api/v1/indicators/ENV-01",
    "/api/v1/indicators/ENV-01/series?grain=week",
    "/api/v1/feeds/ledger",
    f"/api/v1/weekly/{WEEK}",
)


@contextmanager
def serving(database_url: str, folder: Path) -> Iterator[str]:
    """`scopc serve` on that database and an empty live store; yields its address."""
    port = free_port()
    log = folder / "serve.log"
    with ExitStack() as stack:
        redis_url = stack.enter_context(live_store(folder / "valkey"))
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
        yield url


@contextmanager
def requests_of(database_url: str, folder: Path) -> Iterator[dict[str, Callable[[], object]]]:
    """Each page and answer, as something that can be timed."""
    with serving(database_url, folder) as url, httpx.Client(base_url=url, timeout=30) as client:

        def get(path: str) -> Callable[[], object]:
            return lambda: client.get(path).raise_for_status()

        yield {f"GET {path}": get(path) for path in (*PAGES, *ANSWERS)}
