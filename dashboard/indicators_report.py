"""`scopc indicators`: the catalogue of the city with what each figure is now, as table rows."""

from dashboard import compose
from dashboard.check import with_run
from dashboard.settings import Settings
from dashboard.tables import Row
from data_sources.errors import ConfigError
from data_sources.model.indicator import DOMAINS
from data_sources.views.indicators import indicator_now


def indicators_report(settings: Settings, domain: str | None = None) -> list[Row]:
    """Every indicator, or those of one domain, in the catalogue's order; what has no value says why.

    ConfigError for an unknown domain, StoreError when the live store is away.
    """
    if domain is not None and domain not in DOMAINS:
        raise ConfigError(f"unknown domain {domain!r}; known: {', '.join(DOMAINS)}")
    settings = with_run(settings)
    city = compose.load_city(settings)
    live = compose.open_live(settings, city)
    try:
        values = {value.key: value for value in live.indicators()}
    finally:
        live.close()
    now = compose.clock()
    rows: list[Row] = []
    for spec in city.indicators:
        if domain is not None and spec.domain != domain:
            continue
        one = indicator_now(spec, values.get(spec.key), {}, now)
        rows.append(
            {
                "key": one.key,
                "name": spec.names.en,
                "value": None if one.value is None else round(one.value, spec.decimals),
                "unit": one.unit,
                "status": one.status,
                "state": one.state,
                "class": None if one.value is None else one.value_class,
                "age_s": round((now - one.observed_at).total_seconds()) if one.observed_at else None,
                "reason": one.reason,
            }
        )
    return rows
