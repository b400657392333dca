"""Ids of the environment page."""

MAP = "environment-map"
