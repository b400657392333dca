"""GTFS tables: the text files of a folder or zip as rows whose errors name file, line and column."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from data_sources.errors import ConfigError

REQUIRED_FILES = ("agency.txt", "routes.txt", "stops.txt", "trips.txt", "stop_times.txt")


@dataclass(frozen=True, slots=True)
class Row:
    """One data row: its values by column, and where it stands for error messages."""

    values: Mapping[str, str]
    where: str

    def text(self, column: str) -> str:
        """Value without surrounding blanks; "" when the column is absent."""
        return self.values.get(column, "")

    def required(self, column: str) -> str:
        """Value that must not be empty."""
        value = self.text(column)
        if not value:
            raise ConfigError(f"{self.where}: {column} is empty")
        return value

    def number(self, column: str) -> float | None:
        """Finite number, or None when empty."""
        value = self.text(column)
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not abs(number) < float("inf"):
            raise ConfigError(f"{self.where}: {column} {value!r} is not a number")
        return number

    def integer(self, column: str) -> int | None:
        """Whole number, or None when empty."""
        value = self.text(column)
        if not value:
            return None
        try:
            return int(value)
        except ValueError:
            raise ConfigError(f"{self.where}: {column} {value!r} is not a whole number") from None

    def degrees(self, column: str, limit: float) -> float:
        """Coordinate between -limit and limit."""
        number = self.number(column)
        if number is None:
            raise ConfigError(f"{self.where}: {column} is empty")
        if abs(number) > limit:
            raise ConfigError(f"{self.where}: {column} {number:g} is outside -{limit:g} to {limit:g} degrees")
        return number

    def service_time_s(self, column: str) -> int | None:
        """GTFS time of day in seconds after the service day's start; may exceed 24 h. None when empty."""
        value = self.text(column)
        if not value:
            return None
        parts = value.split(":")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
            raise ConfigError(f"{self.where}: {column} {value!r} is not a time; write HH:MM:SS")
        hours, minutes, seconds = (int(part) for part in parts)
        if minutes > 59 or seconds > 59:
            raise ConfigError(f"{self.where}: {column} {value!r} is not a time; write HH:MM:SS")
        return hours * 3600 + minutes * 60 + seconds

    def day(self, column: str) -> date:
        """Date written YYYYMMDD."""
        value = self.required(column)
        try:
            if len(value) != 8 or not value.isdigit():
                raise ValueError
            return date(int(value[:4]), int(value[4:6]), int(value[6:]))
        except ValueError:
            raise ConfigError(f"{self.where}: {column} {value!r} is not a date; write YYYYMMDD") from None

    def choice(self, column: str, allowed: Sequence[str]) -> str:
        """Value that must be one of `allowed`."""
        value = self.text(column)
        if value not in allowed:
            raise ConfigError(
                f"{self.where}: {column} {value!r} is not allowed; allowed: {', '.join(allowed)}"
            )
        return value


class GtfsTables:
    """The files of a GTFS, with the files of an overlay in place of those of the same name.

    Raises ConfigError when the place cannot be read or a required file is missing.
    """

    def __init__(self, path: Path, overlay: Path | None = None) -> None:
        self._files = _files(path)
        if overlay is not None:
            self._files = {**self._files, **_files(overlay)}
        missing = [name for name in REQUIRED_FILES if name not in self._files]
        if not {"calendar.txt", "calendar_dates.txt"} & self._files.keys():
            missing.append("calendar.txt or calendar_dates.txt")
        if missing:
            found = ", ".join(sorted(self._files)) or "no .txt file"
            raise ConfigError(f"{path.name}: missing {', '.join(missing)}; found: {found}")

    def has(self, name: str) -> bool:
        """Whether the file is there."""
        return name in self._files

    def rows(self, name: str, columns: Sequence[str]) -> Iterator[Row]:
        """Rows of a file (none when it is absent). `columns` must stand in its header; more may."""
        if name not in self._files:
            return
        place, data = self._files[name]
        file = f"{place}/{name}"
        reader = csv.reader(io.StringIO(_decode(data, file), newline=""))
        header: list[str] | None = None
        try:
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                if header is None:
                    header = [cell.strip() for cell in cells]
                    absent = [column for column in columns if column not in header]
                    if absent:
                        raise ConfigError(
                            f"{file} line {reader.line_num}: missing column {', '.join(absent)}; "
                            f"found: {', '.join(header)}"
                        )
                    continue
                values = {key: cell.strip() for key, cell in zip(header, cells, strict=False)}
                yield Row(values, f"{file} line {reader.line_num}")
        except csv.Error as error:
            raise ConfigError(f"{file} line {reader.line_num}: {error}") from None
        if header is None:
            raise ConfigError(f"{file} line 1: the header is missing; expected {', '.join(columns)}")


def _decode(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file} line {line}: not UTF-8 text") from None


def _files(path: Path) -> dict[str, tuple[str, bytes]]:
    """(name of the place, content) of text files by name: of a folder, or of a zip's top level."""
    try:
        if path.is_dir():
            return {file.name: (path.name, file.read_bytes()) for file in sorted(path.glob("*.txt"))}
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".txt") and "/" not in name]
            return {name: (path.name, archive.read(name)) for name in names}
    except FileNotFoundError:
        raise ConfigError(f"{path.name}: no such file or folder") from None
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise ConfigError(f"{path.name}: neither a folder nor a readable zip ({error})") from None
    except OSError as error:
        raise ConfigError(f"{path.name}: cannot be read ({error.strerror})") from None
