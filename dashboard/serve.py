"""`scopc serve`: builds services, Dash and the ASGI application, and runs uvicorn."""

import gc

import uvicorn

from dashboard import compose
from dashboard.dash_app import create_app
from dashboard.server import SiteServer, create_asgi
from dashboard.settings import Settings
from data_sources.stores.live import RedisChanges

DRAIN_S = 3
"""Streams never end by themselves: after this long uvicorn closes them when stopping."""


def serve(settings: Settings) -> None:
    """Run the web process until SIGTERM or Ctrl-C."""
    with compose.services(settings) as services:
        listener = RedisChanges(compose.redis_url(settings), services.city.spec.city_id)
        dash_app = create_app(settings, services)
        asgi = create_asgi(settings, services, listener, dash_app)
        config = uvicorn.Config(
            asgi,
            host=settings.host,
            port=settings.port,
            log_level="debug" if settings.log_level == "debug" else "warning",
            access_log=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
            server_header=False,
            timeout_graceful_shutdown=DRAIN_S,
        )
        keep_from_collector()
        SiteServer(config, asgi).run()


def keep_from_collector() -> None:
    """Set aside what is there for good: modules, network, schedule, layouts, some 200,000 objects.

    The collector's full pass, which a large city's frames call for every few seconds, would go through
    them all and hold up every thread for a tenth of a second; without them it takes some milliseconds
    (docs/performance.md).
    """
    gc.collect()
    gc.freeze()
