"""Rows of the bench and the Markdown table made of them. Pure arithmetic, no measuring."""

import math
from collections.abc import Sequence

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """A figure to reach. `at_least` tells whether more is better."""

    value: float
    unit: str
    at_least: bool = False

    @property
    def text(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {number(self.value)} {self.unit}"

    def is_reached_by(self, measured: float) -> bool:
        return measured >= self.value if self.at_least else measured <= self.value


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was measured.

    `measured` and `naive` are in `unit`; None where nothing was measured. `times_to_reach` is how many
    times better than the naive way it has to be. A row without figure is told for comparison only.
    `skipped` says why there is no measurement.
    """

    what: str
    unit: str = ""
    measured: float | None = None
    naive: float | None = None
    figure: Figure | None = None
    times_to_reach: float | None = None
    more_is_better: bool = False
    note: str = ""
    skipped: str = ""

    @property
    def times_better(self) -> float | None:
        """How many times better than the naive way; None without both measurements."""
        if not self.measured or not self.naive:
            return None
        return self.measured / self.naive if self.more_is_better else self.naive / self.measured

    @property
    def verdict(self) -> str:
        """`reached`, what was missed and by how much, or why nothing can be said."""
        if self.skipped:
            return f"not measured: {self.skipped}"
        if self.measured is None:
            return "not measured"
        missed: list[str] = []
        if self.figure is not None and not self.figure.is_reached_by(self.measured):
            missed.append(f"{number(self.measured)} of {number(self.figure.value)} {self.figure.unit}")
        if self.times_to_reach is not None:
            if self.times_better is None:
                return "not measured: no naive way to compare with"
            if self.times_better < self.times_to_reach:
                missed.append(f"{number(self.times_better)} × of {number(self.times_to_reach)} ×")
        if missed:
            return "NOT reached: " + "; ".join(missed)
        return "reached" if self.figure is not None or self.times_to_reach is not None else "for comparison"


def number(value: float) -> str:
    """Three significant digits, thousands with commas: 12,300 · 97 · 0.78."""
    if value == 0:
        return "0"
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{round(value, decimals):,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def markdown(rows: Sequence[Row], machine: str) -> str:
    """The machine, the table, and below it what has to be known to read the table."""
    head = ("what", "figure to reach", "measured", "naive way, same run", "ratio", "verdict")
    lines = [machine, "", _line(head), _line(("---",) * len(head))]
    notes: list[str] = []
    for row in rows:
        mark = ""
        if row.note:
            if row.note not in notes:
                notes.append(row.note)
            mark = f" [{notes.index(row.note) + 1}]"
        lines.append(
            _line(
                (
                    row.what + mark,
                    _figure(row),
                    _value(row.measured, row),
                    _value(row.naive, row),
                    _ratio(row),
                    row.verdict,
                )
            )
        )
    if notes:
        lines += ["", *(f"[{place}] {note}  " for place, note in enumerate(notes, 1))]
    return "\n".join(lines) + "\n"


BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def placed(document: str, table: str, marks: tuple[str, str] = (BEGIN, END)) -> str:
    """The document with the table between its marks; ValueError when the marks are missing."""
    before, begin, rest = document.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not (begin and end):
        raise ValueError(f"the document has no {marks[0]} ... {marks[1]}")
    return f"{before}{begin}\n{table}{end}{after}"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _figure(row: Row) -> str:
    parts = [row.figure.text] if row.figure else []
    if row.times_to_reach is not None:
        parts.append(f"≥ {number(row.times_to_reach)} × better")
    return ", ".join(parts) or "-"


def _value(value: float | None, row: Row) -> str:
    return "-" if value is None else f"{number(value)} {row.unit}".strip()


def _ratio(row: Row) -> str:
    return "-" if row.times_better is None else f"{number(row.times_better)} ×"
