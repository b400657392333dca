"""Pages, health, figures, base map and protection, as asked over HTTP."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import MethodType

import httpx
import pytest

from dashboard.compression import slimmed
from data_sources.errors import StoreError
from data_sources.stores.memory import MemoryHistory
from tests.server.samples import BreakableLive, callback_request, fix, status

ROOT = Path(__file__).parents[2]
Ask = Callable[..., httpx.Response]
HTML = {"Accept": "text/html,*/*"}


# -- pages ---------------------------------------------------------------------------------------


def test_first_address_is_a_page_of_its_own(ask: Ask) -> None:
    assert ask("GET", "/?lang=en", headers=HTML).status_code == 200


def test_page_is_served_and_unknown_pages_are_404_in_plain_words(ask: Ask) -> None:
    assert ask("GET", "/mobility", headers=HTML).status_code == 200
    for path in ("/nothing", "/wall/unknown", "/mobility/more", "/_dash-other", "/.env"):
        answer = ask("GET", path, headers=HTML)
        assert answer.status_code == 404, path
    page = ask("GET", "/nothing?lang=en", headers=HTML)
    assert "<h1>No such page</h1>" in page.text
    assert 'lang="en"' in page.text
    assert "<script" not in page.text


def test_program_that_asks_for_an_unknown_page_gets_json(ask: Ask) -> None:
    answer = ask("GET", "/nothing")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_language_and_theme_are_kept_in_cookies(ask: Ask) -> None:
    answer = ask("GET", "/mobility?lang=en&theme=light")
    cookies = answer.headers.get_list("set-cookie")
    assert [cookie.partition(";")[0] for cookie in cookies] == ["scopc_lang=en", "scopc_theme=light"]
    for cookie in cookies:
        assert "Path=/" in cookie
        assert "SameSite=Lax" in cookie
        assert "Max-Age=31536000" in cookie


@pytest.mark.parametrize("path", ["/mobility?lang=xx&theme=pink", "/mobility", "/healthz?lang=en"])
def test_values_not_allowed_and_other_addresses_set_no_cookie(ask: Ask, path: str) -> None:
    assert "set-cookie" not in ask("GET", path).headers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/mobility"),
        ("DELETE", "/mobility"),
        ("GET", "/_dash-update-component"),
        ("POST", "/api/v1/vehicles"),
        ("PUT", "/healthz"),
    ],
)
def test_method_that_an_address_does_not_have_is_405(ask: Ask, method: str, path: str) -> None:
    answer = ask(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"]


# -- Dash ----------------------------------------------------------------------------------------


def test_callback_is_answered(ask: Ask) -> None:
    answer = ask("POST", "/_dash-update-component", json=callback_request(0))
    assert answer.json()["response"] == {"slept": {"children": "slept 0"}}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps({**callback_request(0), "output": "other.children"}).encode(),
        json.dumps({"output": "slept.children"}).encode(),
        json.dumps({**callback_request(0), "inputs": []}).encode(),
        json.dumps({**callback_request(0), "inputs": [{"id": "x", "property": "value"}]}).encode(),
    ],
)
def test_what_is_no_callback_of_the_application_is_400(ask: Ask, body: bytes) -> None:
    assert ask("POST", "/_dash-update-component", content=body).status_code == 400


def test_body_beyond_the_limit_is_413(ask: Ask) -> None:
    assert ask("POST", "/_dash-update-component", content=b" " * 1_000_001).status_code == 413


def test_bundles_are_compressed_and_immutable(ask: Ask) -> None:
    document = ask("GET", "/mobility", headers=HTML).text
    scripts = re.findall(r'<script src="(/_dash-component-suites/[^"]+)"', document)
    assert scripts
    for script in scripts:
        plain = ask("GET", script, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        for accepted, coding in {"gzip, br": "br", "gzip": "gzip", "br;q=0, *": "gzip"}.items():
            answer = ask("GET", script, headers={"Accept-Encoding": accepted})
            assert sum(len(name) + len(value) + 4 for name, value in answer.headers.raw) < 300, script
            assert answer.headers["content-encoding"] == coding, script
            assert "immutable" in answer.headers["cache-control"], script
            assert plain.content == answer.content


SCRIPTS = sorted((ROOT / "assets").glob("*.js"))
COMPILE = """const { Script } = require("vm"), wrong = {};
for (const [name, source] of Object.entries(JSON.parse(require("fs").readFileSync(0, "utf8"))))
  try { new Script(source, { filename: name }); } catch (error) { wrong[name] = String(error); }
console.log(JSON.stringify(wrong));"""


@pytest.fixture(scope="module")
def no_scripts() -> dict[str, str]:
    """What is wrong with slimmed files that are no scripts any more, by name."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node")
    slim = {path.name: slimmed(f"/assets/{path.name}", path.read_bytes()).decode() for path in SCRIPTS}
    told = json.dumps({**slim, "broken": "if ("}).encode()
    checked = subprocess.run([node, "-e", COMPILE], input=told, capture_output=True, check=True)
    wrong: dict[str, str] = json.loads(checked.stdout)
    assert "SyntaxError" in wrong.pop("broken")
    return wrong


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_slimmed_script_is_smaller_and_still_a_script(script: Path, no_scripts: dict[str, str]) -> None:
    assert len(slimmed(f"/assets/{script.name}", script.read_bytes())) < script.stat().st_size
    assert script.name not in no_scripts, no_scripts


# -- protection ----------------------------------------------------------------------------------


def directives(answer: httpx.Response) -> dict[str, list[str]]:
    policy = answer.headers["content-security-policy"]
    return {name: sources for name, *sources in (part.split() for part in policy.split(";"))}


def test_policy_allows_exactly_the_inline_scripts_of_the_document(ask: Ask) -> None:
    answer = ask("GET", "/mobility", headers=HTML)
    document = re.sub("<!--.*?-->", "", answer.text, flags=re.DOTALL)
    inline = re.findall(r"<script(?![^>]*(?:src=|/json))[^>]*>(.*?)</script>", document, re.DOTALL)
    assert inline
    hashes = {
        f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'" for code in inline
    }
    sources = directives(answer)["script-src"]
    assert sources[0] == "'self'"
    assert hashes <= set(sources[1:])
    assert all(source.startswith("'sha256-") for source in sources[1:])


@pytest.mark.parametrize("path", ["/mobility", "/api/v1/vehicles", "/nothing", "/healthz", "/docs"])
def test_every_answer_is_protected(ask: Ask, path: str) -> None:
    answer = ask("GET", path)
    policy = directives(answer)
    assert policy["default-src"] == ["'self'"]
    assert policy["object-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'self'"]
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:"} & set(policy["script-src"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["referrer-policy"]
    assert answer.headers["permissions-policy"]


# -- health and figures --------------------------------------------------------------------------


def test_process_is_alive_whatever_the_stores_do(ask: Ask, live: BreakableLive) -> None:
    live.is_away = True
    assert ask("GET", "/healthz").status_code == 200


def test_site_is_ready_once_every_feed_has_a_state_even_a_bad_one(ask: Ask, live: BreakableLive) -> None:
    live.put_feed_status(status("bus_a"))
    answer = ask("GET", "/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "reasons": ["feed bus_b: state not known yet"]}
    live.put_feed_status(status("bus_b", good_age_s=5000))
    assert ask("GET", "/readyz").status_code == 200


def test_state_known_to_history_alone_is_enough(
    ask: Ask, live: BreakableLive, history: MemoryHistory
) -> None:
    live.put_feed_status(status("bus_a"))
    history._statuses["bus_b"] = status("bus_b")
    assert ask("GET", "/readyz").status_code == 200


def test_site_without_a_store_says_which(
    ask: Ask, live: BreakableLive, history: MemoryHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_self: MemoryHistory) -> None:
        raise StoreError("disk is gone")

    live.is_away = True
    monkeypatch.setattr(history, "ping", MethodType(away, history))
    reasons = ask("GET", "/readyz").json()["reasons"]
    assert reasons[:2] == ["history store does not answer", "live store does not answer"]


def test_figures_tell_feeds_stream_requests_and_memory(ask: Ask, live: BreakableLive) -> None:
    live.put_feed_status(
        status("bus_a", total_messages=7, total_accepted=70, total_rejected={"position_zero": 2})
    )
    ask("GET", "/api/v1/vehicles")
    ask("POST", "/_dash-update-component", json=callback_request(0))
    ask("GET", "/probe-1")
    text = ask("GET", "/metrics").text
    for line in (
        'scopc_feed_age_seconds{feed_id="bus_a"} 5.0',
        'scopc_feed_state{feed_id="bus_a",state="up"} 1.0',
        'scopc_feed_messages_total{feed_id="bus_a",outcome="read"} 7.0',
        'scopc_feed_accepted_total{feed_id="bus_a"} 70.0',
        'scopc_feed_rejected_total{code="position_zero",feed_id="bus_a"} 2.0',
        "scopc_stream_clients 0.0",
        'scopc_http_request_seconds_count{method="GET",route="/api/v1/vehicles",status="200"} 1.0',
        'scopc_http_request_seconds_count{method="GET",route="unknown",status="404"} 1.0',
        "scopc_dash_callback_seconds_count 1.0",
        'scopc_store_query_seconds_count{query="live.vehicles"} 1.0',
        "scopc_live_store_up 1.0",
    ):
        assert line in text, line
    assert "process_resident_memory_bytes" in text
    assert 'scopc_feed_age_seconds{feed_id="bus_b"}' not in text, "a feed that never came has no age"


def test_figures_are_told_without_the_live_store(ask: Ask, live: BreakableLive) -> None:
    live.is_away = True
    answer = ask("GET", "/metrics")
    assert answer.status_code == 200
    assert "scopc_live_store_up 0.0" in answer.text


# -- base map ------------------------------------------------------------------------------------


def test_layer_is_served_compressed_with_a_validator(ask: Ask) -> None:
    answer = ask("GET", "/basemap/lakes.geojson")
    assert answer.json()["type"] == "FeatureCollection"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "no-cache"
    again = ask("GET", "/basemap/lakes.geojson", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_layer_with_its_fingerprint_may_be_kept_for_ever(ask: Ask) -> None:
    document = ask("GET", "/basemap/lakes.geojson")
    fingerprint = hashlib.sha256(document.content).hexdigest()[:12]
    assert "immutable" in ask("GET", f"/basemap/lakes.geojson?v={fingerprint}").headers["cache-control"]
    assert ask("GET", "/basemap/lakes.geojson?v=old").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["city.toml", "../city.toml", "%2e%2e/city.toml", "roads.geojson", ""])
def test_nothing_but_the_layers_of_the_pack_is_served(ask: Ask, name: str) -> None:
    assert ask("GET", f"/basemap/{name}").status_code == 404


# -- description ---------------------------------------------------------------------------------


def test_openapi_describes_every_route_with_its_answer(ask: Ask) -> None:
    document = ask("GET", "/openapi.json").json()
    assert set(document["paths"]) == {
        "/api/v1/vehicles",
        "/api/v1/weekly/{week}",
        "/api/v1/weekly/{week}/indicators/{key}",
        "/api/v1/imports",
        "/api/v1/feeds/reporters",
        "/api/v1/feeds/{feed_id}",
        "/api/v1/feeds/{feed_id}/payload",
        "/api/v1/indicators",
        "/api/v1/indicators/{key}",
        "/api/v1/indicators/{key}/series",
        "/api/v1/observations",
        "/api/v1/observations/series",
        "/api/v1/observations/evidence",
        "/api/v1/features",
        "/api/v1/tickets",
        "/api/v1/changes",
        "/api/v1/payloads/{payload_id}",
        "/api/v1/feeds",
        "/api/v1/feeds/ledger",
        "/api/v1/feeds/{feed_id}/quarantine",
        "/api/v1/alerts",
        "/api/v1/trip-updates",
        "/api/v1/gtfs-rt/vehicle-positions",
        "/api/v1/vehicles/{vehicle}/trail",
        "/api/v1/links",
        "/api/v1/incidents",
        "/api/v1/facilities",
        "/api/v1/operations",
        "/api/v1/stops/{stop_id}/arrivals",
        "/api/v1/service",
        "/api/v1/notifications/{feed_id}",
    }
    text = json.dumps(document)
    for name in set(re.findall(r'"#/components/schemas/([^"]+)"', text)):
        assert name in document["components"]["schemas"], name
    properties = document["components"]["schemas"]["VehicleProperties"]["properties"]
    assert {"vehicle_id", "state", "reason"} <= set(properties)


def test_description_for_people_runs_no_script_and_asks_nobody(ask: Ask) -> None:
    page = ask("GET", "/docs").text
    assert "/api/v1/vehicles" in page
    assert "west,south,east,north" in page
    assert "<script" not in page
    assert "http://" not in page
    assert "https://" not in page


def test_answer_of_the_site_is_in_time_with_its_stores(ask: Ask, live: BreakableLive) -> None:
    live.put_positions("bus_a", [fix("R1")])
    assert len(ask("GET", "/api/v1/vehicles").json()["features"]) == 1
    live.put_positions("bus_a", [])
    assert ask("GET", "/api/v1/vehicles").json()["features"] == []
