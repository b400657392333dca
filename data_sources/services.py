"""Services: everything that pages, API and stream need, built once by `dashboard`, handed down."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from data_sources.model.city import City
from data_sources.schedule import Schedule
from data_sources.stores.base import HistoryStore, LiveStore
from data_sources.text import Texts

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Services:
    """The stores, the clock and the words of one city.

    `synthetic` is true when the whole installation shows simulated data, `replay` when it shows a
    recording.
    """

    city: City
    live: LiveStore
    history: HistoryStore
    clock: Clock
    texts: Texts
    schedule: Schedule | None = None
    synthetic: bool = False
    replay: bool = False
