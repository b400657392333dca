"""What the API of traffic and operations refuses, and that no input makes a server error."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sources.services import Services
from data_sources.stores.memory import MemoryHistory
from tests.server.mobility import mobile_services
from tests.server.queries import Query, assert_answered, queries, some
from tests.server.samples import BreakableLive

Ask = Callable[..., httpx.Response]


@pytest.fixture
def services(tmp_path: Path, live: BreakableLive, history: MemoryHistory) -> Services:
    return mobile_services(tmp_path, live, history)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("links", "level_of_service=G"),
        ("links", "state=live"),
        ("links", "bbox=1,2,3"),
        ("links", "at=2999-01-01T00:00:00Z"),
        ("incidents", "state=shut"),
        ("incidents", "from=yesterday"),
        ("incidents", "to=2026-11-22"),
        ("incidents", "from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z"),
        ("incidents", "from=2026-01-01T00:00:00Z&to=2026-11-21T00:00:00Z"),
        ("incidents", "to=9999-12-31T23:59:59-14:00"),
        ("facilities", "kind=hotel"),
        ("service", "from=2026-11-31"),
        ("service", "from=22.11.2026"),
        ("service", "to=9999-12-31"),
        ("service", "from=2026-11-22&to=2026-11-21"),
        ("service", "from=2026-01-01&to=2026-11-21"),
        ("vehicles/bus_a:1/trail", "minutes=0"),
        ("vehicles/bus_a:1/trail", "minutes=121"),
    ],
)
def test_bad_parameter_is_refused_with_the_reason(ask: Ask, path: str, query: str) -> None:
    answer = ask("GET", f"/api/v1/{path}?{query}")
    assert (answer.status_code, answer.json()["error"]) == (422, "bad_parameter")
    assert answer.json()["reason"].partition(".")[0].partition(":")[0] in query


@pytest.mark.parametrize("path", ["links", "incidents", "facilities", "operations", "stops/loop1/arrivals"])
def test_store_that_is_away_is_a_503(ask: Ask, live: BreakableLive, path: str) -> None:
    live.is_away = True
    answer = ask("GET", f"/api/v1/{path}")
    assert (answer.status_code, answer.json()["error"]) == (503, "store_unavailable")
    assert "hush" not in answer.text


PATHS = ("links", "incidents", "facilities", "operations", "service", "stops/loop1/arrivals", "vehicles")
KEYS = ("at", "bbox", "state", "route_id", "level_of_service", "from", "to", "kind", "minutes")


@some
@given(path=st.sampled_from(PATHS), query=queries(KEYS))
def test_no_query_makes_a_server_error(ask: Ask, path: str, query: Query) -> None:
    assert_answered(ask, path, query)


@some
@given(name=st.text(max_size=40), tail=st.sampled_from(["stops/{}/arrivals", "vehicles/{}/trail"]))
def test_no_id_makes_a_server_error(ask: Ask, name: str, tail: str) -> None:
    encoded = "".join(f"%{byte:02X}" for byte in name.encode("utf-8", "replace"))
    assert ask("GET", "/api/v1/" + tail.format(encoded)).status_code in (200, 404, 422)
