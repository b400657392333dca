"""Ids of the wall screens."""

MAP = "wall-map"
