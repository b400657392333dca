"""The Dash application: its documents and its one callback, asked as a browser does."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dashboard.dash_app import ScopcDash, create_app
from dashboard.pages import LANG_COOKIE, THEME_COOKIE, data_block, page_for
from dashboard.settings import Settings
from data_sources.catalogue import load_city, load_schedule
from data_sources.measures.patterns import route_plans
from data_sources.services import Services
from data_sources.stores.memory import MemoryHistory, MemoryLive
from data_sources.text import load_texts
from tests.builders import NOON
from tests.fixtures.khon_kaen_words import leaks
from tests.layouts.samples import PACK

BUNDLED = Path(__file__).parents[1] / "dashboard" / "cities" / "khon_kaen"
EMPTY_ENVIRONMENT: dict[str, str] = {}


def services(pack: Path = PACK, **more: bool) -> Services:
    city = load_city(pack, EMPTY_ENVIRONMENT)
    return Services(
        city=city,
        live=MemoryLive(),
        history=MemoryHistory(),
        clock=lambda: NOON,
        texts=load_texts(),
        schedule=load_schedule(city, demo=False),
        **more,
    )


@pytest.fixture(scope="module")
def app() -> ScopcDash:
    return create_app(Settings(), services())


def document(app: ScopcDash, address: str, **cookies: str) -> str:
    client = app.server.test_client()
    for name, value in cookies.items():
        client.set_cookie(name, value)
    return str(client.get(address).get_data(as_text=True))


def block(html: str, block_id: str) -> dict[str, Any]:
    found = re.search(rf'<script type="application/json" id="{block_id}">(.*?)</script>', html)
    assert found is not None
    return dict(json.loads(found.group(1)))


def shown(app: ScopcDash, path: str, query: str = "", **cookies: str) -> str:
    """What the navigation callback answers, as JSON."""
    client = app.server.test_client()
    for name, value in cookies.items():
        client.set_cookie(name, value)
    request = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": [
            {"id": "location", "property": "data-path", "value": path},
            {"id": "location", "property": "data-query", "value": query},
        ],
        "changedPropIds": ["location.data-path"],
    }
    answer = client.post("/_dash-update-component", json=request)
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def root_tag(html: str) -> str:
    found = re.search(r"<html [^>]*>", html)
    assert found is not None
    return found.group(0)


# -- documents -----------------------------------------------------------------------------------


def test_document_carries_language_theme_and_page(app: ScopcDash) -> None:
    html = document(app, "/mobility?lang=th&theme=light")
    assert root_tag(html) == '<html lang="th" data-theme="light" data-page="mobility">'
    assert "<title>การเดินทาง · Centro de Operações de Baía Brumal</title>" in html


def test_cookies_hold_and_the_address_wins(app: ScopcDash) -> None:
    cookies = {LANG_COOKIE: "th", THEME_COOKIE: "light"}
    assert 'lang="th" data-theme="light"' in root_tag(document(app, "/mobility", **cookies))
    assert 'lang="en" data-theme="light"' in root_tag(document(app, "/mobility?lang=en", **cookies))


def test_first_language_of_the_pack_and_dark_are_the_defaults(app: ScopcDash) -> None:
    assert 'lang="en" data-theme="dark"' in root_tag(document(app, "/mobility?lang=xx&theme=pink"))


def test_wall_carries_its_screen_and_its_measures(app: ScopcDash) -> None:
    screen = app.services.city.screens[0]
    tag = root_tag(document(app, f"/wall/{screen.screen_id}"))
    assert f'data-wall="{screen.screen_id}"' in tag
    assert f'style="--d:{screen.viewing_distance_m:g};--h:{screen.image_height_m:g}"' in tag
    assert "data-wall" not in root_tag(document(app, "/mobility"))


def test_config_block_is_what_the_scripts_were_promised(app: ScopcDash) -> None:
    config = block(document(app, "/mobility?lang=en"), "scopc-config")
    assert config["limits"] == {
        "late_after_s": 60,
        "ghost_after_s": 180,
        "forget_after_s": 3600,
        "extrapolate_max_s": 60,
        "extrapolate_max_m": 300,
        "server_lost_s": 8,
    }
    assert config["timezone"] == "Atlantic/Azores"
    assert config["stream_url"] == "/stream"
    assert {"route_id": "harbour", "short": "Harbour", "colour": "teal"}.items() <= config["routes"][
        0
    ].items()
    assert re.fullmatch(r"/basemap/quarters\.geojson\?v=[0-9a-f]{12}", config["layers"][0]["url"])


def test_config_has_the_ladders_of_the_lines_with_names_for_the_desk_alone() -> None:
    plain = services()
    assert plain.schedule is not None
    app = create_app(Settings(), replace(plain, plans=route_plans(plain.schedule)))
    desk = block(document(app, "/mobility?lang=en"), "scopc-config")["routes"]
    stop_id, share, name = next(route for route in desk if "ladder" in route)["ladder"]["stops"][0]
    assert plain.schedule.stop_name(stop_id, "en") == name
    assert share == 0
    screen_id = plain.city.screens[0].screen_id
    walls = block(document(app, f"/wall/{screen_id}"), "scopc-config")["routes"]
    assert next(route for route in walls if "ladder" in route)["ladder"]["stops"][0] == [stop_id, share]


def test_texts_block_is_the_catalogue_of_the_page_language(app: ScopcDash) -> None:
    html = document(app, "/mobility?lang=th")
    assert block(html, "scopc-texts") == load_texts().all("th")


def test_text_cannot_end_a_data_block() -> None:
    html = data_block("x", {"name": "</script><script>alert(1)</script>"})
    assert html.count("<") == 2
    assert json.loads(html[html.index(">") + 1 : html.rindex("<")])["name"].startswith("</script>")


def test_only_script_that_stands_in_the_document_is_dashs_own(app: ScopcDash) -> None:
    inline = re.findall(
        r"<script(?![^>]*(?:src=|application/json))[^>]*>(.*?)</script>", document(app, "/mobility")
    )
    assert [script.strip() for script in inline] == [app.renderer]
    assert len(app.csp_hashes()) == 1


def test_library_that_no_page_uses_is_not_sent(app: ScopcDash) -> None:
    sent = " ".join(re.findall(r'src="([^"]+)"', document(app, "/mobility")))
    assert "dash_leaflet" in sent
    assert "dash_table" not in sent
    assert "/dcc/" not in sent
    assert "plotly" not in sent


def test_two_fonts_are_preloaded_and_exist(app: ScopcDash) -> None:
    fonts = re.findall(r'rel="preload" href="(/assets/fonts/[^"]+\.woff2)"', document(app, "/mobility"))
    assert len(fonts) == 2
    assert all(app.server.test_client().get(font).status_code == 200 for font in fonts)


# -- pages ---------------------------------------------------------------------------------------


def test_address_decides_the_page(app: ScopcDash) -> None:
    screen_id = app.services.city.screens[0].screen_id
    assert "mobility-map" in shown(app, "/mobility")
    assert "wall-map" in shown(app, f"/wall/{screen_id}")
    assert "No such page" in shown(app, "/nothing", "?lang=en")


@pytest.mark.parametrize("path", [None, 7, ["/mobility"], {"a": 1}, "\x00", "/../../etc"])
def test_address_that_is_none_shows_the_page_of_unknown_addresses(app: ScopcDash, path: object) -> None:
    assert "children" in shown(app, path)  # type: ignore[arg-type]


def test_page_speaks_the_language_of_query_or_cookie(app: ScopcDash) -> None:
    assert "รายการรถ" in json.dumps(json.loads(shown(app, "/mobility", "?lang=th")), ensure_ascii=False)
    by_cookie = json.loads(shown(app, "/mobility", **{LANG_COOKIE: "th"}))
    assert "รายการรถ" in json.dumps(by_cookie, ensure_ascii=False)


@pytest.mark.parametrize(
    "path", ["/nothing", "/wall/unknown", "/wall/", "/wall", "/mobility/x", "//", "/Mobility"]
)
def test_unknown_pages_and_screens_have_no_page(app: ScopcDash, path: str) -> None:
    page = page_for(path, app.services.city, NOON)
    assert page is None or path == "//"


def test_known_pages_are_found_with_and_without_a_last_slash(app: ScopcDash) -> None:
    city = app.services.city
    for path, key in (("/", "overview"), ("/mobility", "mobility"), ("/mobility/", "mobility")):
        page = page_for(path, city, NOON)
        assert page is not None
        assert page.key == key


def test_every_component_that_a_callback_names_is_known(app: ScopcDash) -> None:
    assert app.config.suppress_callback_exceptions is False
    assert {"page.children"} == set(app.callback_map)


# -- cities --------------------------------------------------------------------------------------


def test_two_applications_in_one_process_do_not_mix_their_cities(app: ScopcDash) -> None:
    bundled = create_app(Settings(), services(BUNDLED))
    assert leaks(document(bundled, "/mobility"))
    for address in ("/mobility", f"/wall/{app.services.city.screens[0].screen_id}"):
        assert not leaks(document(app, address))
        assert not leaks(shown(app, address))


def test_synthetic_is_said_in_page_and_config() -> None:
    simulated = create_app(Settings(demo_timetable=True), services(synthetic=True))
    assert block(document(simulated, "/mobility"), "scopc-config")["synthetic"] is True
    assert "SYNTHETIC" in shown(simulated, "/mobility")
    assert "demo timetable" in shown(simulated, "/mobility", "?lang=en")
