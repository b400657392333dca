"""Live store (Redis protocol) and history store (SQL), behind the protocols of `base`."""
