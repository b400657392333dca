"""A page of ours, or the naive one, watched in a browser while vehicles and links move."""

import time
from contextlib import ExitStack

import msgspec

from tests.bench.browser import Tab, tab
from tests.bench.feeder import LINKS_EVERY
from tests.bench.site import Site, feeding, naive_page

SETTLE_S = 4.0
"""After the first picture the page still loads and lays out; that belongs to the first load."""

HEAR_PUTS = """
window.bench.puts = {};
window.bench.putOfSecond = {};
window.bench.seconds = {};
void scopc.stream.subscribe("vehicles", (frame) => {
  const put = frame.t - Math.min(...frame.age);
  window.bench.puts[frame.t] = put;
  window.bench.putOfSecond[Math.floor(put / 1000)] = put;
});
void scopc.stream.subscribe("links", (frame) => {
  const told = frame.age.filter((age) => age >= 0);
  if (told.length > 0) window.bench.seconds[frame.t] = Math.floor((frame.t - Math.min(...told)) / 1000);
});
"""
"""A frame of links tells its put to the second; the vehicles put with it tell the millisecond."""

OUR_VEHICLES = """
scopc.stream.stats.drawn
  .filter(({ topic, t }) => topic === "vehicles" && window.bench.puts[t] !== undefined)
  .map(({ t, ms }) => ({ sent: ms, put: ms + t - window.bench.puts[t] }))
"""
OUR_LINKS = """
scopc.stream.stats.drawn
  .filter(({ topic }) => topic === "links")
  .map(({ t, ms }) => ({ sent: ms, put: ms + t - window.bench.putOfSecond[window.bench.seconds[t]] }))
  .filter(({ put }) => !Number.isNaN(put))
"""
OUR_LAYER = "[...scopc.mapPage.maps][0].scopcVehicles.stats"
NAIVE_DRAWINGS = """
window.naive.drawn.filter(({{ topic }}) => topic === "{topic}").map(({{ ms }}) => ({{ sent: ms, put: ms }}))
"""
NAIVE_VEHICLES, NAIVE_LINKS = (NAIVE_DRAWINGS.format(topic=topic) for topic in ("vehicles", "links"))


class Latencies(msgspec.Struct, frozen=True):
    """How old pictures were when they were drawn. Naive ones have no publish time but the put."""

    from_put_ms: list[float]
    from_t_ms: list[float]


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """What a page did in the time that it was watched."""

    vehicles: Latencies
    links: Latencies
    seconds: float
    wall_ms_per_s: float
    cpu_ms_per_s: float
    longest_task_ms: float
    drawings_per_s: float

    @property
    def link_updates_per_s(self) -> float:
        return len(self.links.from_t_ms) / self.seconds


def watch_ours(
    site: Site,
    vehicles: int,
    seconds: float,
    *,
    animated: bool,
    path: str = "/mobility",
    with_links: bool = False,
) -> Drawn:
    """A page of the product; RuntimeError when it does not show what it is measured with."""
    with ExitStack() as stack:
        stack.enter_context(feeding(site, vehicles, with_links=with_links))
        one = stack.enter_context(tab(reduced_motion=not animated))
        one.page.goto(site.url + path)
        one.wait_for("window.bench.containerAt !== null && scopc.stream.stats.drawn.length > 0")
        if with_links:
            one.wait_for('scopc.stream.stats.drawn.some(({ topic }) => topic === "links")')
        one.evaluate(HEAR_PUTS)
        time.sleep(SETTLE_S)
        in_view = one.evaluate(f"{OUR_LAYER}.inView")
        if in_view < 0.95 * vehicles:
            raise RuntimeError(f"only {in_view} of {vehicles} vehicles are in view")
        if with_links:
            _check_links(one, site.links)
        return _watch(one, seconds, OUR_VEHICLES, OUR_LINKS, f"{OUR_LAYER}.drawn")


def watch_naive(site: Site, vehicles: int, seconds: float, *, with_links: bool = False) -> Drawn:
    """The naive page. What it shows is put at a slightly longer period than it asks, so that the time
    between put and question goes through every phase once: of the links where there are any."""
    slower = (LINKS_EVERY if with_links else 1) / seconds
    with ExitStack() as stack:
        stack.enter_context(feeding(site, vehicles, period_s=1 + slower, with_links=with_links))
        url, _ = stack.enter_context(naive_page(site, with_links=with_links))
        one = stack.enter_context(tab())
        one.page.goto(url)
        one.wait_for("window.naive !== undefined && window.naive.drawn.length > 0")
        if with_links:
            one.wait_for(f"{NAIVE_LINKS.strip()}.length > 0")
        time.sleep(SETTLE_S)
        return _watch(one, seconds, NAIVE_VEHICLES, NAIVE_LINKS, "window.naive.drawn.length")


def _check_links(one: Tab, count: int) -> None:
    telling = one.evaluate(
        """(() => {
          const { frame } = scopc.networkLinks.current();
          return frame === null ? 0 : frame.speed.filter((speed) => speed >= 0).length;
        })()"""
    )
    if telling != count:
        raise RuntimeError(f"{telling} of {count} links have a speed on the page")


def _watch(one: Tab, seconds: float, vehicles: str, links: str, count: str) -> Drawn:
    """Watch a page that has settled."""
    skip_vehicles, skip_links = (len(one.evaluate(drawings)) for drawings in (vehicles, links))
    counted = one.evaluate(count)
    start_ms, before, began_s = one.now_ms(), one.busy(), time.perf_counter()
    time.sleep(seconds)
    after, took_s = one.busy(), time.perf_counter() - began_s
    return Drawn(
        vehicles=_latencies(one.evaluate(vehicles)[skip_vehicles:]),
        links=_latencies(one.evaluate(links)[skip_links:]),
        seconds=took_s,
        wall_ms_per_s=(after.wall_s - before.wall_s) * 1000 / took_s,
        cpu_ms_per_s=(after.cpu_s - before.cpu_s) * 1000 / took_s,
        longest_task_ms=one.longest_task_since(start_ms),
        drawings_per_s=(one.evaluate(count) - counted) / took_s,
    )


def _latencies(made: list[dict[str, float]]) -> Latencies:
    return Latencies([drawing["put"] for drawing in made], [drawing["sent"] for drawing in made])
