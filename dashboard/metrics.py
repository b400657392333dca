"""Figures for Prometheus, in a registry of the application's own: two applications never share one."""

from collections import Counter as Counts
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data_sources.errors import StoreError
from data_sources.measures.freshness import Freshness, age_s
from data_sources.model.feed import FeedState
from data_sources.services import Services
from data_sources.views.feeds import feed_views
from data_sources.views.links import link_views, source_cadences
from data_sources.views.operations import is_usable, picture_state

SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Edges of the latency histograms, around the contract's 100 to 250 ms."""

DASH_CALLBACK = "/_dash-update-component"


class Metrics:
    """Everything that the web process counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        registry = self.registry
        self.stream_clients = Gauge("scopc_stream_clients", "Open streams", registry=registry)
        self.stream_refused = Counter(
            "scopc_stream_refused", "Streams refused because of the cap", registry=registry
        )
        self.stream_frames = Counter(
            "scopc_stream_frames", "Frames published, once for all clients", ["topic"], registry=registry
        )
        self.stream_bytes = Counter(
            "scopc_stream_sent_bytes", "Bytes sent to all clients", ["encoding"], registry=registry
        )
        self.stream_drops = Counter(
            "scopc_stream_dropped_frames", "Frames that a slow client never got", ["topic"], registry=registry
        )
        self.stream_failures = Counter(
            "scopc_stream_failures",
            "Readings that failed, the last frame stayed",
            ["topic"],
            registry=registry,
        )
        self.requests = Histogram(
            "scopc_http_request_seconds",
            "Time to answer a request, streams apart",
            ["route", "method", "status"],
            buckets=SECONDS,
            registry=registry,
        )
        self.callbacks = Histogram(
            "scopc_dash_callback_seconds",
            "Time to answer a Dash callback",
            buckets=SECONDS,
            registry=registry,
        )
        self.queries = Histogram(
            "scopc_store_query_seconds",
            "Time of a store query",
            ["query"],
            buckets=SECONDS,
            registry=registry,
        )
        self.notifications_refused = Counter(
            "scopc_notifications_refused",
            "Notifications of a feed's own sender that were not taken",
            ["feed_id", "reason"],
            registry=registry,
        )
        ProcessCollector(registry=registry)

    @contextmanager
    def query(self, name: str) -> Iterator[None]:
        """Measure one store query, whether it succeeds or not."""
        with self.queries.labels(name).time():
            yield

    def watch_feeds(self, services: Services) -> None:
        """Add the feeds' figures; they are read from the live store at each scrape."""
        self.registry.register(_FeedCollector(services))

    def watch_mobility(self, services: Services) -> None:
        """Add the figures of traffic and operations; they are read from the live store at each scrape."""
        self.registry.register(_MobilityCollector(services))

    def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self.registry)


class _MobilityCollector(Collector):
    """Links by state, open incidents, vehicles missing and evenness by line; what is not known, and all
    of it while the store is away, is left out rather than zero."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def describe(self) -> Iterable[Metric]:
        """No names beforehand, so that registering asks no store."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Read and judge links and lines now."""
        services, now = self._services, self._services.clock()
        network, traffic = services.network, services.city.spec.traffic
        try:
            states, incidents = services.live.links(), services.live.incidents()
            picture = services.live.operations()
        except StoreError:
            return
        if network is not None and traffic is not None:
            cadences = source_cadences(services.city.feeds, traffic)
            views = link_views(network, states, now=now, los=traffic.level_of_service, cadence_of=cadences)
            links = GaugeMetricFamily("scopc_links", "Links by state of their data", labels=["state"])
            counts = Counts(view.state for view in views)
            for state in Freshness:
                links.add_metric([state.value], counts[state])
            yield links
        yield GaugeMetricFamily("scopc_incidents_open", "Incidents that are open", value=len(incidents))
        if picture is None or not is_usable(picture_state(picture, now)):
            return
        missing = GaugeMetricFamily(
            "scopc_vehicles_missing", "Vehicles owed and not seen", labels=["route_id"]
        )
        unevenness = GaugeMetricFamily(
            "scopc_headway_cv", "Coefficient of variation of the headways now", labels=["route_id"]
        )
        for route in picture.routes:
            if route.ghosts is not None:
                missing.add_metric([route.route_id], route.ghosts)
            if route.cv is not None:
                unevenness.add_metric([route.route_id], route.cv)
        yield missing
        yield unevenness


class _FeedCollector(Collector):
    """Age, state and counts of each feed; nothing but `scopc_live_store_up 0` when the store is away."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def describe(self) -> Iterable[Metric]:
        """No names beforehand, so that registering asks no store."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Read and judge the feeds now."""
        store_up = GaugeMetricFamily("scopc_live_store_up", "1 when the live store answers")
        try:
            statuses = self._services.live.feed_statuses()
        except StoreError:
            store_up.add_metric([], 0)
            yield store_up
            return
        store_up.add_metric([], 1)
        yield store_up
        age = GaugeMetricFamily(
            "scopc_feed_age_seconds", "Time since a usable message last arrived", labels=["feed_id"]
        )
        content_age = GaugeMetricFamily(
            "scopc_feed_content_age_seconds", "Age of the newest content", labels=["feed_id"]
        )
        state = GaugeMetricFamily("scopc_feed_state", "1 for the feed's state", labels=["feed_id", "state"])
        messages = CounterMetricFamily(
            "scopc_feed_messages", "Attempts by outcome", labels=["feed_id", "outcome"]
        )
        accepted = CounterMetricFamily("scopc_feed_accepted", "Records accepted", labels=["feed_id"])
        rejected = CounterMetricFamily(
            "scopc_feed_rejected", "Records rejected, by code", labels=["feed_id", "code"]
        )
        now = self._services.clock()
        for feed in feed_views(self._services.city.feeds, statuses, now):
            if feed.last_good_at is not None:
                age.add_metric([feed.feed_id], age_s(feed.last_good_at, now))
            if feed.observed_at is not None:
                content_age.add_metric([feed.feed_id], age_s(feed.observed_at, now))
            for each in FeedState:
                state.add_metric([feed.feed_id, each.value], float(each is feed.state))
            messages.add_metric([feed.feed_id, "read"], feed.total_messages)
            messages.add_metric([feed.feed_id, "failed"], feed.total_failures)
            messages.add_metric([feed.feed_id, "unchanged"], feed.total_unchanged)
            accepted.add_metric([feed.feed_id], feed.total_accepted)
            for code, count in feed.total_rejected.items():
                rejected.add_metric([feed.feed_id, code], count)
        yield from (age, content_age, state, messages, accepted, rejected)


class Measured:
    """ASGI wrapper that measures each request under the name that `route_of` gives it afterwards.

    `route_of` must give one of few names whatever the address, else every probing crawler would
    grow the registry.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, route_of: Callable[[Scope], str]) -> None:
        self._app = app
        self._metrics = metrics
        self._route_of = route_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] == "/stream":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        status = "none"

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            took_s = perf_counter() - started
            route = self._route_of(scope)
            method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST") else "other"
            self._metrics.requests.labels(route, method, status).observe(took_s)
            if route == DASH_CALLBACK:
                self._metrics.callbacks.observe(took_s)
