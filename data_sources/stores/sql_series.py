"""The registry of series in SQL: who tells what of which feature."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from data_sources.model.observation import Series, ValueClass
from data_sources.stores.observation_folding import SeriesKey, key_of, widened
from data_sources.stores.observation_schema import series
from data_sources.stores.upsert import bulk_upsert, staged

VARIABLES_MAX = 500
"""Values in one IN (...): engines plan long ones badly."""

_T = TypeVar("_T")


def portions(items: Sequence[_T], size: int = VARIABLES_MAX) -> Iterator[Sequence[_T]]:
    """The items in portions of at most so many."""
    return (items[start : start + size] for start in range(0, len(items), size))


def register(connection: sa.Connection, told: Mapping[SeriesKey, Series]) -> dict[SeriesKey, Series]:
    """The series as they are registered after `told`, which is added or widens what is there."""
    if not told:
        return {}
    known = _known(connection, told)
    new = [_row(told[key]) for key in sorted(told.keys() - known.keys())]
    if new:
        _insert_new(connection, new)
        known = _known(connection, told)
    after = {key: widened(known[key], told[key]) for key in told}
    _update(connection, [one for key, one in after.items() if one != known[key]])
    return after


def find_series(connection: sa.Connection, *conditions: "sa.ColumnElement[bool]") -> list[Series]:
    """Series by property, feature and feed."""
    table = series.c
    query = (
        sa.select(series)
        .where(*conditions)
        .order_by(table.property_id, table.feature_id, table.feed_id, table.synthetic)
    )
    return [_series(row) for row in connection.execute(query)]


def series_by_id(connection: sa.Connection, ids: Iterable[int]) -> dict[int, Series]:
    """The registered ones of these ids."""
    found = (
        one
        for some in portions(sorted(set(ids)))
        for one in find_series(connection, series.c.series_id.in_(some))
    )
    return {one.series_id: one for one in found}


def _known(connection: sa.Connection, told: Mapping[SeriesKey, Series]) -> dict[SeriesKey, Series]:
    """Those of `told` that are registered, held until the transaction ends: nobody widens them meanwhile."""
    keys = [key._asdict() for key in sorted(told)]
    wanted = staged(connection, "staged_series", series, keys)
    same = sa.and_(*(series.c[column.name] == column for column in wanted.c))
    query = sa.select(series).join(wanted, same).order_by(series.c.series_id).with_for_update(of=series)
    return {key_of(one): one for one in map(_series, connection.execute(query))}


def _insert_new(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Another process may have registered some of them meanwhile: theirs stay."""
    unique = next(index for index in series.indexes if index.unique)
    bulk_upsert(connection, series, rows, {}, key=list(unique.columns))


def _update(connection: sa.Connection, changed: Sequence[Series]) -> None:
    if not changed:
        return
    names = [column.name for column in series.columns if not column.primary_key]
    statement = (
        sa.update(series)
        .where(series.c.series_id == sa.bindparam("known_id"))
        .values({name: sa.bindparam(f"new_{name}") for name in names})
    )
    rows = [
        {"known_id": one.series_id, **{f"new_{name}": value for name, value in _row(one).items()}}
        for one in changed
    ]
    connection.execute(statement, rows)


def _row(one: Series) -> dict[str, Any]:
    names = (column.name for column in series.columns if not column.primary_key)
    return {name: getattr(one, name) for name in names}


def _series(row: "sa.Row[Any]") -> Series:
    return Series(**{**row._mapping, "value_class": ValueClass(row.value_class)})
