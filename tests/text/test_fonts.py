"""The bundled font: it draws every sign of the screens, is small, and carries no reserved name."""

from pathlib import Path

import pytest

from data_sources.text import load_texts
from data_sources.text.catalogue import LANGS

ttlib = pytest.importorskip("fontTools.ttLib")
pytest.importorskip("brotli")

ROOT = Path(__file__).parents[2]
FONTS = sorted((ROOT / "assets" / "fonts").glob("*.woff2"))
SIGNS = "0123456789≤≥·–—−µ²³°₂→←↑↓×…“”‘’©/%"
MAX_TOTAL_BYTES = 160_000


def test_there_are_four_weights_and_they_are_small() -> None:
    assert [path.stem.rsplit("-", 1)[1] for path in FONTS] == ["400", "500", "600", "700"]
    assert sum(path.stat().st_size for path in FONTS) <= MAX_TOTAL_BYTES


@pytest.mark.parametrize("path", FONTS, ids=lambda path: path.stem)
def test_no_sign_of_the_screens_falls_back(path: Path) -> None:
    glyphs = ttlib.TTFont(path).getBestCmap()
    texts = load_texts()
    packs = "".join(p.read_text("utf-8") for p in (ROOT / "dashboard" / "cities").rglob("city.toml"))
    written = set(SIGNS + packs + "".join(text for lang in LANGS for text in texts.all(lang).values()))
    assert sorted(sign for sign in written - set("\n\r\t") if ord(sign) not in glyphs) == []


@pytest.mark.parametrize("path", FONTS, ids=lambda path: path.stem)
def test_thai_marks_are_placed_by_the_font(path: Path) -> None:
    features = {record.FeatureTag for record in ttlib.TTFont(path)["GPOS"].table.FeatureList.FeatureRecord}
    assert {"mark", "mkmk"} <= features


@pytest.mark.parametrize("path", FONTS, ids=lambda path: path.stem)
def test_subset_does_not_carry_the_reserved_name(path: Path) -> None:
    # OFL 1.1, section 3: "Plex" is reserved and these files are modified. Copyright and licence must stay.
    names = {record.nameID: str(record) for record in ttlib.TTFont(path)["name"].names}
    assert not any("Plex" in names.get(key, "") for key in (1, 3, 4, 6, 16))
    assert "IBM" in names[0]
    assert "Open Font License" in names[13]


def test_licence_lies_beside_the_font() -> None:
    assert "SIL OPEN FONT LICENSE" in (FONTS[0].parent / "OFL.txt").read_text("utf-8")
