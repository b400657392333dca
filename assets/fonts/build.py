"""Subset IBM Plex Sans Thai Looped for the screens: `python build.py FOLDER_OF_WOFF2`.

FOLDER_OF_WOFF2 is `fonts/complete/woff2` of the npm package @ibm/plex-sans-thai-looped 1.1.0. The split
subsets that web kits ship lack signs such as ≤ and ≥; these files hold Thai, Latin-1 and the signs of
the pages in one piece, so that no glyph falls back to another face. A changed font must not carry the
reserved name (OFL 1.1, section 3), hence FAMILY.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "Looped Board"
WEIGHTS = {"Regular": 400, "Medium": 500, "SemiBold": 600, "Bold": 700}
UNICODES = {
    *range(0x20, 0x7F),
    *range(0xA0, 0x100),
    *range(0xE01, 0xE3B),
    *range(0xE3F, 0xE5C),
    *(0x200B, 0x200C, 0x200D, 0x25CC),
    *map(ord, "–—‘’‚“”„†•…‰‹›⁄€™₀₁₂₃₄₅←↑→↓↖↗↘↙−∕∞≈≠≤≥✓"),
}
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "liga", "calt", "rlig"]
RENAMED = {1: FAMILY, 4: FAMILY, 16: FAMILY, 6: FAMILY.replace(" ", "")}


def build(source: Path, target: Path) -> None:
    """Write one subset weight under the new family name."""
    font = TTFont(source)
    options = subset.Options(flavor="woff2", hinting=False, layout_features=FEATURES)
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=UNICODES)
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in RENAMED:
            record.string = RENAMED[record.nameID]
        elif record.nameID == 3:
            record.string = f"1.2;{FAMILY};subset"
    font.flavor = "woff2"
    font.save(target)


if __name__ == "__main__":
    for style, weight in WEIGHTS.items():
        build(
            Path(sys.argv[1]) / f"IBMPlexSansThaiLooped-{style}.woff2",
            Path(__file__).parent / f"looped-board-{weight}.woff2",
        )
