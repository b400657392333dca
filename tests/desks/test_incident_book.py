"""Incidents: open once, whatever tells of them, and over when nothing does."""

from typing import Any

import pytest

from data_sources.desks.traffic_desk import TrafficDesk
from data_sources.model.city import TrafficSpec
from data_sources.model.traffic import Incident, IncidentKind
from data_sources.model.transit import InformedEntity, ServiceAlert
from data_sources.network import Network
from tests.builders import NOON, seconds
from tests.roads import at, link, street

NETWORK = Network([*street(route_ids=("red",)), link("far", (0, 900), (300, 900), route_ids=("blue",))])


def desk() -> TrafficDesk:
    return TrafficDesk(NETWORK, TrafficSpec(), stops={"kiosk": at(450, 10), "quay": at(0, 900)})


def incident(incident_id: str = "1", feed_id: str = "longdo", after_s: float = 0, **more: Any) -> Incident:
    values: dict[str, Any] = {"kind": IncidentKind.ACCIDENT, "points": (at(150, 20),), "started_at": NOON}
    return Incident(
        incident_id=incident_id, feed_id=feed_id, received_at=NOON + seconds(after_s), **{**values, **more}
    )


def alert(alert_id: str = "a", **more: Any) -> ServiceAlert:
    return ServiceAlert(alert_id=alert_id, feed_id="rt", received_at=NOON, **more)


def ids(incidents: tuple[Incident, ...]) -> list[str]:
    return [one.incident_id for one in incidents]


def test_incident_knows_the_links_near_it_and_their_routes() -> None:
    one = desk()
    one.put_incidents("longdo", [incident(route_ids=("express",))], NOON)
    (told,) = one.open_incidents(NOON)
    assert set(told.link_ids) == {"e-0", "w-0"}
    assert told.route_ids == ("express", "red")


def test_incident_off_the_road_affects_no_link() -> None:
    one = desk()
    one.put_incidents("longdo", [incident(points=(at(150, 300),))], NOON)
    assert one.open_incidents(NOON)[0].link_ids == ()


def test_links_that_a_source_names_are_kept() -> None:
    one = desk()
    one.put_incidents("longdo", [incident(link_ids=("far", "unknown"))], NOON)
    assert one.open_incidents(NOON)[0].link_ids == ("far",)


def test_incident_of_the_next_poll_is_the_same_one() -> None:
    one = desk()
    one.put_incidents("longdo", [incident()], NOON)
    one.put_incidents("longdo", [incident(after_s=180, severity=4)], NOON + seconds(180))
    (told,) = one.open_incidents(NOON + seconds(180))
    assert told.severity == 4
    assert one.take_closed() == ()


def test_incident_that_a_feed_no_longer_lists_is_over() -> None:
    one = desk()
    one.put_incidents("longdo", [incident("1"), incident("2", points=(at(900, 0),))], NOON)
    one.open_incidents(NOON)
    one.put_incidents("longdo", [incident("2", points=(at(900, 0),))], NOON + seconds(60))
    (closed,) = one.take_closed()
    assert (closed.incident_id, closed.closed, closed.ended_at) == ("1", True, NOON + seconds(60))
    assert ids(one.open_incidents(NOON + seconds(60))) == ["2"]
    assert one.take_closed() == ()


def test_feed_ends_only_its_own_incidents() -> None:
    one = desk()
    one.put_incidents("longdo", [incident("1")], NOON)
    one.put_incidents("police", [], NOON)
    assert ids(one.open_incidents(NOON)) == ["1"]


def test_announced_end_closes_an_incident() -> None:
    one = desk()
    one.put_incidents("longdo", [incident(ended_at=NOON + seconds(600))], NOON)
    assert ids(one.open_incidents(NOON + seconds(599))) == ["1"]
    assert one.open_incidents(NOON + seconds(600)) == ()
    assert [closed.ended_at for closed in one.take_closed()] == [NOON + seconds(600)]


def test_incident_that_is_long_over_but_still_listed_never_opens() -> None:
    one = desk()
    for poll in range(3):
        one.put_incidents("longdo", [incident(ended_at=NOON - seconds(60))], NOON + seconds(60 * poll))
        assert one.open_incidents(NOON + seconds(60 * poll)) == ()
    assert one.take_closed() == ()


def test_incident_that_is_announced_opens_when_it_begins() -> None:
    one = desk()
    one.put_incidents("longdo", [incident(started_at=NOON + seconds(3600))], NOON)
    assert one.open_incidents(NOON) == ()
    assert ids(one.open_incidents(NOON + seconds(3600))) == ["1"]


def test_same_incident_of_two_feeds_is_shown_once_with_what_both_know() -> None:
    one = desk()
    one.put_incidents("longdo", [incident("L1", title={"th": "ชน"}, severity=2)], NOON)
    other = incident("P7", "police", 60, points=(at(250, 20),), title={"en": "Crash"}, severity=4)
    one.put_incidents("police", [other], NOON + seconds(60))
    (told,) = one.open_incidents(NOON + seconds(60))
    assert (told.incident_id, told.severity) == ("L1", 4)
    assert told.title == {"th": "ชน", "en": "Crash"}


@pytest.mark.parametrize(
    "different",
    [
        {"kind": IncidentKind.FLOOD},
        {"points": (at(310, 20),)},
        {"started_at": NOON + seconds(1801)},
        {"points": ()},
    ],
    ids=["kind", "place", "time", "no place"],
)
def test_different_incidents_of_two_feeds_stay_two(different: dict[str, Any]) -> None:
    one = desk()
    one.put_incidents("longdo", [incident("L1")], NOON)
    one.put_incidents("police", [incident("P7", "police", **different)], NOON)
    assert len(one.open_incidents(NOON + seconds(3600))) == 2


def test_two_incidents_of_one_feed_at_one_place_stay_two() -> None:
    one = desk()
    one.put_incidents("longdo", [incident("1"), incident("2")], NOON)
    assert ids(one.open_incidents(NOON)) == ["1", "2"]


def test_double_takes_the_place_of_the_first_when_that_ends() -> None:
    one = desk()
    one.put_incidents("longdo", [incident("L1")], NOON)
    one.put_incidents("police", [incident("P7", "police")], NOON)
    one.open_incidents(NOON)
    one.put_incidents("longdo", [], NOON + seconds(60))
    assert ids(one.open_incidents(NOON + seconds(60))) == ["P7"]
    assert ids(one.take_closed()) == ["L1"]


def test_incidents_of_before_a_restart_end_when_their_feed_no_longer_lists_them() -> None:
    one = desk()
    one.restore_incidents([incident("1"), incident("2", points=(at(900, 0),))])
    assert ids(one.open_incidents(NOON)) == ["1", "2"]
    one.put_incidents("longdo", [incident("1")], NOON + seconds(30))
    assert ids(one.take_closed()) == ["2"]


def test_alert_of_a_detour_is_an_incident_of_the_routes_it_names() -> None:
    one = desk()
    informed = (InformedEntity(route_id="red"), InformedEntity(route_id="blue"))
    told = alert(effect="DETOUR", severity="SEVERE", informed=informed, header={"en": "Road closed"})
    one.put_alerts("rt", [told], NOON)
    (shown,) = one.open_incidents(NOON)
    assert (shown.incident_id, shown.kind, shown.severity) == ("alert:a", IncidentKind.DETOUR, 5)
    assert (shown.route_ids, shown.link_ids) == (("red", "blue"), ())
    assert shown.title == {"en": "Road closed"}


def test_alert_of_one_stop_lies_at_the_stop() -> None:
    one = desk()
    one.put_alerts("rt", [alert(effect="NO_SERVICE", informed=(InformedEntity(stop_id="kiosk"),))], NOON)
    (shown,) = one.open_incidents(NOON)
    assert (shown.kind, set(shown.link_ids)) == (IncidentKind.SERVICE, {"e-1", "w-1"})


def test_alert_is_open_in_its_periods_only() -> None:
    one = desk()
    periods = ((NOON - seconds(900), NOON - seconds(600)), (NOON + seconds(60), NOON + seconds(120)))
    one.put_alerts("rt", [alert(active_periods=periods)], NOON)
    shown = [len(one.open_incidents(NOON + seconds(after_s))) for after_s in (0, 60, 119, 120)]
    assert shown == [0, 1, 1, 0]
    one.put_alerts("rt", [alert(active_periods=periods[:1])], NOON)
    assert one.open_incidents(NOON) == ()


def test_alerts_and_incidents_of_one_feed_do_not_end_each_other() -> None:
    one = desk()
    one.put_alerts("rt", [alert()], NOON)
    one.put_incidents("rt", [incident("a", "rt")], NOON)
    one.put_alerts("rt", [alert()], NOON)
    assert sorted(ids(one.open_incidents(NOON))) == ["a", "alert:a"]
    one.put_incidents("rt", [], NOON)
    assert ids(one.open_incidents(NOON)) == ["alert:a"]
