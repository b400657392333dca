"""First load: a browser that has never been here, on loopback."""

from pathlib import Path
from typing import Any

import msgspec

from tests.bench import figures
from tests.bench.browser import NoChromium, Tab, tab
from tests.bench.plan import Plan
from tests.bench.site import feeding, naive_page, product
from tests.bench.table import Row

VEHICLES = 25
SETTLE_MS = 3000
"""Files that come after the first picture count too."""

STREAM = "/stream"
NOTE = (
    "Cold cache, loopback, no GPU, 25 vehicles. Bytes are what the network layer received, heads included, "
    "without fonts, the base map's files and the never-ending stream."
)


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What the first load of a page took."""

    container_ms: float | None
    vehicle_ms: float | None
    bytes_counted: int
    bytes_apart: int
    requests: int


class Traffic:
    """Every answer that a tab gets."""

    def __init__(self, one: Tab) -> None:
        self._answers: dict[str, tuple[str, str]] = {}
        self._sizes: dict[str, int] = {}
        one.cdp.send("Network.enable")
        one.cdp.send("Network.setCacheDisabled", {"cacheDisabled": True})
        one.cdp.on("Network.responseReceived", self._on_answer)
        one.cdp.on("Network.loadingFinished", self._on_end)

    def _on_answer(self, event: dict[str, Any]) -> None:
        self._answers[event["requestId"]] = (event["type"], event["response"]["url"])

    def _on_end(self, event: dict[str, Any]) -> None:
        self._sizes[event["requestId"]] = int(event["encodedDataLength"])

    def total(self) -> tuple[int, int, int]:
        """Bytes that count, bytes of fonts and base map, number of answers; the stream is in none."""
        counted = apart = requests = 0
        for request, (kind, url) in self._answers.items():
            if STREAM in url:
                continue
            requests += 1
            size = self._sizes.get(request, 0)
            if is_apart(kind, url):
                apart += size
            else:
                counted += size
        return counted, apart, requests


def is_apart(kind: str, url: str) -> bool:
    """Whether an answer is a font or a part of the base map."""
    return kind == "Font" or "/basemap/" in url


def measure(plan: Plan, folder: Path) -> list[Row]:
    """The map page and the wall, beside the naive page; then the pages without map and charts."""
    try:
        with product(folder) as site, feeding(site, VEHICLES):
            ours = {path: _load(site.url + path, OUR_VEHICLE) for path in ("/mobility", "/wall/mobility")}
            with naive_page(site) as (url, _):
                naive = _load(url, NAIVE_VEHICLE)
            plain = {path: _load(site.url + path, HEADING) for path in PLAIN_PAGES}
    except NoChromium as missing:
        return [Row(what="first load in a browser", skipped=str(missing))]
    return [
        *(row for path, loaded in ours.items() for row in rows(path, loaded, naive)),
        *(row for path, loaded in plain.items() for row in byte_rows(path, loaded)),
    ]


PLAIN_PAGES = ("/", "/weekly", "/feeds")
HEADING = "(document.querySelector('h1') ? performance.now() : null)"


OUR_VEHICLE = """
(() => {
  const [first] = window.bench.containerAt !== null && window.scopc ? scopc.stream.stats.drawn : [];
  return first ? first.t + first.ms - performance.timeOrigin : null;
})()
"""
NAIVE_VEHICLE = """
(() => {
  const [first] = window.naive ? window.naive.drawn : [];
  return first ? first.t + first.ms - performance.timeOrigin : null;
})()
"""


def _load(url: str, first_vehicle: str) -> Loaded:
    with tab() as one:
        traffic = Traffic(one)
        one.page.goto(url)
        one.wait_for(f"{first_vehicle.strip()} !== null")
        one.page.wait_for_timeout(SETTLE_MS)
        counted, apart, requests = traffic.total()
        return Loaded(
            container_ms=one.evaluate("window.bench.containerAt"),
            vehicle_ms=one.evaluate(first_vehicle.strip()),
            bytes_counted=counted,
            bytes_apart=apart,
            requests=requests,
        )


def rows(path: str, ours: Loaded, naive: Loaded) -> list[Row]:
    """The table's rows of a page with a map."""
    return [
        Row(
            what=f"first map, {path}",
            unit="ms",
            measured=ours.container_ms,
            naive=naive.container_ms,
            figure=figures.FIRST_MAP,
            note=NOTE,
        ),
        Row(
            what=f"first vehicle drawn, {path}",
            unit="ms",
            measured=ours.vehicle_ms,
            naive=naive.vehicle_ms,
            figure=figures.FIRST_MAP,
            note=NOTE,
        ),
        *byte_rows(path, ours, naive),
    ]


def byte_rows(path: str, ours: Loaded, naive: Loaded | None = None) -> list[Row]:
    """What one page brings over the wire."""
    return [
        Row(
            what=f"bytes of the first load, {path}",
            unit="B",
            measured=ours.bytes_counted,
            naive=naive.bytes_counted if naive else None,
            figure=figures.FIRST_LOAD_BYTES,
            note=NOTE,
        ),
        Row(what=f"bytes of fonts and base map, {path}", unit="B", measured=ours.bytes_apart, note=NOTE),
        Row(
            what=f"requests, {path}",
            measured=ours.requests,
            naive=naive.requests if naive else None,
            note=NOTE,
        ),
    ]
