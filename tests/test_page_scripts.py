"""Each page is sent the scripts that it draws with, and no others."""

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from dashboard.page_scripts import GROUPS, is_sent, scripts_for, styles_for

ASSETS = Path(__file__).parent.parent / "assets"
DCC = "/_dash-component-suites/dash/dcc/dash_core_components.v4_4_1m17.js"
LEAFLET = "/_dash-component-suites/dash_leaflet/dash_leaflet.v1_1_3m17.js"


def test_library_of_maps_goes_to_pages_with_a_map_only() -> None:
    assert is_sent("mobility", LEAFLET)
    assert not is_sent("economy", LEAFLET)


def test_library_that_no_page_uses_is_never_sent() -> None:
    assert not is_sent("mobility", DCC)


def test_script_that_no_group_names_goes_to_every_page() -> None:
    assert is_sent("weekly", "/assets/stream.js?m=1")
    assert is_sent("wall", "/assets/stream.js?m=1")


def test_wall_is_not_sent_the_style_of_what_stands_on_desks_only() -> None:
    css = '<link rel="stylesheet" href="/assets/base.css?m=1">\n'
    css += '<link rel="stylesheet" href="/assets/evidence.css?m=2">'
    assert styles_for("feeds", css) == css
    assert "base.css" in styles_for("wall", css)
    assert "evidence.css" not in styles_for("wall", css)


def test_theme_goes_to_whatever_is_drawn_by_script() -> None:
    assert is_sent("economy", "/assets/theme.js")
    assert is_sent("wall", "/assets/theme.js")
    assert not is_sent("weekly", "/assets/theme.js")


def test_scripts_keep_their_order() -> None:
    page = '<script src="/assets/a.js?m=1"></script>\n<script src="/assets/ladder.js?m=2"></script>\n'
    page += '<script src="/assets/b.js?m=3"></script>'
    sent = scripts_for("economy", page)
    assert "ladder" not in sent
    assert sent.index("a.js") < sent.index("b.js")


@pytest.mark.parametrize("pattern", [pattern for _, patterns in GROUPS for pattern in patterns])
def test_every_pattern_names_a_file(pattern: str) -> None:
    names = [path.name for path in ASSETS.glob("*.*s")] + ["dash_leaflet.v1.js"]
    assert any(fnmatchcase(name, pattern) for name in names)
