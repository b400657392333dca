"""Rules of time: what is wrong with a stamp, in words, or None; no stamp is judged elsewhere."""

from datetime import UTC, datetime

from data_sources.rules.rule import CLOCK_TOLERANCE, MAX_AGE, Context, Rule

PLAUSIBLE_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
"""No stamp before this is one; zero clocks and GPS week roll-over (1024 weeks) end up there."""

TIME_IMPLAUSIBLE = Rule(
    "timestamp_implausible", "reject", "time before 2000 or more than 24 h ahead, or not in seconds", "E001"
)
TIME_FUTURE = Rule("timestamp_future", "reject", "time more than 60 s ahead of our clock", "E050")
TIME_OLD = Rule("timestamp_old", "reject", "time more than 24 h ago")


def implausible(at: datetime | None, context: Context) -> str | None:
    """No time of this service."""
    if at is None or PLAUSIBLE_SINCE <= at <= context.far_ahead:
        return None
    return f"stamp {at.isoformat()} is no time of this service"


def future(at: datetime | None, context: Context) -> str | None:
    """Ahead of our clock."""
    if at is None or at <= context.newest:
        return None
    ahead_s = (at - context.now).total_seconds()
    return f"stamp {at.isoformat()} is {ahead_s:.0f} s ahead, limit {CLOCK_TOLERANCE.total_seconds():.0f} s"


def old(at: datetime | None, context: Context) -> str | None:
    """History rather than news."""
    if at is None or at >= context.oldest:
        return None
    age_h = (context.now - at).total_seconds() / 3600
    return f"stamp {at.isoformat()} is {age_h:.0f} h old, limit {MAX_AGE.total_seconds() / 3600:.0f} h"
