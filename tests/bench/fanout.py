"""Fan-out: what one client more costs the server, on the wire and in CPU seconds."""

import time
from pathlib import Path

import msgspec

from tests.bench import figures
from tests.bench.children import ask, child, cpu_s, hear
from tests.bench.plan import Plan
from tests.bench.samples import percentile
from tests.bench.site import feeding, naive_page, product
from tests.bench.table import Row

VEHICLES = 1000
PAGE_TOPICS = "vehicles,vehicle_facts,feeds"
CPU = "CPU-s/min per client"
NOTE = (
    "1,000 vehicles, all moved once a second. Stream clients take the page's topics "
    f"({PAGE_TOPICS}) with gzip; CPU is user + system of the web process alone."
)
BYTES_NOTE = (
    "Topic `vehicles` alone with its beats and HTTP chunk heads, gzip; "
    "Dash sends the naive way's answers without compression."
)


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What one group of clients cost and got."""

    clients: int
    seconds: float
    server_cpu_s: float
    wire_bytes: int
    answers: int
    seen: list[tuple[int, int]]
    latencies_ms: list[float]

    @property
    def cpu_s_per_min(self) -> float:
        return self.server_cpu_s * 60 / self.seconds

    @property
    def cpu_s_per_client_min(self) -> float:
        return self.cpu_s_per_min / self.clients

    @property
    def delivered(self) -> float:
        """Share of the updates that arrived; the first and last of the window may be cut by it."""
        inner = [count for _, count in self.seen[1:-1]]
        numbers = [seq for seq, _ in self.seen[1:-1]]
        if not numbers:
            return 0.0
        return sum(inner) / (self.clients * (numbers[-1] - numbers[0] + 1))

    @property
    def updates(self) -> int:
        """Updates that were received, by all clients together."""
        return self.answers or sum(count for _, count in self.seen)


def measure(plan: Plan, folder: Path) -> list[Row]:
    """CPU, bytes, delivery and latency at several numbers of clients, beside the naive page."""
    with product(folder) as site, feeding(site, VEHICLES):
        ours = {count: load(site.port, site.pid, count, plan.fanout_s, PAGE_TOPICS) for count in plan.clients}
        lean = load(site.port, site.pid, 1, plan.fanout_s, "vehicles")
        with naive_page(site) as (url, pid):
            port = int(url.rsplit(":", 1)[1])
            naive = {count: load(port, pid, count, plan.fanout_s, None) for count in plan.naive_clients}
    return rows(ours, lean, naive)


def load(port: int, pid: int, clients: int, seconds: float, topics: str | None) -> Load:
    """Let clients load a server for a while; without topics they poll the naive page."""
    arguments = ["stream" if topics else "poll", "--port", str(port), "--clients", str(clients)]
    with child(
        "tests.bench.clients", *arguments, *(["--topics", topics] if topics else []), piped=True
    ) as process:
        if hear(process) != "ready":
            raise RuntimeError("the clients got no data")
        time.sleep(1.0)  # what connecting costs belongs to no minute of a running server
        ask(process, "start")
        began_s, used_s = time.perf_counter(), cpu_s(pid)
        time.sleep(seconds)
        used_s, took_s = cpu_s(pid) - used_s, time.perf_counter() - began_s
        counts = msgspec.json.decode(ask(process, "stop"))
    return msgspec.convert({**counts, "server_cpu_s": used_s, "seconds": took_s}, Load)


def rows(ours: dict[int, Load], lean: Load, naive: dict[int, Load]) -> list[Row]:
    """The table's rows of this part."""
    most = max(ours)
    most_naive = naive[max(naive)]
    made = [
        Row(
            what=f"server CPU, {most} stream clients, in total",
            unit="CPU-s/min",
            measured=ours[most].cpu_s_per_min,
            naive=most_naive.cpu_s_per_client_min * most,
            figure=figures.SERVER_CPU_100_CLIENTS if most == 100 else None,
            note=f"{NOTE} The naive total is that of {max(naive)} clients, scaled.",
        ),
        Row(
            what=f"server CPU per client, {most} stream clients beside {max(naive)} naive ones",
            unit=CPU,
            measured=ours[most].cpu_s_per_client_min,
            naive=most_naive.cpu_s_per_client_min,
            times_to_reach=figures.SERVER_CPU_TIMES_BETTER,
            note=NOTE,
        ),
    ]
    made += [
        Row(
            what=f"server CPU per client, {count} stream client{'s' if count > 1 else ''}",
            unit=CPU,
            measured=ours[count].cpu_s_per_client_min,
            naive=naive[count].cpu_s_per_client_min if count in naive else None,
            note=NOTE,
        )
        for count in sorted(ours)
        if count != most
    ]
    made.append(
        Row(
            what="bytes per client and update",
            unit="B",
            measured=lean.wire_bytes / lean.updates,
            naive=most_naive.wire_bytes / most_naive.updates,
            figure=figures.BYTES_PER_UPDATE,
            note=BYTES_NOTE,
        )
    )
    for count, each in sorted(ours.items()):
        made += [
            Row(
                what=f"{word} of `t` -> read, {count} stream client{'s' if count > 1 else ''}",
                unit="ms",
                measured=percentile(each.latencies_ms, share),
                note=NOTE,
            )
            for word, share in (("p50", 0.5), ("p95", 0.95))
        ]
        made.append(
            Row(
                what=f"updates delivered, {count} stream client{'s' if count > 1 else ''}",
                unit="%",
                measured=100 * each.delivered,
                more_is_better=True,
                note=NOTE,
            )
        )
    return made
