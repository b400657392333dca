"""Ids of the wall screens."""

MAP = "wall-map"
CITY_MAP = "wall-city-map"
