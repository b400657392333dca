"""Frames: all fixes of one feed in one minute, as columns, exact and small. Pure.

Fixes are sorted by vehicle and time, so that neighbours resemble each other; each field becomes one
column in the first form that fits:

    ["same", value]                     one value throughout (left out when it is the field's default)
    ["some", runs, column]              some are None: lengths of runs present, absent, present ...
    ["words", values, runs]             few distinct values: [index, length] of each run
    ["steps", unit, first, [n ...]]     integers: the first, then differences as multiples of unit
    ["scaled", factor, column]          decimal fractions as integers: value * factor
    ["f32", bytes] ["f64", bytes]       other floats: all first bytes, all second bytes ... (little-endian)
    ["plain", values]                   anything else

Times are integers, microseconds since 1970. zlib has the last word. Decoding gives back every fix
exactly as it was.
"""

import math
import sys
import zlib
from array import array
from collections.abc import Callable, Sequence
from itertools import accumulate, chain, groupby, pairwise, repeat
from typing import Any

import msgspec

from data_sources.model.transit import VehiclePosition
from data_sources.stores.epoch import from_epoch_us, to_epoch_us

FORMAT = 1
_LEVEL = 6
_SCALES = (1, 10, 1_000_000)
_EXACT_INTEGER = 2**53
_DEFAULTS = {
    field.name: field.default for field in msgspec.structs.fields(VehiclePosition) if not field.required
}
_TIMES = ("observed_at", "received_at")

Column = list[Any]


def encode_frame(positions: Sequence[VehiclePosition]) -> bytes:
    """The bytes of a frame; the order of the fixes is not kept."""
    fixes = sorted(positions, key=lambda fix: (fix.vehicle_id, fix.observed_at, fix.received_at))
    columns = {}
    for name in VehiclePosition.__struct_fields__:
        values = [getattr(fix, name) for fix in fixes]
        if name in _TIMES:
            values = [to_epoch_us(value) for value in values]
        column = encode_column(values)
        if name not in _DEFAULTS or column != ["same", _DEFAULTS[name]]:
            columns[name] = column
    return zlib.compress(msgspec.msgpack.encode([FORMAT, len(fixes), columns]), _LEVEL)


def decode_frame(body: bytes) -> list[VehiclePosition]:
    """The fixes of a frame, by vehicle and time. ValueError for a format of another version."""
    n, columns = _columns(body)
    return _fixes(columns, range(n))


def decode_newest(body: bytes) -> list[VehiclePosition]:
    """The newest fix of each vehicle of a frame; cheaper than all of them."""
    _, columns = _columns(body)
    last = {vehicle_id: row for row, vehicle_id in enumerate(columns["vehicle_id"])}
    return _fixes(columns, sorted(last.values()))


def _columns(body: bytes) -> tuple[int, dict[str, list[Any]]]:
    form, n, encoded = msgspec.msgpack.decode(zlib.decompress(body))
    if form != FORMAT:
        raise ValueError(f"frame has format {form}, this program reads {FORMAT}")
    columns = {name: decode_column(column, n) for name, column in encoded.items() if name in _FIELDS}
    return n, columns


_FIELDS = frozenset(VehiclePosition.__struct_fields__)
_READ: dict[str, Callable[[Any], Any]] = {
    "observed_at": from_epoch_us,
    "received_at": from_epoch_us,
    "flags": tuple,
}


def _fixes(columns: dict[str, list[Any]], rows: Sequence[int]) -> list[VehiclePosition]:
    chosen = []
    for name, values in columns.items():
        picked = [values[row] for row in rows]
        read = _READ.get(name)
        chosen.append([read(value) for value in picked] if read else picked)
    names = tuple(columns)
    return [VehiclePosition(**dict(zip(names, row, strict=True))) for row in zip(*chosen, strict=True)]


def encode_column(values: Sequence[Any]) -> Column:
    """One column in the first form that fits."""
    if not values or values.count(values[0]) == len(values):
        return ["same", values[0] if values else None]
    if None in values:
        runs = [len(list(run)) for _, run in groupby(values, key=lambda value: value is None)]
        starts_present = values[0] is not None
        dense = [value for value in values if value is not None]
        return ["some", runs if starts_present else [0, *runs], encode_column(dense)]
    distinct = dict.fromkeys(values)
    if len(distinct) * 4 <= len(values):
        index = {value: place for place, value in enumerate(distinct)}
        return ["words", list(distinct), [[index[v], len(list(run))] for v, run in groupby(values)]]
    kinds = set(map(type, values))
    if kinds == {int} and max(map(abs, values)) <= _EXACT_INTEGER:
        return _steps(values)
    if kinds == {float}:
        return _floats(values)
    return ["plain", list(values)]


def decode_column(column: Column, n: int) -> list[Any]:
    """The n values of a column."""
    match column:
        case ["same", value]:
            return [value] * n
        case ["some", runs, dense]:
            present = iter(decode_column(dense, sum(runs[::2])))
            is_there = chain.from_iterable(repeat(place % 2 == 0, run) for place, run in enumerate(runs))
            return [next(present) if there else None for there in is_there]
        case ["words", words, runs]:
            return list(chain.from_iterable(repeat(words[index], length) for index, length in runs))
        case ["steps", unit, first, steps]:
            return list(accumulate((step * unit for step in steps), initial=first))
        case ["scaled", factor, whole]:
            return [value / factor for value in decode_column(whole, n)]
        case ["f32" | "f64" as kind, data]:
            return unshuffled("f" if kind == "f32" else "d", data)
        case ["plain", values]:
            return list(values)
    raise ValueError(f"unknown form of column {column[0]!r}")


def _steps(values: Sequence[int]) -> Column:
    differences = [after - before for before, after in pairwise(values)]
    unit = math.gcd(*differences) or 1
    return ["steps", unit, values[0], [difference // unit for difference in differences]]


def _floats(values: Sequence[float]) -> Column:
    finite = all(map(math.isfinite, values))
    if finite and max(map(abs, values)) * _SCALES[-1] < _EXACT_INTEGER:
        for factor in _SCALES:
            whole = [round(value * factor) for value in values]
            if all(w / factor == value for w, value in zip(whole, values, strict=True)):
                return ["scaled", factor, encode_column(whole)]
    try:
        if list(array("f", values)) == values:
            return ["f32", shuffled(array("f", values))]
    except OverflowError:
        pass  # too large for 32 bits
    return ["f64", shuffled(array("d", values))]


def shuffled(numbers: "array[float] | array[int]") -> bytes:
    """First bytes of all numbers, then second bytes ...: neighbours share their high bytes."""
    if sys.byteorder == "big":
        numbers.byteswap()
    data, size = numbers.tobytes(), numbers.itemsize
    return b"".join(data[place::size] for place in range(size))


def unshuffled(typecode: str, data: bytes) -> list[Any]:
    """The numbers of `shuffled` bytes, as an array of `typecode` holds them."""
    numbers: array[Any] = array(typecode)
    size = numbers.itemsize
    n = len(data) // size
    plain = bytearray(len(data))
    for place in range(size):
        plain[place::size] = data[place * n : (place + 1) * n]
    numbers.frombytes(bytes(plain))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()
