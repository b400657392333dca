"""Links: geometry once and colours after, beside the whole GeoJSON sent and drawn anew at each update."""

from pathlib import Path

import httpx
import msgspec

from tests.bench.browser import NoChromium
from tests.bench.drawing import latency_rows
from tests.bench.fanout import load
from tests.bench.feeder import LINKS_EVERY
from tests.bench.plan import Plan
from tests.bench.site import Site, feeding, naive_page, product
from tests.bench.table import Row
from tests.bench.watching import Drawn, watch_naive, watch_ours

VEHICLES = 25
MANY = 5000
NOTE = (
    f"`/mobility` with {VEHICLES} vehicles at 1 Hz, in a browser as in the note on drawing. Every "
    f"{LINKS_EVERY} s, longer than the stream's patience with new levels, all speeds of links change and an "
    "eighth of their levels. The naive page asks as often and gets every link with its line; its links are "
    "put at a slightly longer period, so that every phase of its interval counts once."
)
BYTES_NOTE = (
    "HTTP bodies and chunk heads as a client with gzip gets them: topic `links` alone with its beats; "
    "the geometry once, before the first update. Dash sends the naive way's answers without compression."
)
THREAD_NOTE = (
    "By the main thread's CPU clock: the page with links less the same page whose links nobody tells of, by "
    "updates; lists and the traffic panel, which ours has beside the map, are in it. The difference of two "
    "runs: some milliseconds are noise."
)


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes on the wire."""

    geometry: int
    update: float
    naive_update: int


def measure(plan: Plan, folder: Path) -> list[Row]:
    """The pack's own links, then 5,000."""
    seconds = plan.links_s
    try:
        with product(folder / "pack") as site:
            still = watch_ours(site, VEHICLES, seconds, animated=False)
            naive_still = watch_naive(site, VEHICLES, seconds)
            rows = _rows_of(site, seconds, still, naive_still)
        with product(folder / "many", links=MANY) as site:
            return rows + _rows_of(site, seconds, still, naive_still)
    except NoChromium as missing:
        return [Row(what="links in a browser", skipped=str(missing))]


def _rows_of(site: Site, seconds: float, still: Drawn, naive_still: Drawn) -> list[Row]:
    sent = _sent(site, seconds)
    ours = watch_ours(site, VEHICLES, seconds, animated=False, with_links=True)
    naive = watch_naive(site, VEHICLES, seconds, with_links=True)
    what = f"{site.links:,} links"
    return [
        *_bytes_rows(what, sent),
        *latency_rows(what, ours.links, naive.links, None, NOTE),
        Row(
            what=f"main thread's CPU per update, {what}",
            unit="ms",
            measured=per_update_ms(ours, still),
            naive=per_update_ms(naive, naive_still),
            note=THREAD_NOTE,
        ),
        Row(
            what=f"longest task after start, {what} (0: none took 50 ms)",
            unit="ms",
            measured=ours.longest_task_ms,
            naive=naive.longest_task_ms,
            note=NOTE,
        ),
    ]


def per_update_ms(moving: Drawn, still: Drawn) -> float:
    """CPU of the main thread that one update of the links takes, ms: what a page with updates takes more."""
    return (moving.cpu_ms_per_s - still.cpu_ms_per_s) / moving.link_updates_per_s


def _bytes_rows(what: str, sent: Sent) -> list[Row]:
    return [
        Row(what=f"bytes of the geometry, once, {what}", unit="B", measured=sent.geometry, note=BYTES_NOTE),
        Row(
            what=f"bytes per client and update, {what}",
            unit="B",
            measured=sent.update,
            naive=sent.naive_update,
            note=BYTES_NOTE,
        ),
    ]


def _sent(site: Site, seconds: float) -> Sent:
    with feeding(site, VEHICLES, with_links=True):
        got = load(site.port, site.pid, 1, seconds, "links")
        with naive_page(site, with_links=True) as (url, _):
            naive = _body_bytes("POST", f"{url}/_dash-update-component", json=NAIVE_QUESTION)
    geometry = _body_bytes("GET", f"{site.url}/network/links.geojson", headers={"Accept-Encoding": "gzip"})
    return Sent(geometry=geometry, update=got.wire_bytes / got.updates, naive_update=naive)


NAIVE_QUESTION = {
    "output": "links.data",
    "outputs": {"id": "links", "property": "data"},
    "inputs": [{"id": "links-tick", "property": "n_intervals", "value": 1}],
    "changedPropIds": ["links-tick.n_intervals"],
}


def _body_bytes(method: str, url: str, **more: object) -> int:
    """Bytes of an answer's body as they are on the wire."""
    with httpx.stream(method, url, **more) as answer:  # type: ignore[arg-type]
        answer.raise_for_status()
        return sum(len(block) for block in answer.iter_raw())
