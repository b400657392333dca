"""The kinds that read national services speak the vocabulary: its properties, in its units."""

from collections.abc import Iterable

import pytest

from data_sources.feeds import air4thai, gistda, open_meteo, openaq, rid_reservoirs, thaiwater, tmd_weather
from data_sources.feeds.observing import Quantity
from data_sources.pack_indicators import vocabulary

UNITS = {spec.property_id: spec.unit for spec in vocabulary()}


def pairs(quantities: Iterable[Quantity]) -> set[tuple[str, str]]:
    return {(quantity.property_id, quantity.unit) for quantity in quantities}


@pytest.mark.parametrize(
    "told",
    [
        pairs((*air4thai.POLLUTANTS.values(), air4thai.INDEX)),
        {*open_meteo.INSTANT.values(), *open_meteo.HOURLY_MEAN.values()} | pairs([open_meteo.DISCHARGE]),
        {(property_id, "mm") for property_id in open_meteo.RAIN_PROPERTIES.values()},
        pairs(tmd_weather.QUANTITIES.values()),
        pairs((*thaiwater.RAIN.values(), thaiwater.LEVEL, thaiwater.GAP, thaiwater.DISCHARGE)),
        pairs((rid_reservoirs.VOLUME, rid_reservoirs.FILL)),
        pairs((*gistda.PM25.values(), gistda.HOTSPOTS)),
        set(openaq.PARAMETERS.values()),
    ],
    ids=["air4thai", "open_meteo", "rain", "tmd_weather", "thaiwater", "rid_reservoirs", "gistda", "openaq"],
)
def test_every_property_is_in_the_vocabulary_and_in_its_unit(told: set[tuple[str, str]]) -> None:
    assert {(property_id, UNITS.get(property_id)) for property_id, _ in told} == told
