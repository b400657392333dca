"""A headless Chromium, and what its DevTools protocol tells of a page."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from playwright.sync_api import CDPSession, Page, ViewportSize, sync_playwright

WATCH = """
window.bench = { tasks: [], containerAt: null };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.bench.tasks.push([entry.startTime, entry.duration]);
}).observe({ type: "longtask", buffered: true });
new MutationObserver((_, observer) => {
  if (!document.querySelector(".leaflet-container")) return;
  window.bench.containerAt = performance.now();
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--no-first-run",
    "--js-flags=--expose-gc",
)
VIEWPORT: ViewportSize = {"width": 1600, "height": 900}
POLL_S = 0.05


class NoChromium(Exception):
    """There is no Chromium on this machine."""


class Busy(NamedTuple):
    """Seconds in tasks, by the wall clock (waiting for a core is in it) and by the thread's CPU clock."""

    wall_s: float
    cpu_s: float


class Tab:
    """A page in a fresh profile, with its DevTools session."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.cdp = page.context.new_cdp_session(page)
        self.cdp.send("Performance.enable")
        self._by_cpu = page.context.new_cdp_session(page)
        self._by_cpu.send("Performance.enable", {"timeDomain": "threadTicks"})

    def evaluate(self, expression: str) -> Any:
        return self.page.evaluate(expression)

    def wait_for(self, expression: str, seconds: float = 30.0) -> None:
        """Until the expression is true; asked from outside, for the page's CSP forbids `eval` inside."""
        deadline = time.monotonic() + seconds
        while not self.evaluate(expression):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {seconds:.0f} s in the page: {expression}")
            time.sleep(POLL_S)

    def metric(self, name: str) -> float:
        """One of `Performance.getMetrics`; durations are seconds, sizes bytes."""
        return _metric(self.cdp, name)

    def busy(self) -> "Busy":
        """What the main thread has been busy with since the page began."""
        return Busy(self.metric("TaskDuration"), _metric(self._by_cpu, "TaskDuration"))

    def heap_after_collection(self) -> float:
        """JavaScript heap in use after a forced collection, bytes."""
        for _ in range(2):  # the second takes what finalisers of the first let go
            self.cdp.send("HeapProfiler.collectGarbage")
        return self.metric("JSHeapUsedSize")

    def now_ms(self) -> float:
        return float(self.evaluate("performance.now()"))

    def longest_task_since(self, start_ms: float) -> float:
        """Longest task that began after `start_ms` of the page's own clock; 0 when none took 50 ms."""
        tasks = self.evaluate("window.bench.tasks")
        return max((duration for began, duration in tasks if began >= start_ms), default=0.0)


@contextmanager
def tab(*, reduced_motion: bool = False) -> Iterator[Tab]:
    """An empty tab of a browser of its own: nothing cached, nothing shared."""
    program = shutil.which("chromium")
    if program is None:
        raise NoChromium("no chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            context = browser.new_context(
                viewport=VIEWPORT, reduced_motion="reduce" if reduced_motion else "no-preference"
            )
            context.add_init_script(WATCH)
            page = context.new_page()
            yield Tab(page)
        finally:
            browser.close()


def _metric(session: CDPSession, name: str) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == name))
