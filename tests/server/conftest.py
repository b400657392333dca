"""A site of a small city on memory stores, asked without a server or served on a free loopback port."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from dashboard.server import Site, SiteServer, create_asgi
from dashboard.settings import Settings
from data_sources.services import Services
from data_sources.stores.memory import MemoryChanges, MemoryHistory
from data_sources.text import Texts, load_texts
from tests.server.samples import NOW, BreakableLive, make_city, small_dash


@pytest.fixture
def live() -> BreakableLive:
    return BreakableLive()


@pytest.fixture
def history() -> MemoryHistory:
    return MemoryHistory()


@pytest.fixture(scope="session")
def texts() -> Texts:
    return load_texts()


@pytest.fixture
def services(tmp_path: Path, live: BreakableLive, history: MemoryHistory, texts: Texts) -> Services:
    return Services(city=make_city(tmp_path), live=live, history=history, clock=lambda: NOW, texts=texts)


MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(services: Services, live: BreakableLive) -> MakeSite:
    def make(**settings: object) -> Site:
        return create_asgi(Settings(**settings), services, MemoryChanges(live), small_dash())

    return make


@pytest.fixture
def ask(make_site: MakeSite) -> Callable[..., httpx.Response]:
    """Ask a site without a server: `ask("GET", "/path", headers=...)`."""
    site = make_site()

    def request(method: str, url: str, **more: object) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=site, raise_app_exceptions=True)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:
                return await client.request(method, url, **more)  # type: ignore[arg-type]

        return asyncio.run(once())

    return request


Serve = Callable[[Site], AbstractContextManager[str]]


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """Serve a site by uvicorn on a free loopback port; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        config = uvicorn.Config(site, log_level="warning", timeout_graceful_shutdown=5)
        server = SiteServer(config, site)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                time.sleep(0.01)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive(), "the server did not stop"


@pytest.fixture
def serve() -> Serve:
    """`with serve(site) as base_url`."""
    return serving
