"""Cells: figures and periods as people type them, read right or refused, never guessed."""

from datetime import datetime

import pytest

from data_sources.feeds.reading import Unusable
from data_sources.imports.figures import read_figure
from data_sources.imports.periods import Habits, habits_of, read_period
from data_sources.imports.workbook import Cell

HABITS = Habits(until_year=2027)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("๑๒,๓๔๕.๖", 12_345.6),
        ("1,234,567", 1_234_567),
        ("12 345", 12_345),
        (" 7 ", 7),
        ("-3.5", -3.5),
        ("(1,200)", -1_200),
        ("0", 0),
        ("1e3", 1_000),
        (5.0, 5),
    ],
)
def test_figure_is_read(cell: Cell, value: float) -> None:
    assert read_figure(cell) == (value, None)


def test_unit_behind_a_figure_is_told() -> None:
    assert read_figure("12.5%") == (12.5, "%")
    assert read_figure("120 คน") == (120, "คน")


@pytest.mark.parametrize("cell", ["-", "–", "n/a", "N/A", "ไม่มีข้อมูล", "", None, "...", "#N/A"])
def test_word_for_none_is_missing_and_never_zero(cell: Cell) -> None:
    with pytest.raises(Unusable) as refused:
        read_figure(cell)
    assert refused.value.rule.code == "value_missing"


@pytest.mark.parametrize(
    "cell", ["12,34", "ประมาณ 120", "1.2.3", "12-15", "#REF!", "=1+1", float("nan"), "1e999"]
)
def test_what_is_no_number_is_not_guessed(cell: Cell) -> None:
    with pytest.raises(Unusable) as refused:
        read_figure(cell)
    assert refused.value.rule.code == "value_unreadable"


@pytest.mark.parametrize(
    ("cell", "start", "end"),
    [
        ("ม.ค. 2568", "2025-01-01", "2025-02-01"),
        ("มกราคม พ.ศ. ๒๕๖๘", "2025-01-01", "2025-02-01"),
        ("ม.ค. 68", "2025-01-01", "2025-02-01"),
        ("Jan-25", "2025-01-01", "2025-02-01"),
        ("December 2024", "2024-12-01", "2025-01-01"),
        ("2568-01", "2025-01-01", "2025-02-01"),
        ("202501", "2025-01-01", "2025-02-01"),
        ("01/2568", "2025-01-01", "2025-02-01"),
        ("2568", "2025-01-01", "2026-01-01"),
        (2568.0, "2025-01-01", "2026-01-01"),
        ("ปีงบประมาณ 2568", "2024-10-01", "2025-10-01"),
        ("ไตรมาส 1/2568", "2025-01-01", "2025-04-01"),
        ("Q4 2025", "2025-10-01", "2026-01-01"),
        ("ไตรมาสที่ 1 ปีงบประมาณ 2568", "2024-10-01", "2025-01-01"),
        ("ไตรมาส 2 ปีงบประมาณ 2568", "2025-01-01", "2025-04-01"),
        ("29/02/2567", "2024-02-29", "2024-03-01"),
        ("31 ม.ค. 2568", "2025-01-31", "2025-02-01"),
        ("2025-W01", "2024-12-30", "2025-01-06"),
        (45658.0, "2025-01-01", "2025-01-02"),
        (datetime(2568, 1, 1), "2025-01-01", "2025-01-02"),
    ],
)
def test_period_is_read(cell: Cell, start: str, end: str) -> None:
    span = read_period(cell, HABITS)
    assert (f"{span.start:%Y-%m-%d}", f"{span.end:%Y-%m-%d}") == (start, end)


@pytest.mark.parametrize("cell", ["3/4/2025", "01/02/03", "05/12"])
def test_date_that_can_be_read_in_two_ways_is_refused(cell: str) -> None:
    with pytest.raises(Unusable) as refused:
        read_period(cell, HABITS)
    assert refused.value.rule.code == "period_ambiguous"


def test_column_tells_which_of_day_and_month_comes_first() -> None:
    assert read_period("3/4/2025", habits_of(["3/4/2025", "25/4/2025"], 2027)).start == datetime(2025, 4, 3)
    assert read_period("3/4/2025", habits_of(["3/4/2025", "4/25/2025"], 2027)).start == datetime(2025, 3, 4)
    assert read_period("3/4/2568", habits_of(["3/4/2568"], 2027)).start == datetime(2025, 4, 3)


def test_first_days_of_months_stand_for_the_months() -> None:
    habits = habits_of(["2025-01-01", "2025-02-01"], 2027)
    assert read_period("2025-02-01", habits).end == datetime(2025, 3, 1)


@pytest.mark.parametrize("cell", ["soon", "32/1/2568", "2568-13", "1", 3.5, None, "ม.ค.", "9999"])
def test_what_is_no_period_is_refused(cell: Cell) -> None:
    with pytest.raises(Unusable) as refused:
        read_period(cell, HABITS)
    assert refused.value.rule.code == "period_unreadable"
