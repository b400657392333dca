"""RID's reservoirs. No recording is at hand: answers are written from the documented fields."""

from typing import Any

import pytest

from data_sources.errors import FeedContentError
from tests.feeds.national import one, parsed, refusals, utc, values


def reservoir(**changes: Any) -> dict[str, Any]:
    return {
        "id": "101",
        "name": "อ่างเก็บน้ำ",
        "storage": 2_431.3,
        "volume": 1_215.65,
        "percent_storage": 50.0,
        "inflow": 3.2,
        "outflow": 4.0,
        **changes,
    }


def document(*rows: dict[str, Any], group: str = "reservoir", date: Any = "2026-03-01") -> dict[str, Any]:
    return {"date": date, "data": [{"region": "ภาคตะวันออกเฉียงเหนือ", group: list(rows)}]}


@pytest.mark.parametrize("group", ["reservoir", "dam"])
def test_volume_and_fill_are_read(group: str) -> None:
    batch = parsed("rid_reservoirs", document(reservoir(), group=group))
    volume, fill = one(batch, "reservoir_volume"), one(batch, "reservoir_fill")
    assert (volume.feature_id, volume.value, volume.unit) == ("rid:101", 1_215.65, "Mm³")
    assert (fill.value, fill.unit, fill.flags) == (50.0, "%", ())
    assert (batch.features[0].kind, batch.features[0].lat) == ("reservoir", None)


@pytest.mark.parametrize("told", [0, "0.00", None, ""])
def test_no_percentage_of_a_volume_is_computed_and_flagged(told: Any) -> None:
    # 1,215.65 of 2,431.3 million m³ is 50 %
    found = one(parsed("rid_reservoirs", document(reservoir(percent_storage=told))), "reservoir_fill")
    assert (found.value, found.flags) == (50.0, ("percent_recomputed",))


def test_empty_reservoir_is_empty() -> None:
    found = one(parsed("rid_reservoirs", document(reservoir(volume=0, percent_storage=0))), "reservoir_fill")
    assert (found.value, found.flags) == (0.0, ())


def test_reservoir_without_figures_has_none() -> None:
    batch = parsed("rid_reservoirs", document(reservoir(volume=None, percent_storage=None)))
    assert (values(batch), refusals(batch)) == ({}, {"value_missing": 2})


@pytest.mark.parametrize("date", ["2026-03-01", "2569-03-01"])
def test_day_is_read_as_its_beginning_in_bangkok(date: str) -> None:
    batch = parsed("rid_reservoirs", document(reservoir(), date=date))
    assert batch.observations[0].observed_at == utc("2026-02-28T17:00")


@pytest.mark.parametrize("wrong", [{"data": []}, document(date=None), {"date": "2026-03-01"}, []])
def test_answer_without_day_or_list_is_refused(wrong: Any) -> None:
    with pytest.raises(FeedContentError) as caught:
        parsed("rid_reservoirs", wrong)
    assert caught.value.code == "not_observations"


def test_feed_takes_the_reservoirs_that_it_lists() -> None:
    rows = document(reservoir(), reservoir(id="102"))
    batch = parsed("rid_reservoirs", rows, features=("rid:102",))
    assert {each.feature_id for each in batch.observations} == {"rid:102"}
    assert batch.ignored == {"feature_unlisted": 1}
