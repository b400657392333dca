"""How records become the bytes of a row. Pure.

msgpack with field names, so that a field added later reads as its default in old rows; zlib's fastest
level, because a batch is written once a second, read seldom and folded within minutes.
"""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from data_sources.model.feed import FeedStatus, Payload
from data_sources.model.observation import Feature, Ticket
from data_sources.model.traffic import Incident
from data_sources.model.transit import ServiceAlert, TripUpdate, VehiclePosition

FAST = 1
"""zlib level of what is written every second."""

_encoder = msgspec.msgpack.Encoder()
_positions = msgspec.msgpack.Decoder(tuple[VehiclePosition, ...])
_trip_updates = msgspec.msgpack.Decoder(tuple[TripUpdate, ...])
_alerts = msgspec.msgpack.Decoder(tuple[ServiceAlert, ...])
_messages = msgspec.msgpack.Decoder(tuple[bytes, ...])
_texts = msgspec.msgpack.Decoder(tuple[str, ...])
_payload = msgspec.msgpack.Decoder(Payload)
_status = msgspec.json.Decoder(FeedStatus)
_incident = msgspec.json.Decoder(Incident)
_feature = msgspec.json.Decoder(Feature)
_ticket = msgspec.json.Decoder(Ticket)


def pack(records: Sequence[object]) -> bytes:
    """Compressed msgpack of records or of messages."""
    return zlib.compress(_encoder.encode(records), FAST)


def unpack_positions(body: bytes) -> tuple[VehiclePosition, ...]:
    """Positions of a batch."""
    return _positions.decode(zlib.decompress(body))


def unpack_trip_updates(body: bytes) -> tuple[TripUpdate, ...]:
    """Trip updates of a row."""
    return _trip_updates.decode(zlib.decompress(body))


def unpack_alerts(body: bytes) -> tuple[ServiceAlert, ...]:
    """Alerts of a row."""
    return _alerts.decode(zlib.decompress(body))


def unpack_messages(body: bytes) -> tuple[bytes, ...]:
    """The messages of a payload, each as it came."""
    return _messages.decode(zlib.decompress(body))


def unpack_texts(body: bytes) -> tuple[str, ...]:
    """The ids of a link set."""
    return _texts.decode(zlib.decompress(body))


def pack_payload(payload: Payload) -> bytes:
    """A notification that waits, whole."""
    return zlib.compress(_encoder.encode(payload), FAST)


def unpack_payload(body: bytes) -> Payload:
    """The notification of an inbox row."""
    return _payload.decode(zlib.decompress(body))


def content_digest(records: Sequence[object]) -> bytes:
    """SHA-256 by which equal content is known again; of messages it depends on where each one ends."""
    return hashlib.sha256(_encoder.encode(records)).digest()


def record_json(record: Mapping[str, Any]) -> str:
    """A refused record as JSON; what JSON cannot hold is written as text."""
    try:
        return msgspec.json.encode(record, enc_hook=str).decode()
    except (UnicodeEncodeError, TypeError):
        return msgspec.json.encode({"repr": ascii(record)}).decode()


def record_from_json(text: str) -> dict[str, Any]:
    """The record of a quarantine row."""
    return msgspec.json.decode(text, type=dict[str, Any])


def status_json(status: FeedStatus) -> str:
    """A feed's status as JSON."""
    return msgspec.json.encode(status).decode()


def status_from_json(text: str) -> FeedStatus:
    """The status of a feed_status row."""
    return _status.decode(text)


def incident_json(incident: Incident) -> str:
    """An incident as JSON."""
    return msgspec.json.encode(incident).decode()


def incident_from_json(text: str) -> Incident:
    """The incident of a row."""
    return _incident.decode(text)


def feature_json(feature: Feature) -> str:
    """A feature as JSON."""
    return msgspec.json.encode(feature).decode()


def feature_from_json(text: str) -> Feature:
    """The feature of a row."""
    return _feature.decode(text)


def ticket_json(ticket: Ticket) -> str:
    """A citizen's report as JSON."""
    return msgspec.json.encode(ticket).decode()


def ticket_from_json(text: str) -> Ticket:
    """The report of a row."""
    return _ticket.decode(text)
