"""Ids of the mobility page."""

MAP = "mobility-map"
