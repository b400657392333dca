"""Ids of the frame around every page."""

LOCATION = "location"
PAGE = "page"
MAIN = "main"
"""Where the skip link leads."""
