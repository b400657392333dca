"""Fixtures that several rooms share, and how examples are drawn: a busy machine breaks no property."""

from hypothesis import HealthCheck, settings

from tests.servers import (
    embedded_valkey_server,
    embedded_valkey_url,
    empty_postgres_url,
    empty_sqlite_url,
    postgres_server,
    postgres_template,
    postgres_url,
    redis_server,
    redis_url,
    sqlite_template,
    sqlite_url,
)

settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any_machine")

__all__ = [
    "embedded_valkey_server",
    "embedded_valkey_url",
    "empty_postgres_url",
    "empty_sqlite_url",
    "postgres_server",
    "postgres_template",
    "postgres_url",
    "redis_server",
    "redis_url",
    "sqlite_template",
    "sqlite_url",
]
