"""The composition root: what the settings say reaches what is built of them."""

from datetime import timedelta

import msgspec
import pytest

from dashboard import compose
from dashboard.settings import BUNDLED_CITIES, Settings
from data_sources.catalogue import load_city
from data_sources.stores.base import Retention

KEPT = {
    "positions_keep_days": ("positions",),
    "quarantine_keep_days": ("quarantine",),
    "links_keep_days": ("link_frames",),
    "operations_keep_days": ("link_hours", "incidents", "operations"),
    "observations_keep_days": ("observations",),
    "hours_keep_days": ("rollup_hours",),
    "tickets_keep_days": ("tickets",),
}


def test_retention_is_that_of_the_stores_where_nothing_is_set() -> None:
    assert compose.retention(Settings()) == Retention()


@pytest.mark.parametrize("setting", KEPT)
def test_setting_changes_what_it_names_and_nothing_else(setting: str) -> None:
    changed = compose.retention(Settings.model_validate({setting: 7}))
    week = dict.fromkeys(KEPT[setting], timedelta(days=7))
    assert changed == msgspec.structs.replace(Retention(), **week)


def test_recording_is_read_in_the_units_of_the_city() -> None:
    city = load_city(BUNDLED_CITIES / "khon_kaen", {})
    (feed,) = compose.with_recording(city, "http://127.0.0.1:1/", "ngsi_ld").feeds
    assert feed.units["pm25"] == "µg/m³"
    assert feed.units.keys() == city.properties.keys()
