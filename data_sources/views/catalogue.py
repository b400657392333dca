"""The catalogue of indicators and bands as a page's scripts need it: in one language, ready to show."""

from collections.abc import Callable, Collection
from typing import Any

from data_sources.model.city import City
from data_sources.model.indicator import BandScale, IndicatorSpec
from data_sources.model.spec import Lang
from data_sources.views.limits import limit_shown, target_of

UnitWords = Callable[[str], str]
"""A unit as the specs write it -> as the screens of one language do."""


def catalogue(
    city: City, lang: Lang, unit_words: UnitWords, domains: Collection[str]
) -> list[dict[str, Any]]:
    """The indicators of some domains, in the pack's order: what does not change while the page is open.
    Bands are those of the entry's `scale`."""
    return [_entry(spec, city, lang, unit_words) for spec in city.indicators if spec.domain in domains]


def scales(city: City, lang: Lang, unit_words: UnitWords) -> dict[str, Any]:
    """The pack's scales by id: bands in rising order with their words, who acts and what is done."""
    return {
        key: {
            "name": scale.names.get(lang),
            "unit": unit_words(scale.unit),
            "period_s": scale.period_s,
            "upto_included": scale.upto_included,
            "source": (scale.source_th if lang == "th" else None) or scale.source,
            "source_lang": "th" if lang == "th" and scale.source_th else "en",
            "proposed": scale.proposed,
            "bands": _bands(scale, lang),
        }
        for key, scale in city.scales.items()
    }


def properties(city: City, lang: Lang, unit_words: UnitWords, domains: Collection[str]) -> dict[str, Any]:
    """The properties of some domains by id: name, unit and decimals."""
    return {
        key: {"name": spec.names.get(lang), "unit": unit_words(spec.unit), "decimals": spec.decimals}
        for key, spec in city.properties.items()
        if spec.domain in domains
    }


def _entry(spec: IndicatorSpec, city: City, lang: Lang, unit_words: UnitWords) -> dict[str, Any]:
    limit, target = limit_shown(spec, city), target_of(spec)
    return {
        "key": spec.key,
        "domain": spec.domain,
        "name": spec.names.get(lang),
        "unit": unit_words(spec.unit),
        "decimals": spec.decimals,
        "better": spec.better,
        "cadence_s": spec.cadence_s,
        "delay_s": spec.delay_s,
        "agency": spec.agency.get(lang),
        "headline": spec.headline,
        "scale": spec.bands,
        "limit": limit.as_list if limit else None,
        "proposed": limit is not None and limit.proposed,
        "target": target.as_list if target else None,
    }


def _bands(scale: BandScale, lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "upto": band.upto,
            "status": band.status,
            "name": band.names.get(lang),
            "meaning": band.meaning.get(lang) if band.meaning else None,
            "action": band.action.get(lang) if band.action else None,
            "issued_by": band.issued_by.get(lang) if band.issued_by else None,
            "act_within_s": band.act_within_s,
        }
        for band in scale.bands
    ]
