"""The weekly page as HTML: a table that prints without scripts, with words where figures are missing."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dash import html

from data_sources.model.spec import Lang
from data_sources.views.weekly import Course, weekly_picture
from layouts import weekly
from layouts.drawing import SHAPES, shape, spark
from layouts.markup import Markup, to_html
from layouts.view import View
from tests.layouts.samples import city, view
from tests.weekly import MONDAY, MONTH_S, rollup, spec, target, weeks

ASSETS = Path(__file__).parents[2] / "assets"
NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
SPECS = (
    spec("ENV-01", **target(30, proposed=True), decimals=1),
    spec("ENV-02"),
    spec("ENV-03", value_class="modelled"),
    spec("ENV-04"),
    spec("ECO-01", "economy", cadence_s=MONTH_S),
)


def page(lang: Lang = "en", now: datetime = NOW) -> View:
    own = city().model_copy(update={"indicators": SPECS})
    october = [rollup(own, MONDAY.replace(month=10, day=26), 68)]
    courses = {
        "ENV-01": Course(weeks=weeks(own, [31.6, 41.0])),
        "ENV-02": Course(weeks=[rollup(own, MONDAY, 5, share=0.4)]),
        "ENV-03": Course(weeks=weeks(own, [1.0, 2.0])),
        "ECO-01": Course(weeks=october, months=[rollup(own, MONDAY.replace(month=10, day=1), 68)]),
    }
    told = weekly_picture(own, MONDAY, courses, now, synthetic=False, replay=False)
    return replace(view("weekly", lang), city=own, week=MONDAY, weekly=told)


def rows(written: str) -> dict[str, str]:
    """Rows of the table by the indicator's key."""
    found = re.findall(r'<tr class="week__row".*?</tr>', written, re.DOTALL)
    keyed = [(re.search(r'data-evidence="week:2026-W47\|([^"]+)"', row), row) for row in found]
    return {match[1]: row for match, row in keyed if match}


def test_row_tells_value_status_limit_change_and_completeness() -> None:
    row = rows(to_html(weekly.layout(page())))["ENV-01"]
    for words in ("Name ENV-01", "Watch", "41.0", "≤ 30*", "+9.4", "100 %", "<svg"):
        assert words in row


def test_too_little_and_nothing_are_words_and_no_digits() -> None:
    found = rows(to_html(weekly.layout(page())))
    assert '<span class="missing">insufficient</span>' in found["ENV-02"]
    assert "<strong>39 %</strong>" in found["ENV-02"]
    assert '<span class="missing">no data</span>' in found["ENV-04"]
    assert "100 %" not in found["ENV-04"]


def test_rare_statistic_names_its_month_and_modelled_one_its_class() -> None:
    found = rows(to_html(weekly.layout(page())))
    assert "Name ECO-01 (Oct)" in found["ECO-01"]
    assert "modelled" in found["ENV-03"].lower()


def test_rows_beyond_two_of_a_domain_stay_on_the_screen_and_are_counted_on_paper() -> None:
    written = to_html(weekly.layout(page()))
    screen_only = [key for key, row in rows(written).items() if "data-screen" in row]
    assert len(screen_only) == 2
    assert "and 2 more on screen" in written


def test_dates_are_in_the_era_of_the_language() -> None:
    assert "16–22 Nov 2026" in to_html(weekly.layout(page("en")))
    era = 2569 if city().spec.buddhist_era else 2026
    assert f"16–22 พ.ย. {era}" in to_html(weekly.layout(page("th")))


def test_running_week_says_so_and_leads_no_further() -> None:
    running = to_html(weekly.layout(page(now=datetime(2026, 11, 20, tzinfo=UTC))))
    assert "not over" in running
    assert "/weekly/2026-W46" in running
    assert "/weekly/2026-W48" not in running
    assert "/weekly/2026-W48" in to_html(weekly.layout(page()))


def test_history_that_is_away_leaves_a_page_that_says_no_data() -> None:
    written = to_html(weekly.layout(replace(page(), weekly=None)))
    assert "no data" in written
    assert "<table" not in written


def test_shapes_are_those_of_the_scripts() -> None:
    script = (ASSETS / "panel_dom.js").read_text("utf-8")
    drawn = dict(re.findall(r'^    (\w+): "(M[^"]+)",$', script, re.MULTILINE))
    assert {kind: drawn[kind] for kind in SHAPES} == SHAPES


def test_no_limit_has_no_shape_and_insufficient_that_of_unknown() -> None:
    assert shape("no_limit") == ""
    assert shape("insufficient") == shape("unknown")


def test_hole_lifts_the_pen_and_a_lonely_value_is_a_dot() -> None:
    drawn = spark([1, None, 3, 4, None], 104, 34)
    assert drawn.count("M") == 2
    assert drawn.count("L") == 1
    assert drawn.count("spark__dot") == 1
    assert "spark__point" not in drawn
    assert "spark__point" in spark([1, 2])
    assert spark([None, None]) == ""


def test_text_is_escaped_and_markup_is_not() -> None:
    written = to_html(html.P(["<b>", Markup("<svg></svg>"), None], title='"x"'))
    assert written == '<p title="&quot;x&quot;">&lt;b&gt;<svg></svg></p>'
    assert to_html(html.Label(hidden=True, htmlFor="y")) in {
        '<label hidden for="y"></label>',
        '<label for="y" hidden></label>',
    }


@pytest.mark.parametrize("lang", ["th", "en"])
def test_page_has_one_first_heading_and_a_caption(lang: Lang) -> None:
    written = to_html(weekly.layout(page(lang)))
    assert written.count("<h1") == 1
    assert written.count("<caption") == 1
