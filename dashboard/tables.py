"""Terminal tables: rows of dicts as aligned columns, or as JSON."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def show(rows: Sequence[Row], as_json: bool) -> None:
    """Print rows; every row has the same keys, which are the column heads."""
    if as_json:
        print(json.dumps(list(rows), ensure_ascii=False, indent=2, default=str))
        return
    for line in table(rows):
        print(line)


def table(rows: Sequence[Row]) -> list[str]:
    """Lines of an aligned table; missing values are a dash, never a zero."""
    if not rows:
        return ["(none)"]
    heads = list(rows[0])
    cells = [heads, *([_text(row[head]) for head in heads] for row in rows)]
    widths = [max(_width(line[column]) for line in cells) for column in range(len(heads))]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in cells
    ]


def _text(value: Any) -> str:
    if value is None or value in ("", {}):
        return "-"
    if isinstance(value, Mapping):
        return " ".join(f"{key}={item}" for key, item in value.items())
    return str(value)


def _width(text: str) -> int:
    """Columns that the text takes: Thai vowels and tone marks stand above or below their consonant."""
    return sum(0 if unicodedata.category(char) in {"Mn", "Me", "Cf"} else 1 for char in text)
