"""Whole sheets: what is taken, what is refused and why, and that it adds up."""

import re
from collections import Counter
from pathlib import Path
from typing import get_args

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data_sources.errors import FeedContentError
from data_sources.imports.codes import IMPORT_RULES, OWN_RULES
from data_sources.imports.planning import ImportPlan, flagged
from data_sources.imports.spec import ImportColumn, ImportSpec
from data_sources.model.spec import Lang
from data_sources.text import load_texts
from tests.imports.sheets import city, horrible_book, pack_sheet, plan, saved, told

LONG = """ตัวชี้วัด,งวด,ค่า,หน่วย,หมายเหตุ
MOB-01,ม.ค. 2568,"๑๒,๓๔๕",คน/วัน,
จำนวนนักท่องเที่ยวดาวอังคาร,ม.ค. 2568,5,คน,
ENV-01,ม.ค. 2568,40,,
MOB-09,ก.พ. 68,ไม่มีข้อมูล,,รอผล
MOB-09,ก.พ. 68,2,ตัน,
MOB-01,2568-02,-5,,
"""


def test_every_row_of_a_horrible_book_is_taken_or_refused_with_its_reason() -> None:
    found = plan(horrible_book(), "horrible.xlsx")
    rows = {place.row for place in found.places} | {one.record["row"] for one in found.rejected}
    assert rows == set(range(6, 18))
    assert found.rows == 12
    assert found.values == len(found.observations) + len(found.rejected)
    assert len({(place.row, place.column) for place in found.places}) == len(found.places)
    assert found.by_code == {
        "period_not_over": 3,
        "period_unreadable": 3,
        "row_repeated": 5,
        "rows_conflict": 2,
        "summary_row": 2,
        "value_implausible": 1,
        "value_missing": 2,
        "value_unreadable": 1,
    }
    assert (found.hidden, found.blanks, found.sheets_aside) == (1, 1, ("ติดต่อ",))


def test_values_of_a_horrible_book_are_those_a_person_reads() -> None:
    assert told(plan(horrible_book())) == {
        ("visitors", "2025-02-01"): 412_345,
        ("visitors", "2025-03-01"): 398_777,
        ("visitors", "2025-05-01"): 455_310,
        ("visitors", "2025-07-01"): 371_245,
        ("hotel_occupancy", "2025-02-01"): 61.5,
        ("hotel_occupancy", "2025-03-01"): 58,
        ("hotel_occupancy", "2025-05-01"): 66.2,
        ("hotel_occupancy", "2025-06-01"): 59,
        ("airport_passengers", "2025-02-01"): 141_200,
        ("airport_passengers", "2025-04-01"): 138_001,
        ("airport_passengers", "2025-05-01"): 150_102,
        ("airport_passengers", "2025-06-01"): 133_410,
    }


def test_long_sheet_names_each_refusal() -> None:
    found = plan(LONG)
    assert told(found) == {("shuttle_passengers", "2025-02-01"): 12_345}
    assert [(one.entity_id, one.code) for one in found.rejected] == [
        ("C3", "indicator_unknown"),
        ("C4", "indicator_not_imported"),
        ("C5", "value_missing"),
        ("C6", "unit_unknown"),
        ("C7", "value_implausible"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp874", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encoding_and_delimiter_make_no_difference(encoding: str, delimiter: str) -> None:
    text = "เดือน,visitors\nมกราคม 2568,412345\n".replace(",", delimiter)
    assert told(plan(text.encode(encoding))) == {("visitors", "2025-02-01"): 412_345}


def test_lines_of_two_encodings_in_one_file_are_both_read() -> None:
    lines = ("เดือน,visitors\n".encode(), "ม.ค. 2568,1000\n".encode("cp874"), "ก.พ. 2568,2000\n".encode())
    assert len(plan(b"".join(lines)).observations) == 2


def test_months_across_under_merged_years() -> None:
    text = ",2567,,2568\nรายการ,พ.ย.,ธ.ค.,ม.ค.\nvisitors,1,2,3\nรวม,1,2,3\n"
    found = plan(text)
    assert told(found) == {
        ("visitors", "2024-12-01"): 1,
        ("visitors", "2025-01-01"): 2,
        ("visitors", "2025-02-01"): 3,
    }
    assert found.by_code == {"summary_row": 1}


def test_months_of_a_fiscal_year_begin_in_october_of_the_year_before() -> None:
    text = "ประจำปีงบประมาณ พ.ศ. 2568\nรายการ,ต.ค.,พ.ย.,ก.ย.\nvisitors,1,2,3\n"
    assert list(told(plan(text))) == [
        ("visitors", "2024-11-01"),
        ("visitors", "2024-12-01"),
        ("visitors", "2025-10-01"),
    ]


def test_months_down_and_years_across_of_the_indicator_in_the_title() -> None:
    text = "visitors\n\nเดือน,2566,2567\nม.ค.,10,20\nก.พ.,30,-\nรวม,40,20\n"
    found = plan(text)
    assert told(found) == {
        ("visitors", "2023-02-01"): 10,
        ("visitors", "2024-02-01"): 20,
        ("visitors", "2023-03-01"): 30,
    }
    assert found.by_code == {"summary_row": 1, "value_missing": 1}


def test_total_of_a_month_is_not_a_mean_by_day() -> None:
    found = plan("เดือน,shuttle_passengers (คน)\nม.ค. 2568,400000\n")
    assert found.by_code == {"unit_unknown": 1}


def test_thousands_in_the_unit_are_thousands_in_the_value() -> None:
    assert list(told(plan("เดือน,visitors (พันคน)\nม.ค. 2568,412.3\n")).values()) == [412_300]


def test_year_among_months_is_refused_as_it_would_mix_a_series() -> None:
    found = plan("งวด,visitors\nม.ค. 2568,1\nก.พ. 2568,2\n2567,30\n")
    assert (len(found.observations), found.by_code) == (2, {"period_mixed": 1})


def test_description_in_the_pack_reads_a_sheet_that_explains_nothing() -> None:
    column = ImportColumn(head="x7", property="waste_collected", unit="kg/day")
    spec = ImportSpec(files=("waste*.csv",), period="t", columns=(column,))
    assert told(plan("t,x7\n2025-01-31,200000\n", "waste-2025.csv", (spec,))) == {
        ("waste_collected", "2025-02-01"): 200
    }


def test_feature_that_the_city_does_not_have_is_refused() -> None:
    found = plan("indicator,period,value,station\npm25,2025-01-31,12,Nowhere\n")
    assert found.by_code == {"feature_unknown": 1}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_body"),
        (b"\xef\xbb\xbf \n", "empty_body"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "old_excel"),
        (b"PK\x03\x04 not a zip", "not_xlsx"),
        (b"<html><body><table></table>", "html_page"),
        (b"\x81\x82,\xff\xfd\xfc\n", "not_text"),
        (b"a,b\n1,2\n", "nothing_recognised"),
    ],
)
def test_unusable_file_is_refused_as_a_whole(content: bytes, code: str) -> None:
    with pytest.raises(FeedContentError) as refused:
        plan(content)
    assert refused.value.code == code


def test_shuttle_series_is_whole_and_marked_as_its_publishers_copy_is() -> None:
    lines = pack_sheet().read_text("utf-8").splitlines()[1:]
    theirs = Counter(line.rsplit(",", 1)[1] for line in lines)
    found = plan(pack_sheet().read_bytes(), pack_sheet().name)
    ours = Counter(
        " ".join(one.flags)
        for one in flagged(found.observations, {})
        if one.property_id == "shuttle_passengers"
    )
    assert (found.rows, len(found.observations), found.rejected) == (39, 78, ())
    assert ours == {
        "": theirs[""],
        "duplicate_period": theirs["repeats_other_month"],
        "rounded": theirs["rounded"],
    }
    assert not any(
        one.flags for one in flagged(found.observations, {}) if one.property_id != "shuttle_passengers"
    )
    assert not any(one.synthetic for one in found.observations)


def test_document_tells_every_code_with_its_effect_and_meaning() -> None:
    text = (Path(__file__).parents[2] / "docs" / "imports.md").read_text("utf-8")
    told_rows = re.findall(r"^\| `([a-z_]+)` \| (\w+) \| ([^|]+) \|$", text, re.MULTILINE)
    assert told_rows == [(rule.code, rule.effect, rule.meaning) for rule in IMPORT_RULES]


def test_every_code_of_sheets_has_words_in_both_languages() -> None:
    texts = load_texts()
    for lang in get_args(Lang):
        assert [rule.code for rule in OWN_RULES if f"code.{rule.code}" not in texts.all(lang)] == []


def test_codes_are_unique() -> None:
    assert max(Counter(rule.code for rule in IMPORT_RULES).values()) == 1


def attempt(content: bytes) -> tuple[ImportPlan | None, FeedContentError | None]:
    try:
        return plan(content), None
    except FeedContentError as error:
        return None, error


CELLS = st.one_of(
    st.sampled_from(
        [
            "เดือน",
            "period",
            "visitors",
            "MOB-01",
            "ม.ค. 2568",
            "2568",
            "ค่า",
            "๑๒,๓๔๕",
            "-",
            "รวม",
            "1/2/2568",
            "",
            "=1+1",
        ]
    ),
    st.text(max_size=8),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=6), max_size=12))
def test_any_table_adds_up_or_is_refused_in_one_line(rows: list[list[str]]) -> None:
    quoted = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    found, error = attempt(quoted.encode("utf-8", "replace"))
    if found is None:
        assert error is not None
        assert "\n" not in str(error)
        return
    rows_told = {place.row for place in found.places} | {one.record["row"] for one in found.rejected}
    assert len(rows_told) == found.rows


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
@example(saved(openpyxl.Workbook())[:300])
@example(b"\xff\xfe\x00")
def test_any_bytes_are_a_plan_or_one_clear_error(content: bytes) -> None:
    found, error = attempt(content)
    assert (found is None) != (error is None)
    if error is not None:
        assert error.code in {rule.code for rule in IMPORT_RULES}
        assert "\n" not in str(error)


def test_importable_indicators_are_most_of_the_catalogue() -> None:
    text = "indicator,period,value\n" + "".join(f"{one.key},2025-01,0\n" for one in city().indicators)
    codes = plan(text).by_code
    assert codes.get("indicator_unknown", 0) == 0
    assert codes["indicator_not_imported"] < len(city().indicators) / 2
