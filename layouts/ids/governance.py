"""Ids of the governance page."""

MAP = "governance-map"
