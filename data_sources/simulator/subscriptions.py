"""Subscriptions of the simulated context broker: it posts what it reads to whoever asked for it.

Create one as with a real broker, `POST /feeds/<feed_id>/ngsi-ld/v1/subscriptions`; `receiverInfo` carries
the header with the bearer token. Only addresses on this machine are accepted.
"""

import ipaddress
import logging
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from data_sources.simulator import wire_ngsi
from data_sources.simulator.answers import SIMPLIFIED, encoded
from data_sources.simulator.city import SimulatedCity

LOG = logging.getLogger(__name__)
BATCH = 1000
"""Entities of one notification at most."""
TIMEOUT_S = 5.0
SUBSCRIPTIONS_MAX = 100


class _EntitySelector(msgspec.Struct, frozen=True):
    type: str


class _Header(msgspec.Struct, frozen=True):
    key: str
    value: str


class _Endpoint(msgspec.Struct, frozen=True, rename="camel"):
    uri: str
    receiver_info: tuple[_Header, ...] = ()


class _Notification(msgspec.Struct, frozen=True):
    endpoint: _Endpoint
    format: str = "normalized"


class Subscription(msgspec.Struct, frozen=True):
    """What a subscriber asks for (ETSI GS CIM 009, 5.2.12), as far as it is used here."""

    type: str
    entities: tuple[_EntitySelector, ...]
    notification: _Notification


class Subscriptions:
    """Who is told of which feed's entities."""

    def __init__(self, simulated: SimulatedCity) -> None:
        self._simulated = simulated
        self._held: dict[str, tuple[str, Subscription]] = {}
        self._failing: set[str] = set()
        self._made = 0
        self._sent = 0

    def add(self, feed_id: str, body: bytes) -> str:
        """Take a subscription; its id. ValueError says what is wrong with it."""
        try:
            asked = msgspec.json.decode(body, type=Subscription)
        except msgspec.DecodeError as error:
            raise ValueError(str(error)) from error
        if asked.type != "Subscription" or not asked.entities:
            raise ValueError("`type` must be Subscription and `entities` must name a type")
        if not _on_this_machine(asked.notification.endpoint.uri):
            raise ValueError("`notification.endpoint.uri` must be http on this machine's loopback")
        if len(self._held) >= SUBSCRIPTIONS_MAX:
            raise ValueError(f"at most {SUBSCRIPTIONS_MAX} subscriptions")
        self._made += 1
        key = f"{wire_ngsi.URN}:Subscription:sim-{self._made}"
        self._held[key] = (feed_id, asked)
        return key

    def remove(self, feed_id: str, key: str) -> bool:
        """End a subscription; whether there was one."""
        if key not in self._held or self._held[key][0] != feed_id:
            return False
        del self._held[key]
        return True

    async def notify(self, client: httpx.AsyncClient) -> None:
        """Post the present entities to every subscriber; one that does not answer is asked again at the
        next reading, as brokers do."""
        faults = self._simulated.faults
        for key, (feed_id, asked) in list(self._held.items()):
            if feed_id in faults.frozen or faults.spoiled.get(feed_id) == "unavailable":
                continue
            endpoint = asked.notification.endpoint
            headers = {header.key: header.value for header in endpoint.receiver_info}
            for body in self._bodies(key, feed_id, asked):
                reason = await _post(client, endpoint.uri, headers, faults.spoil(feed_id, body))
                if reason is None:
                    self._failing.discard(key)
                    continue
                if key not in self._failing:
                    LOG.warning("subscription %s: %s", key, reason)
                self._failing.add(key)
                break

    def _bodies(self, key: str, feed_id: str, asked: Subscription) -> Iterable[bytes]:
        found = [entity for one in asked.entities for entity in self._simulated.entities(feed_id, one.type)]
        if asked.notification.format in SIMPLIFIED:
            found = [wire_ngsi.key_values(entity) for entity in found]
        for start in range(0, len(found), BATCH):
            self._sent += 1
            part = found[start : start + BATCH]
            yield encoded(wire_ngsi.notification(key, part, self._simulated.now, self._sent))


async def _post(client: httpx.AsyncClient, uri: str, headers: dict[str, str], body: bytes) -> str | None:
    """Send one notification; None when it was taken, else why not. Never tells the token."""
    sent: dict[str, Any] = {**headers, "Content-Type": "application/ld+json"}
    try:
        answer = await client.post(uri, content=body, headers=sent, timeout=TIMEOUT_S)
    except (
        httpx.HTTPError,
        httpx.InvalidURL,
        ValueError,
    ) as error:  # ValueError: a header that cannot be sent
        return f"no answer ({type(error).__name__})"
    return None if answer.is_success else f"answered {answer.status_code}"


def _on_this_machine(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        _ = parts.port  # ValueError when there is no such port
        return parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
