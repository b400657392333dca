"""Data-quality rules: what makes a record unusable or doubtful. Named, cited, pure.

A rule either *rejects* a record (it goes to quarantine with the rule's code), *drops* one of its
values, *flags* it (it is used, and says so), *ignores* it (it does not concern the city, and is only
counted) or *refuses* the message as a whole (the last good picture stays). `cites` is the identifier
in the GTFS-Realtime validator's list where it has one, else the part of a standard or reference that
states the requirement.
"""

from data_sources.rules.judgement import RULES, judge, own_time
from data_sources.rules.rule import Effect, KnownTrips, Rule

__all__ = ["RULES", "Effect", "KnownTrips", "Rule", "judge", "own_time"]
