"""Design tokens: the only place where colours are written, and legible in both themes."""

import re
from itertools import combinations
from pathlib import Path

import pytest
from fontTools.pens.boundsPen import BoundsPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from tests.layouts.colour import SEEN_BY, contrast, difference

ASSETS = Path(__file__).parents[2] / "assets"
TOKENS = (ASSETS / "tokens.css").read_text("utf-8")
STATUS = ("normal", "watch", "warning", "critical")
LINES = ("red", "yellow", "blue", "green", "violet", "orange", "teal", "grey")


def theme(name: str) -> dict[str, str]:
    blocks = re.findall(r'\[data-theme="(\w+)"\] \{(.*?)\n\}', TOKENS, re.DOTALL)
    block = next(body for key, body in blocks if key == name)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


@pytest.mark.parametrize("name", ["dark", "light"])
def test_text_is_legible(name: str) -> None:
    colours = theme(name)
    for ground in ("bg", "surface"):
        assert contrast(colours["ink"], colours[ground]) >= 7  # headline figures
        assert contrast(colours["ink-2"], colours[ground]) >= 7
        assert contrast(colours["ink-3"], colours[ground]) >= 4.5


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("line", LINES)
def test_words_on_pills_are_legible(name: str, line: str) -> None:
    colours = theme(name)
    word = colours.get(f"on-line-{line}", colours["on-line"])
    assert contrast(word, colours[f"line-{line}"]) >= 4.5


@pytest.mark.parametrize("name", ["dark", "light"])
def test_status_marks_stand_out_by_fill_or_edge(name: str) -> None:
    colours = theme(name)
    for status in STATUS:
        best = max(contrast(colours[key], colours["bg"]) for key in (status, f"{status}-edge"))
        assert best >= 3


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("who", SEEN_BY)
def test_statuses_are_told_apart_by_everybody(name: str, who: str) -> None:
    colours = [theme(name)[status] for status in STATUS]
    assert min(difference(one, other, who) for one, other in combinations(colours, 2)) >= 17


@pytest.mark.parametrize("name", ["dark", "light"])
def test_no_line_looks_like_a_status(name: str) -> None:
    # 13.4: the least distance of the four lines that the design language measured.
    colours = theme(name)
    near = {
        (line, status): difference(colours[f"line-{line}"], colours[status])
        for line in LINES
        for status in ("watch", "warning", "critical")
    }
    assert min(near.values()) >= 13.4, min(near, key=lambda pair: near[pair])


@pytest.mark.parametrize("name", ["dark", "light"])
def test_lines_differ(name: str) -> None:
    colours = [theme(name)[f"line-{line}"] for line in LINES]
    assert min(difference(one, other) for one, other in combinations(colours, 2)) >= 10


LEVELS = ("los-ab", "los-c", "los-d", "los-e", "los-f")


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("who", SEEN_BY)
def test_levels_of_service_are_told_apart_by_everybody(name: str, who: str) -> None:
    # 11.6: the least distance that the design language measured (tritanopia, dark).
    colours = [theme(name)[level] for level in LEVELS]
    assert min(difference(one, other, who) for one, other in combinations(colours, 2)) >= 11.5


@pytest.mark.parametrize("name", ["dark", "light"])
def test_letters_on_levels_of_service_are_legible(name: str) -> None:
    colours = theme(name)
    for level in ("los-c", "los-d", "los-e", "los-f"):
        letter = colours.get(f"on-{level}", colours["on-line"])
        assert contrast(letter, colours[level]) >= 4.5


def test_difference_agrees_with_published_pairs() -> None:
    # Black and white are 100 apart; sRGB primaries after Sharma's reference implementation.
    assert difference("#000000", "#ffffff") == pytest.approx(100, abs=0.1)
    assert difference("#ff0000", "#00ff00") == pytest.approx(86.6, abs=0.1)
    assert difference("#123456", "#123456") == 0


@pytest.mark.parametrize("path", sorted(ASSETS.glob("*.css")), ids=lambda path: path.name)
def test_colours_are_written_in_the_tokens_only(path: Path) -> None:
    if path.name == "tokens.css":
        return
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|rgba?\(", path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", sorted(ASSETS.glob("*.css")), ids=lambda path: path.name)
def test_every_token_that_is_used_is_declared(path: Path) -> None:
    text = "".join(sheet.read_text("utf-8") for sheet in ASSETS.glob("*.css"))
    declared = set(re.findall(r"(--[\w-]+)\s*:", text)) | {"--d", "--h"}
    used = set(re.findall(r"var\((--[\w-]+)", path.read_text("utf-8")))
    assert used <= declared


@pytest.mark.parametrize(("token", "letter"), [("capital", "H"), ("consonant", "ก")])
def test_wall_type_knows_how_high_the_letters_of_our_face_are(token: str, letter: str) -> None:
    heights = []
    for path in sorted((ASSETS / "fonts").glob("*.woff2")):
        font = TTFont(path)
        glyphs = font.getGlyphSet()
        pen = BoundsPen(glyphs)
        glyphs[font.getBestCmap()[ord(letter)]].draw(pen)
        assert pen.bounds is not None
        heights.append(pen.bounds[3] / font["head"].unitsPerEm)
    said = re.findall(rf"--{token}: (\.\d+);", TOKENS)
    assert [float(value) for value in said] == [pytest.approx(min(heights), abs=5e-4)]


def test_style_sheets_are_small_files() -> None:
    assert all(len(path.read_text("utf-8").splitlines()) < 400 for path in ASSETS.glob("*.css"))
