"""One page in a fresh browser profile, and what a test may ask of it."""

import json
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, Route
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as NotInTime

DESK = (1600, 900)
SCRIPTS = Path(__file__).parent / "scripts"
SECOND_LOOK_MS = 2500
FIGURES_STAND = "() => document.querySelectorAll('.service-counts .fig').length >= 3"
"""The figures of the first panel have their place, with or without data."""
DRAWN = "() => window.scopc && scopc.stream && scopc.stream.stats.drawn.length > 0"
"""A frame of data has been painted on a map."""

# Policy violations are events of the document; by the console alone a test would have to know its words.
LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""


def script(name: str) -> str:
    """A function to be run in the page, or to stand in a longer one."""
    return (SCRIPTS / name).read_text("utf-8").rstrip().rstrip(";")


def new_profile(browser: Browser, reduced_motion: Literal["reduce"] | None = None) -> BrowserContext:
    """A reader who has never been here, with nothing in the cache."""
    profile = browser.new_context(timezone_id="America/New_York", reduced_motion=reduced_motion)
    profile.add_init_script(LISTEN)
    return profile


class Screen:
    """A page. Leaving it without an exception demands a console without errors.

    It has a profile of its own, or shares `profile`, whose cache then knows the scripts already.
    `errors_expected` is for tests that take the server away: then the browser itself complains.
    """

    def __init__(
        self,
        browser: Browser,
        base: str,
        size: tuple[int, int] = DESK,
        errors_expected: bool = False,
        profile: BrowserContext | None = None,
    ) -> None:
        context = profile or new_profile(browser)
        self._own = context if profile is None else None
        self._base = base
        self._errors_expected = errors_expected
        self.page: Page = context.new_page()
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.answers: dict[str, int] = {}
        self._held: list[Route] = []
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        self.page.on("request", self._on_request)
        self.page.on("response", self._on_response)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        violations = [] if error else self.page.evaluate("() => window.violations")
        for route in self._held:
            with suppress(PlaywrightError):  # the page has given up on it
                route.abort()
        self.page.close()
        if self._own is not None:
            self._own.close()
        if error is None and not self._errors_expected:
            assert not self.errors, self.errors
            assert not violations, violations

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def _on_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def _on_response(self, response: Response) -> None:
        self.answers[urlsplit(response.url).path] = response.status

    # ---- going somewhere ----

    def open(self, path: str, until: str = DRAWN, **query: str) -> None:
        """Go to a page and wait until it draws data."""
        address = self._base + path + (f"?{urlencode(query)}" if query else "")
        self.page.goto(address, wait_until="domcontentloaded")
        self.wait(until, f"{path} draws")

    def resize(self, size: tuple[int, int]) -> None:
        """Another panel; two animation frames later everything has its place."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.settle()

    def settle(self) -> None:
        """Until fonts are there and what was just changed has been laid out and drawn."""
        self.page.evaluate(
            "() => document.fonts.ready.then(() => new Promise((done) =>"
            " requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))))"
        )

    def faults(self, name: str, matters: Callable[[str], object] = bool) -> list[str]:
        """What a script that looks for faults finds on a page at rest, of what matters. Panels follow their
        size once a second, so a fault counts when it is still there at a second look."""
        for look in range(2):
            self.page.wait_for_timeout(look * SECOND_LOOK_MS)
            self.settle()
            found = [line for line in self.ask(script(name)) if matters(line)]
            if not found:
                break
        return found

    def change_config(self, section: str, **values: float) -> None:
        """Give this browser other settings than the server has; call it before `open`."""
        change = """([section, values]) => {
            const find = () => document.getElementById("scopc-config");
            new MutationObserver((_, observer) => {
              const block = find();
              if (!block || !block.nextElementSibling) return;
              observer.disconnect();
              const config = JSON.parse(block.textContent);
              Object.assign(config[section], values);
              block.textContent = JSON.stringify(config);
            }).observe(document, { childList: true, subtree: true });
        }"""
        self.page.add_init_script(f"({change})({json.dumps([section, values])})")

    def hold(self, path: str) -> None:
        """Let requests for a path wait for ever."""

        def keep(route: Route) -> None:
            self._held.append(route)

        self.page.route(lambda url: urlsplit(url).path == path, keep)

    def show_tab(self, key: str) -> None:
        """Bring up one of the panels that share the place under the map."""
        self.page.locator(f"#tab-{key}").click()
        self.wait("(id) => !document.getElementById(id).hidden", f"panel {key}", argument=f"panel-{key}")

    # ---- asking ----

    def ask(self, expression: str, argument: object = None) -> Any:
        """The value of a JavaScript expression or function in the page."""
        return self.page.evaluate(expression, argument)

    def wait(self, expression: str, what: str, seconds: float = 20.0, argument: object = None) -> None:
        """Until a function of the page is true; the test fails with `what` when it never is."""
        try:
            self.page.wait_for_function(expression, arg=argument, timeout=seconds * 1000)
        except NotInTime:
            raise AssertionError(f"not within {seconds:g} s: {what}; console: {self.errors}") from None

    def text(self, selector: str = "body") -> str:
        """Words that a reader sees there."""
        return self.page.locator(selector).first.inner_text()

    def texts(self, selector: str) -> list[str]:
        """Words of every such element that is shown."""
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]

    def painted_vehicles(self) -> Mapping[str, "Vehicle"]:
        """The vehicles of the map, once each of them lies in it and has paint at its place."""
        painted = f"() => ({script('vehicles.js')})().every((one) => one.is_inside && one.is_painted)"
        self.wait(painted, "every vehicle is painted where it is")
        return self.vehicles()

    def vehicles(self) -> Mapping[str, "Vehicle"]:
        """The vehicles of the map as they are drawn, by id."""
        rows = self.ask(script("vehicles.js"))
        return {row["id"]: Vehicle(row) for row in rows}


class Vehicle:
    """One vehicle as the map draws it: `x`, `y` px in the map's box; `is_painted` where it should be."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.id: str = row["id"]
        self.x: float = row["x"]
        self.y: float = row["y"]
        self.speed_kmh: float | None = row["speed_kmh"]
        self.state: str = row["state"]
        self.is_inside: bool = row["is_inside"]
        self.is_painted: bool = row["is_painted"]
        self.is_shown: bool = row["is_shown"]

    def distance(self, other: "Vehicle") -> float:
        """Pixels between two drawings."""
        return math.hypot(self.x - other.x, self.y - other.y)
