"""A city at its busiest: what the product does over and over, for tests of its results and for the bench."""

import random
from datetime import datetime
from pathlib import Path

from data_sources.catalogue import load_city, load_schedule
from data_sources.desks.transit_desk import TransitDesk
from data_sources.measures.patterns import route_plans
from data_sources.model.city import Bounds, LosSpec, OperationsSpec, TrafficSpec, VehicleLimits
from data_sources.model.traffic import LinkState
from data_sources.model.transit import VehiclePosition
from data_sources.network import Network
from data_sources.pack_service import read_service
from data_sources.schedule import position_at
from data_sources.simulator.roads import load_links
from data_sources.simulator.world import World
from data_sources.views.links import LinksPicture, LinkView, link_views, links_picture, source_cadences
from tests.builders import NOON, feed_spec, seconds
from tests.roads import link
from tests.simulator.conftest import make_links, make_world, scenario
from tests.transit import fix

PACK = Path(__file__).resolve().parents[1] / "dashboard" / "cities" / "khon_kaen"
FEED = "kku_shuttle_mqtt"
BOX = Bounds(west=102.80, south=16.40, east=102.86, north=16.48)

Ticks = list[tuple[datetime, list[VehiclePosition]]]


def busy_desk() -> tuple[TransitDesk, Ticks]:
    """The bundled city's desk, and 20 instants at which 1,000 vehicles of `FEED` tell where they are."""
    city, service = load_city(PACK, {}), read_service(PACK)
    plan = load_schedule(city, True)
    assert plan is not None
    assert service is not None
    desk = TransitDesk(
        plan, route_plans(plan, service.rounds_s), VehicleLimits(), OperationsSpec(), city.feeds
    )
    routes = sorted(desk.plans)
    ticks: Ticks = []
    for second in range(0, 200, 10):
        fixes = []
        for number in range(1000):
            route = routes[number % len(routes)]
            path = plan.shapes[route]
            lat, lon = position_at(path, (number * 16.5 + 6 * second) % path.length_m)
            fixes.append(fix(lat, lon, second, f"v{number}", route_id=route))
        ticks.append((NOON + seconds(second), fixes))
    return desk, ticks


def busy_world() -> World:
    """5,000 vehicles and 5,000 links, with an incident a minute."""
    spec = scenario(random_incidents={"per_hour": 60})
    return make_world(spec, fleet=(3000, 2000), links=[*make_links(), *load_links(4976, BOX)])


def busy_links() -> tuple[list[LinkView], LinksPicture]:
    """5,000 links, each with a speed and a time of its own, from two sources; and what of them is sent."""
    rng = random.Random(7)
    network = Network([link(f"link-{n:04}", (n % 70 * 100, n // 70 * 100), (n % 70 * 100 + 90, n // 70 * 100))
                       for n in range(5000)])  # fmt: skip
    states = [
        LinkState(
            link_id=one,
            speed_kmh=rng.uniform(3, 60),
            feed_id=rng.choice(["detectors", "probe"]),
            free_flow_kmh=50.0,
            observed_at=NOON - seconds(rng.uniform(0, 400)),
        )
        for one in network.ids
    ]
    cadences = source_cadences([feed_spec("detectors", interval_s=60)], TrafficSpec(probe_window_s=1200))
    views = link_views(network, states, now=NOON, los=LosSpec(), cadence_of=cadences)
    return views, links_picture(views, network.version, cadences)
