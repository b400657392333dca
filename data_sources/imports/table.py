"""The entries under a sheet's header: of what, when, how much; and rows that hold no figures."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from data_sources.feeds.reading import Unusable
from data_sources.imports import codes
from data_sources.imports.figures import is_missing, looks_like_figure, plain
from data_sources.imports.header import Header, HeaderFinder, Layout
from data_sources.imports.names import Target, Vocabulary, split_unit
from data_sources.imports.periods import Habits, Span, YearTold, habits_of, month_told, read_period, year_told
from data_sources.imports.spec import ImportSpec
from data_sources.imports.units import is_unit
from data_sources.imports.workbook import Cell, Sheet
from data_sources.rules import Rule

_SUMMARY = re.compile(
    r"(รวม|ยอดรวม|ทั้งหมด|เฉลี่ย|ค่าเฉลี่ย|สูงสุด|ต่ำสุด|หมายเหตุ|ที่มา|แหล่งข้อมูล|ข้อมูล ณ|total|sum\b|grand|average|mean\b|"
    r"note|source|remark|\*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A figure as it stands in the sheet, or (with `wrong`) a row or cell that cannot be used. Rows count
    from 1, columns too; column 0 is the row as a whole."""

    row: int
    column: int
    label: str
    cell: Cell = None
    target: Target | None = None
    span: Span | None = None
    unit: str | None = None
    feature: str | None = None
    wrong: tuple[Rule, str] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """What a sheet holds. `rows`: rows below the header that are not empty; `blanks`: empty cells where
    other rows have figures; `aside`: heads of columns that nobody knows."""

    layout: Layout
    rows: int
    entries: list[Entry]
    blanks: int = 0
    aside: tuple[str, ...] = ()


def read_table(
    sheet: Sheet, vocabulary: Vocabulary, until_year: int, described: ImportSpec | None = None
) -> Table | None:
    """The table of a sheet, None when no header is understood."""
    return _Reader(sheet, vocabulary, until_year, described).read()


class _Reader:
    def __init__(
        self, sheet: Sheet, vocabulary: Vocabulary, until_year: int, described: ImportSpec | None
    ) -> None:
        self._sheet = sheet
        self._rows = sheet.rows
        self._vocabulary = vocabulary
        self._described = described
        self._until_year = until_year
        self._units: dict[int, str] = {}

    def read(self) -> Table | None:
        finder = HeaderFinder(self._sheet, self._vocabulary, self._until_year, self._described)
        header = finder.find()
        if header is None:
            return None
        below = header.row + 1
        if below < len(self._rows) and self._is_units_row(self._rows[below]):
            self._units = {
                index: cell for index, cell in enumerate(self._rows[below]) if isinstance(cell, str)
            }
            below += 1
        year = finder.year_above(header.row)
        readers: dict[Layout, Callable[[Header, int, YearTold | None], Table]] = {
            "long": self._down,
            "columns": self._down,
            "rows": self._across,
            "matrix": self._across,
        }
        return readers[header.layout](header, below, year)

    def _is_units_row(self, cells: list[Cell]) -> bool:
        told = [cell for cell in cells if cell is not None]
        return bool(told) and all(isinstance(cell, str) and is_unit(cell) for cell in told)

    def _down(self, header: Header, below: int, year: YearTold | None) -> Table:
        """Layouts whose periods run down: `long` and `columns`."""
        roles = header.roles
        column = roles.get("period", roles.get("year", 0))
        of_year = roles.get("year")
        is_monthly = self._described.is_monthly if self._described else False
        cells = [row[column] for row in self._rows[below:] if column < len(row)]
        habits = habits_of(cells, self._until_year, is_monthly=is_monthly)
        entries: list[Entry] = []
        rows = blanks = 0
        for number, row in self._numbered(below):
            rows += 1
            skipped = self._unused(number, row, header)
            told = year_told(self._year_cell(row, of_year, header), habits)
            when = _at(row, column) if column != of_year else self._year_cell(row, of_year, header)
            span, wrong = _period(when, habits, told or year)
            if skipped is not None and (
                span is None or (skipped.wrong and skipped.wrong[0] is not codes.SUMMARY_ROW)
            ):
                entries.append(skipped)
                continue
            found = (
                [self._long_entry(number, row, header, span, wrong)]
                if header.layout == "long"
                else list(self._column_entries(number, row, header, span, wrong))
            )
            if header.layout == "columns":
                blanks += len(header.targets) - len(found)
            entries += found or [_whole(number, str(_at(row, column)), codes.VALUE_MISSING, "no figure")]
        return Table(header.layout, rows, entries, blanks, self._aside(header))

    def _year_cell(self, row: list[Cell], of_year: int | None, header: Header) -> Cell:
        """The cell of the year's column; under a head that says so a fiscal year."""
        head, cell = _text(_at(self._rows[header.row], of_year)), _at(row, of_year)
        is_fiscal = "งบ" in head or "fiscal" in head.casefold()
        return f"ปีงบประมาณ {_text(cell)}" if is_fiscal and cell is not None else cell

    def _long_entry(
        self, number: int, row: list[Cell], header: Header, span: Span | None, wrong: tuple[Rule, str] | None
    ) -> Entry:
        roles = header.roles
        label = _text(_at(row, roles["name"]))
        target = self._vocabulary.find(label)
        if target is None:
            wrong = (codes.INDICATOR_UNKNOWN, f"{label[:60]!r} is neither key nor name of an indicator")
        unit, feature = (_text(_at(row, roles.get(role))) for role in ("unit", "feature"))
        column = roles["value"]
        head = split_unit(_text(_at(self._rows[header.row], column)))[1]
        return Entry(
            number,
            column + 1,
            label,
            _at(row, column),
            target,
            span,
            unit or self._units.get(column) or head,
            feature or None,
            wrong,
        )

    def _column_entries(
        self, number: int, row: list[Cell], header: Header, span: Span | None, wrong: tuple[Rule, str] | None
    ) -> Iterator[Entry]:
        feature = _text(_at(row, header.roles.get("feature"))) or None
        for column, target in header.targets.items():
            cell = _at(row, column)
            if cell is not None:
                label = _text(_at(self._rows[header.row], column))
                unit = self._units.get(column)
                yield Entry(number, column + 1, label, cell, target, span, unit, feature, wrong)

    def _across(self, header: Header, below: int, year: YearTold | None) -> Table:
        """Layouts whose periods run across: `rows` and `matrix`."""
        spans = header.spans
        habits = habits_of((cell for cell, _ in spans.values()), self._until_year)
        entries: list[Entry] = []
        rows = blanks = 0
        for number, row in self._numbered(below):
            rows += 1
            label, target = self._row_label(row, header)
            is_known = target is not None or (header.layout == "matrix" and month_told(label) is not None)
            skipped = self._unused(number, row, header)
            if skipped is not None and not is_known:
                entries.append(skipped)
                continue
            wrong = None
            if not is_known:
                rule = codes.INDICATOR_UNKNOWN if header.layout == "rows" else codes.PERIOD_UNREADABLE
                wrong = (rule, f"{label[:60]!r} is not known")
            unit = _text(_at(row, header.roles.get("unit"))) or None
            feature = _text(_at(row, header.roles.get("feature"))) or None
            filled = [index for index in spans if _at(row, index) is not None]
            if not filled:
                rule, detail = wrong or (codes.VALUE_MISSING, "no figure")
                entries.append(_whole(number, label, rule, detail))
                continue
            blanks += len(spans) - len(filled)
            for index in filled:
                told, over = spans[index]
                if header.layout == "matrix" and is_known:
                    span, odd = _period(label, habits, year_told(told, habits))
                else:
                    span, odd = _period(told, habits, over or year)
                entries.append(
                    Entry(
                        number,
                        index + 1,
                        label,
                        _at(row, index),
                        target or header.only,
                        span,
                        unit,
                        feature,
                        wrong or odd,
                    )
                )
        return Table(header.layout, rows, entries, blanks)

    def _row_label(self, row: list[Cell], header: Header) -> tuple[str, Target | None]:
        """What names a row: the column of names, else the first text before the periods that is known."""
        if header.layout == "matrix":
            return _text(next((cell for cell in row[: min(header.spans)] if cell is not None), None)), None
        first = min(header.spans)
        at = header.roles.get("name")
        texts = [
            cell for cell in ([row[at]] if at is not None and at < len(row) else []) if isinstance(cell, str)
        ]
        texts += [cell for cell in row[:first] if isinstance(cell, str) and cell not in texts]
        for text in texts:
            found = self._vocabulary.find(text)
            if found is not None:
                return text, found
        return next(iter(texts), _text(_at(row, 0))), None

    def _numbered(self, below: int) -> Iterator[tuple[int, list[Cell]]]:
        """Rows that hold anything, with their numbers."""
        for index in range(below, len(self._rows)):
            if any(cell is not None for cell in self._rows[index]):
                yield index + 1, self._rows[index]

    def _unused(self, number: int, row: list[Cell], header: Header) -> Entry | None:
        """A header once more, a total, a note: what it is, None for a row of figures."""
        told = [cell for cell in row if cell is not None]
        label = _text(told[0])
        head = [cell for cell in self._rows[header.row] if cell is not None]
        if told == head:
            return _whole(number, label, codes.HEADER_REPEATED, "the header once more")
        texts = [cell for cell in told if isinstance(cell, str) and not looks_like_figure(cell)]
        if any(_SUMMARY.match(plain(text)) for text in texts[:2]):
            return _whole(number, label, codes.SUMMARY_ROW, "a total or a note")
        if len(set(map(str, told))) == 1 and texts and not is_missing(plain(label)):
            return _whole(number, label, codes.SUMMARY_ROW, "a row of text only")
        return None

    def _aside(self, header: Header) -> tuple[str, ...]:
        if header.layout == "long":
            return ()
        used = {*header.roles.values(), *header.targets}
        heads = enumerate(self._rows[header.row])
        return tuple(_text(cell) for index, cell in heads if cell is not None and index not in used)


def _period(cell: Cell, habits: Habits, year: YearTold | None) -> tuple[Span | None, tuple[Rule, str] | None]:
    try:
        return read_period(cell, habits, year), None
    except Unusable as error:
        return None, (error.rule, str(error))


def _whole(number: int, label: str, rule: Rule, detail: str) -> Entry:
    return Entry(number, 0, label, wrong=(rule, detail))


def _at(row: list[Cell], index: int | None) -> Cell:
    return row[index] if index is not None and index < len(row) else None


def _text(cell: Cell) -> str:
    return "" if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell)
