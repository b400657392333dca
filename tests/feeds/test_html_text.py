"""Text out of HTML."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_sources.feeds.html_text import html_text


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("plain", "plain"),
        ("a<br>b<BR/>c", "a\nb\nc"),
        ('<a href="x">link</a>', "link"),
        ("a&amp;b &#3585; &nbsp;", "a&b ก \xa0"),
        ("&lt;b&gt;", "<b>"),
        ("<script>x</script>y", "y"),
        ("<STYLE>x</Style >y", "y"),
        ("<script>never closed", ""),
        ("a<!-- x --> b", "a b"),
        ("a<!-- never closed", "a"),
        ("น้ำ <5 ซม. และ a < b", "น้ำ <5 ซม. และ a < b"),
        ("</b>a</script>b", "ab"),
        ("a<", "a<"),
        ("<![CDATA[x", "<![CDATA[x"),
        ("\u0130<script>x</script>y", "\u0130y"),
    ],
)
def test_text_is_what_a_browser_shows(source: str, shown: str) -> None:
    assert html_text(source) == shown


@given(st.text(alphabet="<>/!-&#;ab script\u0130"))
def test_no_text_makes_it_fail_or_longer(source: str) -> None:
    assert len(html_text(source)) <= len(source)


@pytest.mark.parametrize(
    "unit", ["<", "<a ", "<!", "<!--", "</", "<script>", "<script></script", "<![", "&", "&#"]
)
def test_repeated_pieces_take_no_longer_than_their_length(unit: str) -> None:
    started = time.perf_counter()
    html_text(unit * 50_000)
    assert time.perf_counter() - started < 2
