"""How a message or a file is handed out as it came: nothing of it may be taken for a page of ours."""

from urllib.parse import quote

from starlette.responses import Response

from data_sources.feeds.personal import masked_message
from data_sources.imports.keeping import CSV_TYPE
from data_sources.imports.workbook import decoded
from data_sources.model.city import FeedSpec
from data_sources.stores.base import StoredPayload
from data_sources.views.observations import TICKET_KINDS

HEADERS = {"Cache-Control": "no-store", "Content-Security-Policy": "sandbox; default-src 'none'"}
PLAIN = "text/plain; charset=utf-8"
BINARY = "application/octet-stream"


def as_it_came(stored: StoredPayload, feed: FeedSpec | None) -> Response:
    """A payload as plain text; what is none is to be saved. `feed` is the one that sent it."""
    payload = stored.payload
    body = b"\n".join(payload.messages)
    if payload.file_name is not None:
        return _file(body, payload.file_name, payload.content_type or BINARY)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        saved = {"Content-Disposition": f'attachment; filename="{stored.feed_id}-{stored.payload_id}.bin"'}
        return Response(body, media_type=BINARY, headers=HEADERS | saved)
    if feed is None or feed.kind in TICKET_KINDS:
        text = masked_message(text)
    return Response(text, media_type=PLAIN, headers=HEADERS)


def _file(body: bytes, name: str, content_type: str) -> Response:
    """A file, whose personal data were masked when it was kept; text is shown in UTF-8, whatever it was."""
    if content_type != CSV_TYPE:
        saved = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
        return Response(body, media_type=content_type, headers=HEADERS | saved)
    # A workbook that holds personal data is kept as the text of its cells.
    shown = name if name.lower().endswith((".csv", ".tsv", ".txt")) else f"{name}.csv"
    inline = {"Content-Disposition": f"inline; filename*=UTF-8''{quote(shown, safe='')}"}
    return Response(decoded(body), media_type=PLAIN, headers=HEADERS | inline)
