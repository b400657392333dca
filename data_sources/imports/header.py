"""Where a sheet's header is and what its heads mean: roles, indicators, periods; and the layout that follows.

Four layouts: `long` (name, period and value in columns), `columns` (a period column, one column an
indicator), `rows` (one row an indicator, periods across) and `matrix` (months down, years across, of the one
indicator that the title names).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from data_sources.feeds.reading import Unusable
from data_sources.imports.figures import plain
from data_sources.imports.names import Target, Vocabulary, same, split_unit
from data_sources.imports.periods import Habits, YearTold, month_told, read_period, year_told
from data_sources.imports.spec import ImportSpec
from data_sources.imports.units import is_unit
from data_sources.imports.workbook import Cell, Sheet

Layout = Literal["long", "columns", "rows", "matrix"]
Role = Literal["name", "period", "year", "value", "unit", "feature", "aside"]

HEADER_WITHIN = 30
"""A header stands in the first so many rows."""
HEADER_ROWS_ABOVE = 3
WORDS: dict[Role, tuple[str, ...]] = {
    "name": (
        "key",
        "indicator",
        "indicator key",
        "code",
        "property",
        "kpi",
        "ตัวชี้วัด",
        "รหัส",
        "รหัสตัวชี้วัด",
        "รายการ",
    ),
    "period": (
        *("period", "month", "date", "time", "quarter", "observed at", "month/year", "เดือน", "วันที่"),
        *("งวด", "ช่วงเวลา", "ไตรมาส", "เดือน/ปี", "เดือนปี", "วัน/เดือน/ปี", "วันเดือนปี", "เวลา", "ประจำเดือน"),
    ),
    "year": ("year", "ปี", "พ.ศ.", "ปี พ.ศ.", "ปีงบประมาณ", "fiscal year"),
    "value": ("value", "figure", "amount", "ค่า", "ผล", "ผลการดำเนินงาน", "ค่าที่วัดได้", "ข้อมูล", "จำนวน"),
    "unit": ("unit", "units", "หน่วย", "หน่วยนับ", "หน่วยวัด"),
    "feature": ("feature", "station", "place", "area", "district", "สถานี", "พื้นที่", "จุดวัด", "สถานที่", "อำเภอ"),
    "aside": (
        "note",
        "notes",
        "remark",
        "remarks",
        "flags",
        "no",
        "no.",
        "หมายเหตุ",
        "ลำดับ",
        "ลำดับที่",
        "ที่",
        "ที่มา",
    ),
}
ROLE_OF: dict[str, Role] = {same(word): role for role, words in WORDS.items() for word in words}


@dataclass(slots=True)
class Header:
    """What the heads in a row mean, by column (from 0): `spans` are periods across, with the year over them;
    `only` is the indicator that the title names, where the sheet is of one. The best row has the highest
    `score`."""

    row: int
    layout: Layout
    score: int = 0
    roles: dict[Role, int] = field(default_factory=dict)
    targets: dict[int, Target] = field(default_factory=dict)
    spans: dict[int, tuple[Cell, YearTold | None]] = field(default_factory=dict)
    only: Target | None = None


class HeaderFinder:
    """Looks for the header of one sheet."""

    def __init__(
        self, sheet: Sheet, vocabulary: Vocabulary, until_year: int, described: ImportSpec | None
    ) -> None:
        self._sheet = sheet
        self._rows = sheet.rows
        self._vocabulary = vocabulary
        self._described = described
        self._plain_habits = Habits(until_year)
        self._years: dict[int, set[YearTold]] = {}

    def find(self) -> Header | None:
        given = self._described.header_row if self._described else None
        numbers = [given - 1] if given is not None else range(min(HEADER_WITHIN, len(self._rows)))
        best: Header | None = None
        for row in numbers:
            if row < len(self._rows):
                found = self._header_at(row)
                if found is not None and (best is None or found.score > best.score):
                    best = found
        return best

    def _header_at(self, row: int) -> Header | None:
        found = Header(row, "columns")
        above, title = self._years_above(row), self.year_above(row)
        period_head = same(self._described.period) if self._described and self._described.period else None
        for index, cell in enumerate(self._rows[row]):
            if cell is None:
                continue
            if isinstance(cell, str):
                if period_head is not None and same(cell) == period_head:
                    found.roles["period"] = index
                    continue
                role = ROLE_OF.get(same(cell)) or ROLE_OF.get(same(split_unit(cell)[0]))
                target = self._target(row, index)
                if role is not None and (target is None or role in {"period", "year"}):
                    found.roles.setdefault(role, index)
                    continue
                if target is not None:
                    found.targets[index] = target
                    continue
            year = above.get(index) or title
            if self._is_period(cell, year):
                found.spans[index] = (cell, year)
        return self._judged(found)

    def _judged(self, found: Header) -> Header | None:
        roles = found.roles
        has_time = "period" in roles or "year" in roles
        if has_time and "name" in roles and "value" in roles:
            found.layout, found.score = "long", len(roles) + 1
            return found
        if self._are_apart(found) and (len(found.spans) >= 2 or "name" in roles):
            found.score = len(found.spans) + ("name" in roles)
            found.layout = "rows"
            if self._labels_are_months(found):
                only = self._named_above(found.row)
                if only is None:
                    return None
                found.layout, found.only = "matrix", only
            return found
        if has_time and found.targets:
            found.layout, found.score = "columns", len(found.targets) + 1
            return found
        if has_time and "value" in roles:
            only = self._named_above(found.row)
            if only is not None:
                found.layout, found.score = "columns", 2
                found.targets[roles["value"]] = only
                return found
        return None

    def _target(self, row: int, index: int) -> Target | None:
        """The indicator of a column by its own head, else with what stands above it."""
        own = str(self._rows[row][index])
        for text in (own, *self._above(row, index, own)):
            found = self._vocabulary.find(text)
            if found is not None:
                return found
        return None

    def _above(self, row: int, index: int, own: str) -> Iterator[str]:
        for higher in range(row - 1, max(row - 1 - HEADER_ROWS_ABOVE, -1), -1):
            group = self._filled(higher, index)
            if isinstance(group, str) and same(group) != same(own):
                yield f"{group} {own}"
                if same(own) not in ROLE_OF and is_unit(own):
                    yield f"{group} ({own.strip('()[] ')})"

    def _filled(self, row: int, index: int) -> Cell:
        """A cell of a row of groups, which is written once over several columns."""
        cells = self._rows[row]
        return next((cells[at] for at in range(min(index, len(cells) - 1), -1, -1) if cells[at]), None)

    def _years_above(self, row: int) -> dict[int, YearTold]:
        """The year over each column, where the rows above hold years over groups of months."""
        found: dict[int, YearTold] = {}
        for higher in range(max(row - HEADER_ROWS_ABOVE, 0), row):
            told = {
                index: year
                for index, cell in enumerate(self._rows[higher])
                if (year := year_told(cell, self._plain_habits)) is not None
            }
            # one year in the first column alone is a title, not a head of a group
            if told and (len(told) > 1 or min(told) > 0):
                last = None
                for index in range(min(told), len(self._rows[row])):
                    last = told.get(index, last)
                    if last is not None:
                        found[index] = last
        return found

    def year_above(self, row: int) -> YearTold | None:
        """The one year that title rows or the sheet's name tell."""
        told: set[YearTold] = set().union(*(self._years_in(number) for number in range(row)))
        name = year_told(self._sheet.name, self._plain_habits)
        told |= {name} if name else set()
        return told.pop() if len(told) == 1 else None

    def _years_in(self, row: int) -> set[YearTold]:
        """The years that cells of a row tell."""
        if row not in self._years:
            told = (year_told(cell, self._plain_habits) for cell in self._rows[row] if cell is not None)
            self._years[row] = {year for year in told if year is not None}
        return self._years[row]

    def _named_above(self, row: int) -> Target | None:
        """The one indicator that title rows or the sheet's name tell."""
        texts = [cell for cells in self._rows[:row] for cell in cells if isinstance(cell, str)]
        told = {found for text in (*texts, self._sheet.name) if (found := self._vocabulary.find(text))}
        return told.pop() if len(told) == 1 else None

    def _is_period(self, cell: Cell, year: YearTold | None) -> bool:
        if isinstance(cell, float) and year_told(cell, self._plain_habits) is None:
            return False
        if isinstance(cell, str) and plain(cell).isdigit() and len(plain(cell)) != 4:
            return False  # a count, or the number of a row
        try:
            read_period(cell, self._plain_habits, year)
        except Unusable:
            return False
        return True

    def _are_apart(self, header: Header) -> bool:
        """Whether there are periods across, of one length and no two the same: dates in a row of figures,
        such as begin and end, mostly are not."""
        spans = [read_period(cell, self._plain_habits, year) for cell, year in header.spans.values()]
        return bool(spans) and len(set(spans)) == len(spans) and len({span.grain for span in spans}) == 1

    def _labels_are_months(self, header: Header) -> bool:
        """Whether the rows below are months, by the first column before the periods."""
        first = min(header.spans)
        labels = [
            next((cell for cell in cells[:first] if isinstance(cell, str)), None)
            for cells in self._rows[header.row + 1 :]
        ]
        months = sum(label is not None and month_told(label) is not None for label in labels)
        return months >= 2 and months * 2 > sum(label is not None for label in labels)
