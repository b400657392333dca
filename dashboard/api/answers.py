"""Answers that are encoded structs: JSON that no cache keeps."""

import msgspec
from starlette.responses import Response

GEOJSON = "application/geo+json"


def answer(body: msgspec.Struct, media_type: str = "application/json") -> Response:
    """The struct as JSON."""
    return Response(msgspec.json.encode(body), media_type=media_type, headers={"Cache-Control": "no-store"})
