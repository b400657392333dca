"""Every address of the API's own description against parameters that nobody should send: never a 500, and
what is refused says so in the API's one shape. History is a real database, which has limits of its own."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

from dashboard.server import create_asgi
from dashboard.settings import Settings
from data_sources.services import Services
from data_sources.stores.history import SqlHistory
from data_sources.stores.memory import MemoryChanges
from data_sources.text import load_texts
from tests.server.samples import NOW, BreakableLive, fix, make_city, small_dash, status

VALUES: tuple[str | bytes, ...] = (
    *(
        "",
        "0",
        "-1",
        "1",
        "99999999999999999999999",
        "9" * 400,
        "-99999999999999999999",
        "1e400",
        "NaN",
        "1.5",
    ),
    *(
        "null",
        "[]",
        "{}",
        "a,b,c",
        "\x00",
        "a\x00b",
        "x" * 8_000,
        "💥" * 50,
        "%",
        "+",
        b"\xff\xfe",
        b"\xed\xa0\x80",
    ),
    *("../../../../etc/hostname", "..%2f..%2fetc", "<script>alert(1)</script>", "' OR 1=1 --"),
    *("2026-11-22T07:30:00+07:00", "2026-11-22T07:30:00 07:00", "2026-11-22", "2026-11-22T07:30:00"),
    *("0000-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31", "9999-12-31T23:59:59-12:00", "๒๕๖๙-๑๑-๒๒"),
    *(
        "2026-13-01",
        "2026-02-30T00:00:00Z",
        "2026-W54",
        "2026-W53",
        "0000-W01",
        "0001-W01",
        "9999-W52",
        "2026-W1",
    ),
    *("2026-00", "2026-13", "0000-01", "9999-12", "inf,inf,inf,inf", "nan,nan,nan,nan", "180,90,-180,-90"),
    *("1e400,0,0,0", "raw", "week", "csv"),
)
ENDS = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-22T00:00:00Z", "0001-01-01", "9999-12-31")
GRAINS = ("raw", "hour", "month")
REFUSALS = {400, 401, 404, 405, 413, 415, 422, 429, 503}

Ask = Callable[[str, str], Coroutine[Any, Any, httpx.Response]]
Run = Callable[[Callable[[Ask], Coroutine[Any, Any, None]]], None]


@pytest.fixture
def services(tmp_path: Path, live: BreakableLive, sqlite_url: str) -> Iterator[Services]:
    """A site on a real database, with a vehicle of a name that wants to be escaped."""
    history = SqlHistory(sqlite_url)
    live.put_positions("bus_a", (fix("a/../b <c>"),))
    live.put_feed_status(status("bus_a"))
    yield Services(
        city=make_city(tmp_path), live=live, history=history, clock=lambda: NOW, texts=load_texts()
    )
    history.close()


@pytest.fixture
def asked(services: Services, live: BreakableLive) -> Run:
    """Run a function that asks the site, in one event loop."""
    site = create_asgi(Settings(), services, MemoryChanges(live), small_dash())

    def run(function: Callable[[Ask], Coroutine[Any, Any, None]]) -> None:
        async def all_of_it() -> None:
            transport = httpx.ASGITransport(app=site, raise_app_exceptions=True)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://site") as client:

                async def ask(method: str, url: str) -> httpx.Response:
                    answer = await client.request(method, url)
                    told_well(answer, f"{method} {url[:200]}")
                    return answer

                await function(ask)

        asyncio.run(all_of_it())

    return run


def told_well(answer: httpx.Response, asked: str) -> None:
    """Never a fault of ours; a refusal in the API's shape; no number that JSON does not have."""
    assert answer.status_code in {200, 204, 304, 307, *REFUSALS}, (
        f"{asked}: {answer.status_code} {answer.text[:200]}"
    )
    if answer.status_code in REFUSALS and asked.partition(" ")[2].startswith("/api/"):
        problem = answer.json()
        assert set(problem) == {"error", "reason"}, asked
        assert len(problem["reason"]) < 1_000, asked
    elif "json" in answer.headers.get("content-type", ""):
        json.loads(answer.text, parse_constant=lambda name: pytest.fail(f"{asked}: {name}"))


def addresses(document: dict[str, Any]) -> Iterator[tuple[str, str, list[str], dict[str, bool]]]:
    """Method, path, names in the path, and names in the query with whether each is required."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parameters = operation.get("parameters", [])
            in_path = [one["name"] for one in parameters if one["in"] == "path"]
            in_query = {one["name"]: bool(one.get("required")) for one in parameters if one["in"] == "query"}
            yield method.upper(), path, in_path, in_query


def filled(path: str, values: dict[str, str | bytes]) -> str:
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path


def test_no_parameter_of_any_address_makes_the_site_fail(
    asked: Run,
) -> None:
    async def sweep(ask: Ask) -> None:
        document = (await ask("GET", "/openapi.json")).json()
        some: dict[str, str | bytes] = {
            "feed_id": "bus_a",
            "payload_id": "1",
            "week": "2026-W46",
            "vehicle": "bus_a:a/../b <c>",
        }
        for method, path, in_path, in_query in addresses(document):
            plain = filled(path, {name: some.get(name, "x") for name in in_path})
            needed = {name: "x" for name, required in in_query.items() if required}
            await ask(method, f"{plain}?{urlencode({**needed, 'unknown': 1})}")
            for name, value in product(in_path, VALUES):
                await ask(
                    method, filled(path, {name: value, **{other: "x" for other in in_path if other != name}})
                )
            for name, value in product(in_query, VALUES):
                others = urlencode({other: "x" for other in needed if other != name})
                await ask(method, f"{plain}?{others}&{name}={quote(value, safe='')}")
            for name in in_query:
                await ask(method, f"{plain}?{urlencode(needed)}&" + "&".join([f"{name}=x"] * 500))

    asked(sweep)


def test_no_span_of_time_makes_the_site_fail(
    asked: Run,
) -> None:
    async def sweep(ask: Ask) -> None:
        document = (await ask("GET", "/openapi.json")).json()
        for method, path, in_path, in_query in addresses(document):
            if "from" not in in_query:
                continue
            plain = filled(path, dict.fromkeys(in_path, "x"))
            needed = {name: "x" for name, required in in_query.items() if required}
            grains = GRAINS if "grain" in in_query else ("",)
            for start, end, grain in product(ENDS, ENDS, grains):
                more = {"grain": grain} if grain else {}
                await ask(method, f"{plain}?{urlencode({**needed, **more, 'from': start, 'to': end})}")

    asked(sweep)


def test_a_thousand_wrong_values_are_told_in_a_few_words(
    asked: Run,
) -> None:
    async def many(ask: Ask) -> None:
        answer = await ask("GET", "/api/v1/vehicles?" + "&".join(["state=x"] * 1_000))
        assert answer.status_code == 422
        assert answer.json()["reason"].endswith("and 995 more")

    asked(many)
