"""Months of raw values in PostgreSQL: none is lost that is kept for ever."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from data_sources.stores.base import Retention
from data_sources.stores.engine import Database
from data_sources.stores.history import SqlHistory
from data_sources.stores.observation_folding import by_series
from data_sources.stores.partitions import month_of
from data_sources.stores.sql_observations import store_values
from tests.stores.samples import NOON, observed
from tests.system.processes import wait_until

DAY = 86_400
OLD = -200 * DAY
WAITS = sa.text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")


@pytest.fixture
def history(postgres_url: str) -> Iterator[SqlHistory]:
    store = SqlHistory(postgres_url)
    yield store
    store.close()


def test_month_is_that_of_utc_also_at_the_end_of_a_year() -> None:
    last = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert month_of(last) == datetime(2026, 12, 1, tzinfo=UTC)
    assert month_of(last + timedelta(seconds=1)) == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.postgres
def test_values_on_both_sides_of_new_year_find_their_months(history: SqlHistory) -> None:
    last = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    told = [(last - NOON).total_seconds() + second for second in (0, 1, 2)]
    history.record_observations([observed(1.0, second) for second in told])
    (found,) = history.observation_values([1], last, last + timedelta(seconds=2))
    assert found.times == [last, last + timedelta(seconds=1)]


@pytest.mark.postgres
def test_value_that_comes_while_its_month_is_dropped_is_kept(history: SqlHistory, postgres_url: str) -> None:
    slow = {"feature_id": "slow", "cadence_s": float(DAY)}
    history.record_observations([observed(1.0, OLD), observed(2.0, 0, **slow)])
    database = Database(postgres_url)
    with ThreadPoolExecutor(1) as pool:
        with database.write() as connection:
            store_values(connection, by_series([observed(3.0, OLD, **slow)]))
            pruning = pool.submit(history.prune, NOON, Retention(observations=timedelta(days=60)))
            wait_until(lambda: connection.scalar(WAITS), 20, "prune waits")
        pruning.result(timeout=20)
    database.close()
    series = {one.feature_id: one.series_id for one in history.series()}
    (found,) = history.observation_values([series["slow"]], NOON - timedelta(days=365), NOON)
    assert found.values == [3.0]
