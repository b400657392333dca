"""`/plotly.min.js`: the chart library out of the plotly package, sent only to pages where a chart stands.

Dash would send its own copy with a component library that no page of ours needs. The address names the
version, so a browser asks once for each."""

import asyncio
import importlib.metadata
from functools import cache
from importlib.resources import files

import brotli
from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.compression import IMMUTABLE, Coding, best_coding, etag_matches, gzip_bytes, weak_etag

PATH = "/plotly.min.js"
MEDIA_TYPE = "text/javascript; charset=utf-8"
BROTLI_LEVEL = 9
"""Of 4.8 MB 1.23 MB are left, after half a second. Level 11 takes many times as long for a little less."""


@cache
def version() -> str:
    """Version of the installed package."""
    return importlib.metadata.version("plotly")


def address() -> str:
    """Where the installed version is, for ever."""
    return f"{PATH}?v={version()}"


class PlotlyFile:
    """The library, read and compressed when somebody first asks for it, then kept as it is sent."""

    def __init__(self) -> None:
        self._etag = ""
        self._sent: dict[Coding | None, bytes] = {}
        self._making = asyncio.Lock()

    async def answer(self, request: Request) -> Response:
        """The library, or 304 when the client has it."""
        coding = best_coding(request.headers.get("accept-encoding", ""))
        async with self._making:  # whoever comes meanwhile waits for the same work
            if coding not in self._sent:
                self._etag, self._sent[coding] = await asyncio.to_thread(_made, coding)
        headers = {
            "ETag": self._etag,
            "Cache-Control": IMMUTABLE if request.query_params.get("v") == version() else "no-cache",
            "Vary": "Accept-Encoding",
        }
        if etag_matches(request.headers.get("if-none-match", ""), self._etag):
            return Response(status_code=304, headers=headers)
        if coding is not None:
            headers["Content-Encoding"] = coding
        return Response(self._sent[coding], media_type=MEDIA_TYPE, headers=headers)


def _made(coding: Coding | None) -> tuple[str, bytes]:
    body = files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    match coding:
        case "br":
            sent = bytes(brotli.compress(body, quality=BROTLI_LEVEL))
        case "gzip":
            sent = gzip_bytes(body)
        case None:
            sent = body
    return weak_etag(body), sent


def plotly_router() -> APIRouter:
    """The route of the library."""
    router = APIRouter(include_in_schema=False)
    file = PlotlyFile()

    @router.get(PATH)
    async def library(request: Request) -> Response:
        """The chart library."""
        return await file.answer(request)

    return router
