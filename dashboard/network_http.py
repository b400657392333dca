"""`/network/links.geojson` and `/network/stops.geojson`: what the map draws once and colours after."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.api.problems import NotFound
from dashboard.basemap import GeoFile, geo_file
from data_sources.services import Services
from data_sources.views.links import links_geojson
from data_sources.views.stops import stops_geojson

LINKS, STOPS = "links.geojson", "stops.geojson"
PATH = "/network/"
NO_STOPS = b'{"type":"FeatureCollection","features":[]}'
"""A city without a schedule has no stops: the map asks before it can know."""


class NetworkFiles:
    """The network's documents of one city, made and compressed once."""

    def __init__(self, services: Services) -> None:
        self._files: dict[str, GeoFile] = {}
        if services.network is not None:
            self._files[LINKS] = geo_file(links_geojson(services.network), services.network.version)
        stops = NO_STOPS if services.schedule is None else stops_geojson(services.schedule, services.plans)
        self._files[STOPS] = geo_file(stops)

    def answer(self, name: str, request: Request) -> Response | None:
        """The document `name`, 304 when the client has it, None when there is no such document."""
        file = self._files.get(name)
        return None if file is None else file.answer(request)


def network_router(files: NetworkFiles) -> APIRouter:
    """The routes of the network's documents."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH + "{name}")
    async def document(name: str, request: Request) -> Response:
        """A document of the network."""
        answer = files.answer(name, request)
        if answer is None:
            raise NotFound(f"the network has no document {name!r}")
        return answer

    return router
