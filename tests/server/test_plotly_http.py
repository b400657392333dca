"""The chart library: one file for all, kept for ever under the address of its version."""

import gzip
from collections.abc import Callable

import brotli
import httpx

from dashboard import plotly_http
from dashboard.pages import page_config, view_for
from dashboard.settings import Settings
from data_sources.services import Services

Ask = Callable[..., httpx.Response]


def test_library_is_kept_for_ever_under_its_version_and_asked_for_anew_elsewhere(ask: Ask) -> None:
    known = ask("GET", plotly_http.address(), headers={"Accept-Encoding": "identity"})
    assert known.status_code == 200
    assert known.headers["content-type"].startswith("text/javascript")
    assert "immutable" in known.headers["cache-control"]
    assert "content-encoding" not in known.headers
    plain = ask("GET", plotly_http.PATH, headers={"Accept-Encoding": "identity"})
    assert plain.headers["cache-control"] == "no-cache"
    assert plain.content == known.content


def test_every_coding_holds_the_same_library(ask: Ask) -> None:
    plain = ask("GET", plotly_http.PATH, headers={"Accept-Encoding": "identity"}).content
    small = ask("GET", plotly_http.PATH, headers={"Accept-Encoding": "br"})
    assert small.headers["content-encoding"] == "br"
    assert int(small.headers["content-length"]) < len(plain) / 3
    assert "Accept-Encoding" in small.headers["vary"]
    assert small.content == plain  # decoded by the client
    assert b"plotly.js v" in plain[:100]


def test_client_that_has_it_is_not_sent_it_again(ask: Ask) -> None:
    etag = ask("GET", plotly_http.PATH).headers["etag"]
    again = ask("GET", plotly_http.PATH, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_compressed_forms_open_to_the_packages_own_file() -> None:
    _, plain = plotly_http._made(None)
    tag, small = plotly_http._made("br")
    zipped_tag, zipped = plotly_http._made("gzip")
    assert brotli.decompress(small) == plain == gzip.decompress(zipped)
    assert tag == zipped_tag


def test_only_pages_with_charts_are_told_where_it_is(services: Services) -> None:
    def config(path: str) -> dict[str, object]:
        _, view = view_for(Settings(), services, path, "", {})
        return page_config(Settings(), services, view, {})

    assert config("/environment")["plotly_url"] == plotly_http.address()
    assert "plotly_url" not in config("/mobility")
