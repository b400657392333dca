"""Feeds: parsers, transports, codes."""
