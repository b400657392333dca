"""Services: everything that pages, API and stream need, built once by `dashboard`, handed down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from data_sources.measures.patterns import RoutePlan
from data_sources.model.city import City
from data_sources.model.service import ServiceSpec
from data_sources.network import Network
from data_sources.schedule import Schedule
from data_sources.stores.base import HistoryStore, LiveStore
from data_sources.text import Texts

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Services:
    """The stores, the clock and the words of one city.

    `network` is None where the pack has no links, `service` where it has no service contract; `plans`
    are the patterns and rounds of the schedule's routes, worked out once.
    `synthetic` is true when the whole installation shows simulated data, `replay` when it shows a
    recording.
    """

    city: City
    live: LiveStore
    history: HistoryStore
    clock: Clock
    texts: Texts
    schedule: Schedule | None = None
    network: Network | None = None
    service: ServiceSpec | None = None
    plans: Mapping[str, RoutePlan] = field(default_factory=dict)
    synthetic: bool = False
    replay: bool = False
