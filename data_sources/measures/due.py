"""Work that is done every so often, by the time that it is given. Pure."""

from datetime import datetime, timedelta


def is_due(last: datetime | None, now: datetime, every: timedelta) -> bool:
    """Whether what was done last at `last` (None: never) is to be done again. A clock that was set back must
    not stop it for as long."""
    return last is None or not timedelta(0) <= now - last < every
