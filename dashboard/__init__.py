"""Roof: settings, services, ASGI server, command line and the bundled city packs."""
