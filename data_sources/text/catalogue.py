"""The catalogue: one TOML file a language, the same keys in each; nested tables become dotted keys."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from data_sources.errors import ConfigError
from data_sources.model.spec import Lang

LANGS: tuple[Lang, ...] = get_args(Lang)


class Texts:
    """What the screens say. Placeholders are written `{name}`, here and in the browser alike."""

    def __init__(self, catalogues: Mapping[Lang, Mapping[str, str]]) -> None:
        self._catalogues = {lang: dict(texts) for lang, texts in catalogues.items()}

    def get(self, lang: Lang, key: str, **values: object) -> str:
        """Return the text with its placeholders filled; KeyError when a key or value is missing."""
        text = self._catalogues[lang][key]
        return text.format_map(values) if values else text

    def code(self, lang: Lang, code: str) -> str:
        """Return the words for a rejection, flag or error code; a code without words stands for itself."""
        return self._catalogues[lang].get(f"code.{code}", code)

    def unit(self, lang: Lang, unit: str) -> str:
        """Return the unit as the screens of the language write it; one without words stands for itself."""
        return self._catalogues[lang].get(f"units.{unit}", unit)

    def all(self, lang: Lang) -> dict[str, str]:
        """Return the whole catalogue of one language, for the page's own scripts."""
        return dict(self._catalogues[lang])


def load_texts(folder: Path = Path(__file__).parent) -> Texts:
    """Read th.toml and en.toml; ConfigError when their keys differ."""
    catalogues = {lang: _read(folder / f"{lang}.toml") for lang in LANGS}
    first, *others = LANGS
    for lang in others:
        if odd := catalogues[first].keys() ^ catalogues[lang].keys():
            raise ConfigError(
                f"{folder}: keys not in both {first}.toml and {lang}.toml: {', '.join(sorted(odd))}"
            )
    return Texts(catalogues)


def _read(path: Path) -> dict[str, str]:
    return dict(_flat(tomllib.loads(path.read_text(encoding="utf-8"))))


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
