"""Times as whole microseconds since 1970, and back. Pure."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_epoch_us(moment: datetime) -> int:
    """Microseconds since 1970 of an aware time; ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; times are aware UTC")
    return (moment - _EPOCH) // _MICROSECOND


def from_epoch_us(microseconds: int) -> datetime:
    """The aware UTC time of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=microseconds)
