"""View: what a page needs to know to lay itself out. Live figures are not in it: the stream brings them."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from data_sources.model.city import City, ScreenSpec
from data_sources.model.spec import Lang
from data_sources.text import Texts
from data_sources.views.weekly import WeeklyPicture

Theme = Literal["dark", "light"]
PageKey = Literal[
    "overview",
    "environment",
    "economy",
    "energy",
    "governance",
    "living",
    "mobility",
    "people",
    "weekly",
    "feeds",
    "wall",
    "not_found",
]


@dataclass(frozen=True, slots=True)
class View:
    """One page for one reader.

    `screen` is set on walls only, `week` (its Monday) on the weekly page only; `weekly` is what is known of
    it, null while history does not answer. `synthetic`, `replay` and `demo_timetable` say what kind of truth
    the installation shows. `tile_url` is empty where the pack's own base map stands alone.
    """

    page: PageKey
    path: str
    lang: Lang
    theme: Theme
    city: City
    texts: Texts
    screen: ScreenSpec | None = None
    week: date | None = None
    weekly: WeeklyPicture | None = None
    synthetic: bool = False
    replay: bool = False
    demo_timetable: bool = False
    tile_url: str | None = None
    tile_attribution: str = ""

    def t(self, key: str, **values: object) -> str:
        """The words for `key` in the reader's language."""
        return self.texts.get(self.lang, key, **values)

    def unit(self, unit: str) -> str:
        """A unit as the reader's language writes it; one without words stands for itself."""
        return self.texts.unit(self.lang, unit)

    @property
    def title(self) -> str:
        """Name of the page, as its first heading says."""
        if self.page == "not_found":
            return self.t("error.not_found")
        return self.t("page.overview" if self.page == "wall" else f"page.{self.page}")

    @property
    def centre_name(self) -> str:
        """Name of the operations centre."""
        return self.city.spec.centre_name.get(self.lang)
