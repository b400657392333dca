"""The base of every spec of a city pack, and names in the languages of the screens."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Lang = Literal["th", "en"]


class Spec(BaseModel):
    """Base: frozen, and an unknown key is an error rather than a silent typo."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Names(Spec):
    """A name in the languages of the screens."""

    th: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def get(self, lang: Lang) -> str:
        """The name in `lang`."""
        return self.th if lang == "th" else self.en
