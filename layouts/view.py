"""View: what a page needs to know to lay itself out. Live figures are not in it: the stream brings them."""

from dataclasses import dataclass
from typing import Literal

from data_sources.model.city import City, Lang, ScreenSpec
from data_sources.text import Texts

Theme = Literal["dark", "light"]
PageKey = Literal["mobility", "wall", "not_found"]


@dataclass(frozen=True, slots=True)
class View:
    """One page for one reader.

    `screen` is set on walls only. `synthetic`, `replay` and `demo_timetable` say what kind of truth the
    installation shows. `tile_url` is empty where the pack's own base map stands alone.
    """

    page: PageKey
    path: str
    lang: Lang
    theme: Theme
    city: City
    texts: Texts
    screen: ScreenSpec | None = None
    synthetic: bool = False
    replay: bool = False
    demo_timetable: bool = False
    tile_url: str | None = None
    tile_attribution: str = ""

    def t(self, key: str, **values: object) -> str:
        """The words for `key` in the reader's language."""
        return self.texts.get(self.lang, key, **values)

    @property
    def title(self) -> str:
        """Name of the page, as its first heading says."""
        return self.t("error.not_found" if self.page == "not_found" else "page.mobility")

    @property
    def centre_name(self) -> str:
        """Name of the operations centre."""
        return self.city.spec.centre_name.get(self.lang)
