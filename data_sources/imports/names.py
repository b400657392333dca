"""What a name in a sheet is: an indicator by key or name, a property by id or name, a feature."""

import re
import unicodedata
from dataclasses import dataclass

from data_sources.imports.figures import plain
from data_sources.imports.spec import ImportSpec
from data_sources.model.city import City
from data_sources.model.indicator import IndicatorSpec
from data_sources.model.observation import CITY_FEATURE, FILE_FEED

_KEY = re.compile(r"\s*([a-z]{2,5})\s?-\s?(\d{2,3})(?!\d)", re.IGNORECASE)
_UNIT = re.compile(r"(.*?)\s*(?:[(\[]([^()\[\]]+)[)\]]|[,:]?\s*(?:หน่วย|unit)\s*[:：]\s*(.+))\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Target:
    """What a value becomes: an observation of `property_id`, or nothing where `refused` says why not.
    `unit` is that of the sheet, where something tells it."""

    property_id: str
    unit: str | None = None
    feature_id: str = CITY_FEATURE
    refused: str | None = None


def same(text: str) -> str:
    """The text as names are compared: without case, spaces and punctuation."""
    folded = unicodedata.normalize("NFKC", plain(text)).casefold()
    return "".join(one for one in folded if one.isalnum() or unicodedata.category(one) in {"Mn", "Mc"})


def split_unit(text: str) -> tuple[str, str | None]:
    """A head and the unit in brackets behind it: "ผู้โดยสาร (คน/วัน)"."""
    match = _UNIT.fullmatch(plain(text))
    return (match[1], (match[2] or match[3]).strip()) if match and match[1].strip() else (text, None)


def file_property(spec: IndicatorSpec) -> str | None:
    """The property that a file's value of the indicator is of: the one whose latest value it shows, unless
    its input lists feeds without "files"; None where it cannot be handed in."""
    if spec.compute != "latest":
        return None
    given = next(iter(spec.inputs.values()))
    return given.property if not given.feeds or FILE_FEED in given.feeds else None


_Book = dict[str, set[Target]]


class Vocabulary:
    """Names that a city's sheets may use; of two readings of a name the description's goes first, then
    keys, ids and names of properties, then names of indicators."""

    def __init__(self, city: City, described: ImportSpec | None = None) -> None:
        own: _Book = {}
        ids: _Book = {}
        properties: _Book = {}
        indicators: _Book = {}
        for column in described.columns if described else ():
            own.setdefault(same(column.head), set()).add(Target(column.property, column.unit, column.feature))
        for spec in city.indicators:
            found = file_property(spec)
            target = Target(found) if found else Target("", refused=spec.key)
            ids.setdefault(same(spec.key), set()).add(target)
            for name in (spec.names.th, spec.names.en):
                indicators.setdefault(same(name), set()).add(target)
        for one in city.properties.values():
            ids.setdefault(same(one.property_id), set()).add(Target(one.property_id))
            for name in (one.names.th, one.names.en):
                properties.setdefault(same(name), set()).add(Target(one.property_id))
        self._books: tuple[_Book, ...] = (own, ids, properties, indicators)
        self._features = {
            same(name): feature.feature_id
            for feature in city.features
            for name in (feature.names.en, feature.names.th, feature.feature_id)
        }
        self._features |= {
            same(name): CITY_FEATURE
            for name in (CITY_FEATURE, "เมือง", city.spec.names.th, city.spec.names.en)
        }

    def find(self, text: str) -> Target | None:
        """What the name stands for, with the unit behind it; None when it is unknown or means two things."""
        whole = self._find(text)
        if whole is not None:
            return whole
        name, unit = split_unit(text)
        key = _KEY.match(plain(text))
        found = self._find(name) or (self._find(f"{key[1]}-{key[2]}") if key else None)
        if found is None or unit is None or found.unit is not None:
            return found
        return Target(found.property_id, unit, found.feature_id, found.refused)

    def feature(self, text: str) -> str | None:
        """The id of the feature of that id or name; None when the pack has none."""
        return self._features.get(same(text))

    def _find(self, text: str) -> Target | None:
        name = same(text)
        for book in self._books:
            found = book.get(name, set())
            if len(found) == 1:
                return next(iter(found))
        return None
