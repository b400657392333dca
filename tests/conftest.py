"""Fixtures that several rooms share."""

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
