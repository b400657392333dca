"""Fixtures that several rooms share, and how examples are drawn.

The same examples each time, however busy the machine, so that a failure can be had again and a change is
judged by what it changed. `--hypothesis-profile=explore` draws others.
"""

import gc

import pytest
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

settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("explore"), derandomize=True)
settings.load_profile("same")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole demos first: one of them takes as long as a thousand others, and is not to be waited for at the
    end."""
    items.sort(key=lambda item: "tests/system/" not in item.nodeid)


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: the collector need not look at it, and a worker
    leaves at once."""
    gc.collect()
    gc.freeze()


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
