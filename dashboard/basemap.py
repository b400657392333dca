"""The pack's base map: its GeoJSON layers, read once, compressed once, served with validators."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import Response

from dashboard.compression import IMMUTABLE, accepts, etag_matches, gzip_bytes, weak_etag
from data_sources.errors import ConfigError
from data_sources.model.city import BaseLayer, City

MEDIA_TYPE = "application/geo+json"
VERSION_DIGITS = 12
"""Hexadecimal digits of the content's SHA-256 in a layer's address."""


@dataclass(frozen=True, slots=True)
class GeoFile:
    """A GeoJSON document, compressed once. `version` is the `v` of the address that may be kept for ever."""

    body: bytes
    zipped: bytes
    etag: str
    version: str

    def answer(self, request: Request) -> Response:
        """The document, or 304 when the client has it."""
        headers = {
            "ETag": self.etag,
            "Cache-Control": IMMUTABLE if request.query_params.get("v") == self.version else "no-cache",
            "Vary": "Accept-Encoding",
        }
        if etag_matches(request.headers.get("if-none-match", ""), self.etag):
            return Response(status_code=304, headers=headers)
        if accepts(request.headers.get("accept-encoding", ""), "gzip"):
            return Response(
                self.zipped, media_type=MEDIA_TYPE, headers=headers | {"Content-Encoding": "gzip"}
            )
        return Response(self.body, media_type=MEDIA_TYPE, headers=headers)


def geo_file(body: bytes, version: str | None = None) -> GeoFile:
    """A document of which the version is given, else a fingerprint of the content."""
    etag = weak_etag(body)
    fingerprint = etag.removeprefix("W/").strip('"')[:VERSION_DIGITS]
    return GeoFile(body, gzip_bytes(body), etag, version or fingerprint)


class BaseMap:
    """The layer files that `city.toml` lists, by name; nothing else of the pack is served."""

    def __init__(self, city: City) -> None:
        self._files: dict[str, GeoFile] = {}
        for layer in city.spec.layers:
            name = PurePosixPath(layer.file).name
            if name in self._files:
                raise ConfigError(f"{city.root.name}/city.toml: layers: two files are named {name}")
            self._files[name] = geo_file((city.root / layer.file).read_bytes())

    def url(self, layer: BaseLayer) -> str:
        """Address of a layer; it changes with the content, so the answer may be kept for ever."""
        name = PurePosixPath(layer.file).name
        return f"/basemap/{name}?v={self._files[name].version}"

    def answer(self, name: str, request: Request) -> Response | None:
        """The layer `name`, 304 when the client has it, None when there is no such layer."""
        file = self._files.get(name)
        return None if file is None else file.answer(request)
