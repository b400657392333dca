"""Desks: what ingest works out from many records together. Synchronous; time is always given."""
