"""From the bytes of a file to what it would change: observations with where they stand, and refusals."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from data_sources.errors import FeedContentError
from data_sources.feeds import clean
from data_sources.feeds.reading import Unusable
from data_sources.imports import codes
from data_sources.imports.figures import plain, read_figure
from data_sources.imports.names import Target, Vocabulary
from data_sources.imports.periods import PeriodGrain
from data_sources.imports.quality import odd_values
from data_sources.imports.spec import ImportSpec
from data_sources.imports.table import Entry, read_table
from data_sources.imports.units import in_unit
from data_sources.imports.workbook import Sheet, read_sheets
from data_sources.model.city import City
from data_sources.model.feed import Rejected
from data_sources.model.observation import CITY_FEATURE, FILE_FEED, Observation
from data_sources.rules import Rule
from data_sources.rules.observations import OBSERVATION_CHECKS
from data_sources.rules.rule import Context, Findings, judged

DAY_S = 86_400.0
CADENCE_S: Mapping[PeriodGrain, float | None] = {
    "instant": None,
    "day": DAY_S,
    "week": 7 * DAY_S,
    "month": 31 * DAY_S,
    "quarter": 92 * DAY_S,
    "year": 366 * DAY_S,
}
"""The longest that a period of the grain takes: how often a value is promised."""

SeriesName = tuple[str, str, str]
"""Feed, feature, property."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the file; column 0 is the row as a whole."""

    sheet: str
    row: int
    column: int
    label: str

    def __str__(self) -> str:
        cell = f"{column_letters(self.column)}{self.row}" if self.column else f"row {self.row}"
        return f"{self.sheet}!{cell}" if self.sheet else cell


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What a file would change. `observations` stand where `places` say; `properties` are those of all its
    figures, the refused ones too. `rows`: rows with anything in them under a header; `blanks`: empty cells
    among figures, which are neither taken nor refused; `hidden`: rows hidden in the sheet, read like all
    others; `sheets_aside`, `columns_aside`: what nobody knows."""

    file_name: str
    digest: str
    feed_id: str
    rows: int
    observations: tuple[Observation, ...]
    places: tuple[Place, ...]
    rejected: tuple[Rejected, ...]
    properties: tuple[str, ...] = ()
    blanks: int = 0
    hidden: int = 0
    sheets_aside: tuple[str, ...] = ()
    columns_aside: tuple[str, ...] = ()

    @property
    def values(self) -> int:
        """Figures, and rows that have none or cannot be used: each is taken or refused."""
        return len(self.observations) + len(self.rejected)

    @property
    def by_code(self) -> dict[str, int]:
        """Refusals by code."""
        return dict(sorted(Counter(one.code for one in self.rejected).items()))


def digest_of(content: bytes) -> str:
    """By which a file is known again, whatever its name."""
    return hashlib.sha256(content).hexdigest()


def shown_name(file_name: str) -> str:
    """The file's name as text: a file system may hold bytes in it that are none."""
    return file_name.encode("utf-8", "replace").decode()


def plan_import(
    content: bytes, file_name: str, city: City, specs: Sequence[ImportSpec], now: datetime
) -> ImportPlan:
    """Read a file that was handed in. FeedContentError when it is unusable as a whole."""
    sheets = read_sheets(content)
    drafts: list[_Draft] = []
    rejected: list[Rejected] = []
    rows = blanks = 0
    sheets_aside: list[str] = []
    columns_aside: list[str] = []
    feed_ids: list[str] = []
    properties: set[str] = set()
    for sheet in sheets:
        described = next((spec for spec in specs if spec.is_for(file_name, sheet.name)), None)
        vocabulary = Vocabulary(city, described)
        until_year = now.astimezone(city.zone).year + 1
        table = read_table(sheet, vocabulary, until_year, described)
        if table is None:
            if any(cell is not None for row in sheet.rows for cell in row):
                sheets_aside.append(sheet.name)
            continue
        rows += table.rows
        blanks += table.blanks
        columns_aside += table.aside
        reader = _Reader(city, vocabulary, described, sheet, now)
        feed_ids.append(reader.feed_id)
        properties |= {entry.target.property_id for entry in table.entries if entry.target is not None}
        for entry in table.entries:
            outcome = reader.outcome(entry)
            if isinstance(outcome, Rejected):
                rejected.append(outcome)
            else:
                drafts.append(outcome)
    if not rows:
        raise FeedContentError(
            codes.NOTHING_RECOGNISED.code,
            "no header was understood: name the indicators (ENV-01 or by name) and the months or dates",
        )
    kept, refused = _consistent(drafts)
    return ImportPlan(
        file_name=file_name,
        digest=digest_of(content),
        feed_id=next(iter(feed_ids), FILE_FEED),
        rows=rows,
        observations=tuple(draft.observation for draft in kept),
        places=tuple(draft.place for draft in kept),
        rejected=(*rejected, *refused),
        properties=tuple(sorted(properties)),
        blanks=blanks,
        hidden=sum(len(sheet.hidden) for sheet in sheets),
        sheets_aside=tuple(sheets_aside),
        columns_aside=tuple(dict.fromkeys(columns_aside)),
    )


def flagged(
    observations: Sequence[Observation], known: Mapping[SeriesName, Mapping[datetime, float]]
) -> tuple[Observation, ...]:
    """The observations with flags of what looks odd in their series, beside the values that are known."""
    series: dict[SeriesName, dict[datetime, float]] = {}
    for one in observations:
        name = series_name(one)
        series.setdefault(name, dict(known.get(name, {})))[one.observed_at] = one.value
    odd = {name: odd_values(values) for name, values in series.items()}
    return tuple(
        msgspec.structs.replace(one, flags=odd[series_name(one)].get(one.observed_at, ()))
        for one in observations
    )


def series_name(one: Observation) -> SeriesName:
    """What names the observation's series."""
    return one.feed_id, one.feature_id, one.property_id


def column_letters(column: int) -> str:
    """A column's letters, from 1: A, B, ..., Z, AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass(frozen=True, slots=True)
class _Draft:
    observation: Observation
    place: Place
    grain: PeriodGrain


class _Reader:
    """Turns the entries of one sheet into observations or refusals."""

    def __init__(
        self, city: City, vocabulary: Vocabulary, described: ImportSpec | None, sheet: Sheet, now: datetime
    ) -> None:
        self._city = city
        self._vocabulary = vocabulary
        self._decimal_comma = described.decimal_comma if described else False
        self.feed_id = described.feed_id if described else FILE_FEED
        self._sheet = sheet.name
        self._now = now
        self._context = Context(now, properties=city.properties)

    def outcome(self, entry: Entry) -> _Draft | Rejected:
        place = Place(self._sheet, entry.row, entry.column, entry.label)
        try:
            draft = self._draft(entry, place)
        except Unusable as error:
            return _rejected(place, error.rule, str(error), _shown(entry))
        findings = Findings([], {})
        kept = judged(draft.observation, str(place), OBSERVATION_CHECKS, self._context, findings)
        if kept is not None:
            return draft
        refused = findings.rejected[0]
        return msgspec.structs.replace(refused, record=_record(place, _shown(entry)))

    def _draft(self, entry: Entry, place: Place) -> _Draft:
        if entry.wrong is not None:
            raise Unusable(*entry.wrong)
        target, span = entry.target, entry.span
        if target is None or span is None:
            raise Unusable(codes.PERIOD_UNREADABLE, "nothing tells what the figure is of, or when")
        if target.refused:
            detail = f"{target.refused} is computed here or comes from its feed; hand in what was measured"
            raise Unusable(codes.INDICATOR_NOT_IMPORTED, detail)
        start, end = (at.replace(tzinfo=self._city.zone) for at in (span.start, span.end))
        if span.grain != "instant" and end > self._now:
            raise Unusable(codes.PERIOD_NOT_OVER, f"it is over on {span.end:%Y-%m-%d}")
        value, behind = read_figure(entry.cell, decimal_comma=self._decimal_comma)
        unit = self._city.properties[target.property_id].unit
        value = in_unit(value, behind or entry.unit or target.unit, unit, span.grain)
        utc_start, utc_end = (at.astimezone(self._now.tzinfo) for at in (start, end))
        observation = Observation(
            feed_id=self.feed_id,
            feature_id=self._feature(entry, target),
            property_id=target.property_id,
            value=round(value, 9),
            unit=unit,
            observed_at=utc_end,
            received_at=self._now,
            period_s=None if span.grain == "instant" else (utc_end - utc_start).total_seconds(),
            cadence_s=CADENCE_S[span.grain],
        )
        return _Draft(observation, place, span.grain)

    def _feature(self, entry: Entry, target: Target) -> str:
        if entry.feature is None:
            return target.feature_id or CITY_FEATURE
        found = self._vocabulary.feature(entry.feature)
        if found is None:
            raise Unusable(codes.FEATURE_UNKNOWN, f"{entry.feature[:60]!r} is no place of the city")
        return found


def _consistent(drafts: Iterable[_Draft]) -> tuple[list[_Draft], list[Rejected]]:
    """Those that agree with each other: one value for each time of a series, all of one grain (the
    commonest, of several the finest)."""
    by_series: dict[SeriesName, list[_Draft]] = defaultdict(list)
    for draft in drafts:
        by_series[series_name(draft.observation)].append(draft)
    kept: list[_Draft] = []
    refused: list[Rejected] = []
    for told in by_series.values():
        grains = Counter(draft.grain for draft in told)
        order = list(CADENCE_S)
        usual = max(grains, key=lambda grain: (grains[grain], -order.index(grain)))
        by_time: dict[datetime, list[_Draft]] = defaultdict(list)
        for draft in told:
            if draft.grain == usual:
                by_time[draft.observation.observed_at].append(draft)
            else:
                refused.append(_refused(draft, codes.PERIOD_MIXED, f"a {draft.grain} among {usual}s"))
        for same in by_time.values():
            if len({draft.observation.value for draft in same}) > 1:
                told_values = ", ".join(f"{draft.observation.value:g} ({draft.place})" for draft in same[:4])
                refused += [_refused(draft, codes.ROWS_CONFLICT, told_values) for draft in same]
                continue
            kept.append(same[0])
            refused += [_refused(draft, codes.ROW_REPEATED, f"as in {same[0].place}") for draft in same[1:]]
    return kept, refused


def _refused(draft: _Draft, rule: Rule, detail: str) -> Rejected:
    return _rejected(draft.place, rule, detail, f"{draft.observation.value:g}")


def _rejected(place: Place, rule: Rule, detail: str, shown: str) -> Rejected:
    return Rejected(code=rule.code, entity_id=str(place), detail=detail, record=_record(place, shown))


def _record(place: Place, shown: str) -> dict[str, object]:
    column = column_letters(place.column)
    label = clean.line(place.label) or ""
    return {"sheet": place.sheet, "row": place.row, "column": column, "label": label, "value": shown}


def _shown(entry: Entry) -> str:
    return "" if entry.cell is None else (clean.line(plain(str(entry.cell))) or "")
