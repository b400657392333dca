"""`imports.toml` of a city pack (optional): how agencies' sheets are read that do not explain themselves."""

from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated

from pydantic import Field

from data_sources.errors import ConfigError
from data_sources.model.city import City
from data_sources.model.observation import CITY_FEATURE, FILE_FEED
from data_sources.model.spec import Spec
from data_sources.pack_files import entries
from data_sources.pack_indicators import allowed

FILE = "imports.toml"


class ImportColumn(Spec):
    """What a head (of a column, or of a row of a sheet with periods across) stands for. `unit`: the sheet's,
    if it is not that of the property."""

    head: Annotated[str, Field(min_length=1)]
    property: str
    unit: str | None = None
    feature: str = CITY_FEATURE


class ImportSpec(Spec):
    """One entry `[[imports]]`: for files that match one of `files` and sheets that match `sheet` (patterns
    with * and ?). `header_row` counts from 1; `period` is the head of the column that tells when;
    `is_monthly`: its dates stand for their months."""

    files: Annotated[tuple[str, ...], Field(min_length=1)]
    sheet: str = "*"
    header_row: Annotated[int, Field(ge=1)] | None = None
    period: str | None = None
    is_monthly: bool = False
    decimal_comma: bool = False
    feed_id: str = FILE_FEED
    columns: tuple[ImportColumn, ...] = ()

    def is_for(self, file_name: str, sheet: str) -> bool:
        """Whether the entry describes this sheet of this file."""
        return any(fnmatch(file_name, pattern) for pattern in self.files) and fnmatch(sheet, self.sheet)


def read_imports(city: City) -> tuple[ImportSpec, ...]:
    """The pack's entries, checked against the rest of it; none when it has no such file. ConfigError."""
    problems: list[str] = []
    specs = entries(ImportSpec, Path(city.root) / FILE, "imports", problems, optional=True)
    feeds = {FILE_FEED, *(feed.feed_id for feed in city.feeds)}
    features = {CITY_FEATURE, *(feature.feature_id for feature in city.features)}
    for index, spec in enumerate(specs):
        where = f"{FILE}: imports[{index}]"
        if spec.feed_id not in feeds:
            problems.append(
                f"{where}.feed_id: unknown feed {spec.feed_id!r}; allowed: {allowed(feeds, spec.feed_id)}"
            )
        for column in spec.columns:
            at = f"{where}.columns.{column.head}"
            if column.property not in city.properties:
                names = allowed(city.properties, column.property)
                problems.append(f"{at}.property: unknown property {column.property!r}; allowed: {names}")
            if column.feature not in features:
                names = allowed(features, column.feature)
                problems.append(f"{at}.feature: unknown feature {column.feature!r}; allowed: {names}")
    if problems:
        raise ConfigError("\n".join(problems))
    return specs
