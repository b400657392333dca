"""What every live store holds of observations, tickets and indicators."""

from data_sources.model.indicator import IndicatorValue, Status, Trend
from data_sources.model.observation import Feature, Grain
from data_sources.stores.base import LiveStore
from tests.stores.samples import NOON, at, observed, same_but, ticket

STATION = Feature(
    feature_id="s1", feed_id="air", kind="air_station", name={"th": "สถานี"}, lat=16.4, lon=102.8
)


def test_empty_store_holds_no_observations(live: LiveStore) -> None:
    assert not any((live.observations(), live.features(), live.tickets(), live.indicators()))


def test_observations_of_a_feed_are_replaced_as_a_whole_with_what_they_are_of(live: LiveStore) -> None:
    live.put_observations("air", [observed(1.0), observed(2.0, feature_id="s2")], [STATION])
    live.put_observations("water", [observed(3.0, feed_id="water")], [])
    told = observed(4.5, 60, period_s=3600, cadence_s=600, flags=("late",), synthetic=True)
    live.put_observations("air", [told], [same_but(STATION, kind="lake")])
    assert live.observations() == {"air": (told,), "water": (observed(3.0, feed_id="water"),)}
    assert live.features() == {"air": (same_but(STATION, kind="lake"),), "water": ()}


def test_tickets_of_a_feed_are_replaced_as_a_whole(live: LiveStore) -> None:
    live.put_tickets("reports", [ticket("t1"), ticket("t2")])
    live.put_tickets("reports", [ticket("t2", categories=("ถนน",), lat=16.4, lon=102.8)])
    assert live.tickets() == {"reports": (ticket("t2", categories=("ถนน",), lat=16.4, lon=102.8),)}


def test_indicators_are_the_last_ones_put(live: LiveStore) -> None:
    trend = Trend(direction="up", change=2.0, before=8.0, before_at=at(-86_400), over="day", good=False)
    value = IndicatorValue(
        key="ENV-01",
        domain="environment",
        unit="µg/m³",
        computed_at=NOON,
        cadence_s=3600,
        value=10.0,
        status=Status.WATCH,
        trend=trend,
        line=(1.0, None, 3.0),
        line_grain=Grain.HOUR,
    )
    live.put_indicators([value, same_but(value, key="ENV-02")])
    live.put_indicators([value])
    assert live.indicators() == (value,)
