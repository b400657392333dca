"""Work that is done every so often."""

from datetime import datetime, timedelta

import pytest

from data_sources.measures.due import is_due
from tests.builders import NOON

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("last", "due"),
    [
        (None, True),
        (NOON - MINUTE, True),
        (NOON - MINUTE / 2, False),
        (NOON, False),
        (NOON + 60 * MINUTE, True),  # the clock was set back
    ],
)
def test_work_is_due_when_its_time_has_passed_and_when_the_clock_was_set_back(
    last: datetime | None, due: bool
) -> None:
    assert is_due(last, NOON, MINUTE) is due
