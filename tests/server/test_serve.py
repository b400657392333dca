"""What the web process does beside serving."""

import gc
from collections.abc import Iterator

import pytest

from dashboard.serve import keep_from_collector


class Cycle:
    """Rubbish that only the collector finds."""

    left = 0

    def __init__(self) -> None:
        self.self = self
        Cycle.left += 1

    def __del__(self) -> None:
        Cycle.left -= 1


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """Nothing is frozen at first; what the test run itself has set aside is again afterwards."""
    was_frozen = gc.get_freeze_count() > 0
    gc.unfreeze()
    yield
    gc.unfreeze()
    if was_frozen:
        gc.freeze()


def test_collector_no_longer_goes_through_what_was_there_at_start() -> None:
    there_for_good = [{"link": number} for number in range(1000)]
    keep_from_collector()
    assert gc.get_freeze_count() > len(there_for_good)
    assert len(gc.get_objects()) < len(there_for_good)


def test_rubbish_of_the_start_is_not_kept_for_good() -> None:
    Cycle()
    keep_from_collector()
    assert Cycle.left == 0
