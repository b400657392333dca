"""Frames and columns come back exactly as they went in."""

import typing
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_sources.model.transit import VehiclePosition
from data_sources.stores.folding import newest_fixes
from data_sources.stores.frame_codec import (
    decode_column,
    decode_frame,
    decode_newest,
    encode_column,
    encode_frame,
)
from tests.stores.samples import fix

_texts = st.text(max_size=6) | st.sampled_from(["bus-1", "bus-2", "สาย 1"])
_floats = (
    st.floats(allow_nan=False) | st.floats(width=32, allow_nan=False) | st.sampled_from([16.4, 102.83511])
)
_times = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
_BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: _texts,
    float: _floats,
    int: st.integers(-(2**63), 2**63 - 1) | st.integers(0, 60),
    bool: st.booleans(),
    datetime: _times,
    tuple[str, ...]: st.lists(_texts, max_size=2).map(tuple),
}


def _values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a field of that type."""
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    (inner,) = (part for part in typing.get_args(kind) if part is not type(None))
    return st.none() | _BY_TYPE[inner]


_fixes = st.builds(
    VehiclePosition,
    **{
        field.name: _values(field.type) if field.required else _values(field.type) | st.just(field.default)
        for field in msgspec.structs.fields(VehiclePosition)
    },
)


def _sorted(fixes: list[VehiclePosition]) -> list[VehiclePosition]:
    return sorted(fixes, key=lambda fix: (fix.vehicle_id, fix.observed_at, fix.received_at))


@settings(max_examples=150)
@given(st.lists(_fixes, min_size=1, max_size=12))
def test_frame_gives_back_every_fix_exactly(fixes: list[VehiclePosition]) -> None:
    assert decode_frame(encode_frame(fixes)) == _sorted(fixes)


@settings(max_examples=150)
@given(
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1) | _floats | _texts | st.booleans(), max_size=30)
    | st.lists(_floats, max_size=30)
    | st.lists(st.integers(-10, 10**17), max_size=30)
    | st.lists(st.none() | st.sampled_from(["a", "b"]), max_size=30)
)
def test_column_gives_back_every_value(values: list[Any]) -> None:
    wire = msgspec.msgpack.decode(msgspec.msgpack.encode(encode_column(values)))
    assert decode_column(wire, len(values)) == values


@pytest.mark.parametrize(
    ("values", "form"),
    [
        ([3, 3, 3], "same"),
        ([None, "a", "b"], "some"),
        (["a"] * 5 + ["b"] * 5, "words"),
        ([10, 20, 40], "steps"),
        ([16.4, 16.5, 102.83511], "scaled"),
        ([0.1 + 2**-24, 1 / 3, 2 / 3], "f64"),
        ([1.5e38, 1e-30, float("inf")], "f64"),
        ([2.0**-20, 2.0**-21, 3.0], "f32"),
        ([1, "a", 2.5], "plain"),
    ],
)
def test_column_takes_the_first_form_that_fits(values: list[Any], form: str) -> None:
    column = encode_column(values)
    assert column[0] == form
    assert decode_column(column, len(values)) == values


def test_newest_of_a_frame_is_the_newest_of_its_fixes() -> None:
    fixes = [fix(f"bus-{n % 3}", observed=n * 7 % 10, received=n) for n in range(20)]
    newest = decode_newest(encode_frame(fixes))
    assert {"buses": tuple(newest)} == newest_fixes(fixes)


def test_minute_of_fixes_takes_few_bytes() -> None:
    fixes = [
        fix(f"bus-{n}", second, lat=16.4 + second * 1e-5, speed_kmh=30.0, route_id="red", trip_id=f"t{n}")
        for n in range(25)
        for second in range(60)
    ]
    assert len(encode_frame(fixes)) / len(fixes) < 2


def test_time_of_another_zone_is_the_same_moment_in_utc() -> None:
    bangkok = timezone(timedelta(hours=7))
    local = msgspec.structs.replace(fix(), observed_at=fix().observed_at.astimezone(bangkok))
    (back,) = decode_frame(encode_frame([local]))
    assert back == fix()
    assert back.observed_at.tzinfo is UTC


def test_naive_time_is_refused() -> None:
    naive = msgspec.structs.replace(fix(), observed_at=datetime(2026, 11, 23, 5, 0))
    with pytest.raises(ValueError, match="no time zone"):
        encode_frame([naive])


def test_frame_of_another_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_sources.stores.frame_codec.FORMAT", 99)
    body = encode_frame([fix()])
    monkeypatch.undo()
    with pytest.raises(ValueError, match="frame has format 99"):
        decode_frame(body)
