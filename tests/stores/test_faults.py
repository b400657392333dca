"""A history writer that is killed at any moment loses nothing that it acknowledged and halves nothing."""

import random
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest

from data_sources.stores.history import SqlHistory
from data_sources.stores.schema import position_batch
from tests.stores.samples import NOON, at, batch, fix, record

BATCH_SIZE = 40
KILLS = 6

# Records a batch every 2 s of its own time, folds every 20th, and says what was acknowledged.
_WRITER = """
import sys
from data_sources.stores.history import SqlHistory
from tests.stores.samples import at, batch, fix, payload, record, rejected
from tests.stores.test_faults import BATCH_SIZE
history = SqlHistory(sys.argv[1])
number = int(sys.argv[2])
while True:
    fixes = [fix(f"bus-{n}", 2 * number, passengers=number) for n in range(BATCH_SIZE)]
    message = batch(*fixes, rejected=(rejected(),))
    record(history, 2 * number, message, payload(b"%d" % number, received=2 * number))
    print(number, flush=True)
    number += 1
    if number % 20 == 0:
        history.compact(at(2 * number))
"""


@pytest.mark.faults
def test_writer_killed_at_random_moments_loses_and_halves_nothing(sqlite_url: str) -> None:
    chance = random.Random(20261123)
    acknowledged: set[int] = set()
    history = SqlHistory(sqlite_url)
    number = 0
    for _ in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, sqlite_url, str(number)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        acknowledged.add(int(writer.stdout.readline()))
        time.sleep(chance.uniform(0.02, 0.4))
        writer.kill()
        acknowledged |= {int(line) for line in writer.stdout if line.endswith("\n")}
        writer.wait()
        number = max(acknowledged) + 2  # the one after the last may be committed and not acknowledged

        stored: dict[int, int] = {}
        for found in history.positions_between(NOON, NOON + timedelta(days=30)):
            assert found.passengers is not None
            stored[found.passengers] = stored.get(found.passengers, 0) + 1
        assert acknowledged <= set(stored), "an acknowledged batch is lost"
        assert set(stored.values()) == {BATCH_SIZE}, "a batch is there in part or twice"
        (refusal,) = history.quarantined()
        assert refusal.count == len(stored), "a batch and its refusals are not one transaction"

    assert len(acknowledged) > KILLS * 3
    before = history.positions_between(NOON, NOON + timedelta(days=30))
    history.compact(NOON + timedelta(days=30))
    assert history.positions_between(NOON, NOON + timedelta(days=30)) == before
    history.close()


def test_two_processes_that_fold_at_once_lose_and_repeat_nothing(sql_url: str) -> None:
    stores = [SqlHistory(sql_url) for _ in range(2)]
    for second in range(0, 600, 2):
        record(stores[0], second, batch(fix("a", second), fix("b", second)))
    before = stores[0].positions_between(at(0), at(600))
    both = threading.Barrier(2)
    folded: list[int] = []

    def fold(store: SqlHistory) -> None:
        both.wait()
        folded.append(store.compact(at(600)))

    threads = [threading.Thread(target=fold, args=[store]) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stores[0].compact(at(600))
    assert stores[0].positions_between(at(0), at(600)) == before
    with stores[0]._database.read() as connection:
        assert connection.execute(position_batch.select()).all() == []
    assert sum(folded) <= 300
    for store in stores:
        store.close()


def test_feeds_write_at_once_from_several_threads(sql_url: str) -> None:
    history = SqlHistory(sql_url)

    def write(vehicle_id: str) -> None:
        for second in range(20):
            record(history, second, batch(fix(vehicle_id, second)))

    threads = [threading.Thread(target=write, args=[f"bus-{n}"]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(history.positions_between(at(0), at(60))) == 80
    history.close()
