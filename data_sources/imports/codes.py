"""Codes of what an import refuses as a whole, rejects or flags; told to agencies in docs/imports.md."""

from data_sources.feeds import codes as feed_codes
from data_sources.rules import Rule, observations, times

EMPTY_BODY = feed_codes.EMPTY_BODY
TOO_LARGE = feed_codes.TOO_LARGE
HTML_PAGE = feed_codes.HTML_PAGE
XML_DOCTYPE = feed_codes.XML_DOCTYPE
VALUE_MISSING = observations.VALUE_MISSING
VALUE_UNREADABLE = feed_codes.VALUE_UNREADABLE
VALUE_IMPLAUSIBLE = observations.VALUE_IMPLAUSIBLE
UNIT_UNKNOWN = feed_codes.UNIT_UNKNOWN
FEATURE_UNKNOWN = observations.FEATURE_UNKNOWN

OLD_EXCEL = Rule("old_excel", "refuse", "an Excel file of before 2007, or locked by a password")
NOT_XLSX = Rule("not_xlsx", "refuse", "a damaged Excel file, or a zip file of another kind")
NOT_TEXT = Rule("not_text", "refuse", "neither text nor an Excel file")
NOTHING_RECOGNISED = Rule("nothing_recognised", "refuse", "no sheet has a header that can be understood")

INDICATOR_UNKNOWN = Rule("indicator_unknown", "reject", "a name or key that the city does not have")
INDICATOR_NOT_IMPORTED = Rule(
    "indicator_not_imported", "reject", "an indicator that is computed here, or comes from a feed only"
)
PERIOD_UNREADABLE = Rule("period_unreadable", "reject", "what the value holds for cannot be read")
PERIOD_AMBIGUOUS = Rule("period_ambiguous", "reject", "a date that can be read in two ways")
PERIOD_NOT_OVER = Rule("period_not_over", "reject", "a day, month or year that is not over yet")
PERIOD_MIXED = Rule("period_mixed", "reject", "a month among years, or the like, in one series")
SUMMARY_ROW = Rule("summary_row", "reject", "a total, a note or a row without figures")
HEADER_REPEATED = Rule("header_repeated", "reject", "the header once more, as on printed pages")
ROW_REPEATED = Rule("row_repeated", "reject", "the same value for the same time once more")
ROWS_CONFLICT = Rule("rows_conflict", "reject", "two different values for the same time; none is taken")

DUPLICATE_PERIOD = Rule(
    "duplicate_period", "flag", "two periods of the series have the very same figure of five digits or more"
)
ROUNDED = Rule(
    "rounded", "flag", "three or more successive values of 1,000 and more that are all whole hundreds"
)

SHARED_RULES: tuple[Rule, ...] = (
    EMPTY_BODY,
    TOO_LARGE,
    HTML_PAGE,
    XML_DOCTYPE,
    VALUE_MISSING,
    VALUE_UNREADABLE,
    VALUE_IMPLAUSIBLE,
    UNIT_UNKNOWN,
    FEATURE_UNKNOWN,
    times.TIME_FUTURE,
    times.TIME_IMPLAUSIBLE,
)
"""Rules of feeds that hold for sheets too."""

OWN_RULES: tuple[Rule, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Rule) and value not in SHARED_RULES
)
IMPORT_RULES: tuple[Rule, ...] = (*OWN_RULES, *SHARED_RULES)
