"""How long each part measures."""

import msgspec


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds and counts of one run."""

    ingest_messages: int = 60
    naive_messages: int = 15
    clients: tuple[int, ...] = (1, 10, 100)
    naive_clients: tuple[int, ...] = (1, 10)
    fanout_s: float = 20
    drawing_s: float = 20
    links_s: float = 30
    heap_s: float = 120


DEFAULT = Plan()
QUICK = Plan(
    ingest_messages=20,
    naive_messages=5,
    clients=(1, 100),
    naive_clients=(10,),
    fanout_s=8,
    drawing_s=10,
    links_s=15,
    heap_s=60,
)
LONG = Plan(heap_s=1800)
PLANS = {"default": DEFAULT, "quick": QUICK, "long": LONG}
